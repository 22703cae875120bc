#include "core/dates.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/text.h"
#include "core/zone.h"

namespace bindery {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

date::local_time<milliseconds> local_in_zone(WallTime time, const std::string& zone) {
    return zone_named(zone).to_local(time);
}

bool is_business_day(Date date, const std::vector<Date>& holidays) {
    const std::chrono::weekday weekday(date);
    if (weekday == std::chrono::Saturday || weekday == std::chrono::Sunday) return false;
    return std::find(holidays.begin(), holidays.end(), date) == holidays.end();
}

constexpr std::size_t kRfc3339Size = 24;

struct Unit {
    std::string_view name;
    Duration size;
};

constexpr std::array<Unit, 5> kUnits{
    {{"d", hours(24)}, {"h", hours(1)}, {"m", minutes(1)}, {"s", seconds(1)}, {"ms", milliseconds(1)}}};

// Adds `number` units to `total`; false when that doesn't fit.
bool add_units(Duration& total, std::string_view number, Duration size) {
    std::int64_t count = 0;
    for (const char digit : number) {
        if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, digit - '0', &count))
            return false;
    }
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(count, size.count(), &count)) return false;
    if (__builtin_add_overflow(total.count(), count, &sum)) return false;
    total = Duration(sum);
    return true;
}

// Half upwards, for a duration that isn't negative; std::chrono::round overflows near the largest one.
std::int64_t rounded(Duration duration, Duration unit) {
    return duration / unit + (duration % unit >= unit / 2 ? 1 : 0);
}

template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate predicate) {
    const auto end = std::find_if_not(text.begin(), text.end(), predicate);
    const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
}

}  // namespace

std::optional<Date> parse_date(std::string_view iso) {
    if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return std::nullopt;
    const int year = small_number(iso.substr(0, 4));
    const int month = small_number(iso.substr(5, 2));
    const int day = small_number(iso.substr(8, 2));
    if (year < 0 || month < 0 || day < 0) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::string format_date(Date date) {
    const std::chrono::year_month_day parts(date);
    std::string text;
    text.reserve(kRfc3339Size);
    append_padded(text, static_cast<int>(parts.year()), 4);
    text += '-';
    append_padded(text, static_cast<int>(static_cast<unsigned>(parts.month())), 2);
    text += '-';
    append_padded(text, static_cast<int>(static_cast<unsigned>(parts.day())), 2);
    return text;
}

int days_between(Date from, Date to) {
    return static_cast<int>((to - from).count());
}

Date business_day_on_or_before(Date date, const std::vector<Date>& holidays) {
    while (!is_business_day(date, holidays)) date -= days(1);
    return date;
}

Date business_day_on_or_after(Date date, const std::vector<Date>& holidays) {
    while (!is_business_day(date, holidays)) date += days(1);
    return date;
}

Date date_in_zone(WallTime time, const std::string& zone) {
    const auto local = date::floor<date::days>(local_in_zone(time, zone));
    return Date(days(local.time_since_epoch().count()));
}

std::string local_time_in_zone(WallTime time, const std::string& zone) {
    const auto local = local_in_zone(time, zone);
    return rfc3339(WallTime(local.time_since_epoch())).substr(0, 19);
}

std::string rfc3339_in_zone(WallTime time, const std::string& zone) {
    const auto offset = std::chrono::duration_cast<minutes>(zone_named(zone).get_info(date::floor<seconds>(time)).offset).count();
    const std::string local = local_time_in_zone(time, zone);
    if (offset == 0) return local + "Z";
    const auto two = [](std::int64_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
    const auto size = offset < 0 ? -offset : offset;
    return local + (offset < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60);
}

std::optional<WallTime> time_of_local(std::string_view local, const std::string& zone) {
    if (local.size() != 19) return std::nullopt;
    const auto shown = read_rfc3339(std::string(local) + "Z");
    if (!shown) return std::nullopt;
    const auto info = zone_named(zone).get_info(date::floor<seconds>(date::local_time<milliseconds>(shown->time_since_epoch())));
    if (info.result == date::local_info::nonexistent) return std::nullopt;
    return *shown - info.first.offset;  // before the clocks were turned back: the earlier one
}

bool zone_exists(const std::string& zone) {
    return find_zone(zone) != nullptr;
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    Duration total{0};
    auto allowed = kUnits.begin();
    while (!text.empty()) {
        const std::string_view number = take_while(text, is_digit);
        const std::string_view name = take_while(text, is_letter);
        const auto unit = std::find_if(allowed, kUnits.end(), [&](const Unit& each) { return each.name == name; });
        if (number.empty() || unit == kUnits.end() || !add_units(total, number, unit->size)) return std::nullopt;
        allowed = unit + 1;
    }
    return total;
}

std::string format_duration(Duration duration) {
    if (duration.count() < 0) {
        return "-" + format_duration(duration == Duration::min() ? Duration::max() : -duration);
    }
    if (duration == Duration(0)) return "0 s";
    const std::int64_t whole = rounded(duration, milliseconds(1));
    if (whole < 1000) return std::to_string(std::max<std::int64_t>(whole, 1)) + " ms";
    const std::array<std::pair<const char*, std::int64_t>, 4> units{
        {{" d", 86400}, {" h", 3600}, {" min", 60}, {" s", 1}}};
    std::int64_t rest = rounded(duration, seconds(1));
    std::string text;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::int64_t count = rest / units[i].second;
        rest %= units[i].second;
        if (count == 0 && text.empty()) continue;
        if (count > 0) text += (text.empty() ? "" : " ") + std::to_string(count) + units[i].first;
        if (text.find(' ') != text.rfind(' ') || count == 0) break;
    }
    return text;
}

}  // namespace bindery
