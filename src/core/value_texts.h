#pragma once
// The texts of a JSON document's values, without a tree. Pure.
#include <functional>
#include <string_view>

namespace bindery {

// Calls `take` with each text and number of the values, in order; of what is no JSON object or list (a cell, broken JSON), once with all of it.
void each_value_text(std::string_view text, const std::function<void(std::string_view)>& take);

}  // namespace bindery
