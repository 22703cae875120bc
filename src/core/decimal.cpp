#include "core/decimal.h"

#include <algorithm>

#include "core/text.h"

namespace bindery {

namespace {

std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

bool take_sign(std::string_view& text) {
    if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
    const bool minus = text.front() == '-';
    text.remove_prefix(1);
    return minus;
}

// The exponent at the front of `text`, 0 when none stands there; nullopt when it's malformed or absurd.
std::optional<int> take_exponent(std::string_view& text) {
    if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return 0;
    text.remove_prefix(1);
    const bool negative = take_sign(text);
    const int size = small_number(take_digits(text));
    if (size < 0) return std::nullopt;
    return negative ? -size : size;
}

void trim_zeros(Decimal& decimal) {
    decimal.whole.erase(0, decimal.whole.find_first_not_of('0'));
    if (decimal.whole.empty()) decimal.whole = "0";
    decimal.fraction.erase(decimal.fraction.find_last_not_of('0') + 1);
    if (decimal.whole == "0" && decimal.fraction.empty()) decimal.negative = false;
}

// Digits of both with the points below each other: equal in length, so that they compare as text.
std::pair<std::string, std::string> aligned(const Decimal& a, const Decimal& b) {
    const std::size_t whole = std::max(a.whole.size(), b.whole.size()), fraction = std::max(a.fraction.size(), b.fraction.size());
    const auto digits = [&](const Decimal& d) {
        return std::string(whole - d.whole.size(), '0') + d.whole + d.fraction + std::string(fraction - d.fraction.size(), '0');
    };
    return {digits(a), digits(b)};
}

// Both of one length.
std::string digit_sum(const std::string& a, const std::string& b) {
    std::string sum(a.size() + 1, '0');
    int carry = 0;
    for (std::size_t i = a.size(); i-- > 0;) {
        const int digit = (a[i] - '0') + (b[i] - '0') + carry;
        sum[i + 1] = static_cast<char>('0' + digit % 10);
        carry = digit / 10;
    }
    sum[0] = static_cast<char>('0' + carry);
    return sum;
}

// a >= b, both of one length.
std::string digit_difference(const std::string& a, const std::string& b) {
    std::string rest(a.size() + 1, '0');
    int borrow = 0;
    for (std::size_t i = a.size(); i-- > 0;) {
        const int digit = (a[i] - '0') - (b[i] - '0') - borrow;
        borrow = digit < 0 ? 1 : 0;
        rest[i + 1] = static_cast<char>('0' + digit + borrow * 10);
    }
    return rest;
}

}  // namespace

bool decimal_less(const Decimal& a, const Decimal& b) {
    if (a.negative != b.negative) return a.negative;
    const auto [left, right] = aligned(a, b);
    return a.negative ? left > right : left < right;
}

Decimal decimal_sum(const Decimal& a, const Decimal& b) {
    const auto [left, right] = aligned(a, b);
    const bool opposed = a.negative != b.negative;
    const bool first = left >= right;  // is the larger one
    const std::string digits = !opposed ? digit_sum(left, right) : first ? digit_difference(left, right) : digit_difference(right, left);
    const std::size_t point = digits.size() - std::max(a.fraction.size(), b.fraction.size());
    Decimal sum{!opposed || first ? a.negative : b.negative, digits.substr(0, point), digits.substr(point)};
    trim_zeros(sum);
    return sum;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
    const bool negative = take_sign(text);
    const std::string_view whole = take_digits(text);
    std::string_view fraction;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        fraction = take_digits(text);
    }
    const auto exponent = take_exponent(text);
    if (!exponent || !text.empty() || (whole.empty() && fraction.empty())) return std::nullopt;
    const auto shift = static_cast<std::size_t>(*exponent < 0 ? -*exponent : *exponent);
    if (whole.size() + fraction.size() + shift > kMaxDecimalDigits) return std::nullopt;

    Decimal decimal{negative, std::string(whole), std::string(fraction)};
    if (*exponent > 0) {
        decimal.fraction.resize(std::max(shift, decimal.fraction.size()), '0');
        decimal.whole += decimal.fraction.substr(0, shift);
        decimal.fraction.erase(0, shift);
    } else if (*exponent < 0) {
        decimal.whole.insert(0, shift, '0');
        decimal.fraction.insert(0, decimal.whole.substr(decimal.whole.size() - shift));
        decimal.whole.erase(decimal.whole.size() - shift);
    }
    trim_zeros(decimal);
    return decimal;
}

std::string decimal_text(const Decimal& decimal, std::size_t decimals) {
    std::string text = decimal.negative ? "-" : "";
    text += decimal.whole;
    std::string fraction = decimal.fraction;
    if (fraction.size() < decimals) fraction.resize(decimals, '0');
    return fraction.empty() ? text : text + '.' + fraction;
}

}  // namespace bindery
