// status, runs, show, query: what only looks.
#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "app/hook_facts.h"
#include "app/page_facts.h"
#include "app/run_story.h"
#include "config/shared_sql.h"
#include "core/dates.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "csv/writer.h"
#include "engine/check.h"
#include "engine/report.h"
#include "engine/sale_text.h"
#include "engine/staleness.h"
#include "store/care.h"
#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/inbox.h"
#include "store/job_sql.h"
#include "store/job_turns.h"
#include "store/ledger.h"
#include "store/lock.h"
#include "store/runs.h"
#include "store/sale_look.h"
#include "store/sale_report.h"

namespace bindery {
namespace {

bool have_store(Session& session) {
    std::error_code ignored;
    return std::filesystem::exists(session.store_file(), ignored);
}

// When the store was last looked after.
json care_json(Session& session, std::string& text) {
    json object = json::object();
    std::string line;
    for (const auto& [task, word] : {std::pair("integrity", "checked"), std::pair("backup", "backed up"), std::pair("purge", "purged")}) {
        const auto at = cared_at(session.store_to_read(), task);
        object[task] = at ? json(rfc3339(*at)) : json();
        line += (line.empty() ? "" : ", ") + std::string(at ? word : std::string("never ") + word) + (at ? " " + rfc3339(*at) : "");
    }
    text += "store: " + line + "\n";
    return object;
}

// What came in, what was refused and why, what waits.
json webhooks_json(Session& session, std::string& text) {
    const auto inbox = Inbox::open_to_look(session.store_file(), session.clock());
    const InboxFacts facts = inbox ? inbox->facts() : InboxFacts{};
    const auto time = [](const std::optional<WallTime>& at) { return at ? json(rfc3339(*at)) : json(); };
    json requests = json::object(), hooks = json::object();
    for (const auto& [what, count] : facts.requests) requests[what.first][what.second] = count;
    for (const auto& hook : hook_facts(session.config(), session.environment(), inbox.get(), session.clock().wall())) {
        text += "webhooks of " + hook.service + ": " + hook_words(hook) + "\n";
        hooks[hook.service] = {{"takes_events", hook.takes}, {"state", hook.state}, {"jobs", hook.jobs}, {"last", time(hook.last)}, {"received", hook.kept}, {"repeated", hook.repeated},
                               {"refused", hook.refused}, {"sorted", hook.sorted}, {"waiting", hook.waiting}, {"oldest", time(hook.oldest)}, {"setting_up_until", time(hook.setting_up)}};
        if (!hook.to_do.empty()) hooks[hook.service]["to_do"] = hook.to_do;
    }
    return {{"requests", requests}, {"waiting", facts.waiting}, {"oldest", time(facts.oldest)}, {"hooks", hooks}};
}

json budget_json(Session& session) {
    json all = json::object();
    for (const auto& service : budget_facts(session.config(), session.environment(), &session.budget(), session.clock())) {
        if (!service.problem.empty()) {
            all[service.name] = {{"problem", service.problem}};  // no key yet: status still shows the rest
            continue;
        }
        json buckets = json::array();
        for (const auto& limit : service.limits) {
            json bucket{{"limit", limit.name}, {"usable", limit.usable}, {"left", limit.left}};
            if (limit.paused_for) bucket["paused_for"] = format_duration(*limit.paused_for);
            buckets.push_back(bucket);
        }
        all[service.name] = {{"limits", buckets}};
    }
    return all;
}

// A stored report for people: what changed, what was sent, what a person should know. Zeros are left out.
std::string report_text(const json& report) {
    std::string text;
    const auto line = [&text](const std::string& head, const json& counts) {
        std::string parts;
        for (const auto& [name, value] : counts.items()) {
            if (!value.is_number_integer() || value.get<std::int64_t>() == 0) continue;
            parts += (parts.empty() ? "" : ", ") + std::to_string(value.get<std::int64_t>()) + " " + one_line(name);  // a reason may be a cell of somebody's file
        }
        text += "  " + head + ": " + (parts.empty() ? "nothing" : parts) + "\n";
    };
    const json none = json::object();
    const auto part = [&](const char* name) -> const json& { return report.contains(name) ? report[name] : none; };
    for (const auto& [name, dataset] : part("datasets").items()) line(name + " (" + dataset.value("verdict", "") + ")", dataset);
    if (report.contains("reconciled")) {
        for (const auto& pair : report["reconciled"]) line(pair.value("ours", "") + " and " + pair.value("theirs", ""), pair);
    }
    for (const auto& sale : part("sales")) text += printable(sale_text(sale));
    line("effects", part("effects"));
    for (const auto& [effect, datasets] : part("passed_over").items()) {
        for (const auto& [dataset, reasons] : datasets.items()) {
            if (!reasons.empty()) line(effect + " passed over in " + dataset, reasons);
        }
    }
    line("requests", part("requests"));
    for (const auto& warning : part("warnings")) text += "  warning: " + one_line(warning.get<std::string>()) + "\n";
    for (const auto& attention : part("attention")) text += printable(attention_text(attention));
    return text;
}

// What lies in quarantine since the run or before it. A lead that can't be offered is kept by its reference: which one that is, as the job names it.
json quarantine_json(Store& store, std::int64_t run, std::string& text) {
    constexpr std::string_view kEffect = "effect:";
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    std::map<std::string, std::map<std::string, std::string>> leads;
    for (const auto& row : Runs(store).quarantined(run, 200)) {
        if (row.dataset.starts_with(kEffect) && leads.count(row.dataset) == 0) leads[row.dataset] = unfit_sales(store, row.dataset.substr(kEffect.size()));
        const std::string about = leads[row.dataset][row.key];
        rows.push_back({row.dataset, row.key, about, row.reason, row.first_at});
        list.push_back({{"dataset", row.dataset}, {"key", row.key}, {"reason", row.reason}, {"since", row.first_at}});
        if (!about.empty()) list.back()["about"] = about;
    }
    if (!rows.empty()) text += table({"QUARANTINED IN", "KEY", "ABOUT", "REASON", "SINCE"}, rows);
    return list;
}

// A run whose process is gone has nobody who could note its end until the job runs again.
std::string outcome_of(Session& session, const RunRow& run) {
    if (run.state == "running" && !JobLock::held(session.store_file(), run.job)) return "ended without a word";
    return run.outcome.value_or(run.state);
}

// The table beneath the view answers too: with the state of leads that were never posted, and none of those that were.
void name_view_of_sales(const std::string& sql) {
    if (uses_name(sql, "sale") && !uses_name(sql, "sales")) std::cerr << "note: sale is a table of the program's own, which holds a part and may change; the view sales says what became of each lead\n";
}

// Jobs whose files are at fault: of these only the last run is known.
void add_left_out(Session& session, bool store, json& jobs, std::vector<std::vector<std::string>>& rows) {
    for (const auto& [name, fault] : session.config().jobs_left_out()) {
        const auto last = store ? Runs(session.store_to_read()).last_real(name, false) : std::nullopt;
        jobs[name] = {{"problem", fault}};
        if (last) jobs[name]["last"] = {{"run", last->id}, {"outcome", last->outcome.value_or(last->state)}, {"started_at", last->started_at}};
        rows.push_back({name, last ? std::to_string(last->id) : "-", last ? outcome_of(session, *last) : "never ran", last ? last->started_at : "-", "NOT KNOWN, its file can't be read: " + fault});
    }
}

// Callers who were sold and hang on the line.
void add_untold(Session& session, json& waits, std::string& text) {
    const auto untold = SaleFigures(session.store_to_read()).untold_lately();
    if (untold == 0) return;
    text += "sold calls that nobody may have transferred: " + std::to_string(untold) + "  (bindery query \"SELECT ref, hand_trouble FROM sales WHERE hand_trouble IS NOT NULL\")\n";
    waits["hand_off"] = untold;
}

}  // namespace

int command_status(Session& session) {
    json jobs = json::object();
    std::vector<std::vector<std::string>> rows;
    bool any_stale = false;
    const bool store = have_store(session);
    for (const auto& [name, job] : session.config().jobs) {
        std::optional<RunRow> last;
        Staleness staleness = staleness_of(job, std::nullopt, session.clock().wall());
        JobTurnRow turn;
        if (store) {
            turn = JobTurns(session.store_to_read()).read(name);
            last = Runs(session.store_to_read()).last_real(name, false);
            staleness = staleness_in(session.store_to_read(), job, session.clock().wall());
        }
        any_stale = any_stale || staleness.stale;
        const bool running = last && last->state == "running" && JobLock::held(session.store_file(), name);
        json entry{{"stale", staleness.stale}, {"running", running}};
        entry["paused"] = turn.paused_at.has_value();
        if (!staleness.text.empty()) entry["staleness"] = staleness.text;
        if (last) entry["last"] = {{"run", last->id}, {"outcome", last->outcome.value_or(last->state)}, {"started_at", last->started_at}};
        jobs[name] = entry;
        rows.push_back({name, last ? std::to_string(last->id) : "-", running ? "running" : turn.paused_at ? "paused" : last ? outcome_of(session, *last) : "never ran",
                        last ? last->started_at : "-", staleness.stale ? "STALE: " + staleness.text : staleness.text});
    }
    add_left_out(session, store, jobs, rows);
    json waits = json::object();
    std::string text = table({"JOB", "RUN", "OUTCOME", "STARTED", "FRESH"}, rows);
    if (store) {
        for (const auto& [state, count] : Ledger(session.store_to_read()).count_by_state()) {
            const std::int64_t waiting = state == "rejected" ? Ledger(session.store_to_read()).refused().count : count;  // a buyer's no to a lead waits for nobody
            if (waiting > 0 && (state == "rejected" || state == "in_doubt" || state == "held" || state == "pending" || state == "sending")) waits[state] = waiting;
        }
        for (const auto& [state, count] : waits.items()) text += "effects " + state + ": " + std::to_string(count.get<std::int64_t>()) + "  (bindery effects --state " + state + ")\n";
        if (const auto open = Conflicts(session.store_to_read()).count_open(""); open > 0) {
            text += "conflicts: " + std::to_string(open) + "  (bindery conflicts)\n";
            waits["conflicts"] = open;
        }
        const auto quarantined = Runs(session.store_to_read()).quarantined(0, 1000).size();
        if (quarantined > 0) text += "quarantined: " + std::to_string(quarantined) + "  (bindery query \"SELECT dataset, key, reason FROM quarantine\")\n";
        waits["quarantined"] = quarantined;
        add_untold(session, waits, text);
    } else {
        text += "There's no store yet: nothing has run.\n";
    }
    json object{{"jobs", jobs}, {"waits", waits}, {"stale", any_stale}};
    if (store) object["store"] = care_json(session, text);
    if (store) {
        // The budget is asked only where the store is ours to open: a look never makes files.
        std::error_code ignored;
        if (std::filesystem::exists(session.config().settings.budget, ignored)) {
            object["budget"] = budget_json(session);
            for (const auto& [service, state] : object["budget"].items()) {
                if (!state.contains("limits")) continue;
                text += "budget of " + service + ":";
                for (const auto& limit : state["limits"]) {
                    text += " " + std::to_string(limit["left"].get<int>()) + " of " + std::to_string(limit["usable"].get<int>()) + " left (" + limit["limit"].get<std::string>() + ")";
                    if (limit.contains("paused_for")) text += ", paused for " + limit["paused_for"].get<std::string>();
                    text += ";";
                }
                text.back() = '\n';
            }
        }
    }
    if (session.config().settings.webhooks.on()) object["webhooks"] = webhooks_json(session, text);
    print(session, object, text);
    if (session.options().check && !session.config().jobs_left_out().empty()) return static_cast<int>(ExitCode::config);
    return session.options().check && any_stale ? 1 : 0;
}

int command_runs(Session& session) {
    const Options& o = session.options();
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& run : Runs(session.store_to_read()).list(o.jobs.empty() ? "" : o.jobs.front(), o.limit)) {
        list.push_back({{"run", run.id}, {"job", run.job}, {"kind", run.kind}, {"state", run.state}, {"outcome", run.outcome.value_or("")},
                        {"exit_code", run.exit_code ? json(*run.exit_code) : json()}, {"started_at", run.started_at}, {"ended_at", run.ended_at.value_or("")},
                        {"message", run.message.value_or("")}});
        rows.push_back({std::to_string(run.id), run.job, run.kind, outcome_of(session, run), run.started_at, run.message.value_or("")});
    }
    print(session, {{"runs", list}}, table({"RUN", "JOB", "KIND", "OUTCOME", "STARTED", "MESSAGE"}, rows));
    return 0;
}

int command_show(Session& session) {
    const std::string& id = session.options().id;
    std::int64_t number = 0;
    try {
        std::size_t used = 0;
        number = std::stoll(id, &used);
        if (used != id.size()) throw std::invalid_argument(id);
    } catch (const std::exception&) {
        throw Error(ErrorCode::usage, "'" + id + "' isn't the number of a run", "`bindery runs` lists them");
    }
    Store& store = session.store_to_read();
    const auto run = Runs(store).find(number);
    if (!run) throw Error(ErrorCode::not_found, "there is no run " + id, "`bindery runs` lists them");
    json object{{"run", run->id},         {"job", run->job},           {"kind", run->kind},  {"state", run->state},
                {"started_at", run->started_at}, {"ended_at", run->ended_at.value_or("")}, {"now", run->now}, {"today", run->today},
                {"phase", run->phase},    {"outcome", run->outcome.value_or("")}};
    if (run->report) object["report"] = json::parse(*run->report);
    std::string text = "Run " + std::to_string(run->id) + " of job " + run->job + " (" + run->kind + "): " + outcome_of(session, *run) + "\n  started " +
                       run->started_at + ", ended " + run->ended_at.value_or("never") + "; :now " + run->now + ", :today " + run->today + " (" + run->timezone + ")\n";
    if (run->message) text += "  " + *run->message + "\n";
    if (run->hint && !run->hint->empty()) text += "  what to do: " + *run->hint + "\n";
    if (run->report) text += report_text(object["report"]);
    std::vector<std::vector<std::string>> rows;
    json sent = json::array();
    for (const auto& effect : Ledger(store).of_run(number)) {
        rows.push_back({effect.ref, effect.name, effect.state, effect.status ? std::to_string(*effect.status) : "", effect.sent_at.value_or(""), reason_of(effect)});
        sent.push_back({{"ref", effect.ref}, {"effect", effect.name}, {"state", effect.state}, {"status", effect.status ? json(*effect.status) : json()},
                        {"sent_at", effect.sent_at.value_or("")}, {"reason", effect.reason.value_or("")}, {"reply", effect.reply.value_or("")}});
    }
    object["effects"] = sent;
    if (!rows.empty()) text += table({"REF", "EFFECT", "STATE", "STATUS", "SENT", "REASON"}, rows);
    object["quarantine"] = quarantine_json(store, number, text);
    if (session.options().changes) object["changes"] = changes_json(store, *run, text);
    if (session.options().calls) object["calls"] = calls_json(store, *run, text);
    print(session, object, text);
    return 0;
}

int command_query(Session& session) {
    const std::string format = session.options().format.empty() ? (session.options().output == "json" ? "json" : "table") : session.options().format;
    const WallTime now = session.clock().wall();
    session.store_to_read();
    Values values{{"now", rfc3339(now)}, {"today", format_date(date_in_zone(now, session.config().settings.timezone))}};
    JobSql sql(session.store_file(), values);
    std::vector<std::string> columns;
    try {
        columns = sql.columns(session.options().sql);
    } catch (const Error& error) {
        throw Error(ErrorCode::usage, error.what(), error.hint());
    }
    name_view_of_sales(session.options().sql);
    if (format == "json") {
        json rows = json::array();
        sql.for_each_cells(session.options().sql, [&](const std::vector<json>& cells) {
            json row = json::object();
            for (std::size_t i = 0; i < cells.size(); ++i) row[columns[i]] = cells[i];
            rows.push_back(std::move(row));
        });
        std::cout << dump_exact({{"rows", rows}}) << "\n";
        return 0;
    }
    if (format == "csv") {
        // For a shell that reads lines: without the CR of a CSV file, which `$(…)` would keep.
        const auto line = [](const std::vector<std::string>& cells) {
            const std::string text = csv_line(cells, CellGuard::raw);
            std::cout << text.substr(0, text.size() - 2) << "\n";
        };
        line(columns);
        sql.for_each_cells(session.options().sql, [&](const std::vector<json>& cells) {
            std::vector<std::string> texts;
            for (const auto& cell : cells) texts.push_back(scalar_text(cell).value_or(""));
            line(texts);
        });
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    sql.for_each_cells(session.options().sql, [&](const std::vector<json>& cells) {
        std::vector<std::string> texts;
        for (const auto& cell : cells) texts.push_back(scalar_text(cell).value_or("-"));
        rows.push_back(std::move(texts));
    });
    std::cout << table(columns, rows);
    return 0;
}

}  // namespace bindery
