#pragma once
// What plans and deliveries come to in a run's report: counts, exit code, warnings, what a person should look at. Pure.
#include "engine/decide.h"
#include "engine/deliver.h"
#include "engine/report.h"

namespace bindery {

// At most kMaxAttention.
void attend(RunReport& report, Attention attention);

// `cut_off`: an earlier run's process died with effects under way, and could report nothing.
void tally_plan(const PushPlan& plan, bool cut_off, RunReport& report);
// `in_doubt`: the effects of the step that are in doubt after it. True when something is left for the job's next run.
bool tally_delivery(const PushPlan& plan, const Delivery& delivery, const std::vector<EffectRow>& in_doubt, bool cut_off, RunReport& report);

void tally_calls(const std::map<std::string, const CallStats*>& stats, RunReport& report);

// A run that was stopped: what it left of the plans after the first `begun`.
void tally_not_begun(const std::vector<PushPlan>& plans, std::size_t begun, RunReport& report);

std::string outcome_of(const RunReport& report);

}  // namespace bindery
