#pragma once

#include <date/date.h>

#include <chrono>
#include <string>
#include <string_view>

namespace bindery::sandbox {

// Dates as the services write them. Days are days of the calendar, without a time zone.
std::string day_text(date::sys_days day);                 // 2026-04-13
bool is_day(std::string_view text);                       // a real date in that form
bool is_utc_second(std::string_view text);                // 2026-04-13T21:45:00Z
date::sys_days day_of(std::string_view text);             // throws std::invalid_argument
date::sys_days local_day(std::chrono::system_clock::time_point time);      // in the machine's time zone
std::string second_text(std::chrono::system_clock::time_point time);       // the second in UTC
std::string millisecond_text(std::chrono::system_clock::time_point time);  // with milliseconds, for the request log

}  // namespace bindery::sandbox
