#pragma once
// How many records one landing may mark as removed before all of its removals are withheld. Pure. In core because the
// landing (store) and the report of a plan (sync/guard.h) must never disagree.
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace bindery {

struct RemovalRule {
    std::int64_t max = 0;     // records
    double max_percent = -1;  // ≥ 0: of the live records before landing; counts instead of `max`
    std::int64_t allow = -1;  // ≥ 0: a person let up to so many pass, this once
};

inline std::int64_t removal_limit(const RemovalRule& rule, std::int64_t live_before) {
    std::int64_t limit = rule.max;
    // The sliver makes 7 % of 100 come out as 7.
    if (rule.max_percent >= 0)
        limit = static_cast<std::int64_t>(std::floor(static_cast<double>(live_before) * rule.max_percent / 100 + 1e-9));
    return std::max(limit, rule.allow);
}

}  // namespace bindery
