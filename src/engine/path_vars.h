#pragma once
// Vars that make the address of a push: one that is empty or wrong spoils every write of the step, and a person mends it in one
// place. Pure.
#include <set>
#include <string>
#include <vector>

#include "config/job.h"

namespace bindery {

// The vars that `path` is made of; a column of the select by the same name goes before the var.
std::vector<std::string> path_vars(const Job& job, const PushStep& step, const std::set<std::string>& columns);

// A line for each of them that is blank: where it stands, and what to do.
std::vector<std::string> blank_path_vars(const Job& job, const PushStep& step, const std::set<std::string>& columns);

// What to look at when the service answered 404 to `refused` writes of the step; empty when no var is in its address.
std::string advice_on_404(const Job& job, const PushStep& step, const std::set<std::string>& columns, std::int64_t refused);

}  // namespace bindery
