#include "store/quarantine.h"

#include <cstdio>
#include <utility>

#include "store/record_table.h"

namespace bindery {
namespace {

bool quarantine_has_any(SQLite::Database& db, const std::string& dataset) {
    SQLite::Statement select(db, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE dataset = ?)");
    select.bind(1, dataset);
    return select.executeStep() && select.getColumn(0).getInt() != 0;
}

}  // namespace

Quarantine::Quarantine(SQLite::Database& db, std::string dataset, std::int64_t run, std::string at)
    : db_(db),
      dataset_(std::move(dataset)),
      run_(run),
      at_(std::move(at)),
      put_(db,
           "INSERT INTO quarantine (dataset, key, reason, document, first_run, last_run, first_at, last_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?6) ON CONFLICT (dataset, key, reason) "
           "DO UPDATE SET last_run = ?5, last_at = ?6, document = ?4"),
      settle_(db, "DELETE FROM quarantine WHERE dataset = ? AND key = ?"),
      holds_any_(quarantine_has_any(db, dataset_)) {}

void Quarantine::put(const std::string& key, const std::string& reason, const std::string& document) {
    put_.bind(1, dataset_);
    put_.bind(2, key);
    put_.bind(3, reason);
    put_.bind(4, document);
    put_.bind(5, run_);
    put_.bind(6, at_);
    put_.exec();
    put_.reset();
    holds_any_ = true;
}

void Quarantine::settle(const std::string& key) {
    if (!holds_any_) return;
    settle_.bind(1, dataset_);
    settle_.bind(2, key);
    settle_.exec();
    settle_.reset();
}

void Quarantine::settle(const std::string& key, const std::string& document) {
    if (!holds_any_) return;
    SQLite::Statement settle(db_, "DELETE FROM quarantine WHERE dataset = ? AND key = ? AND document = ?");
    settle.bind(1, dataset_);
    settle.bind(2, key);
    settle.bind(3, document);
    settle.exec();
}

void Quarantine::settle_all(const std::string& table) {
    if (!holds_any_) return;
    SQLite::Statement settle(db_, "DELETE FROM quarantine WHERE dataset = ? AND EXISTS (SELECT 1 FROM " + quoted(table) + " r WHERE r.key = quarantine.key)");
    settle.bind(1, dataset_);
    settle.exec();
}

std::string keyless_name(std::int64_t doc_hash) {
    char text[32];
    std::snprintf(text, sizeof text, "no-key-%016llx", static_cast<unsigned long long>(doc_hash));
    return text;
}

}  // namespace bindery
