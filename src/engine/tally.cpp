#include "engine/tally.h"

#include <algorithm>
#include <set>

namespace bindery {
namespace {

std::string left_for_next_run(const PushPlan& plan, std::int64_t left) {
    return plan.step->effect + ": " + std::to_string(left) + " effects are left for the job's next run";
}

}  // namespace

void attend(RunReport& report, Attention attention) {
    if (report.attention.size() < kMaxAttention) report.attention.push_back(std::move(attention));
}

void tally_plan(const PushPlan& plan, bool cut_off, RunReport& report) {
    EffectCounts& counts = report.effects;
    if (!plan.withheld) counts.planned += plan.to_send();
    counts.withdrawn += static_cast<std::int64_t>(plan.withdraw.size());
    for (const auto& planned : plan.effects) {
        if (planned.decision == Decision::already_done) ++counts.already_done;
        if (planned.decision != Decision::still_rejected) continue;
        ++counts.rejected;
        report.worsen(ExitCode::partial);
        attend(report, {planned.row.name, planned.row.ref, "rejected", "refused earlier, and nothing has changed since"});
    }
    // What waits for a person, or fell in doubt when a process died and could report nothing.
    for (const auto& row : plan.doubts) {
        if (plan.doubt_may_go(row)) continue;
        attend(report, {row.name, row.ref, row.state, row.reason.value_or("in doubt")});
        if (cut_off) report.worsen(ExitCode::doubt);
    }
    if (!plan.unfit.empty()) {
        report.worsen(ExitCode::partial);
        report.warnings.push_back(plan.step->effect + ": " + std::to_string(plan.unfit.size()) + " selected rows can't become effects and are quarantined: " +
                                  plan.unfit.front().reason);
    }
    if (!plan.counted.empty()) report.counted[plan.step->effect] = plan.counted;
    if (!plan.passed_over.empty()) report.passed_over[plan.step->effect] = plan.passed_over;
    for (const auto& named : plan.named) attend(report, named);
}

bool tally_delivery(const PushPlan& plan, const Delivery& delivery, const std::vector<EffectRow>& in_doubt, bool cut_off, RunReport& report) {
    report.effects.done += delivery.done;
    report.effects.rejected += delivery.rejected;
    std::set<std::string> refs;
    for (const auto& row : in_doubt) refs.insert(row.ref);
    for (const auto& attention : delivery.attention) {
        if (attention.state != "in_doubt" || refs.count(attention.ref) != 0) attend(report, attention);
    }
    const bool new_doubt = std::any_of(in_doubt.begin(), in_doubt.end(), [&](const EffectRow& row) { return cut_off || row.doubt_run == report.run; });
    if (delivery.rejected > 0 || !delivery.unsupported.empty()) report.worsen(ExitCode::partial);
    if (delivery.held_after_doubt || new_doubt) report.worsen(ExitCode::doubt);
    if (!delivery.unsupported.empty()) {
        report.warnings.push_back(plan.step->service + " doesn't take this write (" + delivery.unsupported + "): " + std::to_string(delivery.held) +
                                  " effects are held, none is lost" + (plan.corrections ? "; as a list: bindery export --corrections " + report.job + " --to FILE" : ""));
    }
    if (delivery.out_of_time) {
        report.worsen(ExitCode::partial);
        report.warnings.push_back(left_for_next_run(plan, delivery.left_pending));
    }
    if (delivery.left_pending > 0 && !delivery.out_of_time && !delivery.barred && !delivery.down) {
        report.worsen(ExitCode::partial);
        report.warnings.push_back(plan.step->effect + ": " + std::to_string(delivery.left_pending) + " effects wait behind one in doubt (in_order_by)");
    }
    return delivery.out_of_time;
}

void tally_calls(const std::map<std::string, const CallStats*>& stats, RunReport& report) {
    for (const auto& [service, calls] : stats) {
        report.requests[service] = calls->requests;
        report.statuses[service] = calls->by_status;
        report.waited[service] = std::chrono::duration<double>(calls->waited).count();
        report.waited_seconds += report.waited[service];
    }
}

void tally_not_begun(const std::vector<PushPlan>& plans, std::size_t begun, RunReport& report) {
    for (std::size_t i = begun; i < plans.size(); ++i) {
        if (const auto left = plans[i].to_send(); left > 0) report.warnings.push_back(left_for_next_run(plans[i], left));
    }
}

std::string outcome_of(const RunReport& report) {
    if (report.kind == "plan" && report.outcome == "planned" && report.exit != ExitCode::failed && report.exit != ExitCode::interrupted) return "planned";
    switch (report.exit) {
        case ExitCode::done: return "done";
        case ExitCode::interrupted: return "interrupted";
        case ExitCode::guard: return "guard";
        case ExitCode::doubt: return "doubt";
        case ExitCode::partial: return report.incomplete ? "incomplete" : "partial";
        default: return "failed";
    }
}

}  // namespace bindery
