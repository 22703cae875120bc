#pragma once
// What stands between the bytes of a file and its cells: the encoding, told from the whole file, and the delimiter, told from the
// first rows.
#include <cstdint>
#include <optional>
#include <string>

#include "csv/input_file.h"

namespace bindery {

enum class Encoding { utf8, windows1252 };

struct TextFormat {
    Encoding encoding = Encoding::utf8;
    std::uint64_t start = 0;      // of the first row: after a byte order mark and Excel's `sep=;` line
    std::int64_t first_line = 1;  // its line
    char delimiter = ',';
    std::optional<std::int64_t> odd_line;  // of a file told to be Windows-1252: the first line with a letter that looks like UTF-8
};

// Reads the whole file once. `forced_encoding`: utf-8, windows-1252 or empty; `forced_delimiter`: 0 when it's to be told.
// Error(mapping) for what is no text of one byte a letter: a workbook, UTF-16, NUL bytes, two encodings in one file; says where and
// what to save it as. One column only: the delimiter is a comma.
TextFormat tell_format(const InputFile& file, const std::string& forced_encoding, char forced_delimiter);

}  // namespace bindery
