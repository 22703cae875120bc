#pragma once
// `checks:` of a job: the vars' form and values, told in SQL by the job file itself. Read-only; no record is needed.
#include <filesystem>
#include <string>
#include <vector>

#include "config/job.h"

namespace bindery {

// One line a fault, "jobs/renewals.yaml:23:7: …", in the order of the file; a check that can't be read is one too. `store`: its
// views are there for a check that reads them. Throws only what the store itself does.
std::vector<std::string> faults_of_vars(const Job& job, const std::filesystem::path& store, const std::string& now, const std::string& today);

// Throws Error(config) with those lines. Without a run the day is one of old.
void check_vars(const Job& job, const std::filesystem::path& store, const std::string& now = "2026-01-01T00:00:00.000Z", const std::string& today = "2026-01-01");

}  // namespace bindery
