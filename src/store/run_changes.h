#pragma once
// What a run added, changed and removed, from the history, for people. Only reads.
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

// In the order in which they were written: at most `limit`, those after the row `after` (0: from the first). By the index `change_run`.
RunChanges changes_of(Store& store, std::int64_t run, std::int64_t after, int limit);

// Added, changed and removed records by the run's own count; 0 when it has none yet.
std::int64_t counted_changes(const RunRow& run);

}  // namespace bindery
