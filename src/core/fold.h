#pragma once
// Several rows of one key become one record by a book's rule, whatever order they come in. Exact duplicates count once. The row
// that leads is the one with the latest `latest`, where the rows have it; else the one with the largest `lead`, whose `add` fields
// become the sum over all rows and whose `join` fields list each value once. Ties go to the row whose cells sort last.
#include <string>
#include <vector>

namespace bindery {

struct FoldRule {
    std::string latest;             // a date field; empty: there's none
    std::string lead;               // a money or integer field; empty: none
    std::vector<std::string> add;   // money or integer fields
    std::vector<std::string> join;  // text fields
    bool any() const { return !latest.empty() || !lead.empty() || !add.empty() || !join.empty(); }
};

}  // namespace bindery
