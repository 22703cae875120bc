#pragma once
// What the cells of a column look like, for the first guess at a file that no profile knows. Pure.
#include <string>
#include <vector>

#include "core/csv_profile.h"
#include "core/field.h"

namespace bindery {

struct ColumnLooks {
    std::size_t stated = 0;      // cells that aren't blank
    std::size_t dates = 0, mdy_only = 0, dmy_only = 0;
    std::size_t money = 0;       // with $ , or two decimals
    std::size_t numbers = 0;     // whatever reads as money
    std::size_t phones = 0, emails = 0, zips = 0, states = 0;
    std::size_t policy_numbers = 0;  // letters and digits in one word, or long digits; not dates, phones, ZIPs
    std::size_t last_first = 0;      // "Roe, Ann"
    std::size_t distinct = 0;
    std::string least_date, most_date;  // YYYY-MM-DD

    // Nine of ten stated cells, and not of a handful only.
    bool mostly(std::size_t count) const { return stated > 0 && count * 10 >= stated * 9; }
    bool may_be(FieldType type) const;  // nothing in the cells speaks against it
};

ColumnLooks looks_of(const std::vector<std::vector<std::string>>& rows, std::size_t column);

// The order that the cells of all date columns show; mdy when none is told.
DateOrder date_order(const std::vector<ColumnLooks>& looks);

}  // namespace bindery
