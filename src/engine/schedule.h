#pragma once
// When jobs run by themselves. Pure: what the store remembers and the time go in, the jobs to start and when to look again come
// out. A turn is one start that the schedule asks for. The rules, for people: docs/schedule.md.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/job.h"

namespace bindery {

// What is known of a job's past. Times come from the store, so that a restart changes nothing.
struct JobPast {
    std::optional<WallTime> first_seen;     // by a daemon or what cron starts; nothing before it was missed
    std::optional<WallTime> handled_until;  // every turn up to here was taken or passed over; noted when a run begins
    std::int64_t last_run = 0;              // number of the last run of kind sync, by whomever; numbers grow whatever the clock does
    std::optional<WallTime> last_started;
    std::optional<WallTime> last_ended;     // nullopt: it is going on, or its process died
    std::optional<WallTime> watched_since;  // a daemon has been awake and the job not paused since; nullopt: unknown
    std::optional<WallTime> not_before;     // it couldn't begin a moment ago
    enum class Ending { well, failed, interrupted } last = Ending::well;  // failed: also incomplete
    bool paused = false;
    bool running = false;    // in this process
    bool elsewhere = false;  // in another one
};

enum class TurnWhy { on_time, made_up, again, after };
const char* turn_word(TurnWhy why);

struct Turn {
    WallTime fire;   // the time that the schedule names
    WallTime start;  // with the job's jitter
    TurnWhy why = TurnWhy::on_time;
};

using Jobs = std::map<std::string, Job>;
using Pasts = std::map<std::string, JobPast>;

// The share of `most` by which this job starts later: the same in every process, spread over jobs.
Duration jitter_of(const std::string& job, Duration most);

// The job's next turn, which may lie before `now`; nullopt when none follows from what is known (on demand, or it waits for other
// jobs to run). Nothing here looks at paused, running, or who goes first.
std::optional<Turn> next_turn(const Job& job, const Pasts& pasts, WallTime now);

// What is noted as handled when a run begins now: a clock that was set back over a fixed time doesn't bring it again.
WallTime taken_until(const Job& job, const JobPast& past, WallTime now);

// The clock was set back, and what was handled lies in its future: from when the job's turns count instead (now), or nullopt when
// nothing is held up by it. To be noted at once: the next look comes at the very moment of a turn.
std::optional<WallTime> set_right(const Job& job, const JobPast& past, WallTime now);

struct DueJob {
    std::string job;
    Turn turn;
};

struct Outlook {
    std::vector<DueJob> start;     // now, in this order
    std::optional<WallTime> wake;  // when to look again if nothing happens before; nullopt: nothing will be due by itself
};

// `free`: how many more runs may go on at once. When a run ends the outlook is to be made anew.
Outlook look_ahead(const Jobs& jobs, const Pasts& pasts, WallTime now, std::size_t free);

// When the job is tried again after a run that didn't do all, if that comes before its next regular turn; now when that is over.
std::optional<WallTime> pending_retry(const Job& job, const JobPast& past, WallTime now);

// The next `count` times that a job's schedule names after `now`; fewer when they hang on other jobs.
std::vector<WallTime> next_fires(const Job& job, const JobPast& past, WallTime now, std::size_t count);

}  // namespace bindery
