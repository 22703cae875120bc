// conflicts, resolve: what two books disagree about, and a person's word.
#include <algorithm>

#include "app/commands.h"
#include "app/conflict_decider.h"
#include "app/reconcile_story.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/text.h"
#include "store/conflicts.h"

namespace bindery {
namespace {

json or_null(const std::optional<std::string>& value) { return value ? json(*value) : json(); }

json conflict_json(const ConflictRow& c) {
    json out{{"id", c.id},       {"job", c.job},     {"kind", c.kind},           {"state", c.state}, {"ours", c.ours}, {"theirs", c.theirs}, {"ours_key", c.ours_key},
             {"theirs_key", c.theirs_key}, {"field", c.field}, {"base", or_null(c.base)}, {"ours_value", or_null(c.ours_value)}, {"theirs_value", or_null(c.theirs_value)},
             {"ours_changed", c.ours_changed}, {"theirs_changed", c.theirs_changed}, {"opened_run", c.opened_run}, {"opened_at", c.opened_at},
             {"closed_at", or_null(c.closed_at)}, {"closed_by", or_null(c.closed_by)}, {"take", or_null(c.take)}, {"wanted", or_null(c.wanted)}};
    if (c.kind == "match") out["candidates"] = c.candidates;
    return out;
}

std::string changed_text(const json& changed) {
    if (!changed.is_object()) return "";
    return " (" + changed.value("kind", "") + " in run " + std::to_string(changed.value("run", std::int64_t{0})) + ", " + changed.value("at", "") + ")";
}

int resolve_one(Session& session) {
    const Options& o = session.options();
    const json object = conflict_json(ConflictDecider(session.store(), session.config()).decide(o.id, o.take));
    print(session, {{"resolved", json::array({object})}, {"skipped", json::array()}}, "conflict " + o.id + ": " + object["take"].get<std::string>() + "; the job's next run carries it out\n");
    return 0;
}

// A misspelt field would look like one without conflicts.
void check_field(const Config& config, const std::string& field) {
    std::vector<std::string> names;
    for (const auto& [job_name, job] : config.jobs) {
        for (const auto& step : job.steps) {
            const auto* books = std::get_if<ReconcileStep>(&step);
            if (books == nullptr) continue;
            for (const auto& [name, owner] : books->fields) names.push_back(name);
        }
    }
    if (std::find(names.begin(), names.end(), field) != names.end()) return;
    const auto near = nearest(field, names);
    throw Error(ErrorCode::usage, "no job reconciles a field `" + field + "`", near.empty() ? "`bindery conflicts` lists the open ones" : "did you mean `" + near + "`?");
}

int resolve_many(Session& session) {
    Options o = session.options();
    o.take = lower(trim(o.take));
    if (o.take != "ours" && o.take != "theirs") throw Error(ErrorCode::usage, "for many conflicts at once --take is ours or theirs", "a value goes with one conflict's number");
    if (!o.jobs.empty()) session.config().job(o.jobs.front());
    check_field(session.config(), o.field);
    ConflictFilter filter;
    filter.job = o.jobs.empty() ? "" : o.jobs.front();
    filter.field = o.field;
    json resolved = json::array();
    const auto decided = ConflictDecider(session.store(), session.config()).decide_all(filter, o.take);
    for (const auto& row : decided.resolved) resolved.push_back(conflict_json(row));
    const json skipped = decided.skipped;
    std::string text = std::to_string(resolved.size()) + " conflicts about " + o.field + ": " + o.take + "; the next run of their job carries it out\n";
    if (!skipped.empty()) text += std::to_string(skipped.size()) + " are left: their records have changed since, or that side is blank; run the job and look again\n";
    print(session, {{"resolved", resolved}, {"skipped", skipped}}, text);
    return 0;
}

}  // namespace

int command_conflicts(Session& session) {
    const Options& o = session.options();
    ConflictFilter filter;
    filter.job = o.jobs.empty() ? "" : o.jobs.front();
    filter.field = o.field;
    filter.closed_too = o.all;
    filter.limit = o.limit;
    if (!filter.job.empty()) session.config().job(filter.job);
    json list = json::array();
    std::string text;
    for (const auto& c : Conflicts(session.store_to_read()).list(filter)) {
        list.push_back(conflict_json(c));
        text += conflict_text(c);
    }
    print(session, {{"conflicts", list}}, text.empty() ? "No conflicts.\n" : text);
    return 0;
}

int command_resolve(Session& session) {
    const Options& o = session.options();
    if (o.take.empty()) throw Error(ErrorCode::usage, "--take is empty", "--take ours, theirs or a value");
    if (!o.id.empty()) {
        if (o.all || !o.field.empty()) throw Error(ErrorCode::usage, "give a conflict's number, or --field and --all, not both");
        return resolve_one(session);
    }
    if (o.field.empty() || !o.all) throw Error(ErrorCode::usage, "which conflicts?", "give a number, or --field FIELD --all for every open one of that field");
    return resolve_many(session);
}

std::string conflict_text(const ConflictRow& c) {
    std::string text = std::to_string(c.id) + "  " + c.kind + (c.field.empty() ? "" : " " + c.field) + ", job " + c.job + ", opened in run " + std::to_string(c.opened_run) + " at " + c.opened_at;
    if (c.state != "open") text += ", " + c.state + (c.take ? " (" + *c.take + (c.closed_by ? " by " + *c.closed_by : "") + ")" : "");
    text += "\n";
    if (c.kind == "match") {
        text += "    theirs: " + c.theirs + " " + one_line(c.theirs_key) + "\n";
        if (!c.ours_key.empty()) return text + "    may be one more row about it: " + c.ours + " " + one_line(c.ours_key) + " (--take same: nothing is sent; different: it is made there)\n";
        for (const auto& key : c.candidates) text += "    may be ours: " + c.ours + " " + one_line(key) + "\n";
        return text;
    }
    const auto side = [&](const char* name, const std::string& dataset, const std::string& key, const std::optional<std::string>& value, const json& changed) {
        text += std::string("    ") + name + ": " + one_line(value.value_or(c.kind == "gone" ? "(gone)" : "(blank)")) + "  " + dataset + " " + one_line(key) + changed_text(changed) + "\n";
    };
    side("ours", c.ours, c.ours_key, c.ours_value, c.ours_changed);
    side("theirs", c.theirs, c.theirs_key, c.theirs_value, c.theirs_changed);
    if (c.base && c.kind != "gone") text += "    agreed before: " + one_line(*c.base) + "\n";
    return text;
}

}  // namespace bindery
