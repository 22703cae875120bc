#pragma once
// The rows of a CSV (RFC 4180, and what programs make of it), front to back or at places, in bounded memory. One thread.
//   A row ends with CRLF, LF or CR; the last one needn't. Rows whose cells are all blank are skipped.
//   A cell that begins with a quote ends at the next single one; two mean one. Text after it is kept, but when the quoted part
//   spans lines that's how a missing end quote looks, and the file is refused rather than rows swallowed.
//   Quotes elsewhere are text; spaces are kept, also before a quote.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csv/encoding.h"
#include "csv/input_file.h"

namespace bindery {

constexpr std::size_t kMostCellBytes = 4U << 20U;
constexpr std::size_t kMostRowBytes = 16U << 20U;

struct CsvRow {
    std::vector<std::string_view> cells;  // UTF-8, without quotes; good until the reader's next next() or go_to()
    std::uint64_t offset = 0;             // of its first byte in the file
    std::uint32_t length = 0;             // bytes, without the line's end
    std::int64_t line = 0;                // where it begins, from 1
};

class CsvReader {
  public:
    // Both outlive the reader.
    CsvReader(const InputFile& file, const TextFormat& format);

    // False at the end. Error(mapping) with file and line: a missing end quote, a cell or a row above the limit.
    bool next(CsvRow& row);
    // The next row is the one that begins at `offset`, in `line`. A row at a place costs one small read.
    void go_to(std::uint64_t offset, std::int64_t line);

  private:
    struct Cell {
        std::size_t begin = 0;  // in buffer_, without the opening quote
        std::size_t end = 0;
        std::size_t close = 0;  // of the closing quote when text follows it, else `end`
        bool doubled = false;   // has doubled quotes
    };
    enum class Scan { row, more };

    Scan scan_row();
    bool blank_row() const;
    void take_row(CsvRow& row);
    std::string_view cell_text(const Cell& cell);
    std::size_t next_mark(std::size_t from);
    bool fill();
    [[noreturn]] void fail_unclosed(std::int64_t line, bool at_end) const;

    const InputFile& file_;
    char delimiter_;
    bool transcode_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // the bytes read and not yet given out
    std::uint64_t offset_ = 0;         // in the file, of buffer_[begin_]
    std::int64_t line_ = 1;            // of buffer_[begin_]
    std::size_t chunk_;                // how much the next read asks for
    bool eof_ = false;
    std::uint64_t marks_ = 0;          // of the 64 bytes at block_: delimiters, quotes, line ends
    std::size_t block_ = 0;
    std::vector<Cell> cells_;
    std::size_t row_end_ = 0, next_row_ = 0;  // in buffer_
    std::int64_t breaks_ = 0;                 // line ends inside the row
    std::string scratch_;
};

// Of the cells and their lengths, whatever their quotes and delimiters are.
std::uint64_t row_hash(const CsvRow& row, std::uint64_t seed);

}  // namespace bindery
