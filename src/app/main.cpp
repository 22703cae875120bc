// The bindery program: holds signals back, parses the command line, installs the signal handlers, runs one command.
#include <csignal>

#include "app/commands.h"
#include "app/wakeups.h"
#include "net/http.h"

namespace {

bindery::StopFlag* stop_flag = nullptr;  // for the signal handler, which can be given nothing

void on_stop_signal(int) { stop_flag->ask(); }

sigset_t signals_to_hold() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&held, signal);
    return held;
}

}  // namespace

int main(int argc, char** argv) {
    // One that comes before it is known how the command ends waits until then.
    sigset_t held = signals_to_hold();
    pthread_sigmask(SIG_BLOCK, &held, nullptr);
    const bindery::Parsed parsed = bindery::parse_command_line(argc, argv);
    if (parsed.exit_code >= 0) return parsed.exit_code;
    if (parsed.options.command == "run") {
        bindery::Wakeups::hold_reload();
        sigdelset(&held, SIGHUP);
    }
    bindery::StopFlag stop;
    stop_flag = &stop;
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    // What only looks simply ends: nobody has to wait for a long query.
    if (bindery::stops_in_order(parsed.options.command)) {
        sigaction(SIGTERM, &action, nullptr);
        sigaction(SIGINT, &action, nullptr);
    }
    // Also when whoever started us had blocked them: nothing else would end a daemon.
    pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);  // whoever ignores it hands that on, and a notify command's end would never be seen
    std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit (ulimit -f) is a full disk: an error that says so
    const bindery::CurlRuntime curl;
    return bindery::run_command(parsed.options, stop);
}
