#include "sandbox/autobind_price.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kNotBought = {"MA", "NY", "HI", "AK"};

}  // namespace

std::optional<std::string> price_of(const json& ping, bool call) {
  const std::string state = ping.value("state_abbreviation", "");
  if (std::find(kNotBought.begin(), kNotBought.end(), state) != kNotBought.end()) {
    return std::nullopt;
  }
  int cents = call ? 1085 : 310;
  cents += ping.value("lead_type", "shared") == "exclusive" ? 135 : 0;
  cents += ping.value("currently_insured", false) ? 90 : 0;
  cents += ping.value("home_ownership", false) ? 45 : 0;
  cents -= ping.value("sr_twenty_two", false) ? 120 : 0;
  const std::string credit = ping.value("credit_status", "");
  cents += credit == "excellent" ? 60 : credit == "poor" ? -70 : 0;
  for (const json& driver : ping.value("drivers", json::array())) {
    cents += 15 - 25 * static_cast<int>(driver.value("incidents", json::array()).size());
  }
  cents += 20 * static_cast<int>(ping.value("vehicles", json::array()).size());
  cents = std::max(cents, 50);
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%d.%02d", cents / 100, cents % 100);
  return text.data();
}

}  // namespace bindery::sandbox
