#pragma once
// Push steps that wait for earlier ones (`after:`): how much they may add to a plan, and their second decision, once the replies
// that they read are there. The bound holds by itself: what goes beyond it is left for the next run, which counts it first.
#include "engine/decide.h"

namespace bindery {

// Fills `then` of each plan: as many as the steps that it waits for may send, theirs included. Pure.
void foresee(std::vector<PushPlan>& plans);
std::int64_t foreseen(const std::vector<PushPlan>& plans);

// What state says now of a step that was decided before.
struct Followed {
    PushPlan plan;  // to be committed and sent instead; `most` is what was counted for it
    PushPlan news;  // the part that the first decision couldn't know, for the report
};
Followed decide_again(const Engine& engine, const Job& job, const PushPlan& before, std::int64_t run, JobSql& sql, const Values& fixed);

// Cuts `rows` to what the guard has let through; gives how many wait for the next run.
std::int64_t keep_to_bound(const PushPlan& plan, std::vector<EffectRow>& rows);

}  // namespace bindery
