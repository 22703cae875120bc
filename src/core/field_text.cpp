#include "core/field_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/dates.h"
#include "core/decimal.h"
#include "core/field.h"
#include "core/text.h"
#include "core/us_states.h"

namespace bindery {

namespace {

// Takes one `c` and the spaces after it off the front.
bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    text = trim(text);
    return true;
}

// Drops separators of thousands. They must stand in threes: "1,23" may mean a decimal comma, so it's not guessed at.
std::optional<std::string> without_separators(std::string_view text) {
    const std::size_t whole_end = std::min(text.find_first_of(".eE"), text.size());
    std::string result;
    bool separated = false;
    std::size_t run = 0;
    for (const char c : text.substr(0, whole_end)) {
        if (c != ',' && c != ' ') {
            result += c;
            ++run;
            continue;
        }
        if (run == 0 || run > 3 || (separated && run != 3)) return std::nullopt;
        separated = true;
        run = 0;
    }
    if (separated && run != 3) return std::nullopt;
    return result += text.substr(whole_end);
}

std::optional<std::string> us_date(std::string_view text) {
    const std::size_t first = text.find('/');
    const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view month = text.substr(0, first);
    const std::string_view day = text.substr(first + 1, second - first - 1);
    const std::string_view year = text.substr(second + 1);
    if (month.size() > 2 || day.size() > 2 || (year.size() != 2 && year.size() != 4)) return std::nullopt;
    const int m = small_number(month);
    const int d = small_number(day);
    int y = small_number(year);
    if (m < 0 || d < 0 || y < 0) return std::nullopt;
    if (year.size() == 2) y += y < 50 ? 2000 : 1900;
    const std::chrono::year_month_day date(std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                           std::chrono::day(static_cast<unsigned>(d)));
    if (!date.ok()) return std::nullopt;
    return format_date(std::chrono::sys_days(date));
}

// What may follow a date: h:mm, seconds, a fraction, AM or PM, an offset.
bool is_time_of_day(std::string_view text) {
    const std::size_t hour_digits = std::min(text.find(':'), text.size());
    if (hour_digits != 1 && hour_digits != 2) return false;
    const int hour = small_number(text.substr(0, hour_digits));
    const std::string_view minute = text.substr(std::min(hour_digits + 1, text.size()), 2);
    if (hour < 0 || hour > 24 || minute.size() != 2 || small_number(minute) < 0 || small_number(minute) > 59)
        return false;
    const std::string_view rest = text.substr(hour_digits + 3);
    return std::all_of(rest.begin(), rest.end(), [](char c) {
        return is_digit(c) || std::string_view(":.+- AaPpMmZz").find(c) != std::string_view::npos;
    });
}

// Ten digits that can be a US number and aren't one digit repeated, as people type to get past a form.
bool is_us_phone(std::string_view text) {
    return text.size() == 10 && text[0] >= '2' && text[3] >= '2' &&
           !std::all_of(text.begin(), text.end(), [&](char c) { return c == text[0]; });
}

bool is_blank_or_hyphen(char c) {
    return is_space(c) || c == '-';
}

}  // namespace

std::optional<std::string> money_text(std::string_view text) {
    bool negative = false;
    if (text.size() >= 2 && text.front() == '(' && text.back() == ')') {
        text = trim(text.substr(1, text.size() - 2));
        negative = true;
    }
    bool dollar = take(text, '$');
    const bool minus = !negative && take(text, '-');
    if (!negative && !minus) take(text, '+');
    if (!dollar) dollar = take(text, '$');
    if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) return std::nullopt;
    const auto plain = without_separators(text);
    auto decimal = plain ? parse_decimal(*plain) : std::nullopt;
    if (!decimal) return std::nullopt;
    const bool zero = decimal->whole == "0" && decimal->fraction.empty();
    decimal->negative = (negative || minus) && !zero;
    return decimal_text(*decimal, 2);
}

std::optional<std::string> date_text(std::string_view text) {
    const std::size_t end = text.find_first_of("Tt ");
    const std::string_view date = text.substr(0, end);
    if (end != std::string_view::npos && !is_time_of_day(trim(text.substr(end + 1)))) return std::nullopt;
    if (const auto iso = parse_date(date)) return format_date(*iso);
    return us_date(date);
}

std::optional<std::string> email_text(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
    if (text.find('@', at + 1) != std::string_view::npos) return std::nullopt;
    if (std::any_of(text.begin(), text.end(), [](char c) { return is_space(c) || c == ',' || c == ';'; }))
        return std::nullopt;
    return lower(text);
}

std::optional<std::string> zip_text(std::string_view text) {
    constexpr std::size_t kZip = 5;
    constexpr std::size_t kPlus4 = 4;
    const std::size_t hyphen = text.find('-');
    std::string zip(text.substr(0, hyphen));
    std::string more(hyphen == std::string_view::npos ? std::string_view() : text.substr(hyphen + 1));
    if (hyphen == std::string_view::npos && zip.size() == kZip + kPlus4) {
        more = zip.substr(kZip);
        zip.resize(kZip);
    } else if (hyphen != std::string_view::npos && more.size() != kPlus4) {
        return std::nullopt;
    }
    const bool digits =
        std::all_of(zip.begin(), zip.end(), is_digit) && std::all_of(more.begin(), more.end(), is_digit);
    if (!digits || zip.size() < 3 || zip.size() > kZip) return std::nullopt;
    zip.insert(0, kZip - zip.size(), '0');
    return more.empty() ? zip : zip + '-' + more;
}

std::optional<std::string> policy_key(std::string_view text) {
    std::string key(trim(text));
    key.erase(std::remove_if(key.begin(), key.end(), is_blank_or_hyphen), key.end());
    for (char& c : key) c = upper(c);
    const bool zeros = key.find_first_not_of('0') == std::string::npos;
    if (zeros || key.starts_with("TEMP")) return std::nullopt;
    for (const std::string_view placeholder : {"TBD", "TBA", "PENDING", "N/A", "NA"}) {
        if (key == placeholder) return std::nullopt;
    }
    return key;
}

std::optional<std::string> phone10(std::string_view text) {
    text = trim(text);
    const std::size_t first = text.find_first_of("+0123456789");
    if (first == std::string_view::npos) return std::nullopt;
    text.remove_prefix(first);
    const bool international = text.front() == '+';
    std::string digits;
    for (const char c : text) {
        if (is_letter(c) || c == '#' || c == ',' || c == ';') break;
        if (is_digit(c)) digits += c;
    }
    const bool with_country = digits.size() == 11 && digits.front() == '1';
    if (with_country) digits.erase(0, 1);
    if ((international && !with_country) || !is_us_phone(digits)) return std::nullopt;
    return digits;
}

std::optional<std::string> state2(std::string_view text) {
    std::string letters;
    for (const char c : text) {
        if (is_letter(c)) {
            letters += upper(c);
        } else if (!is_space(c) && c != '.' && c != ',') {
            return std::nullopt;
        }
    }
    const bool is_code = letters.size() == 2;
    for (const UsState& state : kUsStates) {
        if (is_code ? letters[0] == state.code[0] && letters[1] == state.code[1] : letters == state.name) return std::string(state.code);
    }
    return std::nullopt;
}

std::optional<std::int64_t> money_cents(std::string_view canonical) {
    const auto decimal = parse_decimal(canonical);
    if (!decimal) return std::nullopt;
    std::string cents = decimal->whole + decimal->fraction.substr(0, 2);
    if (decimal->fraction.size() < 2) cents.append(2 - decimal->fraction.size(), '0');
    const bool up = decimal->fraction.size() > 2 && decimal->fraction[2] >= '5';
    const std::int64_t sign = decimal->negative ? -1 : 1;
    std::int64_t total = 0;
    for (const char digit : cents) {
        if (__builtin_mul_overflow(total, 10, &total)) return std::nullopt;
        if (__builtin_add_overflow(total, sign * (digit - '0'), &total)) return std::nullopt;
    }
    if (up && __builtin_add_overflow(total, sign, &total)) return std::nullopt;
    return total;
}

}  // namespace bindery
