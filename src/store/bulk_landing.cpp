#include "store/bulk_landing.h"

#include "store/record_table.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace {

constexpr std::int64_t kMany = 2000;

}  // namespace

RoomyCache::RoomyCache(SQLite::Database& db, const std::vector<std::pair<std::string, int>>& kib) : db_(db) {
    for (const auto& [schema, size] : kib) {
        const std::string pragma = "PRAGMA " + schema + ".cache_size";
        std::string usual = db_.execAndGet(pragma).getString();
        db_.exec(pragma + "=-" + std::to_string(size));
        usual_.emplace_back(schema, std::move(usual));
    }
}

RoomyCache::~RoomyCache() {
    try {
        for (const auto& [schema, usual] : usual_) db_.exec("PRAGMA " + schema + ".cache_size=" + usual);
        db_.exec("PRAGMA shrink_memory");
    } catch (const SQLite::Exception&) {
        // Only memory: the connection's next use tells what is wrong.
    }
}

InPlace::InPlace(Store& store, bool wanted) : store_(store) {
    if (!wanted) return;
    try {
        active_ = store_.db().execAndGet("PRAGMA journal_mode = DELETE").getString() == "delete";
        // The end of a journal shall survive a power cut, too; and who begins to read now waits, instead of being in the way later.
        if (active_) store_.db().exec("PRAGMA synchronous = EXTRA; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    } catch (const SQLite::Exception&) {
        leave();  // it goes by way of the log
    }
}

InPlace::~InPlace() { leave(); }

void InPlace::leave() {
    if (!active_) return;
    active_ = false;
    try {
        store_.db().exec("PRAGMA locking_mode = NORMAL");
        store_.db().execAndGet("SELECT count(*) FROM sqlite_schema");  // lets the lock go
        switch_to_wal(store_.db(), store_.file());
        store_.db().exec(std::string("PRAGMA synchronous = ") + kStoreFile.synchronous);
    } catch (const std::exception&) {
        // Whoever opens the store next does it.
    }
}

bool holds_rows(SQLite::Database& db, const std::string& table) { return db.execAndGet("SELECT EXISTS (SELECT 1 FROM " + quoted(table) + ")").getInt() != 0; }

IndexesLast::IndexesLast(SQLite::Database& db, const Mapping& mapping, const std::string& table, std::int64_t rows)
    : db_(db), mapping_(mapping), table_(table), postponed_(rows >= kMany && !holds_rows(db, table)) {
    if (postponed_) db_.exec(drop_late_indexes_sql(mapping_, table_));
}

void IndexesLast::create() {
    if (!postponed_) return;
    db_.exec("PRAGMA threads=2");  // for their sorting
    db_.exec(create_late_indexes_sql(mapping_, table_));
    db_.exec("PRAGMA threads=0");
}

}  // namespace bindery
