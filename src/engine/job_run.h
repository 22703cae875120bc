#pragma once
// A run of a job: pulls, decisions, guards, delivery, report. One run a job at a time (store/lock.h). Each step commits what it
// decided and its place in the run together, and no network call happens inside a transaction; so a run may die anywhere and
// the next one goes on from the state that it left.
#include <optional>

#include "engine/context.h"
#include "engine/hints.h"
#include "engine/plan_file.h"
#include "engine/report.h"

namespace bindery {

struct RunOptions {
    std::string kind = "sync";            // sync | plan | apply | baseline | webhook
    std::optional<HintedReads> hints;     // webhook: what is read; nothing else is
    std::int64_t allow_effects = -1;      // --allow-effects N
    std::int64_t allow_removed = -1;
    bool accept_ledger = false;
    std::optional<PlanFile> plan;         // apply: what was promised
};

// Never throws for what services or data do: the report carries it. Throws Error(running_elsewhere) before anything happened, and
// Error(config) for a missing secret or SQL that doesn't compile, Error(store) when the weekly check finds the store damaged.
RunReport run_job(const Engine& engine, const Job& job, const RunOptions& options);

}  // namespace bindery
