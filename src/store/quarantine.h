#pragma once
// Rows that couldn't land, kept with the reason until a later reading of the same key lands, or a person deals with
// them. Works inside the caller's transaction.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

namespace bindery {

class Quarantine {
  public:
    Quarantine(SQLite::Database& db, std::string dataset, std::int64_t run, std::string at);
    // The same key and reason again only moves last_run and last_at, and keeps the newest document.
    void put(const std::string& key, const std::string& reason, const std::string& document);
    void settle(const std::string& key);
    void settle(const std::string& key, const std::string& document);  // only where it waits with this one
    void settle_all(const std::string& table);  // that has a row of the key

  private:
    SQLite::Database& db_;
    std::string dataset_;
    std::int64_t run_;
    std::string at_;
    SQLite::Statement put_, settle_;
    bool holds_any_;  // spares a look-up a record when there's nothing to settle
};

// What a row without a key is kept under.
std::string keyless_name(std::int64_t doc_hash);

}  // namespace bindery
