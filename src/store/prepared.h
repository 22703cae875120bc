#pragma once
// A statement that its store keeps prepared between uses: for those that run once a record. Reset when it goes out of scope, so that
// no reading stays open. Two of the same text at a time are two statements.
#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

class StatementCache {
  public:
    std::map<std::string, std::vector<std::unique_ptr<SQLite::Statement>>> idle;  // by text
};

class Prepared {
  public:
    Prepared(Store& store, const std::string& sql);
    ~Prepared();
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
    SQLite::Statement& operator*() { return *statement_; }

  private:
    StatementCache& cache_;
    std::string sql_;
    std::unique_ptr<SQLite::Statement> statement_;
};

}  // namespace bindery
