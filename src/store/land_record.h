#pragma once
// One reading of one record against what the store holds: added, changed, unchanged, superseded or quarantined. Shared
// by landing a pull and landing a read by id; works inside their transaction.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "store/datasets.h"
#include "store/quarantine.h"
#include "store/record_table.h"
#include "store/store.h"

namespace bindery {

struct Reading {
    std::string key;
    std::string requested;  // when the request that brought it began
    std::int64_t doc_hash = 0;
    std::string doc;
};

// Records that the store doesn't hold, ready to be written; made without it, so that another thread can.
struct FirstRecords {
    RowCells cells;
    std::size_t count = 0;
    std::vector<std::size_t> unreadable;                     // fields, one a value
    std::vector<std::pair<Reading, std::string>> rejected;  // with the reason

    void clear();
    void add(const Mapping& mapping, Reading reading, MappedRecord record);
};

// Writes the history of one landing.
class History {
  public:
    History(SQLite::Database& db, std::string dataset, std::int64_t run, std::string at);
    void write(const std::string& key, const char* kind, const std::optional<std::string>& field = {},
               const std::optional<std::string>& old_value = {}, const std::optional<std::string>& new_value = {});
    void write_added(const std::string& table);  // one row for each row of it, by key

  private:
    SQLite::Database& db_;
    std::int64_t run_;
    std::string dataset_;
    std::string at_;
    SQLite::Statement insert_;
};

class RecordLander {
  public:
    // `complete_read_at`: the last complete pull's start, before this landing.
    RecordLander(Store& store, const Mapping& mapping, std::int64_t run, std::optional<std::string> complete_read_at);

    void take(const Reading& reading, std::optional<std::int64_t> rowid);
    // The same for one whose document is made when it's needed: `make` sets reading.doc and maps it. `stored` is the record that
    // the store holds, if any, removed or not.
    using Make = std::function<MappedRecord(Reading& reading, const RecordRow* stored)>;
    void take(Reading& reading, std::optional<std::int64_t> rowid, const Make& make);
    // Into a table that was empty. settle_first() does once, with all of them in, what take() does a record.
    void add_first(const FirstRecords& records);
    void settle_first();
    void quarantine_keyless(const Reading& reading, const std::string& reason);
    // A reading that says the record is gone (404). Superseded by a later one.
    void gone(const std::string& key, const std::string& requested);
    bool superseded(const RecordRow& row, const std::string& requested) const;  // by what the store knows

    const std::string& now() const { return now_; }
    RecordTable& table() { return table_; }
    LandCounts& counts() { return counts_; }
    std::vector<std::string> unreadable() const;
    void note_unreadable(std::size_t field) { ++faults_[field]; }  // of a value that the record doesn't take

  private:
    MappedRecord mapped(const Reading& reading) const;
    bool passed_by(const Reading& reading, const std::optional<RecordRow>& stored);
    void settle(const Reading& reading, std::optional<std::int64_t> rowid, const std::optional<RecordRow>& stored, MappedRecord record);
    std::string reading_time(const RecordRow& row) const;
    void reject(const Reading& reading, const std::string& reason, std::optional<std::int64_t> rowid,
                const std::optional<RecordRow>& stored);
    void replace(const Reading& reading, std::int64_t rowid, const RecordRow& stored, MappedRecord record);
    void write_changes(const std::string& key, const RecordRow& stored, std::int64_t rowid, const RecordRow& fresh);

    const Mapping& mapping_;
    std::string now_;
    std::optional<std::string> complete_read_at_;
    RecordTable table_;
    Quarantine quarantine_;
    History history_;
    LandCounts counts_;
    std::map<std::size_t, std::int64_t> faults_;  // field -> values that can't be read
};

}  // namespace bindery
