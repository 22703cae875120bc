#pragma once
// What a person probably meant by a word that isn't known. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// The closest of `known` to `word` (edit distance at most 3 and under half its length), or empty.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace bindery
