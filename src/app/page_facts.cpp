#include "app/page_facts.h"

#include <algorithm>

#include "config/secrets.h"
#include "core/dates.h"
#include "core/error.h"
#include "core/limits.h"
#include "engine/begin_run.h"
#include "engine/schedule.h"
#include "engine/staleness.h"
#include "engine/turn_watch.h"
#include "services/account.h"
#include "store/job_turns.h"
#include "store/lock.h"
#include "store/runs.h"

namespace bindery {
namespace {

web::ServiceFacts service_facts(const Config& config, const Service& service, const Environment& environment, BudgetFile* budget, const Clock& clock) {
    web::ServiceFacts facts;
    const std::string key = service.bearer_secret.empty() ? "" : read_secret(service.bearer_secret, environment, config.settings.secrets_dir);
    const auto states = budget == nullptr ? std::vector<BucketState>{} : budget->state(make_account(service, key, config.settings.contact).name);
    for (const auto& limit : service.limits) {
        const int usable = usable_tokens(limit.tokens, service.keep_back);
        web::LimitFacts fact{limit.name, usable, usable, std::nullopt};
        for (const auto& state : states) {
            if (state.name == limit.name) {
                fact.used = state.tokens_out;
                fact.left = std::max(0, usable - state.tokens_out);
            }
            if (state.paused_until > clock.boot()) fact.paused_for = state.paused_until - clock.boot();
        }
        facts.limits.push_back(std::move(fact));
    }
    return facts;
}

std::vector<std::string> effects_of(const Job& job) {
    std::vector<std::string> names;
    for (const Step& step : job.steps) {
        if (const auto* push = std::get_if<PushStep>(&step)) names.push_back(push->effect);
        if (const auto* sell = std::get_if<SellStep>(&step)) names.push_back(sell->post.effect);
        if (const auto* books = std::get_if<ReconcileStep>(&step)) {
            for (const PushStep* push : {&books->push, &books->create}) {
                if (!push->effect.empty()) names.push_back(push->effect);
            }
        }
    }
    return names;
}

std::string events_of(const Job& job) {
    std::string text;
    for (const Listen& listen : job.on) text += (text.empty() ? "on " : ", ") + listen.word();
    return text;
}

}  // namespace

std::string schedule_words(const Job& job) {
    if (!job.schedule && job.on.empty()) return "by hand";
    std::string text;
    if (!job.schedule) return events_of(job);
    if (!job.schedule->cron.empty()) text = job.schedule->cron + " (" + job.timezone + ")";
    if (job.schedule->every > Duration{0}) text = "every " + format_duration(job.schedule->every);
    for (const auto& name : job.schedule->after) text += (text.empty() ? "after " : name == job.schedule->after.front() ? ", after " : ", ") + name;
    return job.on.empty() ? text : text + "; " + events_of(job);
}

std::vector<NextStart> next_starts(const Job& job, const JobTurnRow& turn, const std::filesystem::path& store, WallTime now, std::size_t count) {
    const JobPast past = past_from(turn, false, JobLock::held(store, job.name));
    std::vector<NextStart> starts;
    const auto retry = pending_retry(job, past, now);
    if (retry) starts.push_back({*retry, true});
    for (const WallTime fire : next_fires(job, past, now, count)) starts.push_back({fire, false});
    std::stable_sort(starts.begin(), starts.end(), [](const NextStart& a, const NextStart& b) { return a.at < b.at; });
    if (starts.size() > count) starts.resize(count);
    return starts;
}

std::vector<web::JobFacts> job_facts(const Config& config, Store& store, WallTime now) {
    std::vector<web::JobFacts> all;
    for (const auto& [name, job] : config.jobs) {
        const auto last = Runs(store).last_real(name, false), good = Runs(store).last_real(name, true);
        const Staleness staleness = staleness_in(store, job, now);
        web::JobFacts facts;
        facts.name = name;
        facts.about = job.about;
        facts.schedule = schedule_words(job);
        const JobTurnRow turn = JobTurns(store).read(name);
        if (const auto fires = next_starts(job, turn, store.file(), now, 1); !fires.empty() && !turn.paused_at) {
            facts.next = fires.front().at;
            facts.retry = fires.front().retry;
        }
        if (turn.paused_at) facts.paused = turn.paused_why && !turn.paused_why->empty() ? *turn.paused_why : "by " + turn.paused_by.value_or("somebody");
        facts.running = last && last->state == "running" && JobLock::held(store.file(), name);
        facts.stale = staleness.stale;
        facts.fresh = staleness.text;
        if (good && good->ended_at) facts.last_good = read_rfc3339(*good->ended_at);
        facts.effects = effects_of(job);
        all.push_back(std::move(facts));
    }
    return all;
}

namespace {

bool is_used(const Config& config, const std::string& service) {
    return std::any_of(config.jobs.begin(), config.jobs.end(), [&](const auto& job) {
        const auto& steps = job.second.steps;
        return std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return service_of(step) == service; });
    });
}

}  // namespace

std::vector<web::ServiceFacts> budget_facts(const Config& config, const Environment& environment, BudgetFile* budget, const Clock& clock) {
    std::vector<web::ServiceFacts> all;
    for (const auto& [name, service] : config.services) {
        web::ServiceFacts facts;
        try {
            facts = service_facts(config, service, environment, budget, clock);
        } catch (const Error& error) {
            if (!is_used(config, name)) continue;  // nobody misses the key of a service that no job calls
            facts.problem = error.what();
        }
        facts.name = name;
        all.push_back(std::move(facts));
    }
    return all;
}

}  // namespace bindery
