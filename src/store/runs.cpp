#include "store/runs.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include "store/record_table.h"

namespace bindery {
namespace {

constexpr const char* kRunColumns =
    "id, job, kind, state, phase, now, today, timezone, started_at, ended_at, outcome, report, error_code, message, hint, exit_code";

RunRow read_run(SQLite::Statement& s) {
    RunRow row;
    int i = 0;
    row.id = s.getColumn(i++).getInt64();
    for (auto* text : {&row.job, &row.kind, &row.state, &row.phase, &row.now, &row.today, &row.timezone, &row.started_at}) {
        *text = s.getColumn(i++).getString();
    }
    for (auto* text : {&row.ended_at, &row.outcome, &row.report, &row.error_code, &row.message, &row.hint}) {
        if (!s.getColumn(i).isNull()) *text = s.getColumn(i).getString();
        ++i;
    }
    if (!s.getColumn(i).isNull()) row.exit_code = s.getColumn(i).getInt();
    return row;
}

}  // namespace

std::int64_t Runs::begin(const RunRow& run) {
    SQLite::Statement crashed(store_.db(), "UPDATE run SET state = 'crashed', outcome = 'failed', ended_at = ?, exit_code = 1, "
                                           "message = 'the process ended before the run did' WHERE job = ? AND state = 'running'");
    crashed.bind(1, store_.now());
    crashed.bind(2, run.job);
    crashed.exec();
    SQLite::Statement s(store_.db(), "INSERT INTO run (job, kind, state, phase, now, today, timezone, started_at, pid) "
                                     "VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)");
    int i = 1;
    for (const auto* text : {&run.job, &run.kind, &run.phase, &run.now, &run.today, &run.timezone, &run.started_at}) s.bind(i++, *text);
    s.bind(i, static_cast<std::int64_t>(getpid()));
    s.exec();
    return store_.db().getLastInsertRowid();
}

void Runs::place(std::int64_t run, const std::string& phase, int step) {
    SQLite::Statement s(store_.db(), "UPDATE run SET phase = ?, step = ? WHERE id = ?");
    s.bind(1, phase);
    s.bind(2, step);
    s.bind(3, run);
    s.exec();
}

void Runs::end(const RunRow& run) {
    SQLite::Statement s(store_.db(), "UPDATE run SET state = 'ended', ended_at = ?, outcome = ?, report = ?, error_code = ?, message = ?, "
                                     "hint = ?, exit_code = ? WHERE id = ?");
    bind_optional(s, 1, run.ended_at);
    bind_optional(s, 2, run.outcome);
    bind_optional(s, 3, run.report);
    bind_optional(s, 4, run.error_code);
    bind_optional(s, 5, run.message);
    bind_optional(s, 6, run.hint);
    if (run.exit_code) s.bind(7, *run.exit_code);
    s.bind(8, run.id);
    s.exec();
}

void Runs::quarantine(std::int64_t run, const std::string& dataset, const std::string& key, const std::string& reason,
                      const std::string& document) {
    SQLite::Statement s(store_.db(), "INSERT INTO quarantine (dataset, key, reason, document, first_run, last_run, first_at, last_at) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?6) ON CONFLICT (dataset, key, reason) DO UPDATE SET "
                                     "document = excluded.document, last_run = excluded.last_run, last_at = excluded.last_at");
    s.bind(1, dataset);
    s.bind(2, key);
    s.bind(3, reason);
    s.bind(4, document);
    s.bind(5, run);
    s.bind(6, store_.now());
    s.exec();
}

void Runs::clear_quarantine_before(std::int64_t run, const std::string& dataset) {
    SQLite::Statement s(store_.db(), "DELETE FROM quarantine WHERE dataset = ? AND last_run < ?");
    s.bind(1, dataset);
    s.bind(2, run);
    s.exec();
}

std::optional<RunRow> Runs::find(std::int64_t id) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kRunColumns + " FROM run WHERE id = ?");
    s.bind(1, id);
    if (!s.executeStep()) return std::nullopt;
    return read_run(s);
}

std::vector<RunRow> Runs::list(const std::string& job, int limit) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kRunColumns + " FROM run WHERE ?1 = '' OR job = ?1 ORDER BY id DESC LIMIT ?2");
    s.bind(1, job);
    s.bind(2, limit);
    std::vector<RunRow> rows;
    while (s.executeStep()) rows.push_back(read_run(s));
    return rows;
}

std::optional<RunRow> Runs::last_real(const std::string& job, bool only_good) {
    // A run that read nothing of a list, or whose every write was refused, did nothing for anybody, whatever its number says; what
    // reads no list, or not all of them (apply, baseline, webhook), keeps no job fresh.
    // Its terms are those of the index run_good: a job that has failed a thousand times is as quickly looked at.
    static const std::string kGood =
        " AND kind NOT IN ('plan', 'apply', 'baseline', 'webhook') AND exit_code IN (0, 3, 5) AND NOT (coalesce(report ->> '$.effects.rejected', 0) > 0 "
        "AND coalesce(report ->> '$.effects.done', 0) = 0 AND coalesce(report ->> '$.effects.already_done', 0) = 0) AND NOT EXISTS "
        "(SELECT 1 FROM json_each(report, '$.datasets') d WHERE d.key NOT LIKE 'book.%' AND NOT d.value ->> '$.complete' AND d.value ->> '$.as_of' IS NULL)";
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kRunColumns + " FROM run WHERE job = ?1" + (only_good ? kGood : " AND kind <> 'plan'") + " ORDER BY id DESC LIMIT 1");
    s.bind(1, job);
    if (!s.executeStep()) return std::nullopt;
    return read_run(s);
}

std::optional<RunRow> Runs::last_poll(const std::string& job) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kRunColumns + " FROM run WHERE job = ? AND kind NOT IN ('plan', 'webhook') ORDER BY id DESC LIMIT 1");
    s.bind(1, job);
    if (!s.executeStep()) return std::nullopt;
    return read_run(s);
}

std::vector<QuarantineRow> Runs::quarantined(std::int64_t run, int limit) {
    SQLite::Statement s(store_.db(), "SELECT dataset, key, reason, first_at, last_at, first_run, last_run FROM quarantine "
                                     "WHERE ?1 = 0 OR last_run = ?1 ORDER BY dataset, key, reason LIMIT ?2");
    s.bind(1, run);
    s.bind(2, limit);
    std::vector<QuarantineRow> rows;
    while (s.executeStep()) {
        QuarantineRow row;
        row.dataset = s.getColumn(0).getString();
        row.key = s.getColumn(1).getString();
        row.reason = s.getColumn(2).getString();
        row.first_at = s.getColumn(3).getString();
        row.last_at = s.getColumn(4).getString();
        row.first_run = s.getColumn(5).getInt64();
        row.last_run = s.getColumn(6).getInt64();
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace bindery
