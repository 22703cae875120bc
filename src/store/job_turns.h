#pragma once
// What the scheduler remembers of each job (table job_turn), and what its runs tell. Jobs are paused and resumed here.
#include <map>
#include <optional>
#include <string>

#include "store/store.h"

namespace bindery {

struct JobTurnRow {
    std::optional<WallTime> first_seen, handled_until;
    std::optional<std::string> paused_at, paused_by, paused_why;
    // Of the last run of kind sync.
    std::int64_t last_run = 0;  // its number; 0: there was none
    std::optional<WallTime> last_started, last_ended;
    std::string last_state, last_outcome;  // empty: there was none
    bool last_incomplete = false;          // whatever its outcome was
};

// How long this connection waits for another's transaction; a minute unless told.
void wait_at_most(Store& store, std::chrono::milliseconds busy);

class JobTurns {
  public:
    explicit JobTurns(Store& store) : store_(store) {}

    JobTurnRow read(const std::string& job);
    void seen(const std::string& job, WallTime at);        // only the first time counts
    void handled(const std::string& job, WallTime until);  // with the beginning of the run: a crash between the two would lose the turn
    bool pause(const std::string& job, const std::string& why);  // false: it was paused already. Both are audited
    bool resume(const std::string& job);

  private:
    Store& store_;
};

}  // namespace bindery
