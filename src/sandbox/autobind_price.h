#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace bindery::sandbox {

// What the sandbox bids for a valid ping, in dollars with two decimals; nothing when it doesn't want it (states
// where it doesn't buy: MA, NY, HI, AK). The same ping is always worth the same.
std::optional<std::string> price_of(const nlohmann::json& ping, bool call);

}  // namespace bindery::sandbox
