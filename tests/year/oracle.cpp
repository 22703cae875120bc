#include "year/oracle.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace bindery::test {
namespace {

using std::chrono::days;

const std::set<std::string> kSmallLines{"commercial_auto", "general_liability", "workers_comp", "bop"};
const std::set<std::string> kPersonalOnes{"personal_auto", "homeowners", "umbrella"};

bool renewed(const std::string& status) { return status == "Renewed" || status == " renewed "; }

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    if (begin == std::string::npos) return {};
    const auto at = begin + from.size();
    return text.substr(at, text.find(to, at) - at);
}

}  // namespace

std::string stage_of(const Renewal& renewal, Date today) {
    const int left = days_between(today, renewal.expiration);
    if (left < 0 || renewed(renewal.status) || renewal.state == "AZ") return {};
    std::vector<int> begins{90, 60, 30};
    if (kPersonalOnes.contains(renewal.line)) begins = {45, 30, 10};
    else if (renewal.premium >= 25'000) begins = {120, 90, 60, 30};
    std::string stage;
    for (const int day : begins) {
        if (left <= day) stage = std::to_string(day) + "-day";
    }
    return stage;
}

bool Oracle::uncovered(const Renewal& renewal, WallTime policies_read) const {
    if (renewed(renewal.status)) return false;
    return std::none_of(agency_.policies().begin(), agency_.policies().end(), [&](const auto& each) {
        const Policy& policy = each.second;
        const bool same = (!renewal.number.empty() && policy.number == renewal.number) || (policy.client_id == renewal.client_id && policy.line == renewal.line);
        return same && policy.since <= policies_read && policy.effective >= renewal.expiration - days(15) && policy.effective <= renewal.expiration + days(15) &&
               policy.expiration > renewal.expiration;
    });
}

std::set<Work> Oracle::due_by(const Renewal& renewal, Date today, WallTime policies_read) const {
    const std::string date = format_date(renewal.expiration);
    if (const std::string stage = stage_of(renewal, today); !stage.empty()) return {{renewal.work, date, stage}};
    const int gone = days_between(renewal.expiration, today);
    if (gone >= 1 && gone <= 30 && uncovered(renewal, policies_read)) return {{renewal.work, date, "EXPIRED"}};
    return {};
}

void Oracle::note_names() {
    for (const auto& [id, renewal] : now_) {
        work_of_id_[id] = renewal.work;
        work_of_policy_[renewal.policy_id] = renewal.work;
        if (!renewal.number.empty()) work_of_number_[renewal.number] = renewal.work;
    }
}

void Oracle::run_begins(Date today) {
    today_ = today;
    now_ = agency_.renewals();
    began_ = services_.time.now();
    note_names();
    for (const auto& [id, renewal] : now_) {
        auto& may_be = views_[id].may_be;
        if (may_be.empty() || may_be.back() != renewal) may_be.push_back(renewal);
    }
    for (const auto& [id, view] : views_) {
        if (view.missed > 2 && stage_of(view.may_be.back(), today) != "") continue;  // surely gone from the store
        for (const Renewal& renewal : view.may_be) {
            for (const WallTime read : {policies_read_, began_}) allowed_.merge(due_by(renewal, today, read));
        }
    }
}

void Oracle::run_ended(const RunReport& report, const std::vector<EffectRow>& ledger) {
    const auto whole = [&](const char* dataset) {
        const auto found = report.datasets.find(dataset);
        return found != report.datasets.end() && found->second.complete;
    };
    if (whole("bindpilot.policies")) policies_read_ = began_;
    if (!whole("bindpilot.renewals")) return;
    for (auto& [id, view] : views_) {
        const auto there = now_.find(id);
        view.missed = there == now_.end() ? view.missed + 1 : 0;
        if (there == now_.end()) continue;
        view.sure = there->second;
        view.may_be = {there->second};
    }
    std::set<Work> due;
    for (const auto& [id, view] : views_) {
        if (!view.sure) continue;
        std::set<Work> its = due_by(*view.sure, today_, began_);
        if (!now_.contains(id)) std::erase_if(its, [](const Work& w) { return w.stage != "EXPIRED"; });
        if (!whole("bindpilot.policies")) std::erase_if(its, [](const Work& w) { return w.stage == "EXPIRED"; });
        due.merge(its);
    }
    for (const Work& work : due) owed_[work] = today_;
    std::erase_if(views_, [&](const auto& each) { return !each.second.may_be.empty() && days_between(each.second.may_be.back().expiration, today_) > 40; });
    if (report.error || report.incomplete || (report.outcome != "done" && report.outcome != "doubt")) return;
    ++counts.checked_runs;
    const auto tasks = made();
    std::map<Work, std::string> states;
    for (const auto& row : ledger) states[work_of(row)] = row.state;
    for (const Work& work : due) {
        const bool there = tasks.contains(work);
        INFO(work.text() << " after run " << report.run << " of " << report.today << ": " << (states.contains(work) ? states.at(work) : "not in the ledger"));
        const bool listed = states.contains(work) && (states.at(work) == "in_doubt" || states.at(work) == "held");
        CHECK((there || listed));
    }
}

std::map<Work, int> Oracle::made() {
    std::map<Work, int> counted;
    for (const auto& task : services_.records("bi369", "tasks")) {
        const std::string id = task.at("id").get<std::string>();
        auto known = task_names_.find(id);
        if (known == task_names_.end()) {
            const std::string title = task.at("title").get<std::string>(), text = task.at("description").get<std::string>();
            const std::string source = between(text, "BindPilot renewals ", ", as of");
            const auto work = work_of_id_.find(source.substr(0, source.find(',')));
            const bool alarm = title.rfind("EXPIRED", 0) == 0;
            if (work == work_of_id_.end()) continue;  // another job's
            const std::string date = alarm ? title.substr(title.size() - 10) : between(title, " by ", " (");
            known = task_names_.emplace(id, Work{work->second, date, alarm ? "EXPIRED" : between(text, "Stage ", " of")}).first;
        }
        ++counted[known->second];
    }
    return counted;
}

Work Oracle::work_of(const EffectRow& row) const {
    const auto once = nlohmann::json::parse(row.once_per);
    const std::string policy = once.at("policy").get<std::string>();
    Work work{"", once.at("expiration_date").get<std::string>(), row.name == "expired_alarm" ? "EXPIRED" : once.at("stage").get<std::string>()};
    std::string plain = policy;
    for (char& c : plain) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (policy.rfind("policy ", 0) == 0) work.work = work_of_policy_.at(policy.substr(7));
    else if (policy.rfind("renewal ", 0) == 0) work.work = work_of_id_.at(policy.substr(8));
    else work.work = work_of_number_.at(plain);
    return work;
}

void Oracle::close(const std::vector<EffectRow>& ledger) {
    const auto tasks = made();
    std::map<Work, std::vector<const EffectRow*>> rows;
    for (const auto& row : ledger) rows[work_of(row)].push_back(&row);
    for (const auto& [work, count] : tasks) {
        INFO(work.text() << ": " << count << " tasks");
        CHECK(allowed_.contains(work));
        ++(work.stage == "EXPIRED" ? counts.alarms : counts.tasks);
        const auto found = rows.find(work);
        const bool known = found != rows.end() && found->second.size() == 1;
        CHECK(known);
        if (!known || count == 1) continue;
        // Its reply was lost, it was sent once more, and people were told that it may be there twice.
        ++counts.twice;
        CHECK(count == 2);
        CHECK(found->second.front()->retries == 1);
    }
    for (const auto& [work, last] : owed_) {
        if (tasks.contains(work)) continue;
        const auto found = rows.find(work);
        INFO(work.text() << ", due until " << format_date(last) << ": " << (found == rows.end() ? "nowhere" : found->second.front()->state + ", " + found->second.front()->reason.value_or("")));
        const bool known = found != rows.end();
        CHECK(known);
        if (!known) continue;
        const EffectRow& row = *found->second.front();
        if (row.state == "held") ++counts.held;
        else if (row.state == "withdrawn") ++counts.withdrawn;
        else ++counts.waiting;
        CHECK((row.state == "held" || row.state == "withdrawn" || row.state == "in_doubt" || row.state == "pending"));
        // Withdrawn: never while it was due.
        if (row.state == "withdrawn") CHECK(row.updated_at.substr(0, 10) >= format_date(last));
        // Held: it fell in doubt twice, or once and wasn't due when its turn came (it may be so again since).
        if (row.state == "held") CHECK((row.retries >= 1 || row.reason == "in doubt, and no longer selected"));
    }
}

}  // namespace bindery::test
