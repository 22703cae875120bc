#include "engine/read_steps.h"

#include <limits>

#include "store/datasets.h"
#include "store/runs.h"

namespace bindery {
namespace {

void warn_of_removals(const std::string& dataset, const LandCounts& counts, RunReport& report) {
    const std::string withheld = std::to_string(counts.withheld), missing = std::to_string(counts.missing_once);
    if (counts.withheld > 0) {
        report.worsen(ExitCode::guard);
        report.warnings.push_back(dataset + ": " + withheld + " removals are withheld, more than max_removed allows; if they're right, pass --allow-removed " + withheld + " once");
    }
    if (counts.missing_once > 0) {
        report.warnings.push_back(dataset + ": " + missing + " records are missing for the first time; they're removed if the next complete list lacks them too");
    }
}

// Of records that webhooks name: their keys, or nullopt when the list is to be read.
std::optional<std::vector<std::string>> keys_to_read(const Engine& engine, const PullStep& pull, const std::set<std::string>& keys) {
    const Service& service = engine.config.service(pull.service);
    const Resource& resource = service.resources.at(pull.resource);
    if (!resource.get || keys.contains("")) return std::nullopt;
    const auto state = pull_state(engine.store, pull.dataset());
    if (resource.list && !read_one_by_one(keys.size(), state ? state->seen : 0, resource.paged ? service.paging.per_page : std::numeric_limits<int>::max())) return std::nullopt;
    return std::vector<std::string>(keys.begin(), keys.end());
}

}  // namespace

std::vector<Error> read_steps(const Engine& engine, Callers& callers, const Job& job, const ReadContext& context, RunReport& report) {
    std::vector<Error> problems;
    for (std::size_t i = 0; i < job.steps.size() && !callers.stop_asked(); ++i) {
        if (const auto* pull = std::get_if<PullStep>(&job.steps[i])) {
            std::optional<std::vector<std::string>> keys;
            if (context.hints != nullptr) {
                const auto hinted = context.hints->find(pull->dataset());
                if (hinted == context.hints->end()) continue;
                keys = keys_to_read(engine, *pull, hinted->second);
            }
            DatasetReport& dataset = report.datasets[pull->dataset()];
            if (auto problem = keys ? pull_records(engine, callers, *pull, context.pull, *keys, dataset, report.warnings)
                                    : pull_dataset(engine, callers, *pull, context.pull, static_cast<int>(i), dataset, report.warnings)) problems.push_back(std::move(*problem));
            if (dataset.counts.quarantined > 0) report.worsen(ExitCode::partial);
            warn_of_removals(pull->dataset(), dataset.counts, report);
        }
        if (const auto* import = std::get_if<ImportStep>(&job.steps[i]); import != nullptr && context.hints == nullptr) {
            ImportStepContext own;
            own.run = context.pull.run;
            own.allow_removed = context.pull.allow_removed;
            own.move = !context.plan;
            own.stop = [&callers] { return callers.stop_asked(); };
            own.also = [&engine, &context, i] { Runs(engine.store).place(context.pull.run, "pull", static_cast<int>(i) + 1); };
            for (auto& problem : import_files(engine, *import, own, report)) problems.push_back(std::move(problem));
        }
    }
    return problems;
}

}  // namespace bindery
