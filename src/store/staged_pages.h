#pragma once
// The tables of a staging file: pages in and out, and counting what lies there. Knows nothing of files and their age
// (staging.cpp does). Each method works inside the caller's transaction.
#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping.h"
#include "store/staging.h"

namespace bindery {

inline constexpr std::size_t kMaxMappedFields = 64;
using PresentCounts = std::array<std::int64_t, kMaxMappedFields>;  // rows that carried field i

// `document` only grows, so that pages are appended; `item` is small and sorted by key, so that landing compares it
// with the dataset's own small index in one walk. `older` keeps what a repeated key replaced: dropping a page brings it
// back.
inline constexpr const char* kStagingTables = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (number INTEGER PRIMARY KEY, requested TEXT NOT NULL, total INTEGER, rows INTEGER NOT NULL,
                   repeated INTEGER NOT NULL, keyless INTEGER NOT NULL, present TEXT NOT NULL);
CREATE TABLE document (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE item (key TEXT PRIMARY KEY, doc_hash INTEGER NOT NULL, page INTEGER NOT NULL, document INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE older (id INTEGER PRIMARY KEY, key TEXT NOT NULL, doc_hash INTEGER NOT NULL, page INTEGER NOT NULL,
                    document INTEGER NOT NULL);
CREATE INDEX older_key ON older (key);
CREATE TABLE keyless (document INTEGER PRIMARY KEY, page INTEGER NOT NULL, reason TEXT NOT NULL);
)";

struct StagedRow {
    Glance glance;
    std::int64_t doc_hash = 0;
    std::string_view body;
};

class StagedPages {
  public:
    StagedPages(SQLite::Database& db, std::size_t fields);

    PageFacts insert(int page, const std::string& requested, const std::vector<StagedRow>& rows,
                     std::optional<std::int64_t> total);
    // Takes the pages from..to out again; a key that another page had brought as well falls back to that reading.
    void drop(int from, int to);
    // Counts everything anew: pages, totals, rows, keys and the fields present.
    void count(StagedPull& pull, PresentCounts& present);

  private:
    bool place(int page, const std::string& requested, const StagedRow& row);
    void run(const char* sql, int from, int to);

    SQLite::Database& db_;
    std::size_t fields_;
    std::int64_t documents_;  // the last id given
    SQLite::Statement document_, item_, requested_, add_older_, keep_older_, replace_, keyless_, page_;
};

}  // namespace bindery
