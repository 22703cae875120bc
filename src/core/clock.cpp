#include "core/clock.h"

#include <time.h>

#include <fstream>

#include "core/dates.h"
#include "core/error.h"
#include "core/text.h"

namespace bindery {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<milliseconds> time_of_day(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    const int h = small_number(text.substr(0, 2));
    const int m = small_number(text.substr(3, 2));
    const int s = small_number(text.substr(6, 2));
    const bool leap_second = m == 59 && s == 60;
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || (s > 59 && !leap_second)) return std::nullopt;
    return hours(h) + minutes(m) + seconds(s);
}

// Takes ".123456" off the front; digits beyond the third are dropped.
std::optional<milliseconds> take_fraction(std::string_view& text) {
    if (text.empty() || text.front() != '.') return milliseconds(0);
    std::size_t digits = 0;
    int value = 0;
    for (text.remove_prefix(1); !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
        if (digits < 3) value = value * 10 + (text.front() - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 3; ++digits) value *= 10;
    return milliseconds(value);
}

std::optional<minutes> zone_offset(std::string_view text) {
    if (text == "Z" || text == "z") return minutes(0);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const int h = small_number(text.substr(1, 2));
    const int m = small_number(text.substr(4, 2));
    if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
    const minutes size = hours(h) + minutes(m);
    return text[0] == '-' ? -size : size;
}

}  // namespace

WallTime SystemClock::wall() const {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

BootTime SystemClock::boot() const {
    timespec now{};
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        throw Error(ErrorCode::internal, "CLOCK_BOOTTIME isn't available", "", Reach::process);
    }
    return seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string SystemClock::boot_id() const {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    if (!std::getline(file, id) || id.empty()) {
        throw Error(ErrorCode::internal, "can't read /proc/sys/kernel/random/boot_id", "", Reach::process);
    }
    return id;
}

std::string rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string text = format_date(day);
    text += 'T';
    append_padded(text, static_cast<int>(clock.hours().count()), 2);
    text += ':';
    append_padded(text, static_cast<int>(clock.minutes().count()), 2);
    text += ':';
    append_padded(text, static_cast<int>(clock.seconds().count()), 2);
    text += '.';
    append_padded(text, static_cast<int>(clock.subseconds().count()), 3);
    text += 'Z';
    return text;
}

std::optional<WallTime> read_rfc3339(std::string_view text) {
    constexpr std::size_t kDate = 10;
    constexpr std::size_t kTime = 8;
    if (text.size() < kDate + 1 + kTime + 1) return std::nullopt;
    const char between = text[kDate];
    if (between != 'T' && between != 't' && between != ' ') return std::nullopt;
    const auto date = parse_date(text.substr(0, kDate));
    const auto time = time_of_day(text.substr(kDate + 1, kTime));
    text.remove_prefix(kDate + 1 + kTime);
    const auto fraction = take_fraction(text);
    const auto offset = zone_offset(text);
    if (!date || !time || !fraction || !offset) return std::nullopt;
    return *date + *time + *fraction - *offset;
}

WallTime parse_rfc3339(const std::string& text) {
    if (const auto time = read_rfc3339(text)) return *time;
    throw Error(ErrorCode::usage, "not an RFC 3339 time", "Write it like 2026-11-23T06:00:00Z or with an offset.");
}

}  // namespace bindery
