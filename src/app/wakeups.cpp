#include "app/wakeups.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

int opened(int fd, const char* what) {
    if (fd >= 0) return fd;
    throw Error(ErrorCode::internal, std::string("can't make a ") + what + ": " + std::generic_category().message(errno), "raise the limit of open files", Reach::process);
}

void drain(int fd) {
    std::array<char, 4096> bytes{};
    while (::read(fd, bytes.data(), bytes.size()) > 0) {
    }
}

// A daemon that root starts by mistake leaves no file behind that keeps the store's own account from starting it. What came of it.
std::string hand_over(const std::filesystem::path& bell) {
    const std::filesystem::path store = bell.parent_path() / bell.stem();
    try {
        give_to_owner_of(store, bell);
        return {};
    } catch (const std::filesystem::filesystem_error& error) {
        return bell.string() + " belongs to root and can't be given to the store's owner: " + error.code().message() + ". Stop this daemon, remove that file, and run the daemon as " + owner_of(store);
    }
}

int milliseconds_of(std::optional<Duration> longest) {
    if (!longest) return -1;
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(*longest).count();
    return static_cast<int>(std::clamp<std::int64_t>(count, 0, 3'600'000));
}

}  // namespace

sigset_t Wakeups::hold_reload() {
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hangup, nullptr);
    std::signal(SIGHUP, SIG_DFL);  // one that was ignored when we were started (nohup) would never arrive
    return hangup;
}

Wakeups::Wakeups(const StopFlag& stop, const std::filesystem::path& bell) : stop_(stop), bell_(bell) {
    const sigset_t hangup = hold_reload();
    signals_ = opened(::signalfd(-1, &hangup, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
    timer_ = opened(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timer");
    event_ = opened(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
    watch_ = opened(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "file watch");
    if (!watch_bell()) {
        throw Error(ErrorCode::store, "can't watch " + bell.string() + ": " + std::generic_category().message(errno), "the service's own account must be able to write beside the store", Reach::process);
    }
    warning_ = hand_over(bell);
}

bool Wakeups::watch_bell() const {
    const int fd = ::open(bell_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    ::close(fd);
    return ::inotify_add_watch(watch_, bell_.c_str(), IN_ATTRIB) >= 0;
}

Wakeups::~Wakeups() {
    for (const int fd : {signals_, timer_, event_, watch_}) {
        if (fd >= 0) ::close(fd);
    }
}

void Wakeups::ring() const noexcept {
    const std::uint64_t one = 1;
    if (::write(event_, &one, sizeof one) < 0) errno = 0;  // full: it rings already
}

Woken Wakeups::wait(std::optional<WallTime> time, std::optional<Duration> longest) const {
    itimerspec when{};
    if (time) {
        const auto since = std::max(time->time_since_epoch(), std::chrono::milliseconds(1));
        when.it_value.tv_sec = since.count() / 1000;
        when.it_value.tv_nsec = since.count() % 1000 * 1'000'000;
    }
    // Without a time it is far off, for the sake of the news that the clock was set.
    if (!time) when.it_value.tv_sec = std::int64_t{1} << 40;
    Woken woken;
    if (::timerfd_settime(timer_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr) != 0 && errno == ECANCELED) woken.clock = true;
    std::array<pollfd, 5> fds{{{stop_.poll_fd(), POLLIN, 0}, {signals_, POLLIN, 0}, {timer_, POLLIN, 0}, {event_, POLLIN, 0}, {watch_, POLLIN, 0}}};
    if (woken.clock || ::poll(fds.data(), fds.size(), milliseconds_of(longest)) <= 0) return woken;
    woken.stop = fds[0].revents != 0;
    woken.reload = fds[1].revents != 0;
    woken.rung = fds[3].revents != 0 || fds[4].revents != 0;
    std::uint64_t expired = 0;
    if (fds[2].revents != 0 && ::read(timer_, &expired, sizeof expired) < 0 && errno == ECANCELED) woken.clock = true;
    for (const int fd : {signals_, event_, watch_}) drain(fd);
    // Somebody who tidied up may have removed it: it is made anew, or nobody could ring.
    if (fds[4].revents != 0 && watch_bell()) hand_over(bell_);
    return woken;
}

void Wakeups::wait_for_ring(Duration longest) const {
    pollfd fd{event_, POLLIN, 0};
    if (::poll(&fd, 1, milliseconds_of(longest)) > 0) drain(event_);
}

void Wakeups::touch(const std::filesystem::path& bell) { ::utimensat(AT_FDCWD, bell.c_str(), nullptr, AT_SYMLINK_NOFOLLOW); }

}  // namespace bindery
