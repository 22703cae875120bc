#include "web/metrics.h"

#include <cstdlib>
#include <map>

#include "core/dates.h"
#include "store/page_lists.h"
#include "store/sale_report.h"
#include "store/tallies.h"
#include "web/exposition.h"
#include "web/hook_rules.h"

namespace bindery::web {
namespace {

using Type = Exposition::Type;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double timestamp(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

void runs(Exposition& out, Store& store) {
    out.family("bindery_runs_total", Type::counter, "Runs that ended, by job, kind (sync, webhook, plan, apply, import, baseline) and outcome.");
    for (const auto& tally : Tallies(store).runs()) {
        out.set({{"job", tally.job}, {"kind", tally.kind}, {"outcome", tally.outcome}}, static_cast<double>(tally.runs));
    }
}

// The last run of each job that has ended.
void last_runs(Exposition& out, Store& store, const std::vector<JobFacts>& jobs) {
    std::vector<std::pair<std::string, RunLine>> last;
    for (const auto& job : jobs) {
        if (auto run = PageLists(store).last_ended(job.name)) last.emplace_back(job.name, std::move(*run));
    }
    const auto each = [&](const char* name, const char* help, const std::function<double(const RunLine&, WallTime, WallTime)>& value) {
        out.family(name, Type::gauge, help);
        for (const auto& [job, run] : last) {
            const auto began = read_rfc3339(run.started_at), ended = read_rfc3339(*run.ended_at);
            if (began && ended) out.set({{"job", job}}, value(run, *began, *ended));
        }
    };
    each("bindery_job_last_run_duration_seconds", "How long the job's last run took.", [](const RunLine&, WallTime began, WallTime ended) { return seconds(ended - began); });
    each("bindery_job_last_run_end_timestamp_seconds", "When the job's last run ended.", [](const RunLine&, WallTime, WallTime ended) { return timestamp(ended); });
    each("bindery_job_last_run_failed", "1 when the job's last run failed or was stopped by a guard, else 0.",
         [](const RunLine& run, WallTime, WallTime) { return run.outcome == "failed" || run.outcome == "guard" ? 1 : 0; });
}

void jobs(Exposition& out, const std::vector<JobFacts>& all, WallTime now) {
    const auto each = [&](const char* name, const char* help, const std::function<std::optional<double>(const JobFacts&)>& value) {
        out.family(name, Type::gauge, help);
        for (const auto& job : all) {
            if (const auto number = value(job)) out.set({{"job", job.name}}, *number);
        }
    };
    each("bindery_job_stale", "1 when no run of the job ended well for longer than its stale_after, else 0.", [](const JobFacts& job) { return job.stale ? 1 : 0; });
    each("bindery_job_good_run_age_seconds", "Time since the job's last run that ended well.",
         [&](const JobFacts& job) { return job.last_good ? std::optional(seconds(now - *job.last_good)) : std::nullopt; });
    each("bindery_job_paused", "1 while the job is paused, else 0.", [](const JobFacts& job) { return job.paused.empty() ? 0 : 1; });
    each("bindery_job_running", "1 while a run of the job is under way, else 0.", [](const JobFacts& job) { return job.running ? 1 : 0; });
    each("bindery_job_next_run_timestamp_seconds", "When the job's schedule lets it run next.",
         [](const JobFacts& job) { return job.next ? std::optional(timestamp(*job.next)) : std::nullopt; });
}

// What alerts watch for growth is there with 0 before anything happened: Prometheus sees no growth in what wasn't there.
using Counts = std::map<std::string, std::int64_t>;

Counts with_counts(Counts zeros, const std::vector<std::pair<std::string, std::int64_t>>& counts) {
    for (const auto& [name, count] : counts) zeros[name] = count;
    return zeros;
}

Counts zero_effects(const std::vector<JobFacts>& jobs) {
    Counts zeros;
    for (const auto& job : jobs) {
        for (const auto& effect : job.effects) zeros[effect] = 0;
    }
    return zeros;
}

Counts zero_quarantines(const std::vector<JobFacts>& jobs, const Feed& feed) {
    Counts zeros;
    for (const auto& [effect, count] : zero_effects(jobs)) zeros["effect:" + effect] = 0;
    const auto datasets = feed.datasets();
    for (const auto& mapping : *datasets) zeros[mapping.dataset] = 0;
    return zeros;
}

void waiting(Exposition& out, Store& store, const std::vector<JobFacts>& jobs, const Feed& feed) {
    Tallies tallies(store);
    out.family("bindery_effects", Type::gauge, "Effects (writes to services) in the ledger, by name and state.");
    Counts refused = zero_effects(jobs);
    for (const auto& tally : tallies.effects()) {
        if (tally.state == "rejected") refused[tally.name] = tally.effects;
        else out.set({{"effect", tally.name}, {"state", tally.state}}, static_cast<double>(tally.effects));
    }
    for (const auto& [name, count] : refused) out.set({{"effect", name}, {"state", "rejected"}}, static_cast<double>(count));
    out.family("bindery_conflicts_open", Type::gauge, "Conflicts between two books that wait for a person.");
    for (const auto& [job, count] : tallies.conflicts_by_job()) out.set({{"job", job}}, static_cast<double>(count));
    out.family("bindery_quarantined", Type::gauge, "Records and effects in quarantine, by dataset.");
    for (const auto& [dataset, count] : with_counts(zero_quarantines(jobs, feed), tallies.quarantined_by_dataset())) out.set({{"dataset", dataset}}, static_cast<double>(count));
}

// A reason is a word of the buyer's; whatever isn't one is no label.
std::string reason_label(const std::string& reason) {
    const bool word = !reason.empty() && reason.size() <= 40 && reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    return word ? reason : "other";
}

// Of the latest day alone: a store keeps sales for years. In all they're among bindery_effects.
void sales(Exposition& out, Store& store) {
    SaleFigures figures(store);
    const auto days = figures.days("", 1, 0);
    const auto number = [](const std::string& text) { return std::strtod(text.c_str(), nullptr); };
    out.family("bindery_sales_day_timestamp_seconds", Type::gauge, "The latest day on which a sell step asked or sold, as its midnight in UTC: the other figures of sales are of that day.");
    if (!days.empty()) {
        if (const auto day = parse_date(days.front().day)) out.set({}, static_cast<double>(std::chrono::sys_seconds(*day).time_since_epoch().count()));
    }
    out.family("bindery_sales_day", Type::gauge, "Leads and calls of that day, by mode: asked, and what came of it.");
    for (const auto& day : days) {
        const auto set = [&](const char* what, const std::string& count) { out.set({{"effect", day.effect}, {"mode", day.mode}, {"what", what}}, number(count)); };
        set("asked", day.asked);
        set("bid", day.bids);
        set("declined", day.declined);
        set("failed", day.failed);
        if (day.mode != "live") continue;
        set("sold", day.sold);
        set("rejected", day.rejected);
        set("unclear", day.unclear);
        set("billable", day.billable);
    }
    out.family("bindery_sales_day_rejected", Type::gauge, "Posts of that day that the buyer looked at and turned down, by reason.");
    std::map<std::pair<std::string, std::string>, std::int64_t> rejected;
    if (!days.empty()) {
        for (const auto& some : figures.rejected(days.front().day)) rejected[{some.effect, reason_label(some.reason)}] += some.count;
    }
    for (const auto& [which, count] : rejected) out.set({{"effect", which.first}, {"reason", which.second}}, static_cast<double>(count));
    out.family("bindery_sales_day_money_dollars", Type::gauge, "What was sold on that day, in dollars.");
    for (const auto& day : days) {
        if (day.mode == "live") out.set({{"effect", day.effect}}, number(day.money));
    }
    out.family("bindery_sales_day_earned_dollars", Type::gauge, "Of that, what the day's invoice has: without what isn't billable and calls of which that isn't known, in dollars.");
    for (const auto& day : days) {
        if (day.mode == "live") out.set({{"effect", day.effect}}, number(day.earned));
    }
    out.family("bindery_sold_calls_untransferred", Type::gauge, "Calls sold since yesterday that the phone system could not be told to transfer.");
    if (!days.empty()) out.set({}, static_cast<double>(figures.untold_lately()));
}

void budget(Exposition& out, const std::vector<ServiceFacts>& services) {
    out.family("bindery_tokens_usable", Type::gauge, "Calls that a limit of a service allows us in its period, less what is kept back.");
    for (const auto& service : services) {
        for (const auto& limit : service.limits) out.set({{"service", service.name}, {"limit", limit.name}}, limit.usable);
    }
    out.family("bindery_tokens_left", Type::gauge, "Calls that could be made now under a limit of a service.");
    for (const auto& service : services) {
        for (const auto& limit : service.limits) out.set({{"service", service.name}, {"limit", limit.name}}, limit.left);
    }
    out.family("bindery_tokens_used", Type::gauge, "Calls whose tokens haven't come back yet under a limit of a service, by whichever process.");
    for (const auto& service : services) {
        for (const auto& limit : service.limits) out.set({{"service", service.name}, {"limit", limit.name}}, limit.used);
    }
    out.family("bindery_account_paused_seconds", Type::gauge, "For how long a service has told us to stay away (429), from now; 0 when it hasn't.");
    for (const auto& service : services) {
        double paused = 0;
        for (const auto& limit : service.limits) paused = std::max(paused, limit.paused_for ? seconds(*limit.paused_for) : 0);
        if (!service.limits.empty()) out.set({{"service", service.name}}, paused);
    }
}

void requests(Exposition& out, Store& store) {
    Tallies tallies(store);
    out.family("bindery_requests_total", Type::counter, "Calls to services, by status of the reply; status none when no reply was seen.");
    for (const auto& tally : tallies.requests()) {
        out.set({{"service", tally.service}, {"status", tally.status == 0 ? "none" : std::to_string(tally.status)}}, static_cast<double>(tally.requests));
    }
    out.family("bindery_waited_seconds_total", Type::counter, "Time that runs stood still for tokens, pauses and back-off.");
    for (const auto& [service, time] : tallies.waited_seconds()) out.set({{"service", service}}, time);
}

void webhooks(Exposition& out, const InboxFacts& facts, const std::vector<HookFacts>& hooks, WallTime now) {
    out.family("bindery_webhooks_total", Type::counter, "Requests to the listener for webhooks, by what came of them: kept, repeated, window, or why they were refused.");
    for (const auto& hook : hooks) {
        for (const char* refused : {hook_result::kBadSignature, hook_result::kNoSignature, hook_result::kNoSecret, hook_result::kNotKept}) out.set({{"service", hook.service}, {"result", refused}}, 0);
    }
    for (const auto& [what, count] : facts.requests) out.set({{"service", what.first}, {"result", what.second}}, static_cast<double>(count));
    out.family("bindery_webhooks_waiting", Type::gauge, "Events, and records to read again, that no run has dealt with yet.");
    out.set({}, static_cast<double>(facts.waiting));
    out.family("bindery_webhooks_oldest_seconds", Type::gauge, "For how long the oldest of them has waited; 0 when none waits.");
    out.set({}, facts.oldest ? std::max(0.0, seconds(now - *facts.oldest)) : 0.0);
}

void sizes(Exposition& out, const std::filesystem::path& file) {
    const auto size = [](const std::filesystem::path& of) {
        std::error_code problem;
        const auto bytes = std::filesystem::file_size(of, problem);
        return problem ? 0.0 : static_cast<double>(bytes);
    };
    out.family("bindery_store_size_bytes", Type::gauge, "Size of the store's file.");
    out.set({}, size(file));
    out.family("bindery_store_wal_size_bytes", Type::gauge, "Size of the store's write-ahead log.");
    out.set({}, size(file.string() + "-wal"));
}

}  // namespace

double Metrics::live_records(Store& store, const std::string& dataset, const std::string& reading) {
    {
        const std::lock_guard lock(mutex_);
        const auto known = counted_.find(dataset);
        if (known != counted_.end() && known->second.first == reading) return known->second.second;
    }
    const auto count = static_cast<double>(Tallies(store).live_records(dataset));
    const std::lock_guard lock(mutex_);
    counted_[dataset] = {reading, count};
    return count;
}

std::string Metrics::text(Store& store) {
    Exposition out;
    out.family("bindery_build_info", Type::gauge, "1; its label says which version answers.");
    out.set({{"version", BINDERY_VERSION}}, 1);
    const auto all = feed_.jobs(store);
    runs(out, store);
    last_runs(out, store, all);
    jobs(out, all, feed_.clock->wall());
    const auto readings = Tallies(store).readings();
    out.family("bindery_records", Type::gauge, "Live records of a dataset.");
    for (const auto& reading : readings) {
        out.set({{"dataset", reading.dataset}}, live_records(store, reading.dataset, reading.last_read_at.value_or("") + "/" + std::to_string(reading.last_run)));
    }
    out.family("bindery_dataset_read_timestamp_seconds", Type::gauge, "When the last whole reading of a dataset began.");
    for (const auto& reading : readings) {
        if (const auto at = read_rfc3339(reading.complete_read_at.value_or(""))) out.set({{"dataset", reading.dataset}}, timestamp(*at));
    }
    waiting(out, store, all, feed_);
    sales(out, store);
    budget(out, feed_.budget());
    requests(out, store);
    if (const auto facts = feed_.webhooks ? feed_.webhooks() : std::nullopt) webhooks(out, *facts, feed_.hooks ? feed_.hooks() : std::vector<HookFacts>{}, feed_.clock->wall());
    sizes(out, feed_.store);
    return out.text();
}

}  // namespace bindery::web
