#pragma once
// Looking after the store, as settings and time ask for it: the weekly check before a run, and what a purge may take. The daemon calls
// the same functions as the commands do.
#include <spdlog/logger.h>

#include "config/load.h"
#include "store/purge.h"

namespace bindery {

inline constexpr std::chrono::hours kCheckEvery{7 * 24};
inline constexpr std::chrono::hours kPurgeEvery{24};

// The whole file is read when that wasn't done for a week, or when damage was seen since. Error(store) when it isn't sound: nothing may
// be decided from it, nothing sent. Error(interrupted).
void check_store_when_due(Store& store, spdlog::logger& log, const std::function<bool()>& stop = {});

// The same now, whenever the last was. What is wrong; empty: it's sound, which is noted.
std::vector<std::string> check_store(Store& store, const std::function<bool()>& stop = {});

// Pure: from how long each kind is kept to before when it may go.
PurgeRules purge_rules(const Config& config, WallTime now);

// What `purge` takes out of the inbox beside the store, if there is one: ids of events past their time.
std::int64_t purge_inbox(const Config& config, const std::filesystem::path& store, const Clock& clock);

// For the daemon: once a day.
bool purge_is_due(Store& store);

}  // namespace bindery
