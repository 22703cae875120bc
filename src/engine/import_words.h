#pragma once
// What an import tells of a file that it took but couldn't read whole: columns that no field takes, times that nobody can read, rows of
// one record that don't agree. Pure; no personal data but headers and times.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/csv_profile.h"
#include "core/flat_row.h"
#include "core/mapping.h"

namespace bindery {

// "Telefon", "Fax" and 3 more: the first ten.
std::string first_names(const std::vector<std::string>& names);

// A sentence when fields of the profile have no column and the file has columns that no field takes, one of which isn't in `known`: those
// that earlier imports of the book brought. Else empty.
std::string strange_columns(const std::vector<std::string>& unmapped, const std::vector<std::string>& absent, const std::vector<std::string>& known, const CsvProfile& profile);

std::string rows_that_disagree(std::vector<std::int64_t> lines);
std::string rows_of_others(std::vector<std::int64_t> lines);

// Cells of a field of the type datetime that are no time with its offset; of a book of ours also dates and money that can't be read. One
// thread at a time.
class UnreadCells {
  public:
    void look(const Mapping& book, bool ours, const FlatRow& row, DateOrder dates, std::int64_t line);
    // One a field: how many, the first lines, what stands there where it is a time but for its zone, and how to have times read.
    std::vector<std::string> lines(const CsvProfile& profile) const;
    bool tells_of(const std::string& line) const;  // a count of the same field's values, as store/ gives it

  private:
    struct Field {
        FieldType type = FieldType::datetime;
        std::int64_t count = 0;
        bool zoneless = false;            // one of them at least lacks nothing but its zone
        std::vector<std::string> places;  // the first few
    };
    std::map<std::string, Field> fields_;
};

}  // namespace bindery
