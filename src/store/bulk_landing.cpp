#include "store/bulk_landing.h"

#include "store/record_table.h"

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

IndexesLast::IndexesLast(SQLite::Database& db, const Mapping& mapping, const std::string& table, std::int64_t rows)
    : db_(db), mapping_(mapping), table_(table) {
    SQLite::Statement any(db_, "SELECT EXISTS (SELECT 1 FROM " + quoted(table) + ")");
    postponed_ = rows >= kMany && any.executeStep() && any.getColumn(0).getInt() == 0;
    any.reset();
    if (postponed_) db_.exec(drop_late_indexes_sql(mapping_, table_));
}

void IndexesLast::create() {
    if (!postponed_) return;
    db_.exec("PRAGMA threads=2");  // for their sorting
    db_.exec(create_late_indexes_sql(mapping_, table_));
    db_.exec("PRAGMA threads=0");
}

}  // namespace bindery
