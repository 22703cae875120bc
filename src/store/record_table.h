#pragma once
// A dataset's table in SQL: its name, columns, indexes and views, and the prepared statements that read and write a
// row. Used by landing and rebuilding only, inside their transaction. Names come from checked configuration and are
// quoted anyway.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"
#include "store/row_cells.h"

namespace bindery {

std::string quoted(const std::string& identifier);
std::string quoted_text(const std::string& text);
void bind_optional(SQLite::Statement& statement, int index, const std::optional<std::string>& value);
std::optional<std::string> optional_text(SQLite::Statement& statement, int column);

// Part of what a dataset's signature is made of: raise it when the columns, indexes or views below change, or what
// match_key() makes of a value: each table that it concerns is then built anew.
const char* table_format(const Mapping& mapping);

// DDL. `table` differs from table_name(dataset) while a table is being rebuilt.
std::string create_table_sql(const Mapping& mapping, const std::string& table);
std::string create_indexes_sql(const Mapping& mapping, const std::string& table);  // all of them
// Those that a table which is filled at once gets when its rows are in: of the matched fields, but not of the one that a book's keys
// begin with, since rows that come by key fill that one in order.
std::string create_late_indexes_sql(const Mapping& mapping, const std::string& table);
std::string drop_late_indexes_sql(const Mapping& mapping, const std::string& table);
std::string create_views_sql(const Mapping& mapping);
std::string drop_views_sql(const std::string& dataset);
std::string landing_index(const std::string& table);  // (key, doc_hash, missed_at, removed_at, rejected_at)
// Throws Error(config) when two columns would share a name.
void check_columns(const Mapping& mapping);

// All times of a row are reading times (when the request began), not times of landing.
struct RecordRow {
    std::string key;
    std::vector<std::optional<std::string>> values;  // canonical, one a field
    std::string first_seen_at;
    std::string read_at;
    std::optional<std::string> missed_at;    // the complete pull that was the first to lack it
    std::optional<std::string> removed_at;   // the reading that proved it gone
    std::optional<std::string> removed_why;  // missing | expired | gone
    std::optional<std::string> rejected_at;  // its latest reading couldn't land: the row is an older one
    std::string hash;
    std::int64_t doc_hash = 0;
    std::string doc;  // read() leaves it empty; see document()
};

class RecordTable {
  public:
    RecordTable(SQLite::Database& db, const Mapping& mapping, const std::string& table);
    std::optional<std::int64_t> find(const std::string& key);
    RecordRow read(std::int64_t rowid);
    std::string document(std::int64_t rowid);
    void insert(const RecordRow& row);
    // The same in two halves: the first needs no database, so another thread may do it.
    static void encode(const Mapping& mapping, const RecordRow& row, RowCells& cells);
    void insert(const RowCells& rows, std::size_t row) { insert_.run(rows, row); }
    void update(std::int64_t rowid, const RecordRow& row, const RecordRow& stored);  // `stored`: what read() gave

  private:
    const Mapping& mapping_;
    SQLite::Statement find_, read_, document_;
    CellStatement insert_, update_, update_rest_;
    RowCells cells_;
};

}  // namespace bindery
