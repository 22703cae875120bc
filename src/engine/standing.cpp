#include "engine/standing.h"

#include <algorithm>

#include "engine/path_vars.h"

namespace bindery {
namespace {

void name_held(Ledger& ledger, const Job& job, RunReport& report) {
    if (report.effects.held == 0) return;
    std::set<std::string> named;
    for (const auto& attention : report.attention) named.insert(attention.ref);
    std::int64_t left = kMaxStanding;
    for (const auto& row : ledger.list(job.name, "", {"held"}, kMaxStanding + static_cast<std::int64_t>(named.size()))) {
        if (left == 0 || report.attention.size() >= kMaxAttention) return;
        if (named.count(row.ref) != 0) continue;
        report.attention.push_back({row.name, row.ref, row.state, "since run " + std::to_string(row.run) + ": " + row.reason.value_or("a person put it aside")});
        --left;
    }
}

void advise_on_addresses(Ledger& ledger, const Job& job, const std::vector<PushPlan>& plans, RunReport& report) {
    if (report.effects.rejected == 0) return;
    for (const auto& plan : plans) {
        const auto rows = ledger.list(job.name, plan.step->effect, {"rejected"});
        const auto refused = std::count_if(rows.begin(), rows.end(), [&](const EffectRow& row) { return row.status == 404 && plan.selected.count(row.identity) != 0; });
        std::string advice = advice_on_404(job, *plan.step, plan.columns, refused);
        if (!advice.empty()) report.warnings.push_back(std::move(advice));
    }
}

}  // namespace

void tell_what_stands(Ledger& ledger, const Job& job, const std::vector<PushPlan>& plans, RunReport& report) {
    name_held(ledger, job, report);
    advise_on_addresses(ledger, job, plans, report);
}

}  // namespace bindery
