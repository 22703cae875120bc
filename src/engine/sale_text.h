#pragma once
// What a sell step came to, in words: of the JSON that a run's report keeps, so that a terminal and `show` say the same. Pure.
#include <nlohmann/json.hpp>
#include <string>

namespace bindery {

// A line of counts, and one each for why leads were passed over, wait or were rejected. Ends with a line end.
std::string sale_text(const nlohmann::json& sale);

}  // namespace bindery
