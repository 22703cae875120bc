#pragma once
// What makes filling or replacing a whole dataset bearable. For this folder only.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"

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
