#pragma once
// Runs of jobs: when, how far, how they ended, and what they reported. Also the quarantine of effects and records as people
// see it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct RunRow {
    std::int64_t id = 0;
    std::string job, kind, state, phase, now, today, timezone, started_at;
    std::optional<std::string> ended_at, outcome, report, error_code, message, hint;
    std::optional<int> exit_code;
};

struct QuarantineRow {
    std::string dataset, key, reason, first_at, last_at;
    std::int64_t first_run = 0, last_run = 0;
};

class Runs {
  public:
    explicit Runs(Store& store) : store_(store) {}

    // These join the caller's transaction.
    std::int64_t begin(const RunRow& run);             // marks earlier runs of the job that never ended as crashed
    void place(std::int64_t run, const std::string& phase, int step);
    void end(const RunRow& run);                        // outcome, report, error of `run.id`
    void quarantine(std::int64_t run, const std::string& dataset, const std::string& key, const std::string& reason,
                    const std::string& document);
    // Rows of `dataset` that weren't seen again by `run`: what was wrong is gone.
    void clear_quarantine_before(std::int64_t run, const std::string& dataset);

    std::optional<RunRow> find(std::int64_t id);
    std::vector<RunRow> list(const std::string& job, int limit);  // newest first; job empty: all
    // The last run that wasn't a plan; `only_good`: that no webhook started, and that read its lists and ended well, at least in part.
    std::optional<RunRow> last_real(const std::string& job, bool only_good);
    // The last run that was neither a plan nor started by webhooks: what came after it read a few records only.
    std::optional<RunRow> last_poll(const std::string& job);
    std::vector<QuarantineRow> quarantined(std::int64_t run, int limit);

  private:
    Store& store_;
};

}  // namespace bindery
