#include <algorithm>
#include <array>

#include "core/dates.h"
#include "core/field_text.h"
#include "core/text.h"
#include "csv/cell_rules.h"

namespace bindery {

namespace {

constexpr int kFirstDayNumber = 18264;  // 1950-01-01; the window is that of two-digit years
constexpr int kLastDayNumber = 73050;   // 2099-12-31

std::optional<std::string> real_date(int year, int month, int day) {
    if (year < 0 || month < 1 || day < 1) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    return format_date(std::chrono::sys_days(date));
}

int full_year(std::string_view text) {
    const int year = small_number(text);
    if (text.size() == 4) return year;
    if (text.size() != 2 || year < 0) return -1;
    return year + (year < 50 ? 2000 : 1900);
}

// Days since 1899-12-30, with or without a time of day as a fraction.
std::optional<std::string> day_number(std::string_view text) {
    const std::string_view whole = text.substr(0, text.find('.'));
    if (whole.size() != 5 || !std::all_of(text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), whole.size() + 1)), text.end(), is_digit)) return std::nullopt;
    const int days = small_number(whole);
    if (days < kFirstDayNumber || days > kLastDayNumber) return std::nullopt;
    using std::chrono::sys_days;
    constexpr sys_days kZero = sys_days(std::chrono::year(1899) / std::chrono::December / 30);
    return format_date(kZero + std::chrono::days(days));
}

std::optional<std::string> eight_digits(std::string_view text) {
    const int year = text.size() == 8 ? small_number(text.substr(0, 4)) : -1;
    if (year < 1900 || year > 2100) return std::nullopt;
    return real_date(year, small_number(text.substr(4, 2)), small_number(text.substr(6, 2)));
}

int month_of(std::string_view word) {
    static constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                              "july",    "august",   "september", "october", "november", "december"};
    std::string small = lower(word);
    if (!small.empty() && small.back() == '.') small.pop_back();
    if (small == "sept") return 9;
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (small == kMonths[i] || small == kMonths[i].substr(0, 3)) return static_cast<int>(i) + 1;
    }
    return -1;
}

// Three parts, whatever stands between them: 1-Jul-2026, July 1, 2026, 3/14/26. `rest` is what follows the third.
struct Parts {
    std::array<std::string_view, 3> part;
    char separator = 0;
    std::string_view rest;
};

std::optional<Parts> three_parts(std::string_view text) {
    Parts parts;
    for (std::size_t i = 0; i < 3; ++i) {
        std::size_t end = 0;
        while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
        if (end == 0) return std::nullopt;
        parts.part[i] = text.substr(0, end);
        text.remove_prefix(end);
        if (i == 2) break;
        if (text.empty()) return std::nullopt;
        if (i == 0) parts.separator = text.front();
        const bool spaced = text.front() == ' ' || text.front() == ',' || (text.front() == '.' && text.size() > 1 && text[1] == ' ');
        if (!spaced && text.front() != '-' && text.front() != '/' && text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
        while (spaced && !text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
    }
    if (!text.empty() && text.front() != ' ' && text.front() != 'T') return std::nullopt;
    parts.rest = text;
    return parts;
}

std::optional<std::string> with_rest(std::optional<std::string> date, std::string_view rest) {
    if (date) *date += rest;
    return date;
}

std::optional<std::string> numbered(const Parts& p, DateOrder order) {
    const bool year_first = p.part[0].size() == 4;
    if (year_first) return p.separator == '/' ? real_date(small_number(p.part[0]), small_number(p.part[1]), small_number(p.part[2])) : std::nullopt;
    if (p.part[0].size() > 2 || p.part[1].size() > 2) return std::nullopt;
    const int a = small_number(p.part[0]), b = small_number(p.part[1]), year = full_year(p.part[2]);
    if (order == DateOrder::dmy && (p.separator == '/' || p.separator == '-' || p.separator == '.')) return real_date(year, b, a);
    // Core reads m/d/y itself; with dots the day mostly stands first, so such a date isn't guessed at.
    return order == DateOrder::mdy && p.separator == '-' ? real_date(year, a, b) : std::nullopt;
}

bool says_nothing(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '0' || c == '/' || c == '-' || c == ' ' || c == ':' || c == '.'; }) &&
           std::count_if(text.begin(), text.end(), [](char c) { return c == '/' || c == '-'; }) >= 2;
}

// HH:MM:SS of 9:15, 09:15:30, 09:15:30.250, 9:15 PM, 9:15:30 p.m.
std::optional<std::string> time_of_day_text(std::string_view text) {
    std::string word;
    while (!text.empty() && !is_digit(text.back())) {
        if (text.back() != '.' && text.back() != ' ') word.insert(word.begin(), lower(text.back()));
        text.remove_suffix(1);
    }
    if (const std::size_t point = text.find('.'); point != std::string_view::npos) {
        if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(point) + 1, text.end(), is_digit)) return std::nullopt;
        text = text.substr(0, point);
    }
    const std::size_t colon = text.find(':');
    const std::string_view rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (colon == 0 || colon > 2 || (rest.size() != 2 && (rest.size() != 5 || rest[2] != ':'))) return std::nullopt;
    int hour = small_number(text.substr(0, colon));
    const int minute = small_number(rest.substr(0, 2)), second = rest.size() == 5 ? small_number(rest.substr(3)) : 0;
    if (word == "am" || word == "pm") {
        if (hour < 1 || hour > 12) return std::nullopt;
        hour = hour % 12 + (word == "pm" ? 12 : 0);
    } else if (!word.empty()) {
        return std::nullopt;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    std::string whole;
    for (const int part : {hour, minute, second}) {
        if (!whole.empty()) whole += ':';
        append_padded(whole, part, 2);
    }
    return whole;
}

}  // namespace

std::optional<std::string> plain_date(std::string_view text, DateOrder order) {
    if (text.size() == 10 && text[4] == '-') return says_nothing(text) ? std::optional<std::string>("") : std::nullopt;
    if (order == DateOrder::mdy && text.size() >= 6 && (text[1] == '/' || text[2] == '/') && !says_nothing(text)) return std::nullopt;
    if (says_nothing(text)) return "";
    if (const auto date = day_number(text)) return date;
    if (const auto date = eight_digits(text)) return date;
    const auto parts = three_parts(text);
    if (!parts) return std::nullopt;
    const int year = full_year(parts->part[2]);
    if (const int month = month_of(parts->part[1]); month > 0 && parts->part[0].size() <= 2) return with_rest(real_date(year, month, small_number(parts->part[0])), parts->rest);
    if (const int month = month_of(parts->part[0]); month > 0 && parts->part[1].size() <= 2) return with_rest(real_date(year, month, small_number(parts->part[1])), parts->rest);
    return with_rest(numbered(*parts, order), parts->rest);
}

std::optional<std::string> local_time(std::string_view text, DateOrder order) {
    const std::size_t colon = text.find(':');
    const std::size_t gap = colon == std::string_view::npos ? colon : text.find_last_of(" T", colon);
    if (gap == std::string_view::npos || gap == 0) return std::nullopt;
    const std::string_view day = trim(text.substr(0, gap));
    std::optional<std::string> date;
    if (parse_date(day)) date = std::string(day);
    else if (day.size() >= 6) date = plain_date(day, order);
    if (!date && order == DateOrder::mdy) date = date_text(day);
    const auto time = time_of_day_text(text.substr(gap + 1));
    if (!date || date->size() != 10 || !time) return std::nullopt;
    return *date + "T" + *time;
}

bool against_order(std::string_view text, DateOrder order) {
    return order == DateOrder::dmy && !text.empty() && is_digit(text.front()) && !plain_date(text, order) && date_text(text).has_value() && text.find('/') != std::string_view::npos;
}

}  // namespace bindery
