#include "engine/schedule.h"

#include <algorithm>

#include "core/cron.h"

namespace bindery {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr auto kPunctual = minutes(1);       // a start within a minute of its time isn't late
constexpr auto kCorrection = hours(3);       // a clock set back by more was wrong before (core/cron.h)
constexpr auto kLookElsewhere = milliseconds(30'000);

milliseconds whole(Duration d) { return std::chrono::ceil<milliseconds>(d); }

JobPast past_of(const Pasts& pasts, const std::string& job) {
    const auto found = pasts.find(job);
    return found == pasts.end() ? JobPast{} : found->second;
}

std::optional<WallTime> later(std::optional<WallTime> a, std::optional<WallTime> b) {
    if (!a || !b) return a ? a : b;
    return std::max(*a, *b);
}

// A run notes when it begins; only runs of an earlier version, or of cron alone, didn't.
std::optional<WallTime> taken(const JobPast& past) { return past.handled_until ? past.handled_until : past.last_started; }

// Turns from here on aren't missed: a daemon was there, and the job, idle, only waited for others or for its place.
WallTime missed_before(const Schedule& schedule, const JobPast& past, WallTime now) {
    const WallTime punctual = now - whole(schedule.jitter) - kPunctual;
    return past.watched_since ? std::min(punctual, *later(past.watched_since, past.last_ended)) : punctual;
}

// The clock was set back over turns that were taken: those of a fixed time aren't taken again, the others follow elapsed time.
bool misleads(const Cron& cron, WallTime base, WallTime now) { return base > now && (cron.elapsed || base > now + kCorrection); }

WallTime cron_fire(const Job& job, const Cron& cron, const JobPast& past, WallTime now) {
    const Schedule& schedule = *job.schedule;
    const WallTime base = taken(past).value_or(past.first_seen.value_or(now));
    const WallTime fire = next_fire(cron, job.timezone, misleads(cron, base, now) ? now : base);
    const WallTime missed = missed_before(schedule, past, now);
    if (schedule.catch_up == "once" || fire >= missed) return fire;
    return next_fire(cron, job.timezone, missed - milliseconds(1));
}

WallTime interval_fire(const Schedule& schedule, const JobPast& past, WallTime now) {
    const auto base = taken(past);
    if (!base || *base > now) return now;  // the first of all; or the clock was set back, and how far is unknown
    const auto every = whole(schedule.every);
    const WallTime fire = *base + every;
    const WallTime missed = missed_before(schedule, past, now);
    if (schedule.catch_up == "once" || fire >= missed) return fire;
    return *base + every * ((missed - *base + every - milliseconds(1)) / every);
}

// Did a run of `first` end since the last start of the job? By the runs' numbers, which no clock can turn round; their times tell
// only whether an earlier one was still going on at that start.
bool ended_since(const JobPast& first, const JobPast& past) {
    if (!first.last_ended) return false;
    if (past.last_run > 0 && past.last_started) {
        if (first.last_run > past.last_run) return true;
        return first.last_started && *first.last_started <= *past.last_started && *first.last_ended > *past.last_started;
    }
    const auto base = past.handled_until ? past.handled_until : past.first_seen;
    return !base || *first.last_ended > *base;
}

// Each of the jobs that go first has ended a run since this one's last start: when the last of them did.
std::optional<WallTime> after_fire(const Schedule& schedule, const Pasts& pasts, const JobPast& past, WallTime now) {
    std::optional<WallTime> fire;
    for (const auto& name : schedule.after) {
        const JobPast first = past_of(pasts, name);
        if (!ended_since(first, past)) return std::nullopt;
        fire = later(fire, first.last_ended);
    }
    return fire ? std::min(*fire, now) : fire;
}

// After a run that failed: so long after its end. One that was interrupted goes on at once.
std::optional<WallTime> retry_fire(const Schedule& schedule, const JobPast& past, WallTime now) {
    if (past.last == JobPast::Ending::well || !past.last_started || schedule.retry <= Duration{0}) return std::nullopt;
    const WallTime ended = past.last_ended.value_or(*past.last_started);
    if (ended > now) return now;
    return past.last == JobPast::Ending::interrupted ? ended : ended + whole(schedule.retry);
}

std::optional<Turn> regular_turn(const Job& job, const Pasts& pasts, WallTime now) {
    const Schedule& schedule = *job.schedule;
    const JobPast past = past_of(pasts, job.name);
    if (!schedule.cron.empty()) {
        const WallTime fire = cron_fire(job, parse_cron(schedule.cron), past, now);
        return Turn{fire, fire, TurnWhy::on_time};
    }
    if (schedule.every > Duration{0}) {
        const WallTime fire = interval_fire(schedule, past, now);
        return Turn{fire, fire, TurnWhy::on_time};
    }
    const auto fire = after_fire(schedule, pasts, past, now);
    if (!fire) return std::nullopt;
    return Turn{*fire, *fire, TurnWhy::after};
}

// Its time has come, even if its jitter holds it back a little: who comes after it waits for that too.
bool due(const Job& job, const Pasts& pasts, WallTime now) {
    if (!job.schedule || past_of(pasts, job.name).paused) return false;
    const auto turn = next_turn(job, pasts, now);
    return turn && turn->fire <= now;
}

// Some job that goes first is under way, or is due and comes before.
bool waits_for_others(const Job& job, const Jobs& jobs, const Pasts& pasts, WallTime now) {
    return std::any_of(job.schedule->after.begin(), job.schedule->after.end(), [&](const std::string& name) {
        const auto first = jobs.find(name);
        if (first == jobs.end()) return false;
        const JobPast past = past_of(pasts, name);
        return past.running || past.elsewhere || due(first->second, pasts, now);
    });
}

}  // namespace

const char* turn_word(TurnWhy why) {
    switch (why) {
        case TurnWhy::on_time: return "on time";
        case TurnWhy::made_up: return "made up";
        case TurnWhy::again: return "again";
        case TurnWhy::after: return "after others";
    }
    return "";
}

Duration jitter_of(const std::string& job, Duration most) {
    std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a, which is the same everywhere
    for (const unsigned char c : job) hash = (hash ^ c) * 1099511628211ULL;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most).count();
    return seconds <= 0 ? Duration{0} : std::chrono::seconds(static_cast<std::int64_t>(hash % (static_cast<std::uint64_t>(seconds) + 1)));
}

std::optional<Turn> next_turn(const Job& job, const Pasts& pasts, WallTime now) {
    if (!job.schedule) return std::nullopt;
    const JobPast past = past_of(pasts, job.name);
    std::optional<Turn> turn = regular_turn(job, pasts, now);
    if (turn) {
        turn->start = turn->fire + whole(jitter_of(job.name, job.schedule->jitter));
        if (turn->why == TurnWhy::on_time && turn->start < now - kPunctual) turn->why = TurnWhy::made_up;
    }
    const auto retry = retry_fire(*job.schedule, past, now);
    if (retry && (!turn || *retry < turn->fire)) turn = Turn{*retry, *retry, TurnWhy::again};
    if (turn && past.not_before) turn->start = std::max(turn->start, *past.not_before);
    return turn;
}

WallTime taken_until(const Job& job, const JobPast& past, WallTime now) {
    const auto before = taken(past);
    const bool fixed = job.schedule && !job.schedule->cron.empty() && before && !misleads(parse_cron(job.schedule->cron), *before, now);
    return fixed ? std::max(now, *before) : now;
}

std::optional<WallTime> set_right(const Job& job, const JobPast& past, WallTime now) {
    if (!job.schedule || job.schedule->cron.empty()) return std::nullopt;  // an interval runs at once
    const auto base = taken(past) ? taken(past) : past.first_seen;
    if (!base || !misleads(parse_cron(job.schedule->cron), *base, now)) return std::nullopt;
    return now;
}

Outlook look_ahead(const Jobs& jobs, const Pasts& pasts, WallTime now, std::size_t free) {
    Outlook outlook;
    const auto wake_at = [&](WallTime time) { outlook.wake = outlook.wake ? std::min(*outlook.wake, time) : time; };
    for (const auto& [name, job] : jobs) {
        const JobPast past = past_of(pasts, name);
        if (!job.schedule || past.paused || past.running) continue;
        const auto turn = next_turn(job, pasts, now);
        const bool first_elsewhere = std::any_of(job.schedule->after.begin(), job.schedule->after.end(), [&](const std::string& first) { return past_of(pasts, first).elsewhere; });
        if (!turn) {
            if (first_elsewhere) wake_at(now + kLookElsewhere);  // its process rings when it ends, unless it is killed
        } else if (turn->start > now) {
            wake_at(turn->start);
        } else if (past.elsewhere) {
            wake_at(now + kLookElsewhere);  // nobody tells us when it ends
        } else if (!waits_for_others(job, jobs, pasts, now)) {
            outlook.start.push_back({name, *turn});
        } else if (first_elsewhere) {
            wake_at(now + kLookElsewhere);
        }
    }
    std::stable_sort(outlook.start.begin(), outlook.start.end(), [](const DueJob& a, const DueJob& b) { return a.turn.fire < b.turn.fire; });
    if (outlook.start.size() > free) outlook.start.resize(free);
    return outlook;
}

std::optional<WallTime> pending_retry(const Job& job, const JobPast& past, WallTime now) {
    if (past.paused || past.running || past.elsewhere) return std::nullopt;
    const auto turn = next_turn(job, {{job.name, past}}, now);
    if (!turn || turn->why != TurnWhy::again) return std::nullopt;
    return std::max(now, turn->start);
}

std::vector<WallTime> next_fires(const Job& job, const JobPast& past, WallTime now, std::size_t count) {
    std::vector<WallTime> fires;
    if (!job.schedule) return fires;
    const Schedule& schedule = *job.schedule;
    if (!schedule.cron.empty()) {
        const Cron cron = parse_cron(schedule.cron);
        for (WallTime at = now; fires.size() < count;) fires.push_back(at = next_fire(cron, job.timezone, at));
    } else if (schedule.every > Duration{0}) {
        const WallTime first = std::max(now, interval_fire(schedule, past, now));
        for (std::size_t i = 0; i < count; ++i) fires.push_back(first + whole(schedule.every) * static_cast<std::int64_t>(i));
    }
    return fires;
}

}  // namespace bindery
