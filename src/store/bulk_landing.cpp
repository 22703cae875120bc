#include "store/bulk_landing.h"

#include "store/record_table.h"

namespace bindery {
namespace {

constexpr std::int64_t kMany = 2000;

std::string kib(const std::string& schema) { return schema == "main" ? "-8192" : "-4096"; }

}  // namespace

RoomyCache::RoomyCache(SQLite::Database& db, std::vector<std::string> schemas) : db_(db) {
    for (std::string& schema : schemas) {
        const std::string pragma = "PRAGMA " + schema + ".cache_size";
        std::string usual = db_.execAndGet(pragma).getString();
        db_.exec(pragma + "=" + kib(schema));
        usual_.emplace_back(std::move(schema), std::move(usual));
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

MatchIndexesLast::MatchIndexesLast(SQLite::Database& db, const Mapping& mapping, const std::string& table, std::int64_t rows)
    : db_(db), mapping_(mapping), table_(table) {
    SQLite::Statement any(db_, "SELECT EXISTS (SELECT 1 FROM " + quoted(table) + ")");
    postponed_ = rows >= kMany && any.executeStep() && any.getColumn(0).getInt() == 0;
    any.reset();
    if (postponed_) db_.exec(drop_match_indexes_sql(mapping_, table_));
}

void MatchIndexesLast::create() {
    if (postponed_) db_.exec(create_match_indexes_sql(mapping_, table_));
}

}  // namespace bindery
