#include "store/page_lists.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/record_table.h"
#include "store/refused.h"

namespace bindery {
namespace {

template <class Row>
std::vector<Row> rows_of(Store& store, const std::string& sql, const std::function<void(SQLite::Statement&)>& bind, const std::function<Row(SQLite::Statement&)>& read) {
    try {
        SQLite::Statement statement(store.db(), sql);
        bind(statement);
        std::vector<Row> rows;
        while (statement.executeStep()) rows.push_back(read(statement));
        return rows;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

constexpr const char* kRunLine = "SELECT id, job, kind, state, started_at, ended_at, outcome, message FROM run WHERE ";

RunLine run_line(SQLite::Statement& s) {
    RunLine line;
    line.id = s.getColumn(0).getInt64();
    int i = 1;
    for (std::string* text : {&line.job, &line.kind, &line.state, &line.started_at}) *text = s.getColumn(i++).getString();
    for (auto* text : {&line.ended_at, &line.outcome, &line.message}) *text = optional_text(s, i++);
    return line;
}

SentLine sent_line(SQLite::Statement& s) {
    SentLine line;
    int i = 0;
    for (std::string* text : {&line.identity, &line.ref, &line.effect, &line.state, &line.started_at}) *text = s.getColumn(i++).getString();
    for (auto* text : {&line.ended_at, &line.ending, &line.problem}) *text = optional_text(s, i++);
    if (!s.getColumn(i).isNull()) line.status = s.getColumn(i).getInt();
    return line;
}

QuarantinedLine quarantined_line(SQLite::Statement& s) {
    QuarantinedLine line;
    line.id = s.getColumn(0).getInt64();
    int i = 1;
    for (std::string* text : {&line.dataset, &line.key, &line.reason, &line.document, &line.first_at, &line.last_at}) *text = s.getColumn(i++).getString();
    line.last_run = s.getColumn(i).getInt64();
    return line;
}

std::vector<EffectRow> effects_named(Store& store, const std::vector<std::string>& identities) {
    std::vector<EffectRow> rows;
    for (const auto& identity : identities) {
        if (auto row = Ledger(store).find(identity)) rows.push_back(std::move(*row));
    }
    return rows;
}

}  // namespace

std::vector<RunLine> PageLists::runs(const std::string& job, std::int64_t before, int limit) {
    const std::string of_job = job.empty() ? "" : " AND job = ?3";
    return rows_of<RunLine>(
        store_, kRunLine + ("id < ?1" + of_job) + " ORDER BY id DESC LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, before > 0 ? before : INT64_MAX);
            s.bind(2, limit);
            if (!job.empty()) s.bind(3, job);
        },
        run_line);
}

std::vector<RunLine> PageLists::real_runs(const std::string& job, int limit) {
    return rows_of<RunLine>(
        store_, std::string(kRunLine) + "job = ?1 AND kind <> 'plan' ORDER BY id DESC LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, job);
            s.bind(2, limit);
        },
        run_line);
}

std::optional<RunLine> PageLists::last_ended(const std::string& job) {
    auto rows = rows_of<RunLine>(
        store_, std::string(kRunLine) + "job = ?1 AND kind <> 'plan' AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1", [&](SQLite::Statement& s) { s.bind(1, job); }, run_line);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::vector<SentLine> PageLists::sent_by(std::int64_t run, int limit) {
    return rows_of<SentLine>(
        store_,
        "SELECT a.identity, coalesce(e.ref, ''), coalesce(e.name, ''), coalesce(e.state, ''), a.started_at, a.ended_at, a.ending, a.problem, a.status FROM attempt a "
        "LEFT JOIN effect e ON e.identity = a.identity WHERE a.run = ?1 ORDER BY a.id LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, run);
            s.bind(2, limit);
        },
        sent_line);
}

std::vector<EffectRow> PageLists::effects(const std::string& state, const std::string& after_job, const std::string& after_identity, int limit) {
    const std::string after = "(job, identity) > (?2, ?3) ORDER BY job, identity LIMIT ?4";
    std::string sql = "SELECT identity FROM effect WHERE state = ?1 AND " + after;
    if (state == "turned_down") sql = std::string("SELECT identity FROM effect INDEXED BY effect_state WHERE ?1 = ?1 AND ") + kTurnedDown + " AND " + after;
    if (state == "rejected") {  // of many rejected ones few are refused: not among the others
        sql = std::string(kNamesNotSold) + "SELECT identity FROM (SELECT job, identity FROM effect INDEXED BY effect_refused WHERE " + kNotTaken +
              " UNION ALL SELECT job, identity FROM bare CROSS JOIN effect INDEXED BY effect_name WHERE name = bare_name AND " + kSaidNo + ") WHERE ?1 = ?1 AND " + after;
    }
    const auto identities = rows_of<std::string>(
        store_, sql,
        [&](SQLite::Statement& s) {
            s.bind(1, state);
            s.bind(2, after_job);
            s.bind(3, after_identity);
            s.bind(4, limit);
        },
        [](SQLite::Statement& s) { return s.getColumn(0).getString(); });
    return effects_named(store_, identities);
}

std::vector<EffectRow> PageLists::unsent_of(std::int64_t run, int limit) {
    const auto identities = rows_of<std::string>(
        store_, "SELECT identity FROM effect e WHERE run = ?1 AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.identity = e.identity AND a.run = ?1) LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, run);
            s.bind(2, limit);
        },
        [](SQLite::Statement& s) { return s.getColumn(0).getString(); });
    return effects_named(store_, identities);
}

std::vector<ConflictRow> PageLists::open_conflicts(std::int64_t after, int limit) {
    const auto ids = rows_of<std::int64_t>(
        store_, "SELECT id FROM conflict WHERE state = 'open' AND id > ?1 ORDER BY id LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, after);
            s.bind(2, limit);
        },
        [](SQLite::Statement& s) { return s.getColumn(0).getInt64(); });
    std::vector<ConflictRow> rows;
    for (const auto id : ids) {
        if (auto row = Conflicts(store_).find(id)) rows.push_back(std::move(*row));
    }
    return rows;
}

std::vector<QuarantinedLine> PageLists::quarantined(std::int64_t after, int limit) {
    return rows_of<QuarantinedLine>(
        store_, "SELECT id, dataset, key, reason, coalesce(document, ''), first_at, last_at, last_run FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?2",
        [&](SQLite::Statement& s) {
            s.bind(1, after);
            s.bind(2, limit);
        },
        quarantined_line);
}

}  // namespace bindery
