#include "engine/plan_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "core/dates.h"
#include "core/exact_json.h"

namespace bindery {
namespace {

constexpr Duration kTypicalCall = std::chrono::milliseconds(300);
constexpr std::size_t kMaxPlanBytes = 512u << 20;

Error not_a_plan(const std::filesystem::path& file, const std::string& why) {
    return Error(ErrorCode::usage, file.string() + " isn't a plan: " + why, "make one with `bindery plan --job NAME --out FILE`");
}

}  // namespace

PlanFile plan_of(const RunReport& report) {
    PlanFile plan{report.job, report.now, report.today, report.list};
    std::sort(plan.calls.begin(), plan.calls.end(), [](const auto& a, const auto& b) { return a.identity < b.identity; });
    return plan;
}

json plan_json(const PlanFile& plan) {
    json calls = json::array();
    for (const auto& call : plan.calls) {
        calls.push_back({{"effect", call.effect}, {"identity", call.identity}, {"ref", call.ref}, {"method", call.method}, {"path", call.path}, {"body", call.body}});
    }
    return {{"bindery_plan", 1}, {"job", plan.job}, {"now", plan.now}, {"today", plan.today}, {"calls", calls}};
}

PlanFile read_plan(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(ErrorCode::usage, "can't read " + file.string(), "check the path; `bindery plan --out FILE` writes one");
    std::error_code failed;
    if (const auto size = std::filesystem::file_size(file, failed); failed || size > kMaxPlanBytes) throw not_a_plan(file, "it isn't a file of a sensible size");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    try {
        const json document = parse_exact(text);
        if (!document.is_object() || document.value("bindery_plan", 0) != 1) throw not_a_plan(file, "the mark of a plan is missing");
        PlanFile plan{document.at("job"), document.at("now"), document.at("today"), {}};
        for (const auto& call : document.at("calls")) {
            plan.calls.push_back({call.at("effect"), call.at("identity"), call.at("ref"), "", call.at("method"), call.at("path"), call.at("body"), {}, {}});
        }
        return plan;
    } catch (const json::exception&) {
        throw not_a_plan(file, "a member is missing or of the wrong kind");
    } catch (const Error& error) {
        if (error.code() == ErrorCode::service) throw not_a_plan(file, "it isn't whole JSON");
        throw;
    }
}

std::vector<std::string> plan_difference(const PlanFile& promised, const PlanFile& present) {
    std::map<std::string, const PlannedCall*> before, now;
    for (const auto& call : promised.calls) before[call.identity] = &call;
    for (const auto& call : present.calls) now[call.identity] = &call;
    std::vector<std::string> lines;
    for (const auto& [identity, call] : before) {
        const auto found = now.find(identity);
        if (found == now.end()) {
            lines.push_back(call->effect + " " + call->ref + ": was in the plan, wouldn't be sent now");
        } else if (found->second->method != call->method || found->second->path != call->path || found->second->body != call->body) {
            lines.push_back(call->effect + " " + call->ref + ": its content differs from the plan");
        }
    }
    for (const auto& [identity, call] : now) {
        if (before.count(identity) == 0) lines.push_back(call->effect + " " + call->ref + ": would be sent now, isn't in the plan");
    }
    return lines;
}

Duration estimate(std::int64_t calls, const std::vector<BucketRoom>& buckets, int in_flight) {
    Duration longest{0};
    for (const auto& bucket : buckets) {
        const std::int64_t beyond = calls - bucket.free;
        if (beyond <= 0) continue;
        longest = std::max<Duration>(longest, bucket.per * ((beyond + bucket.usable - 1) / bucket.usable));
    }
    const std::int64_t rounds = (calls + in_flight - 1) / std::max(1, in_flight);
    return longest + kTypicalCall * rounds;
}

std::string cost_line(std::int64_t creates, std::int64_t updates, std::int64_t deletes, std::int64_t calls, Duration time) {
    std::string line;
    const auto part = [&](std::int64_t n, const char* what) {
        if (n > 0) line += std::to_string(n) + " " + what + ", ";
    };
    part(creates, "to create");
    part(updates, "to update");
    part(deletes, "to delete");
    if (line.empty()) return "nothing to send, 0 calls";
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(time);
    return line + std::to_string(calls) + (calls == 1 ? " call" : " calls") + ", about " + format_duration(seconds);
}

}  // namespace bindery
