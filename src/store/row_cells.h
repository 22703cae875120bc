#pragma once
// Rows as SQLite takes them, in one piece of memory: one thread makes them, another writes them. For this folder only.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sqlite3_stmt;

namespace bindery {

// Of rows of one width: the cells of the first row, then those of the second …
class RowCells {
  public:
    void clear();
    void add() { cells_.push_back({}); }  // NULL
    void add(std::int64_t number) { cells_.push_back({Cell::Kind::number, number, 0}); }
    void add(std::string_view text);
    void add(const std::optional<std::string>& text);
    std::size_t size() const { return cells_.size(); }

  private:
    friend class CellStatement;
    struct Cell {
        enum class Kind { null, number, text } kind = Kind::null;
        std::int64_t number = 0;  // or where the text begins
        std::size_t size = 0;
    };
    std::string texts_;
    std::vector<Cell> cells_;
};

// A statement that takes a row's cells as ?1, ?2 …, and perhaps a number after them. Prepared when it's first needed.
class CellStatement {
  public:
    CellStatement(SQLite::Database& db, std::string sql, std::size_t width) : db_(db), sql_(std::move(sql)), width_(width), bound_(width) {}
    ~CellStatement();
    CellStatement(const CellStatement&) = delete;
    CellStatement& operator=(const CellStatement&) = delete;
    void run(const RowCells& rows, std::size_t row, std::optional<std::int64_t> number = {});

  private:
    void check(int code) const;
    SQLite::Database& db_;
    const std::string sql_;
    const std::size_t width_;
    std::vector<bool> bound_;  // places that aren't NULL, of the row before
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace bindery
