#include "engine/sell_steps.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/exact_json.h"
#include "engine/ledger_owner.h"
#include "core/dates.h"
#include "engine/plan_file.h"
#include "engine/room.h"
#include "engine/sell_deliver.h"
#include "engine/sell_follow.h"
#include "engine/sell_hand_off.h"
#include "engine/tally.h"

namespace bindery {
namespace {

SaleReport& report_of(RunReport& report, const std::string& effect) {
    return *std::find_if(report.sales.begin(), report.sales.end(), [&](const SaleReport& sale) { return sale.effect == effect; });
}

std::string counted(std::int64_t calls, const std::string& what) { return std::to_string(calls) + " " + what + (calls == 1 ? "" : "s"); }

std::string names(const std::set<std::string>& fields) {
    std::string text;
    for (const auto& field : fields) text += (text.empty() ? "" : ", ") + field;
    return text;
}

std::string shared_words(const SalePlan& plan) {
    const auto leads = static_cast<std::int64_t>(plan.shared_certificates.size());
    return plan.step->post.effect + ": " + counted(leads, plan.step->call ? "call" : "lead") + (leads == 1 ? " comes" : " come") + " with a certificate of consent that another person has too (the first: " + plan.shared_certificates.front() +
           "), so that whose consent it proves isn't known: look at the form; `consent: own_certificate` in the job holds them back";
}

// A plan keeps nothing of them that could be shown later.
std::string unfit_words(const SalePlan& plan, const RunReport& report) {
    const auto first = std::find_if(plan.others.begin(), plan.others.end(), [&](const SaleRow& row) { return row.ref == plan.unfit.front().key; });
    return plan.step->post.effect + ": " + counted(static_cast<std::int64_t>(plan.unfit.size()), plan.step->call ? "call" : "lead") + " can't be offered; the first" +
           (first == plan.others.end() ? "" : ", " + first->once_per) + ": " + plan.unfit.front().reason +
           (report.kind == "plan" ? "; `bindery show RUN` of a run lists each with all that is wrong" : "; each with all that is wrong: bindery show " + std::to_string(report.run));
}

}  // namespace

SaleReport sale_report(const SalePlan& plan) {
    SaleReport report;
    report.effect = plan.step->post.effect;
    report.kind = plan.step->call ? "call" : "lead";
    report.mode = plan.step->live ? "live" : "test";
    report.selected = plan.selected;
    report.offered = static_cast<std::int64_t>(plan.offers.size());
    report.passed_over = plan.passed_over;
    if (const auto unfit = report.passed_over.find("unfit"); unfit != report.passed_over.end()) {
        report.unfit = unfit->second;
        report.passed_over.erase(unfit);
    }
    return report;
}

SaleContext SellSteps::context(BootTime deadline) const { return {&job_, report_.run, report_.today, deadline}; }

void SellSteps::decide(JobSql& sql, const Values& fixed, bool complete, bool by_webhook) {
    plans_.clear();
    report_.sales.clear();
    next_ = 0;
    for (std::size_t i = 0; i < job_.steps.size(); ++i) {
        const auto* step = std::get_if<SellStep>(&job_.steps[i]);
        if (step == nullptr) continue;
        SalePlan plan = decide_sale(engine_, *step, static_cast<int>(i), context(BootTime{0}), sql, fixed);
        plan.withheld = step->post.needs_complete && !complete;
        if (plan.withheld && !by_webhook) {
            report_.warnings.push_back(step->post.effect + ": nothing is offered, since the step needs complete pulls and one wasn't");
            report_.worsen(ExitCode::partial);
        }
        report_.sales.push_back(sale_report(plan));
        report_.effects.planned += plan.may_post();
        for (const auto& ref : plan.still_refused) {
            ++report_.effects.rejected;
            report_.worsen(ExitCode::partial);
            attend(report_, {step->post.effect, ref, "rejected", "its post was refused earlier, and nobody has settled it since"});
        }
        if (!plan.passed_over_in.empty()) report_.passed_over[step->post.effect] = plan.passed_over_in;
        if (!plan.dropped_fields.empty()) report_.warnings.push_back(step->post.effect + ": fields that " + step->post.service + " doesn't know are left out: " + names(plan.dropped_fields));
        if (!plan.kept_out_of_pings.empty()) report_.warnings.push_back(step->post.effect + ": texts are left out of pings, since they say who the lead is: " + names(plan.kept_out_of_pings));
        if (!plan.shared_certificates.empty()) report_.warnings.push_back(shared_words(plan));
        if (!plan.unfit.empty()) {
            report_.worsen(ExitCode::partial);
            report_.warnings.push_back(unfit_words(plan, report_));
        }
        plans_.push_back(std::move(plan));
    }
}

std::int64_t SellSteps::may_post() const {
    std::int64_t posts = 0;
    for (const auto& plan : plans_) posts += plan.may_post();
    return posts;
}

std::vector<PlannedCall> SellSteps::calls() const {
    std::vector<PlannedCall> calls;
    for (const auto& plan : plans_) {
        if (plan.withheld) continue;
        for (const Offer& offer : plan.offers) {
            calls.push_back({offer.effect.name, offer.effect.identity, offer.effect.ref, plan.step->live ? "ask" : "ask in test", plan.ping->call.method,
                             plan.ping->call.path + (plan.step->live ? "" : "?environment=test"), offer.ping_body, parse_exact(offer.effect.once_per)});
        }
        for (const EffectRow& row : plan.doubts) calls.push_back({row.name, row.identity, row.ref, "look up", row.method, row.path, row.body, parse_exact(row.once_per)});
    }
    return calls;
}

void SellSteps::describe() {
    for (auto& call : calls()) report_.list.push_back(std::move(call));
    for (const auto& plan : plans_) {
        SaleReport& report = report_of(report_, plan.step->post.effect);
        const auto asks = plan.withheld ? 0 : static_cast<std::int64_t>(plan.offers.size());
        const Account& account = callers_.to(plan.step->post.service).account();
        const auto time = [&](std::int64_t calls, const Operation& operation) {
            return estimate(calls, room_for(engine_.budget, account, operation.call.method, operation.call.path), account.service->in_flight);
        };
        const bool live = plan.step->live;
        const std::int64_t posts = live ? plan.may_post() : asks;
        const Duration all = std::max(time(asks, *plan.ping), time(std::min(asks, posts), *plan.post));
        report.cost = counted(asks, live ? "ping" : "test ping") + ", then up to " + counted(posts, live ? "post" : "test post") + ", about " + format_duration(all);
        if (asks > 0 && report_.effects.planned == may_post()) report_.cost.clear();  // of the pushes, which send nothing: the line above says what is sent
    }
}

void SellSteps::note() {
    for (const auto& plan : plans_) note_decisions(engine_.store, plan, report_.run);
}

void SellSteps::note_baseline() {
    for (const auto& plan : plans_) {
        const std::int64_t noted = bindery::note_baseline(engine_.store, plan, context(BootTime{0}));
        report_.effects.done += noted;
        report_.warnings.push_back(plan.step->post.effect + ": " + counted(noted, plan.step->call ? "call" : "lead") + " won't be offered (dropped); one that is to be after all: bindery settle REF --as retry");
    }
}

void SellSteps::become_owner() {
    for (const auto& plan : plans_) {
        if (plan.step->live) become_ledger_owner(engine_, callers_.to(plan.step->post.service).account(), plan.step->post.effect, report_.run);
    }
}

void SellSteps::check_owner(bool accept) {
    for (const auto& plan : plans_) {
        if (plan.step->live) check_seller(engine_, callers_.to(plan.step->post.service).account(), as_push_plan(plan), job_.name, report_.run, accept);
    }
}

void SellSteps::hand_off_left() {
    for (const Step& each : job_.steps) {
        const auto* step = std::get_if<SellStep>(&each);
        if (step == nullptr || !step->call) continue;  // in mode test too: what was sold was sold
        Delivery delivery;
        const auto tell = [&] {
            for (const auto& attention : delivery.attention) attend(report_, attention);
            if (delivery.untold) report_.worsen(ExitCode::partial);
        };
        try {
            bindery::hand_off_left(engine_, *step, delivery);
        } catch (const std::exception&) {
            tell();
            throw;
        }
        tell();
    }
}

bool SellSteps::keep_back(BootTime deadline, std::set<std::string>& barred) {
    for (SalePlan& plan : plans_) plan.withheld = true;
    return deliver_before(static_cast<int>(job_.steps.size()), deadline, barred);
}

bool SellSteps::deliver_before(int number, BootTime deadline, std::set<std::string>& barred) {
    bool left = false;
    for (; next_ < plans_.size() && plans_[next_].number < number; ++next_) {
        SalePlan& plan = plans_[next_];
        const std::string& service = plan.step->post.service;
        if (barred.count(service) != 0 || callers_.stop_asked()) continue;
        if (plan.withheld) plan.offers.clear();
        Caller& caller = callers_.to(service);
        if (plan.may_post() > 0) become_ledger_owner(engine_, caller.account(), plan.step->post.effect, report_.run);
        Delivery delivery;
        SaleReport& report = report_of(report_, plan.step->post.effect);
        const SaleContext here = context(deadline);
        try {
            sell_offers(engine_, caller, plan, here, report, delivery);
            if (!delivery.barred && !delivery.down) follow_sales(engine_, caller, plan, here, report, delivery);
        } catch (const std::exception&) {
            tally(plan, delivery);  // what was sold, and what a person should know, stands in the report of a run that fails
            throw;
        }
        tally(plan, delivery);
        if (delivery.barred) {
            barred.insert(service);
            report_.fail(Error(delivery.barred->code(), delivery.barred->what(), "check that " + key_and_place(engine_, service) + " is valid (or base_url, after a redirect), then run the job again; nothing was lost"));
        }
        if (delivery.down) report_.fail(*delivery.down);
        left = left || delivery.out_of_time;
    }
    return left;
}

// Of those that were offered; what it was decided of stands among the leads passed over.
std::map<std::string, std::int64_t> SellSteps::waits_of(const SalePlan& plan) const {
    std::map<std::string, std::int64_t> waits;
    Sales sales(engine_.store);
    for (const Offer& offer : plan.offers) {
        const auto sale = sales.find(offer.effect.identity);
        if (sale && sale->state == "waiting") ++waits[sale->reason];
    }
    return waits;
}

void SellSteps::tally(const SalePlan& plan, const Delivery& delivery) {
    SaleReport& report = report_of(report_, plan.step->post.effect);
    report_.effects.done += delivery.done;
    for (const auto& attention : delivery.attention) attend(report_, attention);
    if (report.refused > 0 || delivery.out_of_time || delivery.untold || delivery.untaken || delivery.unheard) report_.worsen(ExitCode::partial);
    if (report.unclear > 0) report_.worsen(ExitCode::doubt);
    if (delivery.out_of_time) report_.warnings.push_back(plan.step->post.effect + ": " + counted(report.waiting, report.kind) + (report.waiting == 1 ? " waits" : " wait") + " for the job's next run");
    if (report.waiting > 0) report.waits = waits_of(plan);
}

}  // namespace bindery
