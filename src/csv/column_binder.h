#pragma once
// Which columns of a file each field of a book would take by a profile, and what stands against it. Pure; used by csv/ only.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "csv/columns.h"

namespace bindery {

class ColumnBinder {
  public:
    ColumnBinder(const std::vector<std::string>& headers, const CsvProfile& profile, const Mapping& book);

    std::size_t found() const { return found_; }  // fields that have a column
    std::size_t named() const { return named_; }  // of those: by a spelling that stands in the profile
    // Clauses for a person: two headers for one field, one header twice.
    const std::vector<std::string>& conflicts() const { return conflicts_; }
    // Likewise: fields without which no row of the file can land, with what was looked for and what's nearest to it.
    const std::vector<std::string>& lacks() const { return lacks_; }
    bool reads_like(const ColumnBinder& other) const;  // the same columns, dates and names, whatever the profiles are called
    const Columns& columns() const { return columns_; }

  private:
    using Way = Columns::Way;
    void check_twice();
    void claim_named();
    void bind_field(const Field& field);
    std::vector<CellSource> sources(const Field& field, const ColumnRule* rule) const;
    std::optional<Way> bind_way(const std::string& field, const CellSource& source, const std::vector<CellSource>& ways);
    std::vector<std::size_t> columns_for(const HeaderNames& part, const std::vector<CellSource>& ways) const;
    void add_conflict(const std::string& clause);
    std::vector<std::size_t> columns_of(const HeaderNames& names) const;
    bool is_named(const ColumnRule& rule, const std::string& folded) const;
    std::string lack(const std::string& field, const std::string& why) const;
    void find_lacks(const Mapping& book);
    void find_others();
    void seed();

    const CsvProfile& profile_;
    std::map<std::string, const ColumnRule*, std::less<>> rules_;
    std::map<std::string, std::vector<std::size_t>> by_header_;  // folded
    std::vector<std::string> claimed_by_;                        // a column: the field whose rule spells its header
    std::vector<bool> used_;
    Columns columns_;
    std::size_t found_ = 0, named_ = 0;
    std::vector<std::string> conflicts_, lacks_;
};

}  // namespace bindery
