// When the thread that starts jobs counts as stopped.
#include "app/pulse.h"

#include <catch2/catch.hpp>

using namespace bindery;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a scheduler counts as stopped when it works on or sleeps past its time for longer than a minute or its watchdog's time") {
    const BootTime now = hours(30);
    const WallTime wall{hours(500'000)};
    struct Case {
        const char* about;
        Duration watchdog;
        std::optional<WallTime> wake;    // neither: it works
        std::optional<Duration> longest;
        bool sleeps;
        Duration later;
        bool late;
    };
    const Case cases[] = {
        {"works for a moment", seconds(0), {}, {}, false, seconds(60), false},
        {"works for too long", seconds(0), {}, {}, false, seconds(61), true},
        {"works for longer than a short watchdog allows", milliseconds(400), {}, {}, false, milliseconds(401), true},
        {"a long watchdog doesn't make it more patient", minutes(5), {}, {}, false, seconds(61), true},
        {"sleeps and nothing is scheduled", seconds(0), {}, {}, true, hours(24 * 365), false},
        {"sleeps until tomorrow", seconds(0), wall + hours(24), {}, true, hours(24) + seconds(60), false},
        {"slept past its time", seconds(0), wall + hours(24), {}, true, hours(24) + seconds(61), true},
        {"wakes for the watchdog long before", minutes(5), wall + hours(24), minutes(2), true, minutes(3), false},
        {"didn't wake for the watchdog", minutes(5), wall + hours(24), minutes(2), true, minutes(3) + seconds(1), true},
        {"was due an hour ago by a clock that was set", seconds(0), wall - hours(1), {}, true, seconds(61), true},
        {"far in the future", seconds(0), WallTime(hours(24 * 365 * 8000)), {}, true, hours(24), false},
    };
    for (const auto& c : cases) {
        CAPTURE(c.about);
        Pulse pulse(c.watchdog);
        CHECK_FALSE(pulse.late(now));  // it hasn't begun
        if (c.sleeps) pulse.sleeps(now, wall, c.wake, c.longest);
        else pulse.works(now);
        CHECK(pulse.late(now + c.later) == c.late);
        pulse.works(now + c.later);
        CHECK_FALSE(pulse.late(now + c.later));
    }
}
