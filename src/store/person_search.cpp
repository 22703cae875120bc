// The look-ups of store/person_rows.h: whose row is it?
#include <SQLiteCpp/SQLiteCpp.h>

#include "core/error.h"
#include "store/datasets.h"
#include "store/person_rows.h"
#include "store/record_by_key.h"
#include "store/record_table.h"
#include "store/sqlite_file.h"

namespace bindery {

std::vector<std::string> datasets_with_tables(Store& store) {
    std::vector<std::string> names, found;
    SQLite::Statement select(store.db(), "SELECT name FROM dataset ORDER BY name");
    while (select.executeStep()) names.push_back(select.getColumn(0).getString());
    for (auto& name : names) {
        if (store.db().tableExists(table_name(name))) found.push_back(std::move(name));
    }
    return found;
}

std::vector<RecordView> records_where(Store& store, const Mapping& mapping, const std::vector<ColumnValue>& any_of) {
    std::vector<RecordView> records;
    if (any_of.empty() || !store.db().tableExists(table_name(mapping.dataset))) return records;
    try {
        std::string sql = "SELECT key FROM " + quoted(table_name(mapping.dataset)) + " WHERE 0";
        for (const auto& [column, value] : any_of) sql += " OR " + quoted(column) + " = " + quoted_text(value);
        SQLite::Statement select(store.db(), sql + " ORDER BY key");
        while (select.executeStep()) {
            if (auto record = record_by_key(store, mapping, select.getColumn(0).getString())) records.push_back(std::move(*record));
        }
        return records;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::vector<std::string> records_that_mention(Store& store, const std::string& dataset, const Traces& traces) {
    SQLite::Statement select(store.db(), "SELECT key, doc FROM " + quoted(table_name(dataset)));
    std::vector<std::string> keys;
    while (select.executeStep()) {
        const SQLite::Column key = select.getColumn(0), doc = select.getColumn(1);
        const auto text = [](const SQLite::Column& column) { return std::string_view(column.getText(), static_cast<std::size_t>(column.getBytes())); };
        if (traces.mentioned_in(text(doc)) || traces.mentioned_in(text(key))) keys.push_back(key.getString());
    }
    return keys;
}

std::vector<std::string> effects_that_mention(Store& store, const Traces& traces) {
    SQLite::Statement select(store.db(), "SELECT identity, path, body, coalesce(reply, ''), once_per, coalesce(reason, ''), coalesce(reply_id, '') FROM effect");
    std::vector<std::string> identities;
    while (select.executeStep()) {
        for (int i = 1; i < 7; ++i) {
            if (!traces.mentioned_in(select.getColumn(i).getString())) continue;
            identities.push_back(select.getColumn(0).getString());
            break;
        }
    }
    return identities;
}

std::int64_t forgotten_that_came_back(Store& store, const std::string& dataset, std::int64_t run) {
    try {
        std::set<std::string> hashes;
        SQLite::Statement known(store.db(), "SELECT key_hash FROM forgotten WHERE dataset = ? AND back_run IS NULL");
        known.bind(1, dataset);
        while (known.executeStep()) hashes.insert(known.getColumn(0).getString());
        known.reset();
        if (hashes.empty()) return 0;
        std::vector<std::string> back;
        // From the latest back to when the run began: the history before it may be long.
        SQLite::Statement added(store.db(), "SELECT key, at < (SELECT started_at FROM run WHERE id = ?2), dataset = ?1 AND run = ?2 AND kind = 'added' FROM change ORDER BY id DESC");
        added.bind(1, dataset);
        added.bind(2, run);
        while (added.executeStep() && added.getColumn(1).getInt() == 0) {
            if (added.getColumn(2).getInt() == 0) continue;
            const std::string hash = store.keyed_hash("forgotten\n" + dataset + "\n" + added.getColumn(0).getString());
            if (hashes.count(hash) != 0) back.push_back(hash);
        }
        added.reset();
        if (back.empty()) return 0;
        store.transaction([&] {
            SQLite::Statement told(store.db(), "UPDATE forgotten SET back_run = ? WHERE dataset = ? AND key_hash = ?");
            for (const auto& hash : back) {
                told.reset();
                told.bind(1, run);
                told.bind(2, dataset);
                told.bind(3, hash);
                told.exec();
            }
        });
        return static_cast<std::int64_t>(back.size());
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::int64_t rows_that_mention(const std::filesystem::path& file, const Traces& traces, bool remove) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return 0;
    try {
        SQLite::Database db(file.string(), remove ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY, kBusyMilliseconds);
        if (remove) db.execAndGet("PRAGMA secure_delete = ON");
        std::vector<std::string> tables;
        SQLite::Statement names(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND upper(sql) NOT LIKE '%WITHOUT ROWID%'");
        while (names.executeStep()) tables.push_back(names.getColumn(0).getString());
        std::int64_t rows = 0;
        for (const auto& table : tables) {
            std::vector<std::int64_t> found;
            SQLite::Statement select(db, "SELECT rowid AS row_number, * FROM " + quoted(table));
            while (select.executeStep()) {
                for (int i = 1; i < select.getColumnCount(); ++i) {
                    if (!traces.mentioned_in(select.getColumn(i).getString())) continue;
                    found.push_back(select.getColumn(0).getInt64());
                    break;
                }
            }
            rows += static_cast<std::int64_t>(found.size());
            SQLite::Statement gone(db, "DELETE FROM " + quoted(table) + " WHERE rowid = ?");
            for (const std::int64_t id : found) {
                if (!remove) break;
                gone.reset();
                gone.bind(1, id);
                gone.exec();
            }
        }
        if (remove && rows > 0) {
            db.exec("VACUUM");
            if (db.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() != 0)
                throw Error(ErrorCode::store, "another process reads the log of " + file.string() + ", which holds what was removed", "try again when that has ended", Reach::job, Again::later);
        }
        return rows;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, file);
    }
}

}  // namespace bindery
