#pragma once
// Headers as people write them. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// What headers are compared by: without case, spaces and punctuation. # counts as "number", % as "percent".
std::string folded_header(std::string_view header);

std::string column_letters(std::size_t column);  // 0 is A, 26 is AA
// column C "Policy #"
std::string column_name(std::size_t column, const std::string& header);
// "a", "b" and "c"
std::string listed_headers(const std::vector<std::string>& names);

}  // namespace bindery
