#pragma once

#include <date/date.h>

#include <string>
#include <string_view>

namespace bindery::sandbox {

// Dates as the services write them. Days are days of the calendar, without a time zone.
std::string day_text(date::sys_days day);                 // 2026-04-13
bool is_day(std::string_view text);                       // a real date in that form
bool is_utc_second(std::string_view text);                // 2026-04-13T21:45:00Z
date::sys_days day_of(std::string_view text);             // throws std::invalid_argument
date::sys_days local_today();
std::string now_text();                                   // the present second in UTC
std::string now_text_millis();                            // with milliseconds, for the request log

}  // namespace bindery::sandbox
