#pragma once
// The records that a book holds, in the order of their keys, beside the rows of an import in the same order. For this folder only.
#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

struct HeldRecord {
    std::int64_t rowid = 0, doc_hash = 0;
    bool settled = true;  // not missed, removed or rejected
};

class HeldRecords {
  public:
    // note_lacking: live records that no find() asks for stand in temp.import_lacks(record) afterwards. Else they may be leapt over.
    HeldRecords(SQLite::Database& db, const std::string& table, bool note_lacking);

    // Keys ascend. What is written for a key when it has been found doesn't come again.
    std::optional<HeldRecord> find(std::string_view key);
    void finish();  // no key follows
    std::int64_t live() const { return live_; }  // met, asked for or not
    std::int64_t lacking() const { return lacking_; }

  private:
    std::string_view key();
    void pass();

    SQLite::Statement select_, lacks_;
    const bool note_lacking_;
    bool more_;
    std::int64_t live_ = 0, lacking_ = 0;
};

}  // namespace bindery
