#include "sandbox/validator.h"

#include "sandbox/calendar.h"

#include <algorithm>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

bool all_digits(const std::string& text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool two_capitals(const std::string& text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Not bytes: of UTF-8 only the first of each character counts.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_email(const std::string& text) {
  const std::size_t at = text.find('@');
  return characters(text) <= 100 && at != std::string::npos && at > 0 && text.find('@', at + 1) == std::string::npos &&
         text.find('.', at + 2) != std::string::npos && text.back() != '.' && text.find(' ') == std::string::npos;
}

bool is_tracking(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += text.empty() ? "" : ", ";
    text += word;
  }
  return text;
}

std::string bad_number(const Field& field, const json& value) {
  if (!value.is_number()) {
    return "Must be a number";
  }
  const double number = value.get<double>();
  if (number < field.low) {
    return "Must be at least " + std::to_string(field.low);
  }
  return field.high != 0 && number > field.high ? "Must be at most " + std::to_string(field.high) : std::string();
}

// The same day of the next year; 28 February after a 29th.
date::sys_days a_year_after(date::sys_days day) {
  const date::year_month_day next = date::year_month_day(day) + date::years(1);
  return next.ok() ? date::sys_days(next) : date::sys_days(next.year() / next.month() / date::last);
}

std::string bad_day(const Field& field, const std::string& text, date::sys_days today) {
  if (!is_day(text)) {
    return "Must be a date in YYYY-MM-DD format";
  }
  if (field.rule != Rule::policy_end) {
    return {};
  }
  const date::sys_days day = day_of(text);
  if (day < today) {
    return "Must be today or later";
  }
  return day > a_year_after(today) ? "Must be no more than 1 year in the future" : std::string();
}

std::string bad_text(const Field& field, const std::string& text, date::sys_days today) {
  switch (field.rule) {
    case Rule::word:
      return std::find(field.words.begin(), field.words.end(), text) != field.words.end()
                 ? std::string()
                 : "Must be one of: " + listed(field.words);
    case Rule::ten_digits:
      return all_digits(text, 10) ? "" : "Must be exactly 10 digits, numeric only";
    case Rule::state:
      return two_capitals(text) ? "" : "Must be a 2-letter uppercase state code";
    case Rule::zip:
      return all_digits(text, 5) ? "" : "Must be exactly 5 digits";
    case Rule::day:
    case Rule::policy_end:
      return bad_day(field, text, today);
    case Rule::moment:
      return is_utc_second(text) ? "" : "Must be a timestamp in YYYY-MM-DDTHH:mm:ssZ format";
    case Rule::email:
      return is_email(text) ? "" : "Must be a valid email address";
    case Rule::vin:
      return text.size() == 17 ? "" : "Must be exactly 17 characters";
    case Rule::tracking:
      if (!is_tracking(text)) {
        return "Must be letters, digits, hyphens and underscores only";
      }
      break;
    default:
      break;
  }
  if (field.low > 0 && text.size() < static_cast<std::size_t>(field.low)) {
    return "Must not be empty";
  }
  return field.high != 0 && characters(text) > static_cast<std::size_t>(field.high)
             ? "Must be at most " + std::to_string(field.high) + " characters"
             : std::string();
}

std::string bad_value(const Field& field, const json& value, date::sys_days today) {
  if (field.rule == Rule::boolean) {
    return value.is_boolean() ? "" : "Must be a boolean";
  }
  if (field.rule == Rule::number) {
    return bad_number(field, value);
  }
  return value.is_string() ? bad_text(field, value.get_ref<const std::string&>(), today) : "Must be a string";
}

class Walk {
 public:
  Walk(Step step, date::sys_days today, Checked& into) : step_(step), today_(today), into_(into) {}

  json object(std::span<const Field> table, const json& body, const std::string& path) {
    json clean = json::object();
    for (const auto& [name, value] : body.items()) {
      if (known(table, name) == nullptr) {
        into_.warnings.push_back("Unknown field '" + path + name + "' was ignored");
      }
    }
    for (const Field& field : table) {
      const std::string name(field.name);
      const auto found = body.find(name);
      if (found == body.end()) {
        if ((field.required & step_) != 0) {
          into_.errors.push_back("'" + path + name + "' is required");
        }
      } else if (((field.required | field.optional) & step_) != 0) {
        clean[name] = member(field, *found, path + name);
      }
    }
    return clean;
  }

 private:
  const Field* known(std::span<const Field> table, const std::string& name) const {
    const auto found = std::find_if(table.begin(), table.end(), [&](const Field& field) {
      return field.name == name && ((field.required | field.optional) & step_) != 0;
    });
    return found == table.end() ? nullptr : &*found;
  }

  json member(const Field& field, const json& value, const std::string& path) {
    if (field.rule == Rule::list) {
      return list(field, value, path);
    }
    const std::string problem = bad_value(field, value, today_);
    if (!problem.empty()) {
      into_.errors.push_back(problem + " at '" + path + "'");
    }
    return value;
  }

  json list(const Field& field, const json& value, const std::string& path) {
    json clean = json::array();
    if (!value.is_array()) {
      into_.errors.push_back("Must be an array at '" + path + "'");
      return clean;
    }
    if (value.size() < static_cast<std::size_t>(field.low)) {
      into_.errors.push_back("'" + path + "' must have at least " + std::to_string(field.low) + " item(s)");
    } else if (value.size() > static_cast<std::size_t>(field.high)) {
      into_.errors.push_back("'" + path + "' must have at most " + std::to_string(field.high) + " item(s)");
      return clean;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (value[i].is_object()) {
        clean.push_back(object(field.members, value[i], place + "."));
      } else {
        into_.errors.push_back("Must be an object at '" + place + "'");
      }
    }
    return clean;
  }

  Step step_;
  date::sys_days today_;
  Checked& into_;
};

}  // namespace

Checked validate(std::span<const Field> table, Step step, const json& body, date::sys_days today) {
  Checked checked;
  checked.clean = Walk(step, today, checked).object(table, body, "");
  return checked;
}

}  // namespace bindery::sandbox
