#include "services/text_readings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/text.h"

namespace bindery {
namespace {

// What an escape stands for, and how long it is.
struct Unescaped {
    std::string text;
    std::size_t size = 0;
};

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

// The number of exactly `digits` hex digits at `at`; -1 when they aren't there.
int hex_at(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return -1;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const int value = hex_value(text[at + i]);
        if (value < 0) return -1;
        number = number * 16 + value;
    }
    return number;
}

std::string utf8_of(int point) {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

// \u0040 and %u0040; a pair of surrogates is one letter, half a pair none.
std::optional<Unescaped> four_digits(std::string_view text, std::size_t at) {
    const int first = hex_at(text, at + 2, 4);
    if (first < 0) return std::nullopt;
    if (first < 0xD800 || first > 0xDFFF) return Unescaped{utf8_of(first), 6};
    const bool pair = text.substr(at + 6, 2) == text.substr(at, 2);
    const int second = pair ? hex_at(text, at + 8, 4) : -1;
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) return Unescaped{"", 6};
    return Unescaped{utf8_of(0x10000 + ((first - 0xD800) << 10) + second - 0xDC00), 12};
}

std::optional<Unescaped> after_backslash(std::string_view text, std::size_t at) {
    const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
    switch (kind) {
        case 'u':
            return four_digits(text, at);
        case 'x':
            if (const int byte = hex_at(text, at + 2, 2); byte >= 0) return Unescaped{utf8_of(byte), 4};
            return std::nullopt;
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return Unescaped{" ", 2};
        case '/':
        case '\\':
        case '"':
        case '\'':
            return Unescaped{std::string(1, kind), 2};
        default:
            return std::nullopt;
    }
}

std::optional<Unescaped> after_percent(std::string_view text, std::size_t at) {
    if (at + 1 < text.size() && lower(text[at + 1]) == 'u') return four_digits(text, at);
    const int byte = hex_at(text, at + 1, 2);
    if (byte < 0) return std::nullopt;
    return Unescaped{std::string(1, static_cast<char>(byte)), 3};
}

// &#64; and &#x40; where `digits` begins behind the #.
std::optional<std::string> numbered(std::string_view digits) {
    const bool hex = !digits.empty() && lower(digits.front()) == 'x';
    if (hex) digits.remove_prefix(1);
    constexpr std::size_t kMostDigits = 7;
    if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
    const int point = hex ? hex_at(digits, 0, digits.size()) : small_number(digits);
    return point < 0 || point > 0x10FFFF ? std::nullopt : std::optional(utf8_of(point));
}

// &commat; and &eacute;: of a letter with a mark the letter alone.
std::optional<std::string> named(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
        {"amp", "&"}, {"apos", "'"}, {"comma", ","}, {"commat", "@"}, {"dash", "-"}, {"equals", "="}, {"gt", ">"},   {"hyphen", "-"}, {"lowbar", "_"}, {"lpar", "("},   {"lt", "<"},
        {"nbsp", " "}, {"num", "#"}, {"period", "."}, {"plus", "+"},   {"quot", "\""}, {"rpar", ")"},   {"shy", ""}, {"sol", "/"},    {"szlig", "ss"}, {"rsquo", "'"}};
    for (const auto& [sign, text] : kSigns) {
        if (name == sign) return std::string(text);
    }
    constexpr std::string_view kMarks[] = {"acute", "grave", "circ", "tilde", "uml", "cedil", "ring", "caron", "slash"};
    if (!name.empty() && is_letter(name.front()) && std::find(std::begin(kMarks), std::end(kMarks), name.substr(1)) != std::end(kMarks)) return std::string(name.substr(0, 1));
    return std::nullopt;
}

std::optional<Unescaped> after_ampersand(std::string_view text, std::size_t at) {
    constexpr std::size_t kLongest = 12;
    const auto rest = text.substr(at + 1, kLongest);
    const auto end = rest.find(';');
    if (end == std::string_view::npos) return std::nullopt;
    const auto inner = rest.substr(0, end);
    const auto stands_for = inner.starts_with('#') ? numbered(inner.substr(1)) : named(inner);
    if (!stands_for) return std::nullopt;
    return Unescaped{*stands_for, end + 2};
}

std::string unescaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const auto stands_for = c == '\\' ? after_backslash(text, i) : c == '%' ? after_percent(text, i) : c == '&' ? after_ampersand(text, i) : std::nullopt;
        if (stands_for) result += stands_for->text;
        else result += c;
        i += stands_for ? stands_for->size : 1;
    }
    return result;
}

}  // namespace

std::string as_seen(std::string_view text) {
    constexpr std::string_view kNoWidth[] = {"\xC2\xAD", "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x81\xA0", "\xEF\xBB\xBF"};
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0xEF && i + 2 < text.size()) {  // U+FF01 to U+FF5E are ! to ~
            const int point = (static_cast<unsigned char>(text[i + 1]) & 0x3F) << 6 | (static_cast<unsigned char>(text[i + 2]) & 0x3F);
            if (point >= 0xF01 && point <= 0xF5E) {
                result += static_cast<char>(point - 0xF00 + 0x20);
                i += 3;
                continue;
            }
        }
        const auto* none = byte < 0x80 ? std::end(kNoWidth)
                                       : std::find_if(std::begin(kNoWidth), std::end(kNoWidth), [&](std::string_view it) { return text.substr(i).starts_with(it); });
        if (none == std::end(kNoWidth)) result += text[i++];
        else i += none->size();
    }
    return result;
}

std::vector<std::string> text_readings(std::string_view text) {
    constexpr std::size_t kMostReadings = 4;
    std::vector<std::string> readings{as_seen(text)};
    while (readings.size() < kMostReadings && readings.back().find_first_of("\\%&") != std::string::npos) {
        std::string next = as_seen(unescaped(readings.back()));
        if (next == readings.back()) break;
        readings.push_back(std::move(next));
    }
    return readings;
}

}  // namespace bindery
