#include "store/person_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "core/contacts.h"
#include "core/exact_json.h"
#include "store/datasets.h"
#include "store/ledger.h"
#include "store/record_table.h"

namespace bindery {
namespace {

std::string text_of(SQLite::Statement& s, int at) { return s.isColumnNull(at) ? std::string() : s.getColumn(at).getString(); }

// Those of jobs that aren't configured any more, too.
std::vector<ComparedBooks> ever_compared(SQLite::Database& db, std::vector<ComparedBooks> found) {
    SQLite::Statement select(db, "SELECT job, substr(books, 1, instr(books, ' ') - 1), substr(books, instr(books, ' ') + 1) FROM agreed_fields");
    while (select.executeStep()) {
        ComparedBooks books{select.getColumn(0).getString(), select.getColumn(1).getString(), select.getColumn(2).getString()};
        const bool known = std::any_of(found.begin(), found.end(), [&](const ComparedBooks& other) { return other.job == books.job; });
        if (!known) found.push_back(std::move(books));
    }
    return found;
}

nlohmann::json list_of(const std::vector<std::int64_t>& ids) { return ids; }

}  // namespace

PersonRows::PersonRows(Store& store, const Person& person, const std::vector<ComparedBooks>& compared)
    : store_(store), person_(person), compared_(ever_compared(store.db(), compared)) {}

// "(dataset, key) IN (…)" of the person's records; constants only.
std::string PersonRows::about_sql(const std::string& dataset, const std::string& key) const {
    std::string values;
    for (const auto& [name, record] : person_.records) values += (values.empty() ? "(" : ", (") + quoted_text(name) + ", " + quoted_text(record) + ")";
    return values.empty() ? std::string("0") : "(" + dataset + ", " + key + ") IN (VALUES " + values + ")";
}

// Rows about one of the records, or (looked at one by one) with a text that mentions the person.
std::vector<std::int64_t> PersonRows::ids(const std::string& table, const std::string& about, const std::string& texts) {
    SQLite::Statement select(store_.db(), "SELECT id, " + about + ", " + texts + " FROM " + table);
    std::vector<std::int64_t> found;
    while (select.executeStep()) {
        bool hit = select.getColumn(1).getInt() != 0;
        for (int i = 2; !hit && i < select.getColumnCount(); ++i) hit = person_.traces.mentioned_in(text_of(select, i));
        if (hit) found.push_back(select.getColumn(0).getInt64());
    }
    return found;
}

std::vector<std::int64_t> PersonRows::history() { return ids("change", about_sql("dataset", "key"), "old, new, key"); }
std::vector<std::int64_t> PersonRows::quarantine() { return ids("quarantine", about_sql("dataset", "key"), "document, key, reason"); }

std::vector<std::int64_t> PersonRows::corrections() {
    std::string others = "0";
    for (const auto& books : compared_) {
        for (const auto& [dataset, key] : person_.records) {
            if (dataset != books.ours && dataset != books.theirs) continue;
            others += " OR (job = " + quoted_text(books.job) + " AND dataset <> " + quoted_text(dataset) + " AND other_key = " + quoted_text(key) + ")";
        }
    }
    return ids("correction", "(" + about_sql("dataset", "key") + " OR " + others + ")", "had, wanted, key, other_key");
}

std::vector<std::int64_t> PersonRows::conflicts() {
    return ids("conflict", "(" + about_sql("theirs", "theirs_key") + " OR " + about_sql("ours", "ours_key") + ")", "base, ours_value, theirs_value, candidates, wanted, ours_key, theirs_key");
}

std::vector<std::int64_t> PersonRows::reports() {
    SQLite::Statement select(store_.db(), "SELECT id, report, message, hint FROM run");
    std::vector<std::int64_t> found;
    while (select.executeStep()) {
        bool hit = false;
        for (int i = 1; !hit && i < 4; ++i) hit = person_.traces.shown_in(text_of(select, i));
        if (hit) found.push_back(select.getColumn(0).getInt64());
    }
    return found;
}

std::int64_t PersonRows::pairs(bool remove) {
    std::int64_t rows = 0;
    const auto take = [&](const std::string& from) {
        if (remove) rows += store_.db().exec("DELETE FROM " + from);
        else rows += store_.db().execAndGet("SELECT count(*) FROM " + from).getInt64();
    };
    take("as_imported WHERE " + about_sql("dataset", "key"));
    for (const auto& books : compared_) {
        for (const char* table : {"agreed", "link"}) {
            take(std::string(table) + " WHERE job = " + quoted_text(books.job) + " AND (" + about_sql(quoted_text(books.theirs), "theirs_key") + " OR " + about_sql(quoted_text(books.ours), "ours_key") + ")");
        }
    }
    return rows;
}

HeldCounts PersonRows::count() {
    const auto size = [](const std::vector<std::int64_t>& found) { return static_cast<std::int64_t>(found.size()); };
    return {{"history", size(history())},     {"quarantine", size(quarantine())}, {"corrections", size(corrections())},
            {"conflicts", size(conflicts())}, {"pairs", pairs(false)},            {"reports", size(reports())}};
}

std::vector<std::string> PersonRows::contacts_of_rows(const std::string& book) {
    std::vector<std::string> contacts;
    const auto take = [&](SQLite::Statement& rows) {
        while (rows.executeStep()) {
            for (auto& contact : contacts_in(rows.getColumn(0).getString())) contacts.push_back(std::move(contact));
        }
    };
    SQLite::Statement unread(store_.db(), "SELECT document FROM quarantine WHERE dataset = ? AND id IN (SELECT value FROM json_each(?))");
    unread.bind(1, book);
    unread.bind(2, list_of(quarantine()).dump());
    take(unread);
    if (!store_.db().tableExists(table_name(book))) return contacts;
    SQLite::Statement records(store_.db(), "SELECT doc FROM " + quoted(table_name(book)) + " WHERE " + about_sql(quoted_text(book), "key"));
    take(records);
    return contacts;
}

void PersonRows::remove_ids(const std::string& table, const std::vector<std::int64_t>& ids) {
    SQLite::Statement remove(store_.db(), "DELETE FROM " + table + " WHERE id IN (SELECT value FROM json_each(?))");
    remove.bind(1, list_of(ids).dump());
    remove.exec();
}

// What a next correction of such a record is known by stays: the row and its identity.
void PersonRows::blank_corrections() {
    const auto found = corrections();
    SQLite::Statement blank(store_.db(),
                            "UPDATE correction SET had = NULL, wanted = NULL, closed_at = CASE WHEN state = 'open' THEN ?2 ELSE closed_at END, "
                            "closed_run = CASE WHEN state = 'open' THEN since_run ELSE closed_run END, reason = 'forgotten', "
                            "state = CASE WHEN state = 'open' THEN 'dropped' ELSE state END WHERE id IN (SELECT value FROM json_each(?1))");
    blank.bind(1, list_of(found).dump());
    blank.bind(2, store_.now());
    blank.exec();
    SQLite::Statement keys(store_.db(), "SELECT id, key, other_key FROM correction WHERE id IN (SELECT value FROM json_each(?))");
    keys.bind(1, list_of(found).dump());
    std::vector<std::tuple<std::int64_t, std::string, std::string>> rows;
    while (keys.executeStep()) rows.emplace_back(keys.getColumn(0).getInt64(), keys.getColumn(1).getString(), keys.getColumn(2).getString());
    const auto hidden = [&](const std::string& key) { return person_.traces.shown_in(key) ? "forgotten:" + store_.keyed_hash(key).substr(0, 16) : key; };
    SQLite::Statement set(store_.db(), "UPDATE correction SET key = ?, other_key = ? WHERE id = ?");
    for (const auto& [id, key, other] : rows) {
        set.reset();
        set.bind(1, hidden(key));
        set.bind(2, hidden(other));
        set.bind(3, id);
        set.exec();
    }
}

void PersonRows::blank_effects() {
    Ledger ledger(store_);
    SQLite::Statement blank(store_.db(),
                            "UPDATE effect SET body = '', reply = NULL, path = ?1, once_per = ?2, order_key = ?3, reason = ?4, blanked_at = ?5, reply_id = ?6, "
                            "state = CASE WHEN state = 'pending' THEN 'withdrawn' ELSE state END WHERE identity = ?7");
    const Traces& traces = person_.traces;
    for (const std::string& identity : person_.effects) {
        const auto row = ledger.find(identity);
        if (!row) continue;
        blank.reset();
        blank.bind(1, traces.scrubbed(row->path));
        blank.bind(2, traces.scrubbed(row->once_per));
        blank.bind(3, traces.scrubbed(row->order_key));
        bind_optional(blank, 4, row->reason);
        const std::string reason = row->reason ? traces.scrubbed(*row->reason) : std::string();
        if (row->reason) blank.bind(4, reason);
        blank.bind(5, store_.now());
        const std::string reply_id = row->reply_id ? traces.scrubbed(*row->reply_id) : std::string();
        if (row->reply_id) blank.bind(6, reply_id);
        else blank.bind(6);
        blank.bind(7, identity);
        blank.exec();
    }
}

void PersonRows::blank_reports() {
    SQLite::Statement read(store_.db(), "SELECT report, message, hint FROM run WHERE id = ?");
    SQLite::Statement write(store_.db(), "UPDATE run SET report = ?, message = ?, hint = ? WHERE id = ?");
    for (const std::int64_t id : reports()) {
        read.reset();
        read.bind(1, id);
        if (!read.executeStep()) continue;
        write.reset();
        for (int i = 0; i < 3; ++i) {
            if (read.isColumnNull(i)) write.bind(i + 1);
            else write.bind(i + 1, person_.traces.scrubbed(read.getColumn(i).getString()));
        }
        write.bind(4, id);
        write.exec();
    }
}

void PersonRows::remove_records() {
    SQLite::Statement noted(store_.db(), "INSERT INTO forgotten (dataset, key_hash, at) VALUES (?, ?, ?) ON CONFLICT (dataset, key_hash) DO UPDATE SET at = excluded.at, back_run = NULL");
    for (const auto& [dataset, key] : person_.records) {
        SQLite::Statement remove(store_.db(), "DELETE FROM " + quoted(table_name(dataset)) + " WHERE key = ?");
        remove.bind(1, key);
        remove.exec();
        noted.reset();
        noted.bind(1, dataset);
        noted.bind(2, store_.keyed_hash("forgotten\n" + dataset + "\n" + key));
        noted.bind(3, store_.now());
        noted.exec();
    }
}

void PersonRows::remove() {
    remove_records();
    remove_ids("change", history());
    remove_ids("quarantine", quarantine());
    remove_ids("conflict", conflicts());
    pairs(true);
    blank_corrections();
    blank_effects();
    blank_reports();
}

}  // namespace bindery
