#pragma once
// A correction changes a record; what another step wants to write into the same members was decided from the record as it was
// before, and would undo it. Such a write waits until a reading shows the corrected record. Pure.
#include "engine/decide.h"

namespace bindery {

// Takes out of `plan` what clashes with a correction of `plans` and notes it in `put_off`; gives how many.
std::int64_t put_off_behind_corrections(const std::vector<PushPlan>& plans, PushPlan& plan);

}  // namespace bindery
