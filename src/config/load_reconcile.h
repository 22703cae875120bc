#pragma once
// A reconcile step, read from a checked tree. What needs the two books is checked in load_config.cpp.
#include <set>
#include <string>

#include "config/faults.h"
#include "config/job.h"
#include "config/reader.h"

namespace bindery {

// `effects`: names that the job has already; its own are added.
ReconcileStep read_reconcile(const Reader& read, std::set<std::string>& effects, Faults& faults);

}  // namespace bindery
