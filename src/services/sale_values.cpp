#include "services/sale_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/exact_json.h"
#include "core/field.h"
#include "core/text.h"

namespace bindery {
namespace {

bool all_digits(std::string_view text, std::size_t count) {
    return text.size() == count && digits_in(text) == count;
}

bool is_visible(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return is_space(c) || (c > 0 && c < ' ') || c == '\x7f'; });
}

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos) return false;
    const auto domain = text.substr(at + 1);
    return is_visible(text) && domain.find('.') != std::string_view::npos && domain.front() != '.' && domain.back() != '.' &&
           domain.find("..") == std::string_view::npos;
}

bool is_vin(std::string_view text) {
    return text.size() == 17 && std::all_of(text.begin(), text.end(), [](char c) {
               const char capital = upper(c);
               return is_digit(c) || (is_upper(capital) && capital != 'I' && capital != 'O' && capital != 'Q');
           });
}

bool is_tracking(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_moment(std::string_view text) {
    if (text.size() != 20 || !parse_date(text.substr(0, 10)) || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z')
        return false;
    const int hour = small_number(text.substr(11, 2)), minute = small_number(text.substr(14, 2)),
              second = small_number(text.substr(17, 2));
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

// A host's letters, digits, dots and hyphens and nothing else: no name or port beside it, nothing that ends it for a browser before its slash.
bool is_host(std::string_view text) {
    const auto sign = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; };
    return std::all_of(text.begin(), text.end(), sign) && !text.starts_with('.') && text.find("..") == std::string_view::npos;
}

// https://cert.trustedform.com/… : nothing else proves a consent.
bool is_proof(std::string_view text) {
    constexpr std::string_view kScheme = "https://", kHost = "trustedform.com";
    if (!text.starts_with(kScheme) || !is_visible(text)) return false;
    const auto rest = text.substr(kScheme.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || slash + 1 == rest.size() || rest[slash + 1] == '?' || rest[slash + 1] == '#') return false;
    const auto host = lower(rest.substr(0, slash));
    return is_host(host) && (host == kHost || host.ends_with("." + std::string(kHost)));
}

bool is_network(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

// A code of a US state, or a name that isn't a US state's.
bool is_place(std::string_view text) {
    if (us_state_code(text)) return true;
    return text.size() > 2 && !trim(text).empty() && !state2(text);
}

bool is_last_day(const std::string& text, Date today) {
    const auto day = parse_date(text);
    return day && *day >= today && *day <= year_after(today);
}

bool is_birth_day(const SaleField& field, const std::string& text, Date today) {
    const auto day = parse_date(text);
    const int age = day ? age_on(*day, today) : -1;
    return age >= field.low && age <= field.high;
}

bool is_right(const SaleField& field, const std::string& text, Date today) {
    switch (field.kind) {
        case SaleKind::text:
            return !trim(text).empty();
        case SaleKind::phone:
            return all_digits(text, 10);
        case SaleKind::state:
            return us_state_code(text);
        case SaleKind::place:
            return is_place(text);
        case SaleKind::zip:
            return all_digits(text, 5);
        case SaleKind::day:
            return parse_date(text).has_value();
        case SaleKind::birth_day:
            return is_birth_day(field, text, today);
        case SaleKind::last_day:
            return is_last_day(text, today);
        case SaleKind::moment:
            return is_moment(text);
        case SaleKind::email:
            return is_email(text);
        case SaleKind::vin:
            return is_vin(text);
        case SaleKind::tracking:
            return is_tracking(text);
        case SaleKind::proof:
            return is_proof(text);
        case SaleKind::network:
            return is_network(text);
        default:
            return true;
    }
}

std::string range_text(const SaleField& field, const std::string& noun) {
    const auto low = std::to_string(field.low);
    return "must be " + noun + (field.high == 0 ? " of " + low + " or more" : " from " + low + " to " + std::to_string(field.high));
}

std::string text_size(const SaleField& field) {
    return " of 1 to " + std::to_string(field.high) + " characters";
}

std::string words_text(const SaleField& field) {
    std::string all = "must be one of:";
    for (const auto word : field.words) all += (all.back() == ':' ? " " : ", ") + std::string(word);
    return all;
}

}  // namespace

std::string expected_of(const SaleField& field) {
    switch (field.kind) {
        case SaleKind::text:
            return "must be text" + text_size(field);
        case SaleKind::word:
            return words_text(field);
        case SaleKind::flag:
            return "must be yes or no";
        case SaleKind::number:
            return range_text(field, "a number");
        case SaleKind::phone:
            return "must be a US phone number of exactly 10 digits";
        case SaleKind::state:
            return "must be the code of a US state in two capitals, such as TX";
        case SaleKind::place:
            return "must be the code of a US state in two capitals, or the full name of another country";
        case SaleKind::zip:
            return "must be a ZIP code of exactly 5 digits, as text with its leading zeros";
        case SaleKind::day:
            return "must be a date of the form YYYY-MM-DD";
        case SaleKind::birth_day:
            return "must be a date of the form YYYY-MM-DD that makes an age of " + std::to_string(field.low) + " to " +
                   std::to_string(field.high) + " years";
        case SaleKind::last_day:
            return "must be a date of the form YYYY-MM-DD, today or later, and no more than one year from now";
        case SaleKind::moment:
            return "must be a UTC time of the form YYYY-MM-DDTHH:MM:SSZ";
        case SaleKind::email:
            return "must be an e-mail address of at most " + std::to_string(field.high) + " characters, with one @ and a dot in its domain";
        case SaleKind::vin:
            return "must be exactly 17 letters and digits, without I, O and Q";
        case SaleKind::tracking:
            return "must be 1 to " + std::to_string(field.high) + " letters, digits, hyphens and underscores";
        case SaleKind::proof:
            return "must be the https address of a TrustedForm certificate, of at most " + std::to_string(field.high) + " characters";
        case SaleKind::network:
            return "must be one IPv4 or IPv6 address";
        case SaleKind::list:
            return "must be a list of " + std::to_string(field.low) + " to " + std::to_string(field.high);
    }
    return {};
}

std::optional<std::string> value_fault(const SaleField& field, const std::string& text, Date today) {
    if (is_right(field, text, today)) return std::nullopt;
    return expected_of(field);
}

std::optional<double> sale_number(const json& value) {
    double number = 0;
    if (value.is_number()) {
        number = value.get<double>();
    } else if (is_number(value)) {
        const auto lexeme = scalar_text(value).value_or("");
        const auto [end, problem] = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), number);
        if (problem != std::errc() || end != lexeme.data() + lexeme.size()) return std::nullopt;
    } else {
        return std::nullopt;
    }
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::size_t longest_bytes(const SaleField& field) {
    constexpr std::size_t kLongestWord = 64, kBytesOfCharacter = 4;
    return field.high > 0 && field.kind != SaleKind::birth_day ? static_cast<std::size_t>(field.high) * kBytesOfCharacter
                                                               : kLongestWord;
}

bool plain_text(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return ascii || replace_invalid_utf8(text) == text;
}

std::string safe_member_name(const std::string& name) {
    constexpr std::size_t kMostBytes = 100;
    std::string safe = name.substr(0, kMostBytes);
    std::replace_if(safe.begin(), safe.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return safe;
}

bool us_state_code(std::string_view text) {
    return text.size() == 2 && is_upper(text[0]) && is_upper(text[1]) && state2(text) == text;
}

int age_on(Date birth, Date today) {
    const std::chrono::year_month_day born(birth), now(today);
    const int years = static_cast<int>(now.year()) - static_cast<int>(born.year());
    const bool had_birthday = now.month() > born.month() || (now.month() == born.month() && now.day() >= born.day());
    return had_birthday ? years : years - 1;
}

Date year_after(Date day) {
    const std::chrono::year_month_day next = std::chrono::year_month_day(day) + std::chrono::years(1);
    return next.ok() ? Date(next) : Date(next.year() / next.month() / std::chrono::last);
}

}  // namespace bindery
