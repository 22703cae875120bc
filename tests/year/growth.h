#pragma once
// How much lies in each table of the store, the inbox and the budget file, and what else lies beside them: so that a year can tell
// what levels off from what grows.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace bindery::test {

struct TableSize {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;  // of its pages and its indexes'
};

// By file and table: "bindery.db effect". A table that a file has no more, or not yet, isn't in it.
using Sizes = std::map<std::string, TableSize>;

// Of all three files in the folder; also "FILE free" (pages for later use, in rows and bytes).
Sizes sizes_of(const std::filesystem::path& folder);

// By day of the year, at least one a month. What stays for good by design (docs/store.md) grows by so much an effect and no more; all
// else is in the last quarter what it was in the second. `keys`: of services, those that were replaced too.
void hold_to_a_level(const std::map<int, Sizes>& year, int keys);
// A run's calls are kept for 30 days: there are no more of them than what was asked for in the 34 days before, each with a wait.
void hold_to_the_calls(const std::map<int, Sizes>& year, const std::map<int, std::int64_t>& calls_until);
// Nothing that has a time is older than all retentions, which are 90 days.
void hold_to_retention(const std::filesystem::path& folder, const std::string& now);

}  // namespace bindery::test
