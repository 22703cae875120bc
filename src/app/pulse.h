#pragma once
// Whether the thread that starts jobs is alive, for /readyz: that thread says by when it will be back, any thread may ask. It can be
// late for two reasons: what it does doesn't come to an end, or it slept past its time. No I/O, no clock of its own.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/clock.h"

namespace bindery {

class Pulse {
  public:
    // How late is too late: a minute, or as soon as the watchdog would act. `watchdog`: its whole time; 0: there is none.
    explicit Pulse(Duration watchdog) : patience_(watchdog.count() > 0 ? std::min<Duration>(watchdog, kPatience) : kPatience) {}

    void works(BootTime now) { back_ = now.count(); }
    // Until `wake` by the wall clock, at most `longest`; with neither it may sleep for ever.
    void sleeps(BootTime now, WallTime wall, std::optional<WallTime> wake, std::optional<Duration> longest) {
        std::optional<Duration> left = longest;
        if (wake) left = std::min<Duration>(left.value_or(kFar), std::clamp<std::chrono::milliseconds>(*wake - wall, std::chrono::milliseconds(0), kFar));
        back_ = left ? now.count() + left->count() : kNever;
    }
    bool late(BootTime now) const {
        const std::int64_t back = back_;
        return back != kNever && now.count() - back > patience_.count();
    }

  private:
    static constexpr Duration kPatience = std::chrono::minutes(1);
    static constexpr std::chrono::hours kFar{24 * 365 * 100};  // nanoseconds hold no more than some centuries
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    const Duration patience_;
    std::atomic<std::int64_t> back_{kNever};
};

}  // namespace bindery
