#pragma once
// What jobs and accounts are at, for commands and pages alike.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "store/budget.h"
#include "store/job_turns.h"
#include "web/feed.h"

namespace bindery {

std::string schedule_words(const Job& job);  // "0 6 * * * (America/Denver)", "every 15 min", "after policies", "by hand"

struct NextStart {
    WallTime at{};
    bool retry = false;  // another try, after a run that didn't do all
};
// The next times at which a job starts by itself, as long as nothing pauses it.
std::vector<NextStart> next_starts(const Job& job, const JobTurnRow& turn, const std::filesystem::path& store, WallTime now, std::size_t count);

// Each job with its staleness, by the runs in the store.
std::vector<web::JobFacts> job_facts(const Config& config, Store& store, WallTime now);
// Each service with what its account has left. `budget` nullptr: nothing was ever taken. Only reads.
std::vector<web::ServiceFacts> budget_facts(const Config& config, const Environment& environment, BudgetFile* budget, const Clock& clock);

}  // namespace bindery
