#include "engine/turn_watch.h"

namespace bindery {
namespace {

constexpr auto kAsleep = std::chrono::minutes(1);  // a look that comes so much later than planned: nobody was awake

}  // namespace

JobPast past_from(const JobTurnRow& row, bool here, bool elsewhere) {
    JobPast past;
    past.first_seen = row.first_seen;
    past.handled_until = row.handled_until;
    past.last_run = row.last_run;
    past.last_started = row.last_started;
    past.paused = row.paused_at.has_value();
    past.running = here;
    past.elsewhere = elsewhere;
    // A row that says `running` while nobody holds the job's lock was left by a process that died; the job's next run, if only for
    // webhooks, notes when it found that out, which isn't when it ended.
    const bool died = row.last_state == "crashed" || (row.last_state == "running" && !here && !elsewhere);
    if (!died) past.last_ended = row.last_ended;
    const bool unfinished = row.last_incomplete && row.last_outcome != "guard";  // which waits for a person
    if (row.last_outcome == "failed" || unfinished || died) past.last = JobPast::Ending::failed;
    if (row.last_outcome == "interrupted") past.last = JobPast::Ending::interrupted;
    return past;
}

Pasts TurnWatch::pasts_of(const Jobs& jobs, Store& store, const std::set<std::string>& running, WallTime now, BootTime boot) {
    Pasts pasts;
    JobTurns turns(store);
    for (const auto& [name, job] : jobs) {
        const bool here = running.contains(name);
        JobPast& past = pasts[name] = past_from(turns.read(name), here, !here && elsewhere_(name));
        if (!past.first_seen) {
            turns.seen(name, now);
            past.first_seen = now;
        }
        if (const auto from = set_right(job, past, now)) {
            turns.handled(name, *from);
            past.handled_until = from;
        }
        if (past.paused) watched_.erase(name);
        else past.watched_since = watched_.try_emplace(name, now).first->second;
        if (const auto wait = not_before_.find(name); wait != not_before_.end()) {
            if (wait->second > boot) past.not_before = now + std::chrono::ceil<std::chrono::milliseconds>(wait->second - boot);
            else not_before_.erase(wait);
        }
    }
    return pasts;
}

Outlook TurnWatch::look(const Jobs& jobs, Store& store, const std::set<std::string>& running, WallTime now, BootTime boot, std::size_t beside) {
    if (expected_ && now > *expected_ + kAsleep) slept();
    std::erase_if(watched_, [&](const auto& job) { return !jobs.contains(job.first); });
    const Pasts pasts = pasts_of(jobs, store, running, now, boot);
    Outlook outlook = look_ahead(jobs, pasts, now, runs_at_once_ - std::min(runs_at_once_, running.size() - std::min(running.size(), beside)));
    expected_ = outlook.wake;
    return outlook;
}

}  // namespace bindery
