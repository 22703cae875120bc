#pragma once
// What makes filling or replacing a whole dataset bearable. For this folder only.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "store/store.h"

namespace bindery {

// A landing touches the whole breadth of a table: more pages in memory for as long as it lasts.
class RoomyCache {
  public:
    RoomyCache(SQLite::Database& db, const std::vector<std::pair<std::string, int>>& kib);  // a schema's, while this lives
    ~RoomyCache();
    RoomyCache(const RoomyCache&) = delete;
    RoomyCache& operator=(const RoomyCache&) = delete;

  private:
    SQLite::Database& db_;
    std::vector<std::pair<std::string, std::string>> usual_;
};

// While this lives the store is written in place and not by way of its log: what makes up most of a file is then written once, not
// twice and read in between. As safe: until the commit a journal holds what was there before, and the next that opens the store puts
// it back. But who would read waits; so only for a store that nobody else has open, and otherwise nothing changes.
class InPlace {
  public:
    InPlace(Store& store, bool wanted);  // outside a transaction, both ways
    ~InPlace();
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;
    bool active() const { return active_; }

  private:
    void leave();

    Store& store_;
    bool active_ = false;
};

bool holds_rows(SQLite::Database& db, const std::string& table);

// Filling an empty table costs half as much when its look-ups by matched fields are sorted once, at the end.
class IndexesLast {
  public:
    // Does nothing when the table holds a row, or few are to come.
    IndexesLast(SQLite::Database& db, const Mapping& mapping, const std::string& table, std::int64_t rows);
    bool postponed() const { return postponed_; }
    void create();

  private:
    SQLite::Database& db_;
    const Mapping& mapping_;
    const std::string& table_;
    bool postponed_ = false;
};

}  // namespace bindery
