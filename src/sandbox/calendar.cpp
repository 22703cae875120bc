#include "sandbox/calendar.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace bindery::sandbox {

namespace {

bool digits(std::string_view text, std::size_t from, std::size_t count) {
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
  }
  return true;
}

unsigned digits_at(std::string_view text, std::size_t from, std::size_t count) {
  unsigned value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  return value;
}

date::year_month_day parts(std::string_view text) {
  return date::year_month_day(date::year(static_cast<int>(digits_at(text, 0, 4))), date::month(digits_at(text, 5, 2)),
                              date::day(digits_at(text, 8, 2)));
}

std::string utc(std::chrono::system_clock::time_point now, const char* tail) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &fields);
  return std::string(text.data(), length) + tail;
}

}  // namespace

std::string day_text(date::sys_days day) {
  const date::year_month_day ymd(day);
  std::array<char, 24> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                                   static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return {text.data(), static_cast<std::size_t>(length)};
}

bool is_day(std::string_view text) {
  return text.size() == 10 && digits(text, 0, 4) && text[4] == '-' && digits(text, 5, 2) && text[7] == '-' &&
         digits(text, 8, 2) && parts(text).ok();
}

bool is_utc_second(std::string_view text) {
  return text.size() == 20 && is_day(text.substr(0, 10)) && text[10] == 'T' && digits(text, 11, 2) &&
         text[13] == ':' && digits(text, 14, 2) && text[16] == ':' && digits(text, 17, 2) && text[19] == 'Z' &&
         digits_at(text, 11, 2) < 24 && digits_at(text, 14, 2) < 60 && digits_at(text, 17, 2) < 60;
}

date::sys_days day_of(std::string_view text) {
  if (!is_day(text)) {
    throw std::invalid_argument("'" + std::string(text) + "' is not a date; write it as YYYY-MM-DD");
  }
  return date::sys_days(parts(text));
}

date::sys_days local_day(std::chrono::system_clock::time_point time) {
  const std::time_t now = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  localtime_r(&now, &fields);
  return date::sys_days(date::year(fields.tm_year + 1900) / (fields.tm_mon + 1) / fields.tm_mday);
}

std::string second_text(std::chrono::system_clock::time_point time) { return utc(time, "Z"); }

std::string millisecond_text(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  std::array<char, 8> tail{};
  std::snprintf(tail.data(), tail.size(), ".%03dZ", static_cast<int>(millis));
  return utc(time, tail.data());
}

}  // namespace bindery::sandbox
