#pragma once
// Five-field cron expressions, read and timed as Debian's cron(8) does. Pure but for the zone data of the machine.
// Fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday); lists, ranges, steps, names (jan, mon);
// @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. Days of month and of week that are both restricted
// are joined by "or". Where clocks change: a fixed time that is skipped runs right after the gap, one that comes twice
// runs once; with a * in minute or hour the job follows elapsed time. A change of three hours and more (a day that a zone left out)
// is a correction: nothing is caught up.
#include <bitset>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace bindery {

struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;     // 1 to 31
    std::bitset<13> months;   // 1 to 12
    std::bitset<7> weekdays;  // 0 is Sunday
    bool either_day = false;  // neither day field starts with *
    bool elapsed = false;     // minute or hour starts with *
};

Cron parse_cron(std::string_view expression);  // Error(config) names the field and what is wrong with it

// The first moment after `after` at which the job is due in an IANA zone. Error(config) when there is none in the next
// 41 years (February 30), or until the year 9999, or the zone is unknown.
WallTime next_fire(const Cron& cron, const std::string& zone, WallTime after);
WallTime next_fire(std::string_view expression, const std::string& zone, WallTime after);

}  // namespace bindery
