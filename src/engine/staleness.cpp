#include "engine/staleness.h"

#include "core/dates.h"
#include "store/job_turns.h"
#include "store/ledger.h"
#include "store/runs.h"

namespace bindery {

Staleness staleness_of(const Job& job, const std::optional<std::string>& last_good_end, WallTime now, std::int64_t refused, const std::string& refused_since, std::optional<WallTime> first_seen) {
    const bool watched = job.stale_after > Duration{0};
    if (!last_good_end && first_seen && now >= *first_seen) return {watched && now - *first_seen > job.stale_after, "no good run yet, first seen " + format_duration(now - *first_seen) + " ago"};
    if (!last_good_end) return {watched, "no good run yet"};
    const Duration age = now - parse_rfc3339(*last_good_end);
    // A last run in the future means that the clock was set back: its age is unknown, and silence would be the worst answer.
    if (age < Duration{0}) return {watched && -age > std::chrono::minutes(5), "last good run lies in the future (was the clock set back?)"};
    std::string text = "last good run " + format_duration(age) + " ago";
    const bool unheeded = watched && refused > 0 && now - parse_rfc3339(refused_since) > job.stale_after;
    if (unheeded) text += ", but a service has refused " + std::to_string(refused) + (refused == 1 ? " effect" : " effects") + " since " + refused_since + " (bindery effects --state rejected)";
    return {unheeded || (watched && age > job.stale_after), text};
}

Staleness staleness_in(Store& store, const Job& job, WallTime now) {
    const auto good = Runs(store).last_real(job.name, true);
    const auto refused = Ledger(store).refused(job.name);
    return staleness_of(job, good ? good->ended_at : std::nullopt, now, refused.count, refused.since, good ? std::nullopt : JobTurns(store).read(job.name).first_seen);
}

}  // namespace bindery
