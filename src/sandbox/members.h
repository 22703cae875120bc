#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bindery::sandbox {

// What several services need of a record's members.

inline constexpr std::array<std::string_view, 7> kLinesOfBusiness = {
    "personal_auto", "homeowners", "commercial_auto", "general_liability", "workers_comp", "bop", "umbrella"};

template <typename Array>
bool one_of(const Array& words, const nlohmann::json& value) {
  return value.is_string() &&
         std::find(words.begin(), words.end(), value.get_ref<const std::string&>()) != words.end();
}

inline std::string text(const nlohmann::json& record, const char* member) {
  const auto found = record.find(member);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace bindery::sandbox
