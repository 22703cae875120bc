#include "core/field.h"

#include <algorithm>
#include <array>

#include "core/clock.h"
#include "core/dates.h"
#include "core/decimal.h"
#include "core/exact_json.h"
#include "core/field_text.h"
#include "core/letters.h"
#include "core/text.h"

namespace bindery {

namespace {

struct TypeName {
    FieldType type;
    const char* name;
};

constexpr std::array<TypeName, 12> kTypeNames{{{FieldType::text, "text"},
                                               {FieldType::money, "money"},
                                               {FieldType::date, "date"},
                                               {FieldType::datetime, "datetime"},
                                               {FieldType::phone, "phone"},
                                               {FieldType::email, "email"},
                                               {FieldType::state, "state"},
                                               {FieldType::zip, "zip"},
                                               {FieldType::boolean, "bool"},
                                               {FieldType::integer, "integer"},
                                               {FieldType::policy_number, "policy_number"},
                                               {FieldType::json_value, "json"}}};

Canonical good(std::string text) {
    return {Canonical::State::value, std::move(text), {}};
}

Canonical bad(std::string reason) {
    return {Canonical::State::bad, {}, std::move(reason)};
}

Canonical from(std::optional<std::string> text, const char* reason) {
    return text ? good(*std::move(text)) : bad(reason);
}

std::optional<std::string> integer_text(std::string_view text) {
    const auto decimal = parse_decimal(text);
    if (!decimal || !decimal->fraction.empty()) return std::nullopt;
    return decimal_text(*decimal, 0);
}

std::optional<std::string> boolean_text(std::string_view text) {
    const std::string word = lower(text);
    for (const char* yes : {"true", "yes", "y", "1"}) {
        if (word == yes) return "true";
    }
    for (const char* no : {"false", "no", "n", "0"}) {
        if (word == no) return "false";
    }
    return std::nullopt;
}

std::optional<std::string> datetime_text(std::string_view text) {
    const auto time = read_rfc3339(text);
    if (!time) return std::nullopt;
    return rfc3339(*time);
}

// `text` isn't blank.
Canonical canonical_scalar(FieldType type, std::string_view text) {
    switch (type) {
        case FieldType::text:
        case FieldType::policy_number:
        case FieldType::phone:
            return good(std::string(text));
        case FieldType::money:
            return from(money_text(text), "isn't an amount of money");
        case FieldType::date:
            return from(date_text(text), "isn't a date (YYYY-MM-DD or m/d/yyyy)");
        case FieldType::datetime:
            return from(datetime_text(text), "isn't a time with its offset (RFC 3339)");
        case FieldType::email:
            return from(email_text(text), "isn't an e-mail address");
        case FieldType::state:
            return from(state2(text), "isn't a US state");
        case FieldType::zip:
            return from(zip_text(text), "isn't a ZIP code");
        case FieldType::boolean:
            return from(boolean_text(text), "isn't true or false");
        case FieldType::integer:
            return from(integer_text(text), "isn't a whole number");
        case FieldType::json_value:
            break;
    }
    std::string quoted;
    append_json_string(quoted, text);
    return good(std::move(quoted));
}

// Small letters (ASCII), inner spaces squeezed.
std::string squeezed(std::string_view text) {
    std::string result(trim(text));
    auto to = result.begin();
    for (const char c : result) {
        if (!is_space(c)) {
            *to++ = lower(c);
        } else if (*(to - 1) != ' ') {
            *to++ = ' ';
        }
    }
    result.erase(to, result.end());
    return result;
}

}  // namespace

std::optional<FieldType> field_type(std::string_view name) {
    for (const TypeName& each : kTypeNames) {
        if (name == each.name) return each.type;
    }
    return std::nullopt;
}

const char* field_type_name(FieldType type) {
    for (const TypeName& each : kTypeNames) {
        if (type == each.type) return each.name;
    }
    return "";
}

const std::vector<std::string>& field_type_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const TypeName& each : kTypeNames) result.emplace_back(each.name);
        return result;
    }();
    return names;
}

Canonical canonicalize(FieldType type, const json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return canonicalize_text(type, value.get_ref<const std::string&>());
    if (type == FieldType::json_value) return good(dump_exact(value));
    if (type == FieldType::phone && value.is_boolean()) return bad("is true or false, not a phone number");
    const auto text = scalar_text(value);
    if (!text) return bad(value.is_array() ? "is a list, not a single value" : "is an object, not a single value");
    return canonical_scalar(type, *text);
}

Canonical canonicalize_text(FieldType type, std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.empty()) return {};
    return canonical_scalar(type, type == FieldType::json_value ? text : trimmed);
}

std::optional<std::string> match_key(FieldType type, std::string_view canonical) {
    if (type == FieldType::policy_number) return policy_key(canonical);
    if (type == FieldType::phone) return phone10(canonical);
    std::string key = type == FieldType::text    ? squeezed(plain_letters(canonical))
                      : type == FieldType::email ? squeezed(canonical)
                                                 : std::string(canonical);
    if (key.empty()) return std::nullopt;
    return key;
}

std::optional<std::string> naming_key(FieldType type, std::string_view canonical) {
    if (type != FieldType::text) return match_key(type, canonical);
    std::string key = squeezed(canonical);
    if (key.empty()) return std::nullopt;
    return key;
}

bool same_value(FieldType type, std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto key_a = match_key(type, a), key_b = match_key(type, b);
    return key_a && key_b && *key_a == *key_b;
}

}  // namespace bindery
