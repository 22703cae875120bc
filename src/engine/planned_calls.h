#pragma once
// A plan as calls: what delivery would send, in order, and what that costs. Reads the ledger and the budget, changes neither.
#include "engine/decide.h"

namespace bindery {

// The calls of one push step. What was frozen at its first attempt is shown as it would be repeated.
std::vector<PlannedCall> calls_of(Ledger& ledger, const PushPlan& plan);

// The select's order, so that what it puts first goes first; before it, what a person said to send again.
void order_as_selected(const PushPlan& plan, std::vector<EffectRow>& rows);

// Fills `list` and `cost` of the report.
void describe_plans(const Engine& engine, Callers& callers, const std::vector<PushPlan>& plans, RunReport& report);

}  // namespace bindery
