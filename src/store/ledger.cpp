#include "store/ledger.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include "core/error.h"
#include "store/prepared.h"
#include "store/record_table.h"
#include "store/refused.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

constexpr const char* kEffectColumns =
    "identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, order_key, when_in_doubt, frozen, attempts, retries, "
    "first_run, run, doubt_run, created_at, updated_at, sent_at, replied_at, reply_id, reply, reason, status, blanked_at";

EffectRow read_effect(SQLite::Statement& s) {
    EffectRow row;
    int i = 0;
    for (auto* text : {&row.identity, &row.name, &row.ref, &row.job, &row.service, &row.operation, &row.once_per, &row.state, &row.method, &row.path, &row.body,
                       &row.content_hash, &row.order_key, &row.when_in_doubt}) {
        *text = s.getColumn(i++).getString();
    }
    row.frozen = s.getColumn(i++).getInt() != 0;
    row.attempts = s.getColumn(i++).getInt();
    row.retries = s.getColumn(i++).getInt();
    row.first_run = s.getColumn(i++).getInt64();
    row.run = s.getColumn(i++).getInt64();
    if (!s.getColumn(i).isNull()) row.doubt_run = s.getColumn(i).getInt64();
    ++i;
    row.created_at = s.getColumn(i++).getString();
    row.updated_at = s.getColumn(i++).getString();
    for (auto* text : {&row.sent_at, &row.replied_at, &row.reply_id, &row.reply, &row.reason}) *text = optional_text(s, i++);
    if (!s.getColumn(i).isNull()) row.status = s.getColumn(i).getInt();
    row.blanked_at = optional_text(s, ++i);
    return row;
}

constexpr int kVainAttemptsKept = 10;

void bind_unless_empty(SQLite::Statement& s, int index, const std::string& text) {
    if (text.empty()) {
        s.bind(index);
    } else {
        s.bind(index, text);
    }
}

void close_open_attempt(Store& store, const std::string& identity, const std::string& ending, int status, const std::string& problem) {
    Prepared kept(store, "UPDATE attempt SET ended_at = ?, ending = ?, status = ?, problem = ? WHERE id = "
                         "(SELECT max(id) FROM attempt WHERE identity = ?) AND ended_at IS NULL");
    SQLite::Statement& s = *kept;
    s.bind(1, store.now());
    s.bind(2, ending);
    if (status != 0) s.bind(3, status);
    bind_unless_empty(s, 4, problem);
    s.bind(5, identity);
    s.exec();
}

// An outage of days is no story of its own: of attempts that left nothing, an effect keeps the last of each kind.
void forget_vain_attempts(Store& store, const std::string& identity, const Outcome& last) {
    Prepared kept(store, "DELETE FROM attempt WHERE identity = ?1 AND ending = ?2 AND status IS ?3 AND id < "
                         "(SELECT id FROM attempt WHERE identity = ?1 AND ending = ?2 AND status IS ?3 ORDER BY id DESC LIMIT 1 OFFSET ?4)");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    s.bind(2, last.ending);
    if (last.status != 0) s.bind(3, last.status);
    s.bind(4, kVainAttemptsKept - 1);
    s.exec();
}

}  // namespace

std::string current_user() {
    static const std::string name = account_name(geteuid());  // a look into the list of accounts, each time
    return name;
}

std::string Ledger::identity(const std::string& name, const std::string& once_per) {
    return store_.keyed_hash(name + "\n" + once_per);
}

std::string Ledger::short_ref(const std::string& identity) {
    std::string ref = "BN-";
    for (const char c : identity.substr(0, 10)) ref += static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    return ref;
}

std::optional<EffectRow> Ledger::find(const std::string& identity) {
    Prepared kept(store_, std::string("SELECT ") + kEffectColumns + " FROM effect WHERE identity = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    if (!s.executeStep()) return std::nullopt;
    return read_effect(s);
}

std::optional<EffectStand> Ledger::stand_of(const std::string& identity) {
    Prepared kept(store_, "SELECT state, content_hash, frozen, status FROM effect WHERE identity = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, identity);
    if (!s.executeStep()) return std::nullopt;
    EffectStand stand{s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getInt() != 0, {}};
    if (!s.getColumn(3).isNull()) stand.status = s.getColumn(3).getInt();
    return stand;
}

EffectRow Ledger::find_by_person(const std::string& id) {
    std::string lower;
    for (const char c : id) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (lower.rfind("bn-", 0) == 0) lower.erase(0, 3);
    const bool hex = lower.size() >= 8 && lower.find_first_not_of("0123456789abcdef") == std::string::npos;
    std::vector<EffectRow> found;
    if (hex) {
        SQLite::Statement s(store_.db(), std::string("SELECT ") + kEffectColumns + " FROM effect WHERE identity >= ? AND identity < ? LIMIT 2");
        s.bind(1, lower);
        s.bind(2, lower + "g");
        while (s.executeStep()) found.push_back(read_effect(s));
    }
    if (found.empty()) {
        throw Error(ErrorCode::not_found, "there is no effect '" + id + "'",
                    "give the reference (BN-…) or at least 8 digits of the identity; `bindery effects` lists them");
    }
    if (found.size() > 1) {
        throw Error(ErrorCode::not_found, "more than one effect begins with '" + id + "'", "give more digits of the identity");
    }
    return found.front();
}

std::vector<EffectRow> Ledger::list(const std::string& job, const std::string& name, const std::vector<std::string>& states, std::int64_t limit, Which which) {
    std::string sql = std::string("SELECT ") + kEffectColumns + " FROM effect WHERE (?1 = '' OR job = ?1) AND (?2 = '' OR name = ?2)";
    for (std::size_t i = 0; i < states.size(); ++i) sql += (i == 0 ? " AND state IN (?" : ", ?") + std::to_string(i + 4);
    if (!states.empty()) sql += ")";
    if (which != Which::all) sql += std::string(which == Which::turned_down ? " AND " : " AND NOT ") + kTurnedDown;
    sql += " ORDER BY created_at, identity LIMIT ?3";
    SQLite::Statement s(store_.db(), sql);
    s.bind(1, job);
    s.bind(2, name);
    s.bind(3, limit);
    for (std::size_t i = 0; i < states.size(); ++i) s.bind(static_cast<int>(i) + 4, states[i]);
    std::vector<EffectRow> rows;
    while (s.executeStep()) rows.push_back(read_effect(s));
    return rows;
}

bool Ledger::was_accepted(const std::string& job, const std::string& name) {
    SQLite::Statement s(store_.db(), "SELECT 1 FROM effect WHERE name = ? AND state = 'done' AND job = ? AND status BETWEEN 200 AND 299 LIMIT 1");
    s.bind(1, name);
    s.bind(2, job);
    return s.executeStep();
}

std::vector<std::string> Ledger::pending(const std::string& job, const std::string& name) {
    SQLite::Statement s(store_.db(), "SELECT identity FROM effect WHERE job = ? AND name = ? AND state = 'pending' ORDER BY created_at, identity");
    s.bind(1, job);
    s.bind(2, name);
    std::vector<std::string> identities;
    while (s.executeStep()) identities.push_back(s.getColumn(0).getString());
    return identities;
}

std::vector<EffectRow> Ledger::of_run(std::int64_t run) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kEffectColumns + " FROM effect WHERE run = ?1 OR identity IN "
                                     "(SELECT identity FROM attempt WHERE run = ?1) ORDER BY created_at, identity LIMIT 1000");
    s.bind(1, run);
    std::vector<EffectRow> rows;
    while (s.executeStep()) rows.push_back(read_effect(s));
    return rows;
}

std::vector<EffectRow> Ledger::about(const std::vector<std::string>& values) {
    std::map<std::string, EffectRow> found;
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kEffectColumns + " FROM effect WHERE identity IN (SELECT identity FROM effect_about WHERE value = ?1)");
    for (const auto& value : values) {
        s.reset();
        s.bind(1, value);
        while (s.executeStep()) {
            EffectRow row = read_effect(s);
            found.emplace(row.identity, std::move(row));
        }
    }
    std::vector<EffectRow> rows;
    for (auto& [identity, row] : found) rows.push_back(std::move(row));
    return rows;
}

std::map<std::string, std::int64_t> Ledger::count_by_state(const std::string& job, const std::string& effect) {
    const char* const counted = "SELECT state, sum(effects) FROM effect_tally WHERE ?1 = ?1 AND (?2 = '' OR name = ?2) GROUP BY state HAVING sum(effects) > 0";
    SQLite::Statement s(store_.db(), job.empty() ? counted : "SELECT state, count(*) FROM effect WHERE job = ?1 AND (?2 = '' OR name = ?2) GROUP BY state");
    s.bind(1, job);
    s.bind(2, effect);
    std::map<std::string, std::int64_t> counts;
    while (s.executeStep()) counts[s.getColumn(0).getString()] = s.getColumn(1).getInt64();
    return counts;
}

std::vector<AttemptRow> Ledger::attempts(const std::string& identity) {
    SQLite::Statement s(store_.db(), "SELECT run, started_at, ended_at, ending, status, problem FROM attempt WHERE identity = ? ORDER BY id");
    s.bind(1, identity);
    std::vector<AttemptRow> rows;
    while (s.executeStep()) {
        AttemptRow row;
        row.run = s.getColumn(0).getInt64();
        row.started_at = s.getColumn(1).getString();
        row.ended_at = optional_text(s, 2);
        row.ending = optional_text(s, 3);
        if (!s.getColumn(4).isNull()) row.status = s.getColumn(4).getInt();
        row.problem = optional_text(s, 5);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::map<std::string, std::string> Ledger::names() {
    SQLite::Statement s(store_.db(), "SELECT name, max(job) FROM effect GROUP BY name");
    std::map<std::string, std::string> names;
    while (s.executeStep()) names[s.getColumn(0).getString()] = s.getColumn(1).getString();
    return names;
}

Ledger::Refused Ledger::refused(const std::string& job, std::int64_t most) {
    const std::string of_job = job.empty() ? "" : " AND job = ?1", said_no = job.empty() ? "effect_name" : "effect_said_no";
    SQLite::Statement s(store_.db(), std::string(kNamesNotSold) + "SELECT count(*), coalesce(min(updated_at), '') FROM (SELECT updated_at FROM effect INDEXED BY effect_refused WHERE " + kNotTaken + of_job +
                                         " UNION ALL SELECT updated_at FROM bare CROSS JOIN effect INDEXED BY " + said_no + " WHERE name = bare_name AND " + kSaidNo + of_job + " LIMIT ?2)");
    if (!job.empty()) s.bind(1, job);
    s.bind(2, most);
    s.executeStep();
    return {s.getColumn(0).getInt64(), s.getColumn(1).getString()};
}

std::int64_t Ledger::turned_down(const std::string& job, const std::string& effect) {
    SQLite::Statement s(store_.db(), std::string("SELECT count(*) FROM effect WHERE (?1 = '' OR job = ?1) AND (?2 = '' OR name = ?2) AND ") + kTurnedDown);
    s.bind(1, job);
    s.bind(2, effect);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

void Ledger::touch(const std::string& identity, std::int64_t run) {
    Prepared kept(store_, "UPDATE effect SET run = ? WHERE identity = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, run);
    s.bind(2, identity);
    s.exec();
}

void Ledger::withdraw(const std::string& identity, std::int64_t run) {
    Prepared kept(store_, "UPDATE effect SET state = 'withdrawn', run = ?, updated_at = ?, reason = 'no longer selected' "
                                     "WHERE identity = ? AND state = 'pending'");
    SQLite::Statement& s = *kept;
    s.bind(1, run);
    s.bind(2, store_.now());
    s.bind(3, identity);
    s.exec();
}

namespace {

void move_effect(Store& store, const std::string& identity, std::int64_t run, const char* state, const std::string& reason, const char* from) {
    Prepared kept(store, std::string("UPDATE effect SET state = ?, run = ?, updated_at = ?, reason = ? WHERE identity = ? AND state IN (") + from + ")");
    SQLite::Statement& s = *kept;
    s.bind(1, state);
    s.bind(2, run);
    s.bind(3, store.now());
    s.bind(4, reason);
    s.bind(5, identity);
    s.exec();
}

}  // namespace

void Ledger::confirm(const std::string& identity, std::int64_t run) {
    move_effect(store_, identity, run, "done", "a reading shows what it was to write", "'in_doubt', 'held', 'rejected'");
}

void Ledger::hold(const std::string& identity, std::int64_t run, const std::string& reason) {
    move_effect(store_, identity, run, "held", reason, "'pending', 'done', 'withdrawn', 'rejected'");
}

void Ledger::withdraw_held(const std::string& identity, std::int64_t run) {
    move_effect(store_, identity, run, "withdrawn", "no longer wanted", "'held', 'rejected'");
}

std::int64_t Ledger::sending_to_doubt(const std::string& job, std::int64_t run) {
    SQLite::Statement s(store_.db(), "UPDATE effect SET state = 'in_doubt', doubt_run = run, updated_at = ?1, "
                                     "reason = 'the process ended before the reply came' WHERE job = ?2 AND state = 'sending' AND run <> ?3");
    s.bind(1, store_.now());
    s.bind(2, job);
    s.bind(3, run);
    return s.exec();
}

void Ledger::audit(std::optional<std::int64_t> run, const std::string& kind, const std::string& subject, const std::string& detail) {
    Prepared kept(store_, "INSERT INTO audit (at, run, who, kind, subject, detail) VALUES (?, ?, ?, ?, ?, ?)");
    SQLite::Statement& s = *kept;
    s.bind(1, store_.now());
    if (run) s.bind(2, *run);
    s.bind(3, current_user());
    s.bind(4, kind);
    s.bind(5, subject);
    s.bind(6, detail);
    s.exec();
}

void Ledger::record_push(std::int64_t run, const std::string& effect) {
    store_.transaction([&] { audit(run, "push", effect, ""); });
}

bool Ledger::has_pushed(std::int64_t run, const std::string& effect) {
    SQLite::Statement s(store_.db(), "SELECT 1 FROM audit WHERE kind = 'push' AND run = ? AND subject = ?");
    s.bind(1, run);
    s.bind(2, effect);
    return s.executeStep();
}

bool Ledger::mark_sending(const std::string& identity, std::int64_t run, bool after_doubt) {
    bool marked = false;
    store_.transaction([&] {
        SQLite::Statement s(store_.db(), "UPDATE effect SET state = 'sending', frozen = 1, attempts = attempts + 1, "
                                         "retries = retries + ?1, run = ?2, sent_at = ?3, updated_at = ?3 WHERE identity = ?4 "
                                         "AND state IN ('pending', 'in_doubt', 'sending')");
        s.bind(1, after_doubt ? 1 : 0);
        s.bind(2, run);
        s.bind(3, store_.now());
        s.bind(4, identity);
        marked = s.exec() == 1;
        if (!marked) return;
        SQLite::Statement a(store_.db(), "INSERT INTO attempt (identity, run, started_at) VALUES (?, ?, ?)");
        a.bind(1, identity);
        a.bind(2, run);
        a.bind(3, store_.now());
        a.exec();
        audit(run, "send", identity, after_doubt ? "again, after a doubt" : "");
    });
    return marked;
}

void Ledger::close_attempt(const std::string& identity, const std::string& ending, int status, const std::string& problem) {
    store_.transaction([&] { close_open_attempt(store_, identity, ending, status, problem); }, Store::Wait::forever);
}

bool Ledger::finish(const std::string& identity, std::int64_t run, const Outcome& outcome) {
    bool set_down = false;
    store_.transaction([&] {
        close_open_attempt(store_, identity, outcome.ending, outcome.status, outcome.reason);
        if (outcome.nothing_left) forget_vain_attempts(store_, identity, outcome);
        Prepared kept(store_,
                            "UPDATE effect SET state = ?1, run = ?2, updated_at = ?3, "
                            "replied_at = CASE WHEN ?4 IS NULL THEN replied_at ELSE ?3 END, status = CASE WHEN ?8 = 1 THEN coalesce(?4, status) ELSE ?4 END, "
                            "reply_id = coalesce(?5, reply_id), reply = coalesce(?6, reply), reason = ?7, "
                            "doubt_run = CASE WHEN ?1 = 'in_doubt' AND ?8 = 0 THEN ?2 ELSE doubt_run END, "
                            "attempts = attempts - ?8, retries = max(0, retries - ?9), "
                            "frozen = CASE WHEN ?8 = 1 THEN attempts > 1 ELSE frozen END WHERE identity = ?10 AND (?11 = 0 OR ?1 = 'done' OR state IN ('in_doubt', 'sending'))");
        SQLite::Statement& s = *kept;
        s.bind(1, outcome.state);
        s.bind(2, run);
        s.bind(3, store_.now());
        if (outcome.status != 0) s.bind(4, outcome.status);
        bind_unless_empty(s, 5, outcome.reply_id);
        bind_unless_empty(s, 6, outcome.reply);
        bind_unless_empty(s, 7, outcome.reason);
        s.bind(8, outcome.nothing_left ? 1 : 0);
        s.bind(9, outcome.nothing_left && outcome.after_doubt ? 1 : 0);
        s.bind(10, identity);
        s.bind(11, outcome.looked_up ? 1 : 0);
        set_down = s.exec() == 1;
    }, Store::Wait::forever);
    return set_down;
}

}  // namespace bindery
