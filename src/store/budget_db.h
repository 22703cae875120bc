#pragma once
// The budget's SQLite file: making it, opening it, what a reboot does to it, and setting a damaged one aside. For
// budget.cpp only.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/clock.h"

namespace bindery {

class BudgetDb {
  public:
    // `lost`: it was there and is gone, so whatever was taken is forgotten: a new file starts in distrust. A damaged
    // file is renamed FILE.corrupt-N and replaced by a new one in distrust. Throws what SQLite throws, or Error.
    BudgetDb(std::filesystem::path file, const Clock& clock, bool lost);

    // Has the file that we hold open lost its name (moved aside or deleted by another)?
    bool is_current() const;
    SQLite::Database& db() { return *db_; }
    // Compiled once. `sql` must be a literal: its address is the key.
    SQLite::Statement& prepared(const char* sql);

    // Moves FILE aside, unless another process has done so already, and puts a new one in its place.
    static void set_aside(const std::filesystem::path& file, const Clock& clock, ino_t damaged);
    ino_t inode() const { return inode_; }

  private:
    std::filesystem::path file_;
    ino_t inode_ = 0;
    std::unique_ptr<SQLite::Database> db_;
    std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_;  // go before db_
};

// One use of a prepared statement: binds in order, and resets it when the use ends, however it ends.
class Query {
  public:
    template <class... Values>
    Query(BudgetDb& db, const char* sql, const Values&... values) : statement_(db.prepared(sql)) {
        int index = 0;
        (statement_.bind(++index, values), ...);
    }
    ~Query() { statement_.tryReset(); }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    bool next() { return statement_.executeStep(); }
    int run() { return statement_.exec(); }  // rows changed
    std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
    std::string text(int column) const { return statement_.getColumn(column).getString(); }
    BootTime time(int column) const { return BootTime(number(column)); }

  private:
    SQLite::Statement& statement_;
};

}  // namespace bindery
