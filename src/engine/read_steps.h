#pragma once
// What a job reads before it decides anything: its pulls and imports, in their order. One that fails or stays incomplete stops none of
// the others.
#include <vector>

#include "engine/hints.h"
#include "engine/import_step.h"
#include "engine/pull_step.h"

namespace bindery {

struct ReadContext {
    PullContext pull;
    bool plan = false;  // a plan lands what a run would, but leaves files where they are
    const HintedReads* hints = nullptr;  // only these records and lists, and no files
};

// Fills report.datasets and warnings; returns the problems, in order.
std::vector<Error> read_steps(const Engine& engine, Callers& callers, const Job& job, const ReadContext& context, RunReport& report);

}  // namespace bindery
