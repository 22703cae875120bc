#pragma once
// A plan on file: what `plan --out` promised and `apply` holds the present against. Also what it costs. Pure but for reading.
#include <filesystem>
#include <string>
#include <vector>

#include "core/limits.h"
#include "engine/report.h"

namespace bindery {

struct PlanFile {
    std::string job, now, today;
    std::vector<PlannedCall> calls;  // those that would be sent, sorted by identity
};

PlanFile plan_of(const RunReport& report);
json plan_json(const PlanFile& plan);
// Error(usage) when the file is none of ours or is broken.
PlanFile read_plan(const std::filesystem::path& file);

// Empty when identity, call, path and body are the same; else one line a difference (references, no personal data).
std::vector<std::string> plan_difference(const PlanFile& promised, const PlanFile& present);

// How long `calls` take under the limits: windows of tokens that still have to return, plus the time of the calls.
struct BucketRoom {
    int usable = 1;
    int free = 1;
    Duration per{0};
};
Duration estimate(std::int64_t calls, const std::vector<BucketRoom>& buckets, int in_flight);
// "3 to create, 5 to update, 11 calls, about 7 s"
std::string cost_line(std::int64_t creates, std::int64_t updates, std::int64_t deletes, std::int64_t calls, Duration time);

}  // namespace bindery
