#include "config/job_order.h"

#include <algorithm>
#include <vector>

namespace bindery {
namespace {

using Jobs = std::map<std::string, Job>;

const std::vector<std::string>& after_of(const Jobs& jobs, const std::string& name) {
    static const std::vector<std::string> kNone;
    const auto job = jobs.find(name);
    return job == jobs.end() || !job->second.schedule ? kNone : job->second.schedule->after;
}

// Walks from `path`'s last job over what it waits for; fills `circle` when it comes back to the first.
bool comes_back(const Jobs& jobs, std::vector<std::string>& path, std::set<std::string>& seen) {
    for (const auto& next : after_of(jobs, path.back())) {
        if (next == path.front()) return true;
        if (!seen.insert(next).second) continue;
        path.push_back(next);
        if (comes_back(jobs, path, seen)) return true;
        path.pop_back();
    }
    return false;
}

}  // namespace

void check_order(const Jobs& jobs, const std::set<std::string>& broken, Faults& faults) {
    std::vector<std::string> names;
    for (const auto& [name, job] : jobs) names.push_back(name);
    std::set<std::string> told;
    for (const auto& [name, job] : jobs) {
        for (const auto& first : after_of(jobs, name)) {
            if (jobs.count(first) == 0 && !broken.contains("job." + first)) faults.add(job.place, "`after`: there is no job `" + first + "`" + did_you_mean(first, names));
        }
        std::vector<std::string> path{name};
        std::set<std::string> seen;
        if (told.contains(name) || !comes_back(jobs, path, seen)) continue;
        std::string circle;
        for (const auto& each : path) circle += each + " after ";
        for (const auto& each : path) told.insert(each);
        faults.add(job.place, "`after` goes in a circle: " + circle + name + "; none of them could begin");
    }
}

}  // namespace bindery
