#pragma once
// How the columns of one program's CSV become the fields of a book. Plain data: config/ reads it, csv/ applies it. Docs: docs/csv.md.
#include <string>
#include <utility>
#include <vector>

namespace bindery {

enum class NamePart { all, name, first, last };  // of "Last, First": as it is, "First Last", one half
enum class DateOrder { mdy, dmy };               // of 3/4/2026; a date that begins with its year is never in doubt

using HeaderNames = std::vector<std::string>;  // spellings of one header; at most one of them is in a file

struct CellSource {
    std::vector<HeaderNames> parts;  // joined in this order; mostly one
    std::string with = " ";          // between joined parts
    NamePart take = NamePart::all;
};

struct ColumnRule {
    std::string field;
    std::vector<CellSource> ways;  // the first that yields text counts
    std::vector<std::pair<std::string, std::string>> words{};  // the file's word, and what it is in the book; case doesn't count
};

struct CsvProfile {
    std::string name;
    std::string file;
    std::string about;
    std::string into;  // the book's name
    std::vector<ColumnRule> columns;
    DateOrder dates = DateOrder::mdy;
    std::string timezone;  // of times that state no offset; empty: they can't be read
    char delimiter = 0;    // 0: told from the first rows
    std::string encoding;  // utf-8 | windows-1252; empty: told from the whole file
};

}  // namespace bindery
