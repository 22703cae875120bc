#include "engine/hinted_runs.h"

#include <algorithm>

namespace bindery {
namespace {

constexpr std::size_t kHookRunsAtOnce = 2;
constexpr auto kBusyElsewhere = std::chrono::seconds(5);

bool ended_well(const RunReport* report) {
    return report != nullptr && (report->outcome == "done" || report->outcome == "partial" || report->outcome == "doubt" || report->outcome == "guard");
}

// A poll that went on with older pages, or didn't get to the end, hasn't read what was hinted at meanwhile.
bool read_all(const RunReport& report) {
    return std::all_of(report.datasets.begin(), report.datasets.end(), [](const auto& dataset) { return dataset.first.starts_with("book.") || dataset.second.complete; });
}

void sooner(std::optional<WallTime>& wake, WallTime at) { wake = wake ? std::min(*wake, at) : at; }

}  // namespace

HintedRuns::Looked HintedRuns::look(Inbox& inbox, Store& store, const Config& config, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start) {
    Looked looked;
    looked.sorting = sort_events(inbox, store, config, now);
    looked.again = looked.sorting.again;
    const std::vector<Hint> hints = inbox.hints();
    if (hints.empty()) return looked;
    const auto tries = inbox.tries();
    std::map<std::string, std::int64_t> jobs;
    for (const Hint& hint : hints) jobs[hint.job] = std::max(jobs[hint.job], hint.seq);
    for (const auto& [job, seq] : jobs) {
        if (busy.contains(job) || paused.contains(job) || under_way_.contains(job) || !config.jobs.contains(job)) continue;
        const auto known = tries.find(job);
        const auto last = last_end_.find(job);
        const WallTime at = hints_start_at(known == tries.end() ? HintTries{} : known->second, last == last_end_.end() ? std::nullopt : std::optional(last->second), now);
        if (at > now) {
            sooner(looked.again, at);
        } else if (running() < kHookRunsAtOnce) {
            under_way_[job] = {seq, false};
            start(job, reads_of(hints, job));
        }
    }
    return looked;
}

std::size_t HintedRuns::running() const {
    return static_cast<std::size_t>(std::count_if(under_way_.begin(), under_way_.end(), [](const auto& run) { return !run.second.poll; }));
}

void HintedRuns::polls(Inbox& inbox, const std::string& job) { under_way_[job] = {inbox.last_seq(), true}; }

HintedRuns::After HintedRuns::ended(Inbox* inbox, const std::string& job, const RunReport* report, std::optional<ErrorCode> error, WallTime now) {
    const auto found = under_way_.find(job);
    if (found == under_way_.end()) return After::nothing;
    const UnderWay run = found->second;
    under_way_.erase(found);
    if (!run.poll) last_end_[job] = now;
    if (inbox == nullptr) return After::nothing;
    if (ended_well(report)) {
        if (!run.poll || read_all(*report)) inbox->done(job, run.seq);
        return After::nothing;
    }
    return run.poll ? After::nothing : failed(*inbox, job, report, error, run.seq, now);
}

HintedRuns::After HintedRuns::failed(Inbox& inbox, const std::string& job, const RunReport* report, std::optional<ErrorCode> error, std::int64_t seq, WallTime now) {
    const auto all = inbox.tries();
    const auto known = all.find(job);
    HintTries tries = known == all.end() ? HintTries{} : known->second;
    if (error == ErrorCode::running_elsewhere) {
        tries.not_before = now + kBusyElsewhere;
        inbox.put_off(job, tries);
        return After::nothing;
    }
    if (report != nullptr && report->outcome == "interrupted") return After::nothing;
    if (const auto next = after_failure(tries, now)) {
        inbox.put_off(job, *next);
        return After::nothing;
    }
    inbox.done(job, seq);
    return After::given_up;
}

}  // namespace bindery
