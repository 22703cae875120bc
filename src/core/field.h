#pragma once
// The types of fields: how a received value becomes its canonical text, and the key it's matched by. Two values are equal
// if their canonical texts are. Pure. Rules: docs/services.md, from the practice of agencies (domain rules).
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

using json = nlohmann::json;

enum class FieldType { text, money, date, datetime, phone, email, state, zip, boolean, integer, policy_number, json_value };

// "bool" and "json" are the YAML names of boolean and json_value.
std::optional<FieldType> field_type(std::string_view name);
const char* field_type_name(FieldType type);
const std::vector<std::string>& field_type_names();

struct Canonical {
    enum class State { value, blank, bad } state = State::blank;
    std::string text;    // canonical text when `value`
    std::string reason;  // when `bad`: why, without the value itself
};

// `value` is an exact-JSON value (core/exact_json.h) or a string from CSV. Null, "" and white space are blank.
//   text           trimmed
//   money          decimal text as received, without $ , and spaces; (1.50) is -1.50; trailing zeros kept out: "1234.5"
//                  and "1234.50" are both "1234.50"; at least two decimals; exponents are expanded
//   date           YYYY-MM-DD (also from m/d/yyyy, m/d/yy (window 1950..2049); a time of day after it is left off, with no
//                  change of zone)
//   datetime       RFC 3339 UTC with milliseconds; a date alone, or a time without its offset, is bad
//   phone          as received, trimmed (compared by its 10 digits, see match_key)
//   email          trimmed, lower case
//   state          two capital letters; full US state names are turned into codes
//   zip            5 digits or ZIP+4 as text; leading zeros restored for 3 or 4 digits
//   bool           true | false (also yes/no, y/n, 1/0)
//   integer        digits without leading zeros or a plus sign, of any length
//   policy_number  trimmed, as received (compared by match_key)
//   json           dump_exact of the value
Canonical canonicalize(FieldType type, const json& value);
Canonical canonicalize_text(FieldType type, std::string_view text);  // of a string

// What the value is compared and joined by; nullopt when it has no usable key.
//   policy_number: see policy_key; phone: phone10; text: letters without case and marks (plain_letters), inner spaces squeezed; email:
//   case folded (ASCII); others: the canonical text.
// Stored beside the values: when it changes, table_format() of store/record_table.h does.
std::optional<std::string> match_key(FieldType type, std::string_view canonical);

// What the value adds to the name of a record that is known by its fields (record_key.h): its match key, but letters keep their marks. A
// name must last, since effects and what books agreed on are known by it: this rule never changes.
std::optional<std::string> naming_key(FieldType type, std::string_view canonical);

// Equal by meaning: by match key where both have one (a policy number without its hyphens, a name in capitals or without its
// accents), else by text.
bool same_value(FieldType type, std::string_view a, std::string_view b);

// Without case, spaces and hyphens, capitals. nullopt for blanks and placeholders: TBD, TBA, PENDING, TEMP…, 0, N/A.
std::optional<std::string> policy_key(std::string_view text);
// The ten digits of a US phone number; nullopt when it has none (extensions are dropped) or one made up (one digit
// repeated, an area code or exchange that can't be).
std::optional<std::string> phone10(std::string_view text);
// "tx", "Texas" → "TX"; nullopt when it's no US state, district, territory or military post (AA, AE, AP).
std::optional<std::string> state2(std::string_view text);
// Cents of canonical money text, rounded half away from zero; nullopt when out of 64 bits.
std::optional<std::int64_t> money_cents(std::string_view canonical);

}  // namespace bindery
