#include "services/sale_spelling.h"

#include <algorithm>
#include <string>

#include "core/decimal.h"
#include "core/exact_json.h"
#include "core/field.h"
#include "core/field_text.h"
#include "core/text.h"
#include "services/sale_lists.h"
#include "services/sale_values.h"
#include "services/sale_words.h"

namespace bindery {
namespace {

constexpr std::size_t kLongestSpelling = 30000;

json number_of(const Decimal& decimal) {
    constexpr std::size_t kSafeDigits = 15;
    const auto text = decimal_text(decimal, 0);
    if (decimal.fraction.empty() && decimal.whole.size() <= kSafeDigits) return json(std::stoll(text));
    return exact_number(text);
}

// "3 years" and "40 months" of a field that counts months.
std::optional<json> months_of(std::string_view text) {
    const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    const int count = small_number(text.substr(0, end));
    const auto unit = word_key(text.substr(end));
    if (count < 0 || count > 9999) return std::nullopt;
    if (unit == "years" || unit == "year" || unit == "yrs" || unit == "yr") return json(count * 12);
    if (unit == "months" || unit == "month" || unit == "mos" || unit == "mo") return json(count);
    return std::nullopt;
}

// Digits, with commas between thousands or none, and a fraction: "-1,250.55". Without its commas; nullopt for whatever may mean two things.
std::optional<std::string> plain_number(std::string_view text, bool commas) {
    constexpr std::size_t kGroup = 3;
    std::string plain;
    if (text.starts_with('-')) {
        plain = "-";
        text.remove_prefix(1);
    }
    const auto dot = text.find('.');
    const auto whole = text.substr(0, dot), fraction = dot == std::string_view::npos ? std::string_view("0") : text.substr(dot + 1);
    const auto first = whole.find(',');
    if (commas && fraction.size() == kGroup) return std::nullopt;  // "12.500": thousands elsewhere
    if (whole.empty() || fraction.empty() || digits_in(fraction) != fraction.size() || (first != std::string_view::npos && (!commas || first == 0 || first > kGroup))) return std::nullopt;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const bool comma = first != std::string_view::npos && i >= first && (i - first) % (kGroup + 1) == 0;
        if (comma ? whole[i] != ',' : !is_digit(whole[i])) return std::nullopt;
        if (!comma) plain += whole[i];
    }
    if (first != std::string_view::npos && (whole.size() - first) % (kGroup + 1) != 0) return std::nullopt;
    return dot == std::string_view::npos ? plain : plain + "." + std::string(fraction);
}

// "$30,000" and "30k" of money, "12,500 miles" of a distance, "3 years" of months.
std::optional<json> number_in(const SaleField& field, std::string_view text) {
    const auto named = [&](std::string_view part) { return field.name.find(part) != std::string_view::npos; };
    if (named("months")) {
        if (auto months = months_of(text)) return months;
    }
    const bool money = named("current_bi_") || named("amount"), mileage = named("mileage"), distance = mileage || named("distance");
    std::string small = lower(text);
    if (money && small.starts_with('$')) small = std::string(trim(std::string_view(small).substr(1)));
    const auto cut = [&small](std::string_view unit) {
        if (!small.ends_with(unit)) return false;
        small = std::string(trim(std::string_view(small).substr(0, small.size() - unit.size())));
        return true;
    };
    if (distance && !cut("miles")) cut("mi");
    const bool thousands = (money || mileage) && cut("k");
    const auto plain = plain_number(small, money || mileage);
    const auto decimal = plain ? parse_decimal(thousands ? *plain + "e3" : *plain) : std::nullopt;
    return decimal ? std::optional(number_of(*decimal)) : std::nullopt;
}

std::optional<json> flag_in(const SaleField& field, const json& value) {
    if (value.is_string()) {
        if (const auto word = sale_flag_word(field.name, value.get_ref<const std::string&>())) return *word;
    }
    const auto canonical = canonicalize(FieldType::boolean, value);
    if (canonical.state != Canonical::State::value) return std::nullopt;
    return canonical.text == "true";
}

std::optional<json> moment_in(std::string_view text) {
    const auto canonical = canonicalize_text(FieldType::datetime, text);
    constexpr std::size_t kSeconds = 19;  // of YYYY-MM-DDTHH:MM:SS.mmmZ
    if (canonical.state != Canonical::State::value || canonical.text.size() <= kSeconds) return std::nullopt;
    return canonical.text.substr(0, kSeconds) + "Z";
}

// Five digits also of a ZIP+4, and of one that lost its leading zeros.
std::optional<json> zip_in(std::string_view text) {
    const auto zip = zip_text(text);
    return zip ? std::optional<json>(zip->substr(0, 5)) : std::nullopt;
}

std::string vin_in(std::string_view text) {
    std::string vin;
    for (const char c : text) {
        if (!is_space(c) && c != '-') vin += upper(c);
    }
    return vin;
}

std::optional<json> word_in(const SaleField& field, std::string_view text) {
    if (auto word = sale_word(field, text)) return *word;
    // An insurer or a claim that isn't in the list is what its last word is for.
    if (field.name == "current_company" || field.name == "claim_type") return "other";
    return std::nullopt;
}

std::optional<json> if_any(const std::optional<std::string>& text) {
    return text ? std::optional<json>(*text) : std::nullopt;
}

std::optional<json> text_in(const SaleField& field, std::string_view text) {
    switch (field.kind) {
        case SaleKind::word:
            return word_in(field, text);
        case SaleKind::phone:
            return if_any(phone10(text));
        case SaleKind::state:
            return if_any(state2(text));
        case SaleKind::place:
            return state2(text).value_or(std::string(text));
        case SaleKind::zip:
            return zip_in(text);
        case SaleKind::day:
        case SaleKind::birth_day:
        case SaleKind::last_day:
            return if_any(date_text(text));
        case SaleKind::moment:
            return moment_in(text);
        case SaleKind::email:
            return if_any(email_text(text));
        case SaleKind::vin:
            return vin_in(text);
        default:
            return std::string(text);
    }
}

}  // namespace

std::optional<json> spelled(const SaleField& field, const json& value) {
    if (field.kind == SaleKind::flag) return flag_in(field, value).value_or(shallow_copy(value));
    if (value.is_structured() || value.is_boolean()) return shallow_copy(value);
    if (field.kind == SaleKind::number && is_number(value)) return value;
    const auto whole = scalar_text(value);
    if (!whole || whole->size() > kLongestSpelling || !plain_text(*whole)) return value;
    const auto text = trim(*whole);
    if (field.name == "current_company") {
        const auto key = word_key(text);
        if (key == "none" || key == "no" || key == "n_a" || key == "na" || key == "not_insured" || key == "uninsured") return std::nullopt;
    }
    if (field.kind == SaleKind::number) return number_in(field, text).value_or(value);
    return text_in(field, text).value_or(value);
}

}  // namespace bindery
