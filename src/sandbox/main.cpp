#include "sandbox/options.h"
#include "sandbox/sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

namespace sandbox = bindery::sandbox;

namespace {

// Blocked in every thread, so that only the wait below takes them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int run(const sandbox::Options& options) {
  const pid_t parent = getppid();
  if (options.exit_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      return 0;
    }
  }
  const sigset_t signals = block_signals();
  const sandbox::Sandbox running(options, [] { kill(getpid(), SIGTERM); });
  if (!options.env_file.empty()) {
    sandbox::write_whole(options.env_file, env_lines(running.addresses(), options));
  }
  if (!options.ports_file.empty()) {
    sandbox::write_whole(options.ports_file, ports_json(running.addresses()));
  }
  std::fprintf(stdout, "%s", ports_json(running.addresses()).c_str());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const sandbox::CommandLine line = sandbox::parse_command_line(argc, argv);
  if (line.exit_code) {
    return *line.exit_code;
  }
  try {
    return run(line.options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bindery-sandbox: %s\n", failure.what());
    return 1;
  }
}
