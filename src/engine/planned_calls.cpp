#include "engine/planned_calls.h"

#include <algorithm>

#include "engine/plan_file.h"
#include "engine/room.h"

namespace bindery {

std::vector<PlannedCall> calls_of(Ledger& ledger, const PushPlan& plan) {
    std::vector<PlannedCall> calls;
    if (plan.withheld) return calls;
    for (const auto& planned : plan.effects) {
        if (!will_send(planned.decision)) continue;
        Planned shown = planned;
        if (planned.decision == Decision::keep_pending) {
            if (const auto frozen = ledger.find(planned.row.identity)) shown.row = *frozen;
        }
        calls.push_back(planned_call(shown));
    }
    for (const auto& row : plan.retried) calls.push_back(planned_call({row, Decision::keep_pending, {}}));
    for (const auto& row : plan.doubts) {
        if (plan.doubt_may_go(row)) calls.push_back(planned_call({row, Decision::still_in_doubt, {}}));
    }
    return calls;
}

void describe_plans(const Engine& engine, Callers& callers, const std::vector<PushPlan>& plans, RunReport& report) {
    Ledger ledger(engine.store);
    std::int64_t creates = 0, updates = 0, deletes = 0;
    Duration time{0};
    for (const auto& plan : plans) {
        const auto calls = calls_of(ledger, plan);
        for (const auto& call : calls) {
            (call.method == "POST" ? creates : call.method == "DELETE" ? deletes : updates) += 1;
            report.list.push_back(call);
        }
        if (calls.empty()) continue;
        const Account& account = callers.to(plan.step->service).account();
        const auto rooms = room_for(engine.budget, account, plan.operation->call.method, plan.operation->call.path);
        time = std::max(time, estimate(static_cast<std::int64_t>(calls.size()), rooms, account.service->in_flight));
    }
    report.cost = cost_line(creates, updates, deletes, creates + updates + deletes, time);
}

}  // namespace bindery
