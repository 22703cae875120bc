#pragma once
// CSV out: RFC 4180 with CRLF, quotes only where they are needed. Pure.
// Guarded cells begin with a ' that csv/columns.h takes off again, so a table program neither runs nor rounds them:
//   what begins with = + - @, a tab or a line end (a plain negative number of a column that isn't text is left alone);
//   digits only with a leading zero or 12 and more of them;
//   in a text column also what such a program makes a date or a power of: 3-4, 1/2/26, 12E5;
//   what begins with ' and one of those or a digit, so that taking off one ' is the exact inverse.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

enum class CellGuard { raw, safe };

// `text`: which columns are text; the others, and those beyond its end, are numbers or dates by the book's word.
std::string csv_line(const std::vector<std::string_view>& cells, CellGuard guard, const std::vector<bool>& text = {});
std::string csv_line(const std::vector<std::string>& cells, CellGuard guard, const std::vector<bool>& text = {});
// The same without the line's end, cell for cell: what to do with a stream of cells.
void append_cell(std::string& line, std::string_view cell, CellGuard guard, bool text);

// What a cell says without its guard: one ' off when there is one.
std::string_view without_guard(std::string_view cell);

}  // namespace bindery
