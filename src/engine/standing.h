#pragma once
// What still stands from earlier runs and waits for a person: named in each report until it's settled, without a word about how
// this run went. Reads the ledger, changes nothing.
#include "engine/decide.h"

namespace bindery {

inline constexpr std::int64_t kMaxStanding = 20;  // named one by one; the counts tell of all

// Adds held effects of the job to `attention`, and a warning for each step whose address the service doesn't know.
void tell_what_stands(Ledger& ledger, const Job& job, const std::vector<PushPlan>& plans, RunReport& report);

}  // namespace bindery
