#pragma once
// Is a job stale: did no run of it end well for longer than its `stale_after`? Pure.
#include <optional>
#include <string>

#include "config/job.h"

namespace bindery {

struct Staleness {
    bool stale = false;
    std::string text;  // "last good run 3 h ago", "no good run yet"
};
Staleness staleness_of(const Job& job, const std::optional<std::string>& last_good_end, WallTime now);

}  // namespace bindery
