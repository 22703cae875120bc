#pragma once
// What happens inside an import's transaction: the rows in the order of their keys, each held against the record that the book has.
// For this folder only; the rules are book_import.h's.
#include <SQLiteCpp/SQLiteCpp.h>

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/book_import.h"
#include "store/imported_document.h"
#include "store/land_record.h"

namespace bindery {

class ImportLanding {
  public:
    ImportLanding(Store& store, const Mapping& mapping, const FoldRule& fold, const ImportOptions& options, const BookImport::ReadRow& read_row,
                  const BookImport::Reject& reject, const std::optional<std::string>& complete_read_at);

    // `empty`: a book without a row, and without its indexes.
    void walk(bool empty);
    // What the book has and the rows lack, under the guard.
    void remove(std::int64_t live_before, const std::optional<std::string>& complete_read_at);
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
        std::optional<std::int64_t> rowid;
        std::optional<std::int64_t> doc_hash;
        bool settled = true;  // not missed, removed or rejected
    };
    struct Made {  // of a group that no record had
        Group group;
        std::optional<FlatRow> row;  // none: its rows don't make one
        Reading reading;
        MappedRecord record;
    };
    class Groups;

    void walk_empty(Groups& groups);
    void finish(Group& group);
    void take(const Group& group);
    void refuse(const Group& group);
    std::optional<FlatRow> row_of(const Group& group) const;
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
    ImportedDocuments imported_;
    SQLite::Statement touch_;
    std::int64_t kept_ = 0, live_met_ = 0;
};

}  // namespace bindery
