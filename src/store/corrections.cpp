#include "store/corrections.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/prepared.h"
#include "store/record_table.h"

namespace bindery {
namespace {

constexpr const char* kSelect =
    "SELECT c.id, c.job, c.dataset, c.key, c.other_key, c.field, c.had, c.wanted, c.state, c.identity, c.missed, c.missed_at, c.since_run, c.since_at, c.closed_at, "
    "c.reason, coalesce(e.state, ''), coalesce(e.updated_at, ''), coalesce(c.closed_run, 0) FROM correction c LEFT JOIN effect e ON e.identity = c.identity ";

std::vector<CorrectionRow> read_corrections(SQLite::Statement& s) {
    std::vector<CorrectionRow> rows;
    while (s.executeStep()) {
        CorrectionRow& row = rows.emplace_back();
        int i = 0;
        row.id = s.getColumn(i++).getInt64();
        for (std::string* text : {&row.job, &row.dataset, &row.key, &row.other_key, &row.field}) *text = s.getColumn(i++).getString();
        row.had = optional_text(s, i++);
        row.wanted = optional_text(s, i++);
        row.state = s.getColumn(i++).getString();
        row.identity = optional_text(s, i++);
        row.missed = s.getColumn(i++).getInt();
        row.missed_at = optional_text(s, i++);
        row.since_run = s.getColumn(i++).getInt64();
        row.since_at = s.getColumn(i++).getString();
        row.closed_at = optional_text(s, i++);
        row.reason = optional_text(s, i++);
        row.effect_state = s.getColumn(i++).getString();
        row.answered_at = s.getColumn(i++).getString();
        row.closed_run = s.getColumn(i++).getInt64();
    }
    return rows;
}

}  // namespace

std::vector<CorrectionRow> Corrections::open(const std::string& job, const std::string& dataset) {
    SQLite::Statement s(store_.db(), std::string(kSelect) + "WHERE c.job = ? AND c.dataset = ? AND c.state = 'open' ORDER BY c.id");
    s.bind(1, job);
    s.bind(2, dataset);
    return read_corrections(s);
}

std::vector<CorrectionRow> Corrections::about(const std::string& dataset, const std::string& key) {
    SQLite::Statement s(store_.db(), std::string(kSelect) + "WHERE c.dataset = ? AND c.key = ? ORDER BY c.id DESC LIMIT 200");
    s.bind(1, dataset);
    s.bind(2, key);
    return read_corrections(s);
}

std::int64_t Corrections::count_open(const std::string& job, const std::string& dataset) {
    SQLite::Statement s(store_.db(), "SELECT count(*) FROM correction WHERE job = ? AND dataset = ? AND state = 'open'");
    s.bind(1, job);
    s.bind(2, dataset);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

std::unordered_set<std::string> Corrections::keys(const std::string& dataset) {
    SQLite::Statement s(store_.db(), "SELECT DISTINCT key FROM correction WHERE dataset = ?");
    s.bind(1, dataset);
    std::unordered_set<std::string> keys;
    while (s.executeStep()) keys.insert(s.getColumn(0).getString());
    return keys;
}

std::vector<CorrectionRow> Corrections::past(const std::string& dataset, const std::string& key, const std::string& field) {
    Prepared kept(store_, std::string(kSelect) + "WHERE c.dataset = ? AND c.key = ? AND c.field = ? ORDER BY c.id DESC LIMIT 100");
    SQLite::Statement& s = *kept;
    s.bind(1, dataset);
    s.bind(2, key);
    s.bind(3, field);
    return read_corrections(s);
}

std::vector<std::optional<std::string>> Corrections::answered(const std::string& dataset, const std::string& key, const std::string& field, const std::string& since) {
    Prepared kept(store_, "SELECT c.wanted FROM correction c WHERE c.dataset = ? AND c.key = ? AND c.field = ? AND c.since_at >= ? AND (c.state = 'done' OR (c.state = "
                          "'dropped' AND EXISTS (SELECT 1 FROM effect e WHERE e.identity = c.identity AND e.state = 'done'))) ORDER BY c.id DESC LIMIT 100");
    SQLite::Statement& s = *kept;
    s.bind(1, dataset);
    s.bind(2, key);
    s.bind(3, field);
    s.bind(4, since);
    std::vector<std::optional<std::string>> wanted;
    while (s.executeStep()) wanted.push_back(optional_text(s, 0));
    return wanted;
}

std::string Corrections::last_answered(const std::string& dataset, const std::string& key, const std::string& effect) {
    Prepared kept(store_, "SELECT c.identity FROM correction c WHERE c.dataset = ? AND c.key = ? AND c.identity IS NOT NULL AND (c.state = 'done' OR (c.state = "
                                  "'dropped' AND EXISTS (SELECT 1 FROM effect e WHERE e.identity = c.identity AND e.state = 'done'))) ORDER BY c.id DESC LIMIT 1");
    SQLite::Statement& s = *kept;
    s.bind(1, dataset);
    s.bind(2, key);
    return s.executeStep() ? s.getColumn(0).getString() : last_forgotten(key, effect);
}

// Of a record that was out of the store, so that a purge took its corrections: the ledger has them for good.
std::string Corrections::last_forgotten(const std::string& key, const std::string& effect) {
    Prepared kept(store_, "SELECT e.identity FROM effect_about a JOIN effect e ON e.identity = a.identity WHERE a.value = ?1 AND e.name = ?2 AND e.state = 'done' AND e.once_per ->> 'record' = ?1 "
                          "AND e.once_per ->> 'changes' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.identity = e.identity) ORDER BY e.sent_at DESC, e.identity LIMIT 1");
    SQLite::Statement& s = *kept;
    s.bind(1, key);
    s.bind(2, effect);
    return s.executeStep() ? s.getColumn(0).getString() : std::string();
}

void Corrections::put(const CorrectionRow& c, std::int64_t run) {
    Prepared kept(store_,
                        "INSERT INTO correction (job, dataset, key, other_key, field, had, wanted, state, identity, since_run, since_at, closed_run, closed_at, reason) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CASE WHEN ?8 <> 'open' THEN ?10 END, CASE WHEN ?8 <> 'open' THEN ?11 END, ?12) "
                        "ON CONFLICT (job, dataset, key, other_key, field) WHERE state = 'open' DO UPDATE SET had = excluded.had, wanted = excluded.wanted, identity = "
                        "excluded.identity, missed = 0, missed_at = NULL, since_run = excluded.since_run, since_at = excluded.since_at, reason = excluded.reason "
                        "WHERE wanted IS NOT excluded.wanted OR had IS NOT excluded.had OR identity IS NOT excluded.identity");
    SQLite::Statement& s = *kept;
    int i = 1;
    for (const std::string* text : {&c.job, &c.dataset, &c.key, &c.other_key, &c.field}) s.bind(i++, *text);
    bind_optional(s, i++, c.had);
    bind_optional(s, i++, c.wanted);
    s.bind(i++, c.state);
    bind_optional(s, i++, c.identity);
    s.bind(i++, run);
    s.bind(i++, store_.now());
    bind_optional(s, i++, c.reason);
    s.exec();
}

void Corrections::close(std::int64_t id, const std::string& state, std::int64_t run, const std::string& reason) {
    Prepared kept(store_, "UPDATE correction SET state = ?, closed_run = ?, closed_at = ?, reason = ? WHERE id = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, state);
    s.bind(2, run);
    s.bind(3, store_.now());
    if (reason.empty()) s.bind(4);
    else s.bind(4, reason);
    s.bind(5, id);
    s.exec();
}

void Corrections::note_missed(std::int64_t id, int missed, const std::string& missed_at) {
    Prepared kept(store_, "UPDATE correction SET missed = ?, missed_at = ? WHERE id = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, missed);
    s.bind(2, missed_at);
    s.bind(3, id);
    s.exec();
}

void Corrections::note_reason(std::int64_t id, const std::string& reason) {
    Prepared kept(store_, "UPDATE correction SET reason = ? WHERE id = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, reason);
    s.bind(2, id);
    s.exec();
}

}  // namespace bindery
