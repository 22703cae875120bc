#include "engine/store_care.h"

#include "core/dates.h"
#include "core/error.h"
#include "store/care.h"
#include "store/inbox.h"

namespace bindery {
namespace {

Before time_before(WallTime now, int days) {
    if (days == kKeepForever) return std::nullopt;
    return rfc3339(now - std::chrono::hours(24) * days);
}

DatasetRules rules_of(const Retention& kept, const Mapping& mapping, WallTime now) {
    DatasetRules rules;
    rules.mapping = &mapping;
    rules.dataset = mapping.dataset;
    const auto found = kept.datasets.find(mapping.dataset);
    const Retention::Own own = found == kept.datasets.end() ? Retention::Own{} : found->second;
    const int removed = own.removed.value_or(kept.removed);
    rules.history = time_before(now, own.history.value_or(kept.history));
    rules.quarantine = time_before(now, own.quarantine.value_or(kept.quarantine));
    rules.removed = time_before(now, removed);
    if (rules.removed) rules.window_before = rules.removed->substr(0, 10);
    return rules;
}

}  // namespace

std::vector<std::string> check_store(Store& store, const std::function<bool()>& stop) {
    auto problems = integrity_problems(store.file(), stop);
    if (!problems.empty()) {
        mark_damaged(store.file(), problems.front());
        return problems;
    }
    mark_sound(store.file());
    store.transaction([&] { note_care(store, "integrity"); });
    return problems;
}

void check_store_when_due(Store& store, spdlog::logger& log, const std::function<bool()>& stop) {
    if (!marked_damaged(store.file()) && !care_is_due(cared_at(store, "integrity"), store.clock().wall(), kCheckEvery)) return;
    log.debug("checks the store, as once a week");
    const auto problems = check_store(store, stop);
    if (problems.empty()) return;
    throw Error(ErrorCode::store, store.file().string() + " is damaged (" + problems.front() + "): no job runs on it", restore_hint(store.file()), Reach::process);
}

PurgeRules purge_rules(const Config& config, WallTime now) {
    Retention kept = config.settings.retention;
    if (!config.jobs_left_out().empty()) {
        // Such a job may compare these records with another book's.
        kept.removed = kKeepForever;
        for (auto& [name, own] : kept.datasets) own.removed.reset();
    }
    PurgeRules rules;
    for (const auto& [name, service] : config.services) {
        for (const auto& [resource_name, resource] : service.resources) rules.datasets.push_back(rules_of(kept, resource.mapping, now));
    }
    for (const auto& [name, book] : config.books) rules.datasets.push_back(rules_of(kept, book.mapping, now));
    for (const auto& [name, job] : config.jobs) {
        for (const auto& step : job.steps) {
            if (const auto* books = std::get_if<ReconcileStep>(&step)) rules.compared.push_back({name, books->ours, books->theirs});
        }
    }
    rules.history = time_before(now, kept.history);
    rules.quarantine = time_before(now, kept.quarantine);
    rules.removed = time_before(now, kept.removed);
    rules.calls = rfc3339(now - kCallsKept);
    rules.runs = time_before(now, kept.runs);
    rules.effects = time_before(now, kept.effects);
    rules.conflicts = time_before(now, kept.conflicts);
    rules.corrections = time_before(now, kept.corrections);
    rules.sales = time_before(now, kept.sales);
    return rules;
}

std::int64_t purge_inbox(const Config& config, const std::filesystem::path& store, const Clock& clock) {
    const int days = config.settings.retention.webhooks;
    std::error_code ignored;
    if (days == kKeepForever || !std::filesystem::exists(inbox_beside(store), ignored)) return 0;
    return Inbox(store, clock).purge(clock.wall() - std::chrono::hours(24) * days);
}

bool purge_is_due(Store& store) { return care_is_due(cared_at(store, "purge"), store.clock().wall(), kPurgeEvery); }

}  // namespace bindery
