#pragma once
// Lists for people, a page at a time along an index, so that the ten-thousandth page costs what the first does. Only reads.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/conflicts.h"
#include "store/ledger.h"
#include "store/runs.h"

namespace bindery {

// A run without its report.
struct RunLine {
    std::int64_t id = 0;
    std::string job, kind, state, started_at;
    std::optional<std::string> ended_at, outcome, message;
};

// An attempt of a run, and the effect that it was for.
struct SentLine {
    std::string identity, ref, effect, state, started_at;
    std::optional<std::string> ended_at, ending, problem;
    std::optional<int> status;
};

struct QuarantinedLine {
    std::int64_t id = 0;
    std::string dataset, key, reason, document, first_at, last_at;
    std::int64_t last_run = 0;
};

class PageLists {
  public:
    explicit PageLists(Store& store) : store_(store) {}

    // Newest first, those before `before` (0: the newest); job empty: all.
    std::vector<RunLine> runs(const std::string& job, std::int64_t before, int limit);
    // Newest first, those that were more than a plan.
    std::vector<RunLine> real_runs(const std::string& job, int limit);
    std::optional<RunLine> last_ended(const std::string& job);  // plans apart
    std::vector<SentLine> sent_by(std::int64_t run, int limit);  // in the order in which they left
    // Effects that the run decided or settled and made no attempt at.
    std::vector<EffectRow> unsent_of(std::int64_t run, int limit);
    // Effects in one state, by job and identity, those after the given one (empty: from the first).
    std::vector<EffectRow> effects(const std::string& state, const std::string& after_job, const std::string& after_identity, int limit);
    std::vector<ConflictRow> open_conflicts(std::int64_t after, int limit);
    std::vector<QuarantinedLine> quarantined(std::int64_t after, int limit);

  private:
    Store& store_;
};

}  // namespace bindery
