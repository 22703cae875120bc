#include "engine/path_vars.h"

#include "core/exact_json.h"
#include "core/template.h"

namespace bindery {

std::vector<std::string> path_vars(const Job& job, const PushStep& step, const std::set<std::string>& columns) {
    std::vector<std::string> names;
    for (const auto& name : template_names(step.path)) {
        if (job.vars.contains(name) && columns.count(name) == 0) names.push_back(name);
    }
    return names;
}

std::vector<std::string> blank_path_vars(const Job& job, const PushStep& step, const std::set<std::string>& columns) {
    std::vector<std::string> lines;
    for (const auto& name : path_vars(job, step, columns)) {
        if (scalar_text(job.vars.at(name)).value_or("").find_first_not_of(" \t\r\n") != std::string::npos) continue;
        lines.push_back(job.var_sources.at(name).place.text() + ": the var `" + name + "` is empty, and the address of " + step.effect +
                        " is made of it; write its value here");
    }
    return lines;
}

std::string advice_on_404(const Job& job, const PushStep& step, const std::set<std::string>& columns, std::int64_t refused) {
    std::string vars;
    for (const auto& name : path_vars(job, step, columns)) {
        const VarSource& source = job.var_sources.at(name);
        vars += (vars.empty() ? "`" : ", `") + name + "` at " + source.place.text() + (source.written.find("${") == std::string::npos ? "" : ", taken from " + source.written);
    }
    if (vars.empty() || refused == 0) return {};
    return step.effect + ": " + step.service + " knows no such address (404) for " + std::to_string(refused) + (refused == 1 ? " effect" : " effects") +
           ": look at the var " + vars + "; once it's right they are sent by themselves";
}

}  // namespace bindery
