#include <algorithm>

#include "core/dates.h"
#include "store/page_lists.h"
#include "store/sale_report.h"
#include "web/chart.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr int kHistory = 30;

double seconds_between(const std::string& from, const std::string& to) {
    const auto began = read_rfc3339(from), ended = read_rfc3339(to);
    return began && ended ? std::chrono::duration<double>(*ended - *began).count() : 0;
}

// Empty while it is under way; one that nobody carries on any more broke off.
std::string outcome_of(const RunLine& run, bool under_way) { return run.outcome.value_or(under_way ? "" : "interrupted"); }

Html job_card(const Look& look, const JobState& job, const std::vector<RunLine>& runs) {
    std::vector<Bar> bars;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) bars.push_back({outcome_of(*run, job.facts.running && &*run == &runs.front()), run->ended_at ? seconds_between(run->started_at, *run->ended_at) : 0});
    const JobFacts& facts_of = job.facts;
    Html last = "never ran";
    if (!runs.empty()) {
        last = outcome_badge(outcome_of(runs.front(), facts_of.running)) + " " + run_link(runs.front().id) + ", " +
               time_tag(runs.front().started_at, look.zone);
    }
    Html next = facts_of.schedule == "by hand" ? "by hand only" : "at no fixed time";
    if (!facts_of.paused.empty()) next = "not while it is paused";
    else if (facts_of.next) next = time_tag(*facts_of.next, look.zone) + (facts_of.retry ? " (retry)" : "");
    Html card = tag("h3", link_to(address("/runs", {{"job", facts_of.name}}), facts_of.name));
    if (!facts_of.about.empty()) card += tag("p", {{"class", "quiet"}}, facts_of.about);
    Html fresh;
    if (facts_of.stale) fresh = tag("span", {{"class", "badge bad"}}, "× stale: ") + facts_of.fresh;
    else fresh = facts_of.fresh;
    card += facts({{"Last run", last},
                   {"Next run", next},
                   {"Schedule", facts_of.schedule},
                   {"Fresh", fresh},
                   {"Paused", facts_of.paused.empty() ? Html() : tag("span", {{"class", "badge part"}}, "– " + facts_of.paused)},
                   {"Now", facts_of.running ? Html("a run is under way") : Html()}});
    card += history_chart(bars) + tag("p", {{"class", "quiet"}}, history_words(bars));
    return tag("li", {{"class", "card"}}, card);
}

Html budget_card(const ServiceFacts& service) {
    Html card = tag("h3", service.name);
    if (!service.problem.empty()) card += tag("p", tag("span", {{"class", "badge part"}}, "– ") + service.problem);
    for (const auto& limit : service.limits) {
        const std::string words = std::to_string(limit.left) + " of " + std::to_string(limit.usable) + " calls left (" + limit.name + ")";
        card += tag("p", words) + gauge(limit.left, limit.usable, service.name + ": " + words);
    }
    const auto paused = std::find_if(service.limits.begin(), service.limits.end(), [](const LimitFacts& limit) { return limit.paused_for.has_value(); });
    if (paused != service.limits.end()) card += tag("p", tag("span", {{"class", "badge bad"}}, "× paused by the service") + " for " + format_duration(*paused->paused_for));
    return tag("li", {{"class", "card"}}, card);
}

Html state_box(const Overall& state, const Html& when) {
    Html points;
    for (const auto& [sentence, where] : state.points) points += tag("li", where.empty() ? Html(sentence) : link_to(where, sentence));
    const std::string sign = state.tone == "good" ? "✓ " : state.tone == "part" ? "– " : "× ";
    return tag("div", {{"class", "state " + state.tone}}, tag("strong", tag("span", {{"aria-hidden", "true"}}, sign) + state.headline) + tag("span", {{"class", "quiet"}}, " as of " + when) + (points.empty() ? Html() : tag("ul", points)));
}

Html datasets_table(const Look& look) {
    std::vector<std::vector<Html>> rows;
    for (const auto& reading : Tallies(look.store).readings()) {
        rows.push_back({reading.dataset, Html::number(reading.seen), time_tag(reading.complete_read_at.value_or(""), look.zone), time_tag(reading.last_read_at.value_or(""), look.zone), reading.verdict});
    }
    if (rows.empty()) return tag("p", "Nothing has been read yet.");
    return data_table("What was read last", {"Dataset", "Rows of the last whole list", "Whole list read", "Read last", "How"}, rows);
}

}  // namespace

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
    const std::string number = std::to_string(count) + (count >= kMostCounted ? " or more" : "");
    return number + " " + (count == 1 ? one : many);
}

Overall overall(const std::vector<JobState>& jobs, const std::vector<ServiceFacts>& services, const Waiting& waiting, const std::vector<HookFacts>& hooks) {
    Overall state;
    for (const auto& job : jobs) {
        const std::string where = address("/runs", {{"job", job.facts.name}});
        if (job.facts.stale) state.points.emplace_back("Job " + job.facts.name + " is stale: " + job.facts.fresh + ".", where);
        else if (job.last_outcome == "failed") state.points.emplace_back("The last run of job " + job.facts.name + " failed.", where);
        else if (job.last_outcome == "guard") state.points.emplace_back("A guard stopped the last run of job " + job.facts.name + " before it wrote.", where);
    }
    for (const auto& service : services) {
        const bool paused = std::any_of(service.limits.begin(), service.limits.end(), [](const LimitFacts& limit) { return limit.paused_for.has_value(); });
        if (paused) state.points.emplace_back("The account at " + service.name + " is paused by the service.", "");
    }
    const std::size_t bad = state.points.size();
    const auto waits = [&](std::int64_t count, const char* one, const char* many, const std::string& where) {
        if (count > 0) state.points.emplace_back(counted(count, one, many) + ".", where);
    };
    waits(waiting.in_doubt, "effect is in doubt", "effects are in doubt", "/effects?state=in_doubt");
    waits(waiting.held, "effect is held", "effects are held", "/effects?state=held");
    waits(waiting.rejected, "effect was rejected", "effects were rejected", "/effects?state=rejected");
    waits(waiting.untold, "sold call was transferred by nobody: bindery status", "sold calls were transferred by nobody: bindery status", "/sales");
    waits(waiting.conflicts, "conflict waits for a decision", "conflicts wait for a decision", "/conflicts");
    waits(waiting.quarantined, "record is in quarantine", "records are in quarantine", "/quarantine");
    for (const auto& hook : hooks) {
        if (!hook.takes && !hook.jobs.empty() && !hook.setting_up) state.points.emplace_back("The hook of " + hook.service + " refuses all events.", "");
        if (hook.late) state.points.emplace_back("Events of " + hook.service + " have waited for over an hour.", "");
    }
    for (const auto& job : jobs) {
        if (!job.facts.paused.empty()) state.points.emplace_back("Job " + job.facts.name + " is paused.", "");
    }
    state.tone = bad > 0 ? "bad" : state.points.empty() ? "good" : "part";
    state.headline = bad > 0 ? "Something is wrong" : state.points.empty() ? "All is well" : "Something waits for you";
    return state;
}

View overview_view(const Look& look) {
    const auto services = look.feed.budget();
    std::vector<JobState> jobs;
    Html cards, budgets, hook_cards;
    for (auto& job : look.feed.jobs(look.store)) {
        const auto runs = PageLists(look.store).real_runs(job.name, kHistory);
        const auto last = std::find_if(runs.begin(), runs.end(), [](const RunLine& run) { return run.ended_at.has_value(); });
        jobs.push_back({std::move(job), last == runs.end() ? "" : outcome_of(*last, false)});
        cards += job_card(look, jobs.back(), runs);
    }
    for (const auto& service : services) budgets += budget_card(service);
    const Waiting waiting = Tallies(look.store).waiting(kMostCounted);
    const auto hooks = look.feed.hooks ? look.feed.hooks() : std::vector<HookFacts>{};
    for (const auto& hook : hooks) hook_cards += hook_card(look, hook);
    Html content = state_box(overall(jobs, services, waiting, hooks), time_tag(look.feed.clock->wall(), look.zone));
    content += tag("h2", "Jobs") + tag("ul", {{"class", "cards"}, {"role", "list"}}, cards);
    if (waiting.pending > 0) content += tag("p", link_to("/effects?state=pending", counted(waiting.pending, "effect is planned and not sent yet", "effects are planned and not sent yet")));
    if (SaleFigures(look.store).any()) content += tag("p", link_to("/sales", "Sales of leads, by day") + " · " + link_to("/effects?state=turned_down", "those that the buyer turned down"));
    if (!budgets.empty()) content += tag("h2", "Budget of calls") + tag("ul", {{"class", "cards"}, {"role", "list"}}, budgets);
    if (!hook_cards.empty()) content += tag("h2", "Webhooks") + tag("ul", {{"class", "cards"}, {"role", "list"}}, hook_cards);
    content += tag("h2", "Records") + datasets_table(look);
    return {"Overview", "/", content};
}

}  // namespace bindery::web
