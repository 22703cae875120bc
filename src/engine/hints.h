#pragma once
// What follows from a webhook event, and when: pure. An event is a hint that a record should be read again; what is then sent follows
// from the store, as in every run. For people: docs/webhooks.md.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/load.h"
#include "store/inbox.h"

namespace bindery {

// What a run that webhooks started reads: datasets, and of each the keys. An empty key: its list.
using HintedReads = std::map<std::string, std::set<std::string>>;

// What the jobs that listen to `word` (bi369.lead.updated) are to read again. `dataset` and `key`: of the record that the event names;
// both may be empty.
std::vector<Hint> hints_of(const std::map<std::string, Job>& jobs, const std::string& word, const std::string& dataset, const std::string& key);

// Of one job; nullopt: all that it reads.
std::optional<HintedReads> reads_of(const std::vector<Hint>& hints, const std::string& job);

// So many records are read one by one when the list would cost more, or when they're few; else the list is.
bool read_one_by_one(std::size_t keys, std::int64_t list_rows, int per_page);
inline constexpr std::size_t kFewReads = 25;

// Events that come together are sorted together: when no further one has come for a moment, or the first has waited long enough.
WallTime sort_at(WallTime first, WallTime last, WallTime now);
inline constexpr std::chrono::milliseconds kGather{60}, kGatherMost{500};
// An event that may be an echo of a write under way is looked at again after this, at most so long.
inline constexpr std::chrono::milliseconds kEchoAgain{250};
inline constexpr std::chrono::seconds kEchoMost{60};

// After a webhook run that ended well the next one waits a moment, so that a long burst makes few of them.
inline constexpr std::chrono::seconds kBetweenRuns{2};
// When a job's hints may start a run. `last_end`: of its last webhook run in this process.
WallTime hints_start_at(const HintTries& tries, std::optional<WallTime> last_end, WallTime now);

// After one that failed; nullopt: given up, the next poll reads it all anyway.
std::optional<HintTries> after_failure(HintTries tries, WallTime now);

}  // namespace bindery
