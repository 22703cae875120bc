#include "engine/pipe_to.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace bindery {
namespace {

using Steady = std::chrono::steady_clock;

struct Patience {
    Steady::time_point until;
    const std::function<bool()>& stop;
    bool stopped() const { return stop && stop(); }
    bool over() const { return Steady::now() > until || stopped(); }
};

// What didn't fit into the pipe waits until the program reads on, or closes it.
void write_all(int fd, const std::string& text, const Patience& patience) {
    for (std::size_t at = 0; at < text.size() && !patience.over();) {
        pollfd ready{fd, POLLOUT, 0};
        if (::poll(&ready, 1, 100) <= 0) continue;
        const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
        if (n > 0) at += static_cast<std::size_t>(n);
        if (n < 0 && errno != EAGAIN && errno != EINTR) return;
    }
}

std::string ending_of(pid_t child, const Patience& patience) {
    int status = 0;
    for (;;) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) break;
        if (ended < 0 && errno != EINTR) return "its end wasn't seen";
        if (patience.over()) {
            ::kill(-child, SIGKILL);  // its group: a shell's children too
            ::waitpid(child, &status, 0);
            return patience.stopped() ? "it was ended, as bindery was told to stop" : "it took too long and was ended";
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (WIFSIGNALED(status)) return std::string("a signal ended it: ") + strsignal(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "" : "it ended with " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::string pipe_to(const std::vector<std::string>& words, const std::string& text, Duration limit, const std::function<bool()>& stop) {
    const Patience patience{Steady::now() + limit, stop};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const char* home = std::getenv("HOME");
    const char* path = std::getenv("PATH");
    std::string path_line = std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"), home_line = std::string("HOME=") + (home != nullptr ? home : "/");
    std::array<char*, 3> environment{path_line.data(), home_line.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGHUP, SIGXFSZ, SIGTERM, SIGINT, SIGCHLD}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(ends[0]);
    if (failed == 0) write_all(ends[1], text, patience);
    ::close(ends[1]);
    if (failed != 0) return words.front() + " can't be started: " + std::strerror(failed);
    return ending_of(child, patience);
}

}  // namespace bindery
