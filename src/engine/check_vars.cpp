#include "engine/check_vars.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.h"
#include "engine/decide.h"
#include "store/job_sql.h"

namespace bindery {
namespace {

constexpr std::size_t kMostShown = 50;
constexpr const char* kMend = "mend the vars, then `bindery check`";

struct VarFault {
    Place place;
    std::string text;
};

// `$."owners"[2].to`, as SQLite writes it, and owners[2].to are the same place. What isn't in the file falls to what holds it.
Place place_of_var(const Job& job, std::string path, const Place& otherwise) {
    if (path.starts_with("$.")) path.erase(0, 2);
    std::erase(path, '"');
    while (!path.empty()) {
        if (const auto found = job.var_places.find(path); found != job.var_places.end()) return found->second;
        const std::size_t end = path.find_last_of(".[");
        path.resize(end == std::string::npos ? 0 : end);
    }
    return otherwise;
}

std::string text_in(const Values& row, const char* column) {
    const auto cell = row.find(column);
    return cell != row.end() && cell->second.is_string() ? cell->second.get<std::string>() : std::string();
}

void run_check(const Job& job, const VarCheck& check, JobSql& sql, std::vector<VarFault>& faults) {
    try {
        const auto columns = sql.columns(check.select);
        if (std::find(columns.begin(), columns.end(), "problem") == columns.end()) {
            faults.push_back({check.place, "a check selects problem and, if it likes, var; `problem` isn't there"});
            return;
        }
        sql.for_each(check.select, [&](const Values& row) {
            const std::string named = text_in(row, "var"), problem = text_in(row, "problem");
            const Place place = place_of_var(job, named.empty() ? check.name : named, check.place);
            faults.push_back({place, problem.empty() ? "the check `" + check.name + "` finds a fault and doesn't say which" : problem});
        });
    } catch (const Error& error) {
        if (error.code() != ErrorCode::config && error.code() != ErrorCode::sql) throw;
        faults.push_back({check.place, "the check `" + check.name + "`: " + error.what() + (error.hint().empty() ? "" : " (" + error.hint() + ")")});
    }
}

}  // namespace

std::vector<std::string> faults_of_vars(const Job& job, const std::filesystem::path& store, const std::string& now, const std::string& today) {
    if (job.checks.empty()) return {};
    Values values = job_values(job, now, today);
    values["vars"] = job.vars;
    JobSql sql(store, values);
    std::vector<VarFault> faults;
    for (const auto& check : job.checks) run_check(job, check, sql, faults);
    std::stable_sort(faults.begin(), faults.end(), [](const auto& a, const auto& b) { return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column); });
    std::vector<std::string> lines;
    std::set<std::string> told;
    for (const auto& fault : faults) {
        std::string line = fault.place.text() + ": " + fault.text;
        if (told.insert(line).second) lines.push_back(std::move(line));
    }
    if (lines.size() > kMostShown) {
        const std::string more = "… and " + std::to_string(lines.size() - kMostShown) + " more";
        lines.resize(kMostShown);
        lines.push_back(more);
    }
    return lines;
}

void check_vars(const Job& job, const std::filesystem::path& store, const std::string& now, const std::string& today) {
    std::string text;
    for (const auto& line : faults_of_vars(job, store, now, today)) text += (text.empty() ? "" : "\n") + line;
    if (!text.empty()) throw Error(ErrorCode::config, text, kMend);
}

}  // namespace bindery
