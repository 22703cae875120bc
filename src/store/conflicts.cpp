#include "store/conflicts.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/hmac.h"
#include "store/ledger.h"
#include "store/prepared.h"
#include "store/record_table.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

constexpr const char* kConflictColumns =
    "id, job, kind, ours, theirs, ours_key, theirs_key, field, type, base, ours_value, theirs_value, candidates, ours_changed, theirs_changed, state, "
    "opened_run, opened_at, closed_at, closed_by, take, wanted";

nlohmann::json json_in(SQLite::Statement& s, int at) {
    if (s.isColumnNull(at)) return nullptr;
    return nlohmann::json::parse(s.getColumn(at).getString(), nullptr, false);
}

ConflictRow read_conflict(SQLite::Statement& s) {
    ConflictRow row;
    int i = 0;
    row.id = s.getColumn(i++).getInt64();
    for (std::string* text : {&row.job, &row.kind, &row.ours, &row.theirs, &row.ours_key, &row.theirs_key, &row.field, &row.type}) *text = s.getColumn(i++).getString();
    for (auto* text : {&row.base, &row.ours_value, &row.theirs_value}) *text = optional_text(s, i++);
    if (const auto candidates = json_in(s, i++); candidates.is_array()) row.candidates = candidates.get<std::vector<std::string>>();
    row.ours_changed = json_in(s, i++);
    row.theirs_changed = json_in(s, i++);
    row.state = s.getColumn(i++).getString();
    row.opened_run = s.getColumn(i++).getInt64();
    row.opened_at = s.getColumn(i++).getString();
    for (auto* text : {&row.closed_at, &row.closed_by, &row.take, &row.wanted}) *text = optional_text(s, i++);
    return row;
}

std::vector<ConflictRow> read_conflicts(SQLite::Statement& s) {
    std::vector<ConflictRow> rows;
    while (s.executeStep()) rows.push_back(read_conflict(s));
    return rows;
}

std::string dumped(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

std::string mark_of(const ConflictRow& c) {
    const auto value = [](const std::optional<std::string>& text) { return text ? nlohmann::json(*text) : nlohmann::json(); };
    const nlohmann::json seen{c.id, c.kind, value(c.base), value(c.ours_value), value(c.theirs_value), c.candidates};
    return to_hex(hmac_sha256("conflict", dumped(seen))).substr(0, 32);
}

std::vector<ConflictRow> Conflicts::list(const ConflictFilter& filter) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kConflictColumns + " FROM conflict WHERE (?1 = '' OR job = ?1) AND (?2 = '' OR field = ?2) AND (?3 OR state = 'open') "
                                     "ORDER BY id LIMIT ?4");
    s.bind(1, filter.job);
    s.bind(2, filter.field);
    s.bind(3, filter.closed_too ? 1 : 0);
    s.bind(4, filter.limit);
    return read_conflicts(s);
}

std::optional<ConflictRow> Conflicts::find(std::int64_t id) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kConflictColumns + " FROM conflict WHERE id = ?");
    s.bind(1, id);
    if (!s.executeStep()) return std::nullopt;
    return read_conflict(s);
}

std::vector<ConflictRow> Conflicts::about(const std::string& dataset, const std::string& key) {
    SQLite::Statement s(store_.db(), std::string("SELECT ") + kConflictColumns + " FROM conflict WHERE (theirs = ?1 AND theirs_key = ?2) OR (ours = ?1 AND (ours_key = ?2 OR "
                                     "(candidates IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(candidates) WHERE value = ?2)))) ORDER BY id DESC");
    s.bind(1, dataset);
    s.bind(2, key);
    return read_conflicts(s);
}

std::int64_t Conflicts::count_open(const std::string& job) {
    SQLite::Statement s(store_.db(), "SELECT count(*) FROM conflict WHERE state = 'open' AND (?1 = '' OR job = ?1)");
    s.bind(1, job);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

bool Conflicts::open(const ConflictRow& c, std::int64_t run) {
    nlohmann::json candidates;
    if (!c.candidates.empty()) candidates = c.candidates;
    const std::string candidates_text = dumped(candidates), ours_changed = dumped(c.ours_changed), theirs_changed = dumped(c.theirs_changed);
    SQLite::Statement update(store_.db(), "UPDATE conflict SET base = ?1, ours_value = ?2, theirs_value = ?3, candidates = ?4, ours_changed = ?5, theirs_changed = ?6 "
                                          "WHERE state = 'open' AND job = ?7 AND theirs_key = ?8 AND ours_key = ?9 AND field = ?10 AND kind = ?11");
    const auto bind_values = [&](SQLite::Statement& s) {
        bind_optional(s, 1, c.base);
        bind_optional(s, 2, c.ours_value);
        bind_optional(s, 3, c.theirs_value);
        if (c.candidates.empty()) s.bind(4);
        else s.bind(4, candidates_text);
        s.bind(5, ours_changed);
        s.bind(6, theirs_changed);
        s.bind(7, c.job);
        s.bind(8, c.theirs_key);
        s.bind(9, c.ours_key);
        s.bind(10, c.field);
        s.bind(11, c.kind);
    };
    bind_values(update);
    if (update.exec() == 1) return false;
    SQLite::Statement insert(store_.db(), "INSERT INTO conflict (base, ours_value, theirs_value, candidates, ours_changed, theirs_changed, job, theirs_key, ours_key, field, "
                                          "kind, ours, theirs, type, state, opened_run, opened_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'open', "
                                          "?15, ?16)");
    bind_values(insert);
    insert.bind(12, c.ours);
    insert.bind(13, c.theirs);
    insert.bind(14, c.type);
    insert.bind(15, run);
    insert.bind(16, store_.now());
    insert.exec();
    return true;
}

void Conflicts::close(std::int64_t id, const std::string& state, std::int64_t run) {
    Prepared kept(store_, "UPDATE conflict SET state = ?1, closed_run = ?2, closed_at = coalesce(closed_at, ?3) WHERE id = ?4");
    SQLite::Statement& s = *kept;
    s.bind(1, state);
    s.bind(2, run);
    s.bind(3, store_.now());
    s.bind(4, id);
    s.exec();
}

bool Conflicts::resolve(std::int64_t id, const std::string& take, const std::optional<std::string>& wanted) {
    SQLite::Statement s(store_.db(), "UPDATE conflict SET state = 'resolved', take = ?1, wanted = ?2, closed_at = ?3, closed_by = ?4 WHERE id = ?5 AND state = 'open'");
    s.bind(1, take);
    bind_optional(s, 2, wanted);
    s.bind(3, store_.now());
    s.bind(4, current_user());
    s.bind(5, id);
    if (s.exec() == 0) return false;
    Ledger(store_).audit(std::nullopt, "resolve", "conflict " + std::to_string(id), take);
    return true;
}

std::vector<std::string> Conflicts::linked(const std::string& job, const std::string& ours_key) {
    SQLite::Statement s(store_.db(), "SELECT theirs_key FROM link WHERE job = ? AND ours_key = ? AND same = ?");
    s.bind(1, job);
    s.bind(2, ours_key);
    s.bind(3, kSame);
    std::vector<std::string> keys;
    while (s.executeStep()) keys.push_back(s.getColumn(0).getString());
    return keys;
}

void Conflicts::link(const std::string& job, const std::string& theirs_key, const std::string& ours_key, int same) {
    SQLite::Statement s(store_.db(), "INSERT OR REPLACE INTO link (job, theirs_key, ours_key, same, at, who) VALUES (?, ?, ?, ?, ?, ?)");
    s.bind(1, job);
    s.bind(2, theirs_key);
    s.bind(3, ours_key);
    s.bind(4, same);
    s.bind(5, store_.now());
    s.bind(6, current_user());
    s.exec();
    if (same != kDifferent) return;
    // What they agreed on as a pair means nothing any more.
    SQLite::Statement forget(store_.db(), "DELETE FROM agreed WHERE job = ? AND theirs_key = ? AND ours_key = ?");
    forget.bind(1, job);
    forget.bind(2, theirs_key);
    forget.bind(3, ours_key);
    forget.exec();
}

nlohmann::json Conflicts::last_change(const std::string& dataset, const std::string& key, const std::string& field) {
    Prepared kept(store_, "SELECT run, at, kind FROM change WHERE dataset = ?1 AND key = ?2 AND (field = ?3 OR kind IN ('added', 'returned', 'removed')) "
                                     "ORDER BY id DESC LIMIT 1");
    SQLite::Statement& s = *kept;
    s.bind(1, dataset);
    s.bind(2, key);
    s.bind(3, field);
    if (!s.executeStep()) return nullptr;
    return {{"run", s.getColumn(0).getInt64()}, {"at", s.getColumn(1).getString()}, {"kind", s.getColumn(2).getString()}};
}

}  // namespace bindery
