#pragma once
// What a run added, changed and removed, from the history, for people. The history has no index by run, and needs none: its rows
// stand in the order in which they were written, runs begin in the order of their numbers, and a job has one run at a time. So the
// first row of a run is found by halving, and few rows beside its own are looked at. Only reads.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/runs.h"

namespace bindery {

struct RunChange {
    std::int64_t id = 0;  // of the row of history: later ones are higher
    std::string dataset, key;
    std::string kind;     // added | changed | removed | returned
    std::string field;    // of `changed`; `*` for members that no field maps
    std::optional<std::string> old_value, new_value;
};

struct RunChanges {
    std::vector<RunChange> rows;
    bool more = false;    // there are further ones, after rows.back().id
};

// Rows beside its own that are looked at, before, between and after those of the run; what lies beyond so many rows of others, which
// take the runs of other jobs at the same time, isn't found.
inline constexpr int kMostPassed = 100'000;

// In the order in which they were written: at most `limit`, those after the row `after` (0: from the first).
RunChanges changes_of(Store& store, const RunRow& run, std::int64_t after, int limit, int most_passed = kMostPassed);

// Added, changed and removed records by the run's own count; 0 when it has none yet.
std::int64_t counted_changes(const RunRow& run);

}  // namespace bindery
