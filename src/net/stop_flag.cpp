#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"
#include "net/http.h"

namespace bindery {

// One eventfd serves both ends; it stays readable for ever once asked.
StopFlag::StopFlag() : read_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), write_fd_(read_fd_) {
    if (read_fd_ < 0) throw Error(ErrorCode::internal, "no file descriptor left for the stop flag", {}, Reach::process);
}

StopFlag::~StopFlag() {
    ::close(read_fd_);
}

void StopFlag::ask() noexcept {
    const int kept = errno;
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the flag is set anyway.
    [[maybe_unused]] const auto written = ::write(write_fd_, &one, sizeof one);
    errno = kept;
}

bool StopFlag::asked() const noexcept {
    pollfd readable{read_fd_, POLLIN, 0};
    const int kept = errno;
    int ready = -1;
    do {
        ready = ::poll(&readable, 1, 0);
    } while (ready < 0 && errno == EINTR);
    errno = kept;
    return ready > 0;
}

}  // namespace bindery
