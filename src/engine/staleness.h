#pragma once
// Is a job stale: did no run of it end well for longer than its `stale_after`, or has a service refused what it sent for as long, and
// nobody has looked after it? The decision is pure.
#include <optional>
#include <string>

#include "config/job.h"
#include "store/store.h"

namespace bindery {

struct Staleness {
    bool stale = false;
    std::string text;  // "last good run 3 h ago", "no good run yet"
};
// `refused`: effects that a service refused and that still are, `refused_since` the oldest of them. `first_seen`: when a daemon, or what cron
// starts, came upon the job. One that never had a good run isn't stale for so long; without either nobody knows since when it should have run,
// so it's stale at once.
Staleness staleness_of(const Job& job, const std::optional<std::string>& last_good_end, WallTime now, std::int64_t refused = 0, const std::string& refused_since = {},
                       std::optional<WallTime> first_seen = std::nullopt);
// The same by what the store holds.
Staleness staleness_in(Store& store, const Job& job, WallTime now);

}  // namespace bindery
