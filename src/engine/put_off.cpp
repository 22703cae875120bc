#include "engine/put_off.h"

#include <algorithm>

#include "core/exact_json.h"

namespace bindery {
namespace {

json members_of(const std::string& body) { return body.empty() ? json() : parse_exact(body); }

// No body: the whole record.
bool share_a_member(const json& a, const json& b) {
    if (!a.is_object() || !b.is_object()) return true;
    return std::any_of(a.items().begin(), a.items().end(), [&](const auto& member) { return b.contains(member.key()); });
}

// Corrections on their way, by the address of their record.
std::multimap<std::string, json> on_their_way(const std::vector<PushPlan>& plans) {
    std::multimap<std::string, json> found;
    const auto add = [&](const EffectRow& row) { found.emplace(row.service + " " + row.path, members_of(row.body)); };
    for (const auto& plan : plans) {
        if (!plan.corrections || plan.withheld || plan.operation->call.path.find('{') == std::string::npos) continue;
        for (const auto& planned : plan.effects) {
            if (will_send(planned.decision) || planned.decision == Decision::already_done || planned.decision == Decision::still_in_doubt) add(planned.row);
        }
        for (const auto& row : plan.doubts) add(row);
    }
    return found;
}

}  // namespace

std::int64_t put_off_behind_corrections(const std::vector<PushPlan>& plans, PushPlan& plan) {
    if (plan.operation->call.method == "POST") return 0;  // it makes something new
    const auto corrections = on_their_way(plans);
    if (corrections.empty()) return 0;
    const auto clashes = [&](const EffectRow& row) {
        const auto [first, last] = corrections.equal_range(row.service + " " + row.path);
        const bool clash = std::any_of(first, last, [&](const auto& correction) { return share_a_member(correction.second, members_of(row.body)); });
        if (clash) plan.put_off.insert(row.identity);
        return clash;
    };
    std::erase_if(plan.effects, [&](const Planned& planned) { return will_send(planned.decision) && clashes(planned.row); });
    std::erase_if(plan.retried, clashes);
    for (const auto& row : plan.doubts) clashes(row);
    return static_cast<std::int64_t>(plan.put_off.size());
}

}  // namespace bindery
