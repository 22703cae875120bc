#pragma once
// Dataset tables: made from a mapping, rebuilt from `doc` when the mapping changes, filled by landing a staged pull.
// Table record_SERVICE_RESOURCE; view SERVICE_RESOURCE shows live rows, SERVICE_RESOURCE_all also removed ones. See
// docs/store.md.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/dates.h"
#include "core/mapping.h"
#include "store/staging.h"
#include "store/store.h"

namespace bindery {

std::string view_name(const std::string& dataset);   // bindpilot.renewals → bindpilot_renewals
std::string table_name(const std::string& dataset);  // → record_bindpilot_renewals

// Makes or rebuilds the table, its indexes and views. One transaction. Nothing happens when the signature is the same.
void ensure_dataset(Store& store, const Mapping& mapping);

struct LandOptions {
    std::int64_t run = 0;
    bool complete = false;            // the pull is proven complete
    bool resumed = false;             // a resumed pull removes nothing
    bool one_list_is_enough = false;  // a full import of a book: what it lacks is gone, under the guard
    Date today;                       // for `window`: rows whose window field is before it left as time passed
    std::int64_t max_removed = 0;     // removals beyond it are withheld (all of them); see max_removed_percent
    double max_removed_percent = -1;  // ≥ 0: of the live rows before landing; used instead of max_removed
    std::int64_t allow_removed = -1;  // --allow-removed N: up to N pass this once
    std::string verdict;              // for pull_state.last_verdict
};

struct LandCounts {
    std::int64_t seen = 0, added = 0, changed = 0, removed = 0, unchanged = 0, folded = 0, superseded = 0,
                 quarantined = 0;
    std::int64_t expired = 0;       // of `removed`: left their window as time passed, not counted by the guard
    std::int64_t withheld = 0;      // removals that the guard kept back
    std::int64_t missing_once = 0;  // lacking for the first time: removed if the next complete pull lacks them too
    std::vector<std::string> removed_keys;  // not the expired ones; at most 100
    std::string quarantined_why;            // of the first one: place and field, no values
    std::vector<std::string> unreadable;    // "premium: 3 values can't be read as money"; no values
};

void add_counts(LandCounts& sum, const LandCounts& one);

// seen = added + changed + unchanged + folded + superseded + quarantined, always. One transaction: rows, history,
// quarantine, pull_state and `also` (the run's place) together. A reading older than the record's is superseded; one
// that isn't credible because the stored one lies in the future (the clock jumped) is not.
LandCounts land(Store& store, const Mapping& mapping, const Staging& staging, const LandOptions& options,
                const std::function<void()>& also = {});

// One record read by id: `document` nullopt means the service said 404 (removed at once). `requested`: when the request
// began.
LandCounts land_one(Store& store, const Mapping& mapping, const std::string& key,
                    const std::optional<std::string>& document, WallTime requested, std::int64_t run);

struct PullState {
    std::optional<std::string> complete_read_at, last_read_at;
    std::string last_verdict;
    std::int64_t seen = 0;
    std::vector<std::pair<std::string, double>> presence;  // share of rows that carried a field, last complete pull
};
std::optional<PullState> pull_state(Store& store, const std::string& dataset);

struct ChangeRow {
    std::int64_t run;
    std::string at, kind, field;
    std::optional<std::string> old_value, new_value;
};
std::vector<ChangeRow> history(Store& store, const std::string& dataset, const std::string& key);

}  // namespace bindery
