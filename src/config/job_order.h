#pragma once
// What `schedule: {after: […]}` says of the order of jobs. Pure.
#include <map>
#include <set>
#include <string>

#include "config/faults.h"
#include "config/job.h"

namespace bindery {

// Notes names that no job has, and circles, in which every job would wait for the next one for ever. `broken`: "job.NAME" of files
// that couldn't be read, which aren't blamed a second time.
void check_order(const std::map<std::string, Job>& jobs, const std::set<std::string>& broken, Faults& faults);

}  // namespace bindery
