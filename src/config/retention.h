#pragma once
// How long the store keeps what (bindery.yaml `retention:`), in days. The defaults are what an agency may have to show
// years later. What is never removed, whatever stands here: docs/store.md, Retention.
#include <map>
#include <optional>
#include <string>

namespace bindery {

inline constexpr int kKeepForever = -1;
inline constexpr int kLeastKept = 90;  // days: alarms, brakes and selects over `_all` views look back that far
inline constexpr int kDaysAYear = 366;

struct Retention {
    int history = 7 * kDaysAYear;      // changes of records
    int runs = 3 * kDaysAYear;         // runs and their reports
    int effects = 7 * kDaysAYear;      // bodies, replies and attempts of settled effects; the effect itself stays
    int quarantine = kDaysAYear;       // rows that no reading has shown since
    int removed = 7 * kDaysAYear;      // records that are marked removed
    int conflicts = 7 * kDaysAYear;    // closed ones
    int corrections = 7 * kDaysAYear;  // closed ones
    int sales = 5 * kDaysAYear;        // proofs of consent, and answers to pings
    int webhooks = kLeastKept;         // ids of events: one that comes again within that time is known
    // Of one dataset, where it differs.
    struct Own {
        std::optional<int> history, removed, quarantine;
    };
    std::map<std::string, Own> datasets;
};

}  // namespace bindery
