#pragma once
// Decimal numbers as text, of any length: what money and integers have in common.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

struct Decimal {
    bool negative = false;  // never for zero
    std::string whole;      // no leading zeros; "0" when nothing stands before the point
    std::string fraction;   // no trailing zeros
};

// Digits with an optional sign, point and exponent: "-12.50", ".5", "1e3". Exponents are expanded. nullopt when it
// isn't that, or when writing it out would take more than kMaxDecimalDigits digits.
inline constexpr std::size_t kMaxDecimalDigits = 1000;
std::optional<Decimal> parse_decimal(std::string_view text);

// a < b, and a + b, of any length.
bool decimal_less(const Decimal& a, const Decimal& b);
Decimal decimal_sum(const Decimal& a, const Decimal& b);

// "-12.50": at least `decimals` digits after the point, no point without any.
std::string decimal_text(const Decimal& decimal, std::size_t decimals);

}  // namespace bindery
