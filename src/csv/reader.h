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
constexpr std::size_t kMostCells = 16384;  // a row, as in Excel

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
        std::size_t begin = 0;  // in buffer_, after the opening quote
        std::size_t close = 0;  // of the closing quote, or `end`
        std::size_t end = 0;    // of the delimiter or line end after the cell
        bool quoted = false;
        bool doubled = false;  // has doubled quotes
    };

    bool scan_row();  // false: more bytes are needed
    bool scan_quoted(Cell& cell);
    bool end_cell(Cell& cell, std::size_t from);
    void check_size(const Cell& cell, std::size_t end) const;
    bool needs_more(const Cell& cell) const;
    std::string_view inside(const Cell& cell) const;
    std::string_view after(const Cell& cell) const;  // text behind the closing quote
    bool blank_row() const;
    void take_row(CsvRow& row);
    void append_text(std::string_view bytes, bool doubled);
    std::size_t next_mark(std::size_t from);
    void look_again_from_begin();
    void fill();
    [[noreturn]] void refuse(std::int64_t line, const std::string& what, const char* hint) const;

    const InputFile& file_;
    const char delimiter_;
    const bool transcode_;
    std::vector<char> buffer_;         // with kMarksBlock bytes to spare
    std::size_t begin_ = 0, end_ = 0;  // what's read and not yet given out; what's before begin_ is still good
    std::uint64_t offset_;             // of buffer_[begin_] in the file
    std::int64_t line_;                // of buffer_[begin_]
    std::size_t chunk_;                // how much the next read asks for
    bool eof_ = false;
    std::size_t block_ = 0;
    std::uint64_t marks_ = 0;  // of the bytes from block_ on
    std::vector<Cell> cells_;  // of the row being read
    std::size_t row_end_ = 0, next_row_ = 0;
    std::int64_t breaks_ = 0;  // line ends inside it
    std::int64_t opened_ = 0;  // line of its last opening quote
    std::string scratch_;
};

// Of the cells and their lengths, whatever their quotes and delimiters are.
std::uint64_t row_hash(const CsvRow& row, std::uint64_t seed);

}  // namespace bindery
