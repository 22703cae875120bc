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

}  // namespace

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
