#include "store/tallies.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>

#include "store/datasets.h"
#include "store/land_missing.h"
#include "store/ledger.h"
#include "store/record_table.h"
#include "store/refused.h"
#include "store/sale_report.h"

namespace bindery {
namespace {

void each_row(Store& store, const std::string& sql, const std::function<void(SQLite::Statement&)>& row) {
    try {
        SQLite::Statement statement(store.db(), sql);
        while (statement.executeStep()) row(statement);
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::vector<std::pair<std::string, std::int64_t>> counts_of(Store& store, const char* sql) {
    std::vector<std::pair<std::string, std::int64_t>> counts;
    each_row(store, sql, [&](SQLite::Statement& s) { counts.emplace_back(s.getColumn(0).getString(), s.getColumn(1).getInt64()); });
    return counts;
}

std::int64_t count_up_to(Store& store, const std::string& from, std::int64_t most) {
    std::int64_t count = 0;
    each_row(store, "SELECT count(*) FROM (SELECT 1 FROM " + from + " LIMIT " + std::to_string(most) + ")", [&](SQLite::Statement& s) { count = s.getColumn(0).getInt64(); });
    return count;
}

}  // namespace

std::vector<RunTally> Tallies::runs() {
    std::vector<RunTally> rows;
    each_row(store_, "SELECT job, kind, outcome, runs FROM run_tally ORDER BY job, kind, outcome", [&](SQLite::Statement& s) {
        rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getInt64()});
    });
    return rows;
}

std::vector<RequestTally> Tallies::requests() {
    std::vector<RequestTally> rows;
    each_row(store_, "SELECT service, status, requests FROM request_tally ORDER BY service, status", [&](SQLite::Statement& s) {
        rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getInt(), s.getColumn(2).getInt64()});
    });
    return rows;
}

std::map<std::string, double> Tallies::waited_seconds() {
    std::map<std::string, double> waited;
    each_row(store_, "SELECT service, seconds FROM wait_tally", [&](SQLite::Statement& s) { waited[s.getColumn(0).getString()] = s.getColumn(1).getDouble(); });
    return waited;
}

std::vector<EffectTally> Tallies::effects() {
    std::vector<EffectTally> rows;
    const std::string refused = std::string("refused AS (SELECT name, count(*) AS n FROM effect INDEXED BY effect_refused_name WHERE ") + kNotTaken + " GROUP BY name)";
    const std::string sold = "sold AS (SELECT t.name, t.effects, coalesce(r.n, 0) AS refused FROM effect_tally AS t LEFT JOIN refused AS r ON r.name = t.name "
                             "WHERE t.state = 'rejected' AND EXISTS (SELECT 1 FROM sale WHERE sale.effect = t.name AND posted_day IS NOT NULL))";
    each_row(store_, "WITH " + refused + ", " + sold + " SELECT name, state, effects FROM (SELECT name, state, effects FROM effect_tally WHERE state <> 'rejected' OR name NOT IN (SELECT name FROM sold) "
                     "UNION ALL SELECT name, 'rejected', refused FROM sold UNION ALL SELECT name, 'turned_down', effects - refused FROM sold) WHERE effects > 0 ORDER BY name, state", [&](SQLite::Statement& s) {
        rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getInt64()});
    });
    return rows;
}

std::vector<std::pair<std::string, std::int64_t>> Tallies::conflicts_by_job() {
    return counts_of(store_, "SELECT job, count(*) FROM conflict WHERE state = 'open' GROUP BY job");
}

std::vector<std::pair<std::string, std::int64_t>> Tallies::quarantined_by_dataset() {
    return counts_of(store_, "SELECT dataset, count(*) FROM quarantine GROUP BY dataset");
}

std::vector<DatasetReading> Tallies::readings() {
    std::vector<DatasetReading> rows;
    each_row(store_, "SELECT dataset, coalesce(last_run, 0), coalesce(seen, 0), complete_read_at, last_read_at, coalesce(last_verdict, '') FROM pull_state ORDER BY dataset",
             [&](SQLite::Statement& s) {
                 rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getInt64(), s.getColumn(2).getInt64(), optional_text(s, 3), optional_text(s, 4), s.getColumn(5).getString()});
             });
    return rows;
}

std::int64_t Tallies::live_records(const std::string& dataset) {
    try {
        return store_.db().tableExists(table_name(dataset)) ? bindery::live_records(store_, dataset) : 0;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
}

Waiting Tallies::waiting(std::int64_t most) {
    Waiting waiting;
    waiting.in_doubt = count_up_to(store_, "effect WHERE state = 'in_doubt'", most);
    waiting.held = count_up_to(store_, "effect WHERE state = 'held'", most);
    waiting.rejected = Ledger(store_).refused("", most).count;
    waiting.pending = count_up_to(store_, "effect WHERE state = 'pending'", most);
    waiting.conflicts = count_up_to(store_, "conflict WHERE state = 'open'", most);
    waiting.untold = SaleFigures(store_).untold_lately();
    waiting.quarantined = count_up_to(store_, "quarantine", most);
    return waiting;
}

std::int64_t Tallies::version() {
    std::int64_t version = 0;
    each_row(store_, "PRAGMA data_version", [&](SQLite::Statement& s) { version = s.getColumn(0).getInt64(); });
    return version;
}

void Tallies::add_requests(const std::string& service, int status, std::int64_t requests) {
    if (requests <= 0) return;
    SQLite::Statement s(store_.db(), "INSERT INTO request_tally (service, status, requests) VALUES (?1, ?2, ?3) "
                                     "ON CONFLICT (service, status) DO UPDATE SET requests = requests + ?3");
    s.bind(1, service);
    s.bind(2, status);
    s.bind(3, requests);
    s.exec();
}

void Tallies::add_waited(const std::string& service, double seconds) {
    if (seconds <= 0) return;
    SQLite::Statement s(store_.db(), "INSERT INTO wait_tally (service, seconds) VALUES (?1, ?2) ON CONFLICT (service) DO UPDATE SET seconds = seconds + ?2");
    s.bind(1, service);
    s.bind(2, seconds);
    s.exec();
}

}  // namespace bindery
