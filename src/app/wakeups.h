#pragma once
// What wakes a daemon that sleeps: a time of day, the end of a run, a signal, a command of another process. Linux's own means
// (timerfd, eventfd, signalfd, inotify), so that nothing is polled for. One thread waits; `ring` may come from any.
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>

#include "core/clock.h"
#include "net/http.h"

namespace bindery {

struct Woken {
    bool stop = false;    // SIGTERM, SIGINT
    bool reload = false;  // SIGHUP
    bool rung = false;    // ring(), or `touch` by another process: look anew
    bool clock = false;   // somebody set the clock
};

class Wakeups {
  public:
    // From here on a SIGHUP waits until somebody listens, instead of ending the process: a long start isn't cut short by one.
    static sigset_t hold_reload();
    // Takes SIGHUP over for the whole process: construct it before any thread. `bell`: a file beside the store, made if need be.
    Wakeups(const StopFlag& stop, const std::filesystem::path& bell);
    ~Wakeups();
    Wakeups(const Wakeups&) = delete;
    Wakeups& operator=(const Wakeups&) = delete;

    // Why the store's own account couldn't start a daemon after this one, and what to do; empty: it can.
    const std::string& warning() const { return warning_; }

    void ring() const noexcept;
    // Until `time` by the wall clock (which may be set meanwhile, or stand still in a suspended machine), at most `longest`.
    Woken wait(std::optional<WallTime> time, std::optional<Duration> longest) const;

    // Until ring() or the time is over, whatever signal has come: for the last moments of a daemon that was told to stop.
    void wait_for_ring(Duration longest) const;

    // Rings a daemon on that bell, if there is one. Never makes the file.
    static void touch(const std::filesystem::path& bell);

  private:
    bool watch_bell() const;  // false: errno says why

    const StopFlag& stop_;
    std::filesystem::path bell_;
    std::string warning_;
    int signals_ = -1, timer_ = -1, event_ = -1, watch_ = -1;
};

}  // namespace bindery
