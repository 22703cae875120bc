#pragma once
// What a single value of a sale must look like, beyond what a JSON Schema can say safely: digits, dates, addresses, VIN. Pure.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/dates.h"
#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

// What is expected of the field, for people: "must be one of: en, es". Never what was found.
std::string expected_of(const SaleField& field);

// Of a text of the right type and length: what is expected of it, if it isn't so.
std::optional<std::string> value_fault(const SaleField& field, const std::string& text, Date today);

// A finite JSON number, or an exact one (core/exact_json.h), as a double.
std::optional<double> sale_number(const json& value);

std::size_t longest_bytes(const SaleField& field);  // of a text that could still be right
bool plain_text(std::string_view text);             // valid UTF-8 without NUL
std::string safe_member_name(const std::string& name);  // of a stranger's member: printable ASCII, at most 100 bytes
bool us_state_code(std::string_view text);          // "TX"

int age_on(Date birth, Date today);  // in full years; negative before the birth
Date year_after(Date day);           // the same day of the next year; 28 February after a 29th

}  // namespace bindery
