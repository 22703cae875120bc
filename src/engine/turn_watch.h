#pragma once
// What a daemon does when it looks at its jobs: reads their pasts from the store, notes what must be noted, asks engine/schedule.h
// what is due. Keeps only what concerns this daemon alone: since when it has watched, and which jobs couldn't begin. One thread
// owns it; time is passed in, so that a year can be simulated.
#include <functional>
#include <set>

#include "engine/schedule.h"
#include "store/job_turns.h"
#include "store/store.h"

namespace bindery {

// What a job's row tells of its past. `here`, `elsewhere`: a run of it is under way in this process, in another one.
JobPast past_from(const JobTurnRow& row, bool here, bool elsewhere);

class TurnWatch {
  public:
    // `elsewhere`: does another process hold the job's lock?
    TurnWatch(std::size_t runs_at_once, std::function<bool(const std::string&)> elsewhere) : runs_at_once_(runs_at_once), elsewhere_(std::move(elsewhere)) {}

    // What is to start now and when to look again. `running`: runs of this process, of which `beside` take no place from those on schedule.
    Outlook look(const Jobs& jobs, Store& store, const std::set<std::string>& running, WallTime now, BootTime boot, std::size_t beside = 0);

    // A run of it didn't begin, so its turn isn't taken: it is tried again after this long.
    void couldnt_begin(const std::string& job, Duration wait, BootTime boot) { not_before_[job] = boot + wait; }

    // What a run couldn't begin for may be mended: nobody waits any longer.
    void try_now() { not_before_.clear(); }

    // The clock was set, or the machine slept: what lies before now was missed.
    void slept() { watched_.clear(); }

  private:
    Pasts pasts_of(const Jobs& jobs, Store& store, const std::set<std::string>& running, WallTime now, BootTime boot);

    std::size_t runs_at_once_;
    std::function<bool(const std::string&)> elsewhere_;
    std::map<std::string, WallTime> watched_;      // jobs that weren't paused at the last look, and since when
    std::map<std::string, BootTime> not_before_;
    std::optional<WallTime> expected_;             // when the next look was due at the latest
};

}  // namespace bindery
