#pragma once
// How the columns of one file become the fields of one book: bound once from the headers, then applied to each row. Pure.
// Headers and aliases match without case, spaces and punctuation; a field's own name is always one of its aliases.
//   A cell '=1+1 loses its ' (csv/writer.h puts it there), ="00123" is 00123. A field's text is trimmed; a blank cell isn't stated.
//   Of a field that may be taken from several columns, those that aren't taken stay under their headers: a second phone is somebody's too.
//   Dates of m/d/y, d/m/y, Excel's day numbers and 1-Jul-2026 become YYYY-MM-DD; what isn't a date with certainty stays as it is.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/csv_profile.h"
#include "core/flat_row.h"
#include "core/mapping.h"
#include "csv/reader.h"

namespace bindery {

// The first row as headers: trimmed, without the guard of our own exports; a blank one is "column N".
std::vector<std::string> headers_of(const CsvRow& row);

// Columns that reject files add (engine/reject_file.h): never data.
inline constexpr const char* kRejectColumns[] = {"rejected_line", "rejected_because"};
bool is_reject_column(const std::string& header);

class Columns {
  public:
    // Error(mapping), naming file, columns and fields: two headers for one field, one header twice, no header row, no column for a
    // required field or for any of the book's keys.
    static Columns bind(const std::vector<std::string>& headers, const CsvProfile& profile, const Mapping& book, const std::string& file);

    std::size_t width() const { return headers_.size(); }
    // Row faults (below) are to be looked for first. `to` may be used again and again.
    void apply(const CsvRow& row, FlatRow& to) const;
    std::uint64_t hash_seed() const { return seed_; }  // of headers and profile: under others the same row is another one
    const std::vector<std::string>& headers() const { return headers_; }
    const std::vector<std::string>& unmapped() const { return unmapped_; }  // headers that no field takes; not blank ones
    const std::vector<std::size_t>& nameless() const { return nameless_; }  // columns that no field takes and that have no header: "column N"
    const std::vector<std::string>& absent() const { return absent_; }      // fields of the profile that have no column here
    DateOrder dates() const { return dates_; }
    std::optional<std::size_t> record_key_column() const { return record_key_; }

  private:
    friend class ColumnBinder;
    friend class RowFaults;
    struct Way {
        std::vector<std::size_t> parts;  // columns, joined in this order
        std::string with;
        NamePart take = NamePart::all;
        bool operator==(const Way&) const = default;
    };
    struct FieldColumns {
        std::string name;
        FieldType type = FieldType::text;
        bool required = false;
        std::vector<Way> ways;  // none: no column
        std::map<std::string, std::string, std::less<>> words{};  // the file's, folded → the book's
    };
    std::size_t take_text(const FieldColumns& field, const CsvRow& row, std::string& to) const;  // by which way; as many as there are: by none
    void keep(std::size_t column, const CsvRow& row, std::size_t& stated, FlatRow& to) const;  // among the others
    void keep_spare(const FieldColumns& field, std::size_t taken, const CsvRow& row, std::size_t& stated, FlatRow& to) const;

    std::vector<std::string> headers_;
    std::vector<FieldColumns> fields_;            // one a field of the book
    std::vector<std::vector<std::size_t>> keys_;  // the book's key: alternatives of fields
    std::vector<std::size_t> others_, nameless_;  // columns that no field takes
    std::vector<std::string> unmapped_, absent_;
    std::optional<std::size_t> record_key_;
    DateOrder dates_ = DateOrder::mdy;
    std::string zone_;  // of times without an offset; empty: such times stay as they are
    std::uint64_t seed_ = 0;
};

// Why the row can't be taken, without what it says: more cells than headers, fewer than a key needs, a totals line, a number that
// Excel has shortened. Cells that lack at the row's end aren't stated; nothing is ever shifted.
std::optional<std::string> row_fault(const CsvRow& row, const Columns& columns);

}  // namespace bindery
