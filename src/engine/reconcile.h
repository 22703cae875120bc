#pragma once
// A reconcile step: two books are paired, merged field by field, and what follows is written in one transaction: bases, conflicts,
// corrections, values of a book of our own, and the effects that carry corrections to the service. Delivery is deliver.h's.
#include <vector>

#include "engine/context.h"
#include "engine/decide.h"
#include "engine/report.h"
#include "sync/guard.h"

namespace bindery {

struct ReconcileContext {
    std::int64_t run = 0;
    int number = 0;          // of the step in its job
    bool dry = false;        // a plan: everything is decided, nothing stays
    Values fixed;            // job_values
    std::int64_t allow_effects = -1;  // --allow-effects N
};

struct Reconciled {
    std::vector<PushPlan> plans;  // corrections, then new records; committed unless dry
    ReconcileReport report;
    std::vector<std::string> warnings;
    std::vector<Attention> attention;
    GuardVerdict guard;           // of max_corrected: stopped, nothing may be sent, and nothing was written into our book
    bool asks = false;            // a conflict was opened, or a correction wasn't kept: a person is needed
};

Reconciled reconcile(const Engine& engine, const Job& job, const ReconcileStep& step, const ReconcileContext& context);

}  // namespace bindery
