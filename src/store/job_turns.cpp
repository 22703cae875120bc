#include "store/job_turns.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/ledger.h"
#include "store/record_table.h"

namespace bindery {
namespace {

std::optional<std::string> text_at(SQLite::Statement& s, int column) {
    if (s.getColumn(column).isNull()) return std::nullopt;
    return s.getColumn(column).getString();
}

std::optional<WallTime> time_at(SQLite::Statement& s, int column) {
    const auto text = text_at(s, column);
    return text ? read_rfc3339(*text) : std::nullopt;
}

// SQLite's failures leave this folder as errors of the store.
template <typename Work>
auto at_the_edge(Store& store, Work work) {
    try {
        return work();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

JobTurnRow row_of(Store& store, const std::string& job) {
    JobTurnRow row;
    SQLite::Statement turn(store.db(), "SELECT first_seen, handled_until, paused_at, paused_by, paused_why FROM job_turn WHERE job = ?");
    turn.bind(1, job);
    if (turn.executeStep()) {
        row.first_seen = time_at(turn, 0);
        row.handled_until = time_at(turn, 1);
        row.paused_at = text_at(turn, 2);
        row.paused_by = text_at(turn, 3);
        row.paused_why = text_at(turn, 4);
    }
    SQLite::Statement run(store.db(), "SELECT started_at, ended_at, state, outcome, id, outcome = 'incomplete' OR (json_valid(report) AND report ->> '$.incomplete') FROM run WHERE job = ? AND kind = 'sync' ORDER BY id DESC LIMIT 1");
    run.bind(1, job);
    if (run.executeStep()) {
        row.last_started = time_at(run, 0);
        row.last_ended = time_at(run, 1);
        row.last_state = run.getColumn(2).getString();
        row.last_outcome = text_at(run, 3).value_or("");
        row.last_run = run.getColumn(4).getInt64();
        row.last_incomplete = run.getColumn(5).getInt() != 0;
    }
    return row;
}

}  // namespace

void wait_at_most(Store& store, std::chrono::milliseconds busy) { store.db().setBusyTimeout(static_cast<int>(busy.count())); }

JobTurnRow JobTurns::read(const std::string& job) {
    return at_the_edge(store_, [&] { return row_of(store_, job); });
}

void JobTurns::seen(const std::string& job, WallTime at) {
    at_the_edge(store_, [&] {
        SQLite::Statement s(store_.db(), "INSERT INTO job_turn (job, first_seen) VALUES (?, ?) ON CONFLICT (job) DO NOTHING");
        s.bind(1, job);
        s.bind(2, rfc3339(at));
        s.exec();
    });
}

void JobTurns::handled(const std::string& job, WallTime until) {
    at_the_edge(store_, [&] {
        SQLite::Statement s(store_.db(), "INSERT INTO job_turn (job, first_seen, handled_until) VALUES (?1, ?2, ?2) "
                                         "ON CONFLICT (job) DO UPDATE SET handled_until = excluded.handled_until");
        s.bind(1, job);
        s.bind(2, rfc3339(until));
        s.exec();
    });
}

bool JobTurns::pause(const std::string& job, const std::string& why) {
    bool fresh = false;
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "INSERT INTO job_turn (job, first_seen, paused_at, paused_by, paused_why) VALUES (?1, ?2, ?2, ?3, ?4) "
                                         "ON CONFLICT (job) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, "
                                         "paused_why = excluded.paused_why WHERE paused_at IS NULL");
        s.bind(1, job);
        s.bind(2, store_.now());
        s.bind(3, current_user());
        s.bind(4, why);
        fresh = s.exec() > 0;
        if (fresh) Ledger(store_).audit(std::nullopt, "pause", "job " + job, why);
    });
    return fresh;
}

bool JobTurns::resume(const std::string& job) {
    bool fresh = false;
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "UPDATE job_turn SET paused_at = NULL, paused_by = NULL, paused_why = NULL WHERE job = ? AND paused_at IS NOT NULL");
        s.bind(1, job);
        fresh = s.exec() > 0;
        if (fresh) Ledger(store_).audit(std::nullopt, "resume", "job " + job, "");
    });
    return fresh;
}

}  // namespace bindery
