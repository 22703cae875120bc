#pragma once
// What the cells of agencies' reports mean before core/field.h reads them. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "core/csv_profile.h"

namespace bindery {

// Without the guard of our own exports, or else without Excel's ="00123".
std::string_view cell_value(std::string_view cell);

// YYYY-MM-DD, with what follows the date (a time of day), for what core's rules of dates don't read as it's meant: another order,
// Excel's day numbers, 20260701, 7-1-2026, 1-Jul-2026, July 1, 2026. nullopt: leave it as it is. 00/00/0000 is "".
std::optional<std::string> plain_date(std::string_view text, DateOrder order);

// YYYY-MM-DDTHH:MM:SS for a date and a time of day without an offset, as plain_date and core's rules of dates read the one: 11/28/2026 9:15 PM,
// 2026-11-28T09:20:00, 28-Nov-2026 09:20. nullopt for all else.
std::optional<std::string> local_time(std::string_view text, DateOrder order);

// A date that would be read the other way round: 3/14/2026 among dates of the order d/m/y.
bool against_order(std::string_view text, DateOrder order);

// "Roe, Ann" and "Ann Roe" by parts. A business ("Roe, Inc.", "Roe & Sons LLC") has no parts: as a whole and as a last name it stays
// as it is.
std::string name_part(std::string_view text, NamePart part);

// 1.23457E+11: what Excel makes of a long number.
bool is_shortened_number(std::string_view text);

// "Total", "Grand Total:", "Subtotals", "Count", "12 records", "Records: 12", "End of report".
bool is_totals_label(std::string_view text);

// An amount, a count or a date, as they stand in a totals line.
bool is_figure(std::string_view text);

}  // namespace bindery
