#pragma once
// What happens inside an import's transaction: the rows in the order of their keys, each held against the record that the book has.
// For this folder only; the rules are book_import.h's.
#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/book_import.h"
#include "store/imported_document.h"
#include "store/land_record.h"
#include "store/row_sorter.h"

namespace bindery {

class ImportLanding {
  public:
    ImportLanding(Store& store, const Mapping& mapping, const FoldRule& fold, const ImportOptions& options, const BookImport::ReadRow& read_row,
                  const BookImport::Reject& reject, const std::optional<std::string>& complete_read_at);

    // Into a book without a row.
    void walk_empty(RowSorter& rows);
    // `proven`: what the rows lack is gone, under the guard.
    void walk(RowSorter& rows, bool proven, const std::optional<std::string>& complete_read_at);
    void remember();  // in the table `import`

    const std::string& requested() const { return requested_; }
    RecordLander& lander() { return lander_; }
    std::int64_t kept() const { return kept_; }

  private:
    // The rows of one key.
    struct Group {
        std::string key;
        std::vector<std::pair<std::uint64_t, RowPlace>> rows;
        std::int64_t hash = 0;
    };
    class Groups;
    struct Batch {
        FirstRecords records;
        std::vector<Group> refused;  // their rows don't make a record
        bool more = true;
    };

    void read_ahead(Groups& groups, Batch& batch) const;
    void take(const Group& group, std::optional<std::int64_t> rowid);
    void keep(std::int64_t rowid);
    std::string why_no_record(const Group& group) const;
    std::string why_another(std::int64_t rowid, const FlatRow& row);
    void refuse(const Group& group);
    void refuse(const Group& group, const std::string& reason, AtOdds with);
    bool read_row(const Group& group, FlatRow& row) const;
    void remove(std::int64_t live_before, const std::optional<std::string>& complete_read_at);
    MappedRecord first_record(Reading& reading, const FlatRow& row) const;
    MappedRecord laid_over(Reading& reading, const FlatRow& row);

    Store& store_;
    const Mapping& mapping_;
    const FoldRule& fold_;
    const ImportOptions& options_;
    const BookImport::ReadRow& read_row_;
    const BookImport::Reject& reject_;
    const std::string table_, requested_;
    RecordLander lander_;
    FlatDocuments documents_;
    ImportedDocuments imported_;
    SQLite::Statement touch_;
    std::int64_t kept_ = 0;
};

}  // namespace bindery
