#pragma once
// Takes out of the store what is past its retention, in small transactions, so that a run waits for none of them. Never an effect's
// identity or state, the audit trail, what a person decided about records that are there, or what an open question still needs.
// What goes is overwritten in the file. How long each kind is kept: engine/store_care.h makes these rules from the settings.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"
#include "store/runs.h"
#include "store/store.h"

namespace bindery {

// Times before which a kind may go, RFC 3339 UTC; nullopt: kept for good.
using Before = std::optional<std::string>;

struct DatasetRules {
    const Mapping* mapping = nullptr;  // nullptr: its records stay
    std::string dataset;
    Before history, removed, quarantine;
    std::string window_before;         // a record whose window field (its expiration) isn't before this date stays
};

// Two books that a job compares.
struct ComparedBooks {
    std::string job, ours, theirs;
};

struct PurgeRules {
    std::vector<DatasetRules> datasets;
    std::vector<ComparedBooks> compared;
    Before history, quarantine;        // of datasets that aren't named above
    Before runs, effects, conflicts, corrections, sales;
    Before calls{};                    // of runs that ended so long ago: their calls and waits, without the runs
    Before removed{};                  // of datasets that aren't named above: when the store last learnt of the record, live ones too
};

struct PurgeOptions {
    bool dry = false;                    // counts only; works on a store that was opened for reading
    int batch = 2000;                    // rows a transaction
    std::function<bool()> stop{};        // asked between two transactions
    std::function<void()> committed{};   // after each
};

struct PurgeCount {
    std::string kind;     // history | calls | runs | effects | attempts | quarantine | removed | conflicts | corrections | answers | proofs (of sales)
    std::string dataset;  // of history, quarantine and removed
    std::int64_t rows = 0;
};

struct Purged {
    std::vector<PurgeCount> counts;  // those that aren't zero
    bool whole = true;               // false: stopped; what is left goes the next time
};
Purged purge(Store& store, const PurgeRules& rules, const PurgeOptions& options);

// After its end a run's calls are kept for this long; the run itself for much longer (retention: runs).
inline constexpr std::chrono::hours kCallsKept{30 * 24};
// What to say of a run of which no calls are there: that they were purged. Empty: it is too young for that, or asked for nothing.
std::string purged_calls(const RunRow& run, WallTime now);

// Free pages in the file: later runs use them again.
std::int64_t free_bytes(Store& store);
// Writes the file anew without them; needs as much room as the store has, and the store alone for that long. Nothing that was ever
// taken out can be read from the file after it.
void vacuum(Store& store);

}  // namespace bindery
