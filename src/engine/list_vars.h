#pragma once
// Vars that a select reads as lists (json_each, json_tree, json_array_length) and that hold plain text: SQLite would find that out
// in the middle of a run, and name neither.
#include <string>
#include <vector>

#include "config/job.h"

namespace bindery {

// A line for each such var of `sql`, without its place.
std::vector<std::string> texts_for_lists(const Job& job, const std::string& sql);

}  // namespace bindery
