#include "store/purge_sweeps.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <set>

#include "store/datasets.h"
#include "store/person_rows.h"
#include "store/record_table.h"
#include "store/refused.h"
#include "store/runs.h"

namespace bindery {
namespace {

constexpr int kRunsKept = 20;  // of a job, whatever their age

std::string before(const std::string& column, const std::string& time) { return column + " < " + quoted_text(time); }

Sweep sweep_of(std::string kind, const std::string& table, const std::string& condition) {
    return {std::move(kind), {}, table, "id", false, condition, "DELETE FROM " + table};
}

std::string names(const std::vector<DatasetRules>& datasets) {
    std::string list;
    for (const auto& rules : datasets) list += (list.empty() ? "" : ", ") + quoted_text(rules.dataset);
    return list.empty() ? "''" : list;
}

// Columns by which effects may name a record: the matched fields, as they are and as they're compared.
std::vector<std::string> matched_columns(const Mapping& mapping) {
    std::vector<std::string> columns;
    for (const Field& field : mapping.fields) {
        if (field.match) columns.insert(columns.end(), {field.name, field.name + "_key"});
    }
    return columns;
}

// The same of a table whose mapping nobody has any more.
std::vector<std::string> matched_columns(Store& store, const std::string& table) {
    std::vector<std::string> columns;
    SQLite::Statement select(store.db(), "SELECT a.name, b.name FROM pragma_table_info(?1) a JOIN pragma_table_info(?1) b ON b.name = a.name || '_key'");
    select.bind(1, table);
    while (select.executeStep()) columns.insert(columns.end(), {select.getColumn(0).getString(), select.getColumn(1).getString()});
    return columns;
}

// Nothing open is about it, and no pair needs it: one of which both records are gone was dropped by its job's run.
std::string nothing_needs(const std::string& name, const std::vector<std::string>& columns, const std::vector<ComparedBooks>& compared, const std::string& table) {
    const std::string dataset = quoted_text(name), key = table + ".key";
    std::string sql = " AND " + key + " NOT IN (SELECT value FROM temp.unsettled)";
    for (const std::string& column : columns) sql += " AND coalesce(" + table + "." + quoted(column) + ", '') NOT IN (SELECT value FROM temp.unsettled)";
    sql += " AND NOT EXISTS (SELECT 1 FROM conflict c WHERE (c.state = 'open' OR (c.state = 'resolved' AND c.kind IN ('values', 'war'))) AND ((c.theirs = " + dataset + " AND c.theirs_key = " + key + ") OR (c.ours = " + dataset +
           " AND c.ours_key = " + key + ")))";
    sql += " AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.state = 'open' AND c.dataset = " + dataset + " AND c.key = " + key + ")";
    sql += " AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.state = 'open' AND c.dataset <> " + dataset + " AND c.other_key = " + key + ")";
    for (const auto& books : compared) {
        const std::string job = " AND NOT EXISTS (SELECT 1 FROM agreed a WHERE a.job = " + quoted_text(books.job) + " AND a.";
        if (books.theirs == name) sql += job + "theirs_key = " + key + ")";
        if (books.ours == name) sql += job + "ours_key = " + key + ")";
    }
    return sql;
}

// The column holds a key of the batch that goes.
std::string keys_of(const Sweep& sweep, const std::string& column) {
    return column + " IN (SELECT key FROM " + sweep.table + " WHERE rowid IN (SELECT value FROM json_each(?1)) AND (" + sweep.condition + "))";
}

Sweep removed_records(const DatasetRules& rules, const std::vector<ComparedBooks>& compared) {
    const std::string table = quoted(table_name(rules.dataset));
    Sweep sweep = sweep_of("removed", table, table + ".removed_at IS NOT NULL AND " + before(table + ".removed_at", *rules.removed));
    sweep.dataset = rules.dataset;
    sweep.id = "rowid";
    // One that left its list early is still looked for around its expiration (the alarm of the renewals).
    if (!rules.mapping->window_field.empty()) {
        const std::string column = table + "." + quoted(rules.mapping->window_field);
        sweep.condition += " AND (" + column + " IS NULL OR " + before(column, rules.window_before) + ")";
    }
    sweep.condition += nothing_needs(rules.dataset, matched_columns(*rules.mapping), compared, table);
    sweep.before.push_back("DELETE FROM as_imported WHERE dataset = " + quoted_text(rules.dataset) + " AND " + keys_of(sweep, "key"));
    return sweep;
}

// Of a dataset that the configuration doesn't name any more: nothing reads its records again, so live ones go too, and with them what
// a job that is gone as well had agreed about them.
Sweep abandoned_records(Store& store, const std::string& dataset, const std::string& time, const std::vector<ComparedBooks>& compared) {
    const std::string table = quoted(table_name(dataset)), name = quoted_text(dataset);
    Sweep sweep = sweep_of("removed", table,
                           before("max(" + table + ".read_at, coalesce(" + table + ".removed_at, ''), coalesce((SELECT complete_read_at FROM pull_state WHERE dataset = " + name + "), ''))", time) +
                               nothing_needs(dataset, matched_columns(store, table_name(dataset)), compared, table));
    sweep.dataset = dataset;
    sweep.id = "rowid";
    sweep.before.push_back("DELETE FROM as_imported WHERE dataset = " + name + " AND " + keys_of(sweep, "key"));
    for (const char* pairs : {"agreed", "link"}) {
        for (const char* side : {"ours", "theirs"}) {
            // The two datasets' names, ours first.
            const std::string place = std::string(side) == "ours" ? "substr(books, 1, instr(books, ' ') - 1)" : "substr(books, instr(books, ' ') + 1)";
            sweep.before.push_back("DELETE FROM " + std::string(pairs) + " WHERE job IN (SELECT job FROM agreed_fields WHERE " + place + " = " + name + ") AND " + keys_of(sweep, std::string(side) + "_key"));
        }
    }
    return sweep;
}

// What a person decided about two records is remembered as long as theirs is there.
Sweep answered_conflicts(const DatasetRules& rules, const std::string& time) {
    const std::string table = quoted(table_name(rules.dataset));
    return sweep_of("conflicts", "conflict",
                    "(conflict.state IN ('settled', 'agreed', 'overtaken') OR (conflict.state = 'resolved' AND conflict.kind IN ('gone', 'match'))) AND conflict.take IS NOT NULL AND conflict.theirs = " + quoted_text(rules.dataset) + " AND " + before("conflict.closed_at", time) +
                        " AND NOT EXISTS (SELECT 1 FROM " + table + " r WHERE r.key = conflict.theirs_key)");
}

void add_of_datasets(Store& store, const PurgeRules& rules, std::vector<Sweep>& sweeps) {
    for (const auto& own : rules.datasets) {
        const std::string dataset = "dataset = " + quoted_text(own.dataset) + " AND ";
        const auto add = [&](const char* kind, const char* table, const Before& time, const char* column) {
            if (!time) return;
            sweeps.push_back(sweep_of(kind, table, dataset + before(column, *time)));
            sweeps.back().dataset = own.dataset;
        };
        add("history", "change", own.history, "at");
        add("quarantine", "quarantine", own.quarantine, "last_at");
        if (own.mapping == nullptr || !store.db().tableExists(table_name(own.dataset))) continue;
        if (own.removed) sweeps.push_back(removed_records(own, rules.compared));
        if (rules.conflicts) sweeps.push_back(answered_conflicts(own, *rules.conflicts));
    }
    const std::string others = "dataset NOT IN (" + names(rules.datasets) + ") AND ";
    if (rules.history) sweeps.push_back(sweep_of("history", "change", others + before("at", *rules.history)));
    if (rules.quarantine) sweeps.push_back(sweep_of("quarantine", "quarantine", others + before("last_at", *rules.quarantine)));
    if (!rules.removed) return;
    for (const std::string& dataset : datasets_with_tables(store)) {
        const bool named = std::any_of(rules.datasets.begin(), rules.datasets.end(), [&](const DatasetRules& own) { return own.dataset == dataset; });
        if (!named) sweeps.push_back(abandoned_records(store, dataset, *rules.removed, rules.compared));
    }
}

// A run has many, so they are taken by rows, before their run; `+`: walked in their order, the oldest first. Only runs that have some
// are looked at.
Sweep calls(const std::string& time) {
    Sweep sweep = sweep_of("calls", "run_call", "+run_call.run IN (SELECT id FROM run WHERE id >= (SELECT min(run) FROM run_call) AND state <> 'running' AND " + before("coalesce(ended_at, started_at)", time) + ")");
    sweep.id = "rowid";
    return sweep;
}

// The latest of each job, and the good one that tells how fresh it is.
Sweep runs(Store& store, const std::string& time) {
    std::string kept;
    SQLite::Statement jobs(store.db(), "SELECT DISTINCT job FROM run");
    while (jobs.executeStep()) {
        const auto good = Runs(store).last_real(jobs.getColumn(0).getString(), true);
        if (good) kept += (kept.empty() ? "" : ", ") + std::to_string(good->id);
    }
    Sweep sweep = sweep_of("runs", "run",
                           "run.state <> 'running' AND " + before("coalesce(run.ended_at, run.started_at)", time) + " AND run.id NOT IN (" + kept +
                               ") AND (SELECT count(*) FROM run r WHERE r.job = run.job AND r.id > run.id) >= " + std::to_string(kRunsKept));
    sweep.before = {"DELETE FROM run_call WHERE run IN (SELECT id FROM run WHERE id IN (SELECT value FROM json_each(?1)) AND (" + sweep.condition + "))"};
    return sweep;
}

// Only what is never sent again without being decided anew. One that a correction is open for is still compared.
void add_effects(const std::string& now, const std::string& time, std::vector<Sweep>& sweeps) {
    const std::string settled = std::string("(state IN ('done', 'dropped', 'withdrawn') OR ") + kTurnedDown + ") AND " + before("updated_at", time);
    sweeps.push_back(sweep_of("attempts", "attempt", "attempt.ended_at IS NOT NULL AND " + before("attempt.ended_at", time) + " AND EXISTS (SELECT 1 FROM effect WHERE effect.identity = attempt.identity AND " + settled + ")"));
    Sweep contents = sweep_of("effects", "effect", settled + " AND blanked_at IS NULL AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.identity = effect.identity AND c.state = 'open')");
    contents.id = "identity";
    contents.text_id = true;
    contents.change = "UPDATE effect SET body = '', reply = NULL, blanked_at = " + quoted_text(now);
    sweeps.push_back(contents);
}

// Of a record that is there its next correction is known by its last answered one, and an echo by the latest of its field. Of one that is
// out of the store nobody asks: should it come back, what was sent about it stands in the ledger.
Sweep corrections(Store& store, const std::string& time, const std::vector<ComparedBooks>& compared) {
    std::string gone;
    const auto is_gone = [&](const std::string& rows, const std::string& dataset, const std::string& column) {
        if (!store.db().tableExists(table_name(dataset))) return;
        gone += " OR (" + rows + " AND NOT EXISTS (SELECT 1 FROM " + quoted(table_name(dataset)) + " r WHERE r.key = correction." + column + "))";
    };
    for (const std::string& dataset : datasets_with_tables(store)) is_gone("correction.key <> '' AND correction.dataset = " + quoted_text(dataset), dataset, "key");
    for (const auto& books : compared) is_gone("correction.key = '' AND correction.job = " + quoted_text(books.job), books.ours, "other_key");
    return sweep_of("corrections", "correction",
                    "correction.state <> 'open' AND " + before("correction.closed_at", time) +
                        " AND ((EXISTS (SELECT 1 FROM correction n WHERE n.dataset = correction.dataset AND n.key = correction.key AND n.field = correction.field AND (correction.key <> '' OR n.other_key = correction.other_key) AND n.id > correction.id AND n.state = 'done')"
                        " AND (correction.identity IS NULL OR EXISTS (SELECT 1 FROM correction n WHERE n.dataset = correction.dataset AND n.key = correction.key AND n.id > correction.id"
                        " AND n.identity IS NOT NULL AND n.state = 'done')))" + gone + ")");
}

}  // namespace

void gather_unsettled(Store& store) {
    store.db().exec(std::string(
        "CREATE TEMP TABLE IF NOT EXISTS unsettled (value TEXT PRIMARY KEY) WITHOUT ROWID;"
        "DELETE FROM temp.unsettled;"
        "INSERT OR IGNORE INTO temp.unsettled SELECT CAST(j.value AS TEXT) FROM effect, json_each(effect.once_per) j "
        "WHERE state IN ('pending', 'sending', 'in_doubt', 'held', 'rejected') AND j.value IS NOT NULL AND j.value <> '' AND NOT ") + kTurnedDown);
}

std::vector<Sweep> purge_sweeps(Store& store, const PurgeRules& rules) {
    std::vector<Sweep> sweeps;
    add_of_datasets(store, rules, sweeps);
    if (rules.calls) sweeps.push_back(calls(*rules.calls));
    if (rules.runs) sweeps.push_back(runs(store, *rules.runs));
    if (rules.effects) add_effects(store.now(), *rules.effects, sweeps);
    if (rules.conflicts) {
        sweeps.push_back(sweep_of("conflicts", "conflict", "conflict.state IN ('settled', 'agreed', 'overtaken') AND conflict.take IS NULL AND " + before("conflict.closed_at", *rules.conflicts)));
    }
    if (rules.corrections) sweeps.push_back(corrections(store, *rules.corrections, rules.compared));
    if (rules.sales) {
        sweeps.push_back(sweep_of("answers", "sale_ask", before("sale_ask.at", *rules.sales)));
        sweeps.push_back(sweep_of("proofs", "sale_consent", before("sale_consent.posted_at", *rules.sales)));
        sweeps.back().id = "identity";
        sweeps.back().text_id = true;
    }
    return sweeps;
}

}  // namespace bindery
