#pragma once
// Which of , ; tab and | stands between the cells of a file. Pure.
#include <string_view>

namespace bindery {

// From the beginning of its text: the one that gives the first rows equally many cells, and more than one. Else a comma.
char tell_delimiter(std::string_view text);

}  // namespace bindery
