#pragma once

#include <date/date.h>
#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bindery::sandbox {

// The four bodies that Autobind takes, as bits of a set.
enum Step : unsigned { kLeadPing = 1, kLeadPost = 2, kCallPing = 4, kCallPost = 8 };

enum class Rule {
  text,        // at most `high` bytes; no cap when 0
  word,        // one of `words`
  boolean,
  number,      // from `low` to `high`; no upper end when it is 0
  ten_digits,
  state,       // two capitals
  zip,
  day,
  moment,      // a UTC second
  policy_end,  // a day from today to a year ahead
  email,
  vin,
  tracking,    // letters, digits, - and _
  list,        // of objects with `members`, from `low` to `high` of them
};

// A row of the field table.
struct Field {
  std::string_view name;
  Rule rule;
  unsigned required;  // steps that must have it
  unsigned optional;  // steps that may
  int low = 0;
  int high = 0;
  std::span<const std::string_view> words = {};
  std::span<const Field> members = {};
};

struct Checked {
  nlohmann::json clean;  // the body without unknown fields
  std::vector<std::string> errors;
  std::vector<std::string> warnings;  // one for each field that was left out
};

// Checks a body against the table of one step. Pure.
Checked validate(std::span<const Field> table, Step step, const nlohmann::json& body, date::sys_days today);

// Autobind's own table, and the rules that no row can say (an age or a birth date; the policyholder comes first).
std::span<const Field> autobind_fields();
Checked validate_autobind(Step step, const nlohmann::json& body, date::sys_days today);

}  // namespace bindery::sandbox
