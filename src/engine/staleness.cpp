#include "engine/staleness.h"

#include "core/dates.h"

namespace bindery {

Staleness staleness_of(const Job& job, const std::optional<std::string>& last_good_end, WallTime now) {
    const bool watched = job.stale_after > Duration{0};
    if (!last_good_end) return {watched, "no good run yet"};
    const Duration age = now - parse_rfc3339(*last_good_end);
    // A last run in the future means that the clock was set back: its age is unknown, and silence would be the worst answer.
    if (age < Duration{0}) return {watched && -age > std::chrono::minutes(5), "last good run lies in the future (was the clock set back?)"};
    return {watched && age > job.stale_after, "last good run " + format_duration(age) + " ago"};
}

}  // namespace bindery
