#include "engine/read_steps.h"

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

}  // namespace

std::vector<Error> read_steps(const Engine& engine, Callers& callers, const Job& job, const ReadContext& context, RunReport& report) {
    std::vector<Error> problems;
    for (std::size_t i = 0; i < job.steps.size() && !callers.stop_asked(); ++i) {
        if (const auto* pull = std::get_if<PullStep>(&job.steps[i])) {
            DatasetReport& dataset = report.datasets[pull->dataset()];
            if (auto problem = pull_dataset(engine, callers, *pull, context.pull, static_cast<int>(i), dataset, report.warnings)) problems.push_back(std::move(*problem));
            if (dataset.counts.quarantined > 0) report.worsen(ExitCode::partial);
            warn_of_removals(pull->dataset(), dataset.counts, report);
        }
        if (const auto* import = std::get_if<ImportStep>(&job.steps[i])) {
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
