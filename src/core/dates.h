#pragma once
// Civil dates: the agency's local calendar. Pure but for the zone data of the machine.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace bindery {

using Date = std::chrono::sys_days;

std::optional<Date> parse_date(std::string_view iso);  // YYYY-MM-DD, a real date; nothing else
std::string format_date(Date date);
int days_between(Date from, Date to);  // to - from

// Saturdays, Sundays and the given holidays aren't business days. Same date when it is one.
Date business_day_on_or_before(Date date, const std::vector<Date>& holidays);
Date business_day_on_or_after(Date date, const std::vector<Date>& holidays);

// The calendar date and the local wall time (YYYY-MM-DDTHH:MM:SS) of `time` in an IANA zone. Throws Error(config) for an unknown zone.
Date date_in_zone(WallTime time, const std::string& zone);
std::string local_time_in_zone(WallTime time, const std::string& zone);
std::string rfc3339_in_zone(WallTime time, const std::string& zone);  // 2026-03-08T03:00:00-06:00, whole seconds; Z for an offset of zero
// The moment at which clocks in the zone show `local` (YYYY-MM-DDTHH:MM:SS). nullopt for one that they skip in spring, or that is no
// time; the earlier of two in autumn. Throws as above.
std::optional<WallTime> time_of_local(std::string_view local, const std::string& zone);
bool zone_exists(const std::string& zone);

// "90s", "15m", "2h", "3d", "500ms", "1h30m". nullopt when it isn't a duration.
std::optional<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);  // for people: "7 s", "1 min 5 s", "3 h"

}  // namespace bindery
