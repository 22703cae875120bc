#pragma once
// What a daemon does about webhooks when it looks: has events sorted, says which jobs are to run for them, and takes hints off when
// their runs have ended. Keeps only what is under way in this process; all else is in the inbox, so that one that dies loses nothing.
// What follows from an event: engine/hints.h. One thread owns it; time is passed in, so that a year can be simulated.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/hints.h"
#include "engine/report.h"
#include "engine/sort_events.h"

namespace bindery {

class HintedRuns {
  public:
    // `reads` nullopt: all that the job reads.
    using Start = std::function<void(const std::string& job, const std::optional<HintedReads>& reads)>;
    struct Looked {
        Sorting sorting;
        std::optional<WallTime> again;  // when to look again, if nothing happens before
    };
    // Starts runs for jobs that are neither in `busy` nor in `paused`.
    Looked look(Inbox& inbox, Store& store, const Config& config, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start);

    // How many of those it started are under way: they take no place from those on schedule.
    std::size_t running() const;
    // A run on schedule begins: it reads all that was hinted at before.
    void polls(Inbox& inbox, const std::string& job);

    // A run has ended: with its report, or with the code of what it couldn't begin for. `inbox` nullptr: webhooks are off by now.
    enum class After { nothing, given_up };  // given up: its next run on schedule reads what was hinted at
    After ended(Inbox* inbox, const std::string& job, const RunReport* report, std::optional<ErrorCode> error, WallTime now);

  private:
    struct UnderWay {
        std::int64_t seq = 0;  // hints up to here are dealt with by it
        bool poll = false;
    };
    static After failed(Inbox& inbox, const std::string& job, const RunReport* report, std::optional<ErrorCode> error, std::int64_t seq, WallTime now);

    std::map<std::string, UnderWay> under_way_;
    std::map<std::string, WallTime> last_end_;  // of a job's last run by webhooks
};

}  // namespace bindery
