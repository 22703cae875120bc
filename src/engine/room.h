#pragma once
// What the budget has left for a kind of call right now, for estimates and progress lines. Reads the budget file, takes nothing.
#include <string>
#include <vector>

#include "engine/context.h"
#include "engine/plan_file.h"

namespace bindery {

std::vector<BucketRoom> room_for(BudgetFile& budget, const Account& account, const std::string& method, const std::string& path);
// The smallest `free` of them; -1 without limits.
int tokens_left(const std::vector<BucketRoom>& rooms);

}  // namespace bindery
