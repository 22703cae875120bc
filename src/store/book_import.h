#pragma once
// One file's rows become a book's records. The rows stay in their file: each one's key, hash and place are sorted by key
// (row_sorter.h), and only what is new or differs is read again, in that order (import_landing.h). One transaction; a process that dies in it leaves the book as
// it was. Rules: docs/csv.md.
//   BookImport import(store, book…); import.add(…) for each row, in any order; import.land(…) once.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/fold.h"
#include "core/mapping.h"
#include "core/removal_limit.h"
#include "store/datasets.h"
#include "store/store.h"

namespace bindery {

struct RowPlace {
    std::uint64_t offset = 0;  // of its first byte in the file
    std::int64_t line = 0;
};

enum class AtOdds { rows, book };  // why a row can't land: other rows of its key; the record that the book has under it

struct ImportOptions {
    std::int64_t run = 0;
    WallTime read_at;          // when the book was as the file says
    bool whole = true;         // what the file lacks is gone, within `max_removed`; else rows are only added and changed
    bool dry = false;          // everything is done, then undone
    RemovalRule max_removed;
    std::int64_t rejected = 0;  // rows that can't land: count as seen and quarantined
    std::map<std::string, std::int64_t> present;  // field -> rows that state it
    // For the table `import`.
    std::string file, hash, meaning, profile;
    std::vector<std::string> others;  // headers that no field takes
};

struct ImportCounts : LandCounts {
    std::int64_t kept = 0;  // values of changed records that the file leaves blank or doesn't have: the book's stay
};

class BookImport {
  public:
    BookImport(Store& store, const Mapping& mapping, const FoldRule& fold);
    ~BookImport();
    BookImport(const BookImport&) = delete;
    BookImport& operator=(const BookImport&) = delete;

    // `hash`: of the row's cells and what they mean; equal means the same row.
    void add(std::string_view key, std::uint64_t hash, RowPlace place);
    // A rejected row may be the record whose key begins so: nothing is concluded from its lack.
    void spare(const std::string& beginning);

    using ReadRow = std::function<void(RowPlace, FlatRow& row)>;  // `row` may hold another one's texts
    using Reject = std::function<void(RowPlace, const std::string& reason, AtOdds with)>;
    // `row` may be called by a second thread, never by two at a time, and not while `reject` runs.
    // Error(guard) when more would be removed than allowed, and whatever `row` throws: then nothing has happened. `also` joins the
    // transaction, after all else. seen = added + changed + unchanged + folded + superseded + quarantined.
    ImportCounts land(const ImportOptions& options, const ReadRow& row, const Reject& reject, const std::function<void()>& also);

  private:
    struct Rows;
    Store& store_;
    const Mapping& mapping_;
    const FoldRule& fold_;
    std::unique_ptr<Rows> rows_;
};

// What is known of the book's last import.
struct LastImport {
    std::int64_t run = 0;
    std::string at;
    std::string read_at;  // of the newest one
    std::string file, hash, meaning, profile;
};
std::optional<LastImport> last_import(Store& store, const std::string& dataset);
// Headers of all its imports that no field takes, in the order in which they were met.
std::vector<std::string> other_headers(Store& store, const std::string& dataset);
// Did the same bytes land in the book before, with the same meaning?
bool imported_before(Store& store, const std::string& dataset, const std::string& hash, const std::string& meaning);

// Lines of the rows that the book's last import of `file` rejected and that wait in quarantine.
std::set<std::int64_t> rejected_lines(Store& store, const std::string& dataset, const std::string& file);
// Takes out of quarantine what the book's last import of `file` rejected, by the rows' lines in it. Joins the caller's transaction.
void clear_mended(Store& store, const std::string& dataset, const std::string& file, const std::vector<std::int64_t>& lines);

}  // namespace bindery
