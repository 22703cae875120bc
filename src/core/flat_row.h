#pragma once
// One row of a CSV as a book sees it: the text of each field, and what no field takes. Plain data: csv/ fills it, store/ lands it.
#include <string>
#include <utility>
#include <vector>

namespace bindery {

struct FlatRow {
    std::vector<std::string> fields;                            // one a field of the book, as received; empty: not stated
    std::vector<std::pair<std::string, std::string>> others;    // header, text: columns that no field takes; blank ones are left out
    std::string record_key;                                     // of our own exports; empty when there's none
};

}  // namespace bindery
