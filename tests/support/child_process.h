#pragma once
// Runs a function in a forked child, for what only separate processes show: races, file locks, limits of the kernel.
// Fork before this process opens any SQLite file that the child uses.
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <utility>

namespace bindery::test {

class ChildProcess {
  public:
    // `work` returns the exit code; an exception is 99.
    explicit ChildProcess(const std::function<int()>& work) : pid_(::fork()) {
        if (pid_ != 0) return;
        int code = 99;
        try {
            code = work();
        } catch (...) {
        }
        ::_exit(code);
    }
    ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) exit_code();
    }

    pid_t pid() const { return pid_; }
    // Waits for the end; -1 when a signal ended it.
    int exit_code() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t pid_;
};

}  // namespace bindery::test
