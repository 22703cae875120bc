#include "engine/planned_calls.h"

#include <algorithm>

#include "engine/plan_file.h"
#include "engine/room.h"

namespace bindery {

std::vector<PlannedCall> calls_of(Ledger& ledger, const PushPlan& plan) {
    std::vector<PlannedCall> calls;
    if (plan.withheld) return calls;
    // An upsert is a POST that updates: its correction names a record, not a new one.
    const auto finish = [&](PlannedCall call) {
        call.updates = plan.corrections ? !call.once_per.contains("new") : call.method != "POST" && call.method != "DELETE";
        if (call.decision == "create" && call.updates) call.decision = "update";
        if (call.decision == "create" && call.method == "DELETE") call.decision = "delete";
        calls.push_back(std::move(call));
    };
    for (const auto& planned : plan.effects) {
        if (!will_send(planned.decision)) continue;
        Planned shown = planned;
        if (planned.decision == Decision::keep_pending) {
            if (const auto frozen = ledger.find(planned.row.identity)) shown.row = *frozen;
        }
        finish(planned_call(shown));
    }
    for (const auto& row : plan.retried) finish(planned_call({row, Decision::keep_pending, {}}));
    for (const auto& row : plan.doubts) {
        if (plan.doubt_may_go(row)) finish(planned_call({row, Decision::still_in_doubt, {}}));
    }
    return calls;
}

void order_as_selected(const PushPlan& plan, std::vector<EffectRow>& rows) {
    std::map<std::string, std::size_t> place;
    for (const auto& planned : plan.effects) place.emplace(planned.row.identity, place.size() + 1);
    const auto place_of = [&](const EffectRow& row) {
        const auto found = place.find(row.identity);
        return found == place.end() ? 0 : found->second;
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const EffectRow& a, const EffectRow& b) { return place_of(a) < place_of(b); });
}

void describe_plans(const Engine& engine, Callers& callers, const std::vector<PushPlan>& plans, RunReport& report) {
    Ledger ledger(engine.store);
    std::int64_t creates = 0, updates = 0, deletes = 0, then = 0;
    Duration time{0};
    for (const auto& plan : plans) {
        const auto calls = calls_of(ledger, plan);
        for (const auto& call : calls) {
            (call.updates ? updates : call.method == "DELETE" ? deletes : creates) += 1;
            report.list.push_back(call);
        }
        then += plan.then;
        const std::int64_t count = static_cast<std::int64_t>(calls.size()) + plan.then;
        if (count == 0) continue;
        const Account& account = callers.to(plan.step->service).account();
        const auto rooms = room_for(engine.budget, account, plan.operation->call.method, plan.operation->call.path);
        time = std::max(time, estimate(count, rooms, account.service->in_flight));
    }
    report.cost = cost_line(creates, updates, deletes, creates + updates + deletes, time);
    if (then > 0) report.cost += ", then up to " + std::to_string(then) + " more";
}

}  // namespace bindery
