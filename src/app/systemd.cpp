#include "app/systemd.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace bindery {
namespace {

std::string value(const Environment& environment, const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

std::int64_t number(const std::string& text) {
    std::int64_t result = 0;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

}  // namespace

Systemd::Systemd(const Environment& environment) : socket_(value(environment, "NOTIFY_SOCKET")) {
    const std::string pid = value(environment, "WATCHDOG_PID");
    if (!pid.empty() && number(pid) != ::getpid()) return;  // meant for the process that started us
    const std::int64_t microseconds = number(value(environment, "WATCHDOG_USEC"));
    // Half of what is allowed, as its manual advises.
    if (microseconds > 0) watchdog_ = std::chrono::milliseconds(std::max<std::int64_t>(1, microseconds / 2000));
}

void Systemd::tell(const std::string& state) const {
    sockaddr_un address{};
    if (socket_.size() < 2 || socket_.size() >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const timeval patience{1, 0};  // whoever doesn't listen must not hold up the jobs
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
    ::close(fd);
}

}  // namespace bindery
