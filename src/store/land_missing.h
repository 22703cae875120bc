#pragma once
// What a proven whole list lacks: marked the first time, removed the second, within the guard. Set-based SQL inside the
// landing's transaction, with the staging file attached as `staged`.
#include <cstdint>
#include <optional>
#include <string>

#include "core/mapping.h"
#include "store/datasets.h"
#include "store/store.h"

namespace bindery {

struct ProvenList {
    std::string began;  // reading time of the list
    std::string now;
    std::optional<std::string> complete_read_at;  // of the proven list before it
    std::int64_t live_before = 0;
    // SQL of a condition that holds for a row `r` that the list has.
    std::string has;
};

std::int64_t live_records(Store& store, const std::string& dataset);

// Adds to counts: removed, expired, withheld, missing_once, removed_keys.
void land_missing(Store& store, const Mapping& mapping, const ProvenList& list, const LandOptions& options,
                  LandCounts& counts);

}  // namespace bindery
