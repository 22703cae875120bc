#include "csv/reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/error.h"
#include "core/text.h"
#include "csv/marks.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {

namespace {

constexpr std::size_t kLargeChunk = 256U << 10U;
constexpr std::size_t kSmallChunk = 1U << 10U;
constexpr const char* kCheckQuotes = "look at the quotes from there on; a quote inside a cell is written twice";
constexpr const char* kIsItATable = "is it a table, and of which delimiter? `delimiter:` in a profile says so";

// Of Windows-1252's 0x80 to 0x9F; the five that it leaves open are the control characters of Unicode.
constexpr std::array<char16_t, 32> kWindows1252{0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

void append_windows1252(std::string& to, char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
        to += c;
        return;
    }
    const unsigned code = byte < 0xA0 ? kWindows1252[byte - 0x80U] : byte;
    if (code < 0x800) {
        to += static_cast<char>(0xC0U | (code >> 6U));
    } else {
        to += static_cast<char>(0xE0U | (code >> 12U));
        to += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    }
    to += static_cast<char>(0x80U | (code & 0x3FU));
}

bool is_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

bool is_blank(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), is_space);
}

}  // namespace

CsvReader::CsvReader(const InputFile& file, const TextFormat& format)
    : file_(file), delimiter_(format.delimiter), transcode_(format.encoding == Encoding::windows1252), buffer_(kMarksBlock), offset_(format.start),
      line_(format.first_line), chunk_(kLargeChunk) {}

bool CsvReader::next(CsvRow& row) {
    for (;;) {
        if (begin_ == end_) {
            if (!eof_) fill();
            if (begin_ == end_) return false;
        }
        if (!scan_row()) {
            fill();
            continue;
        }
        const bool blank = blank_row();
        if (!blank) take_row(row);
        offset_ += next_row_ - begin_;
        begin_ = next_row_;
        line_ += 1 + breaks_;
        if (!blank) return true;
    }
}

void CsvReader::go_to(std::uint64_t offset, std::int64_t line) {
    line_ = line;
    const std::uint64_t first = offset_ - begin_;
    const bool here = offset >= first && offset < first + end_;
    const bool near = offset >= first && offset < first + end_ + chunk_;
    offset_ = offset;
    if (here) {
        begin_ = static_cast<std::size_t>(offset - first);
    } else {
        begin_ = end_ = 0;
        eof_ = false;
        if (!near) chunk_ = kSmallChunk;
    }
    look_again_from_begin();
}

void CsvReader::look_again_from_begin() {
    block_ = begin_;
    marks_ = marks_of(buffer_.data() + begin_, delimiter_);
}

// Moves what isn't given out to the front and reads on behind it.
void CsvReader::fill() {
    const std::size_t kept = end_ - begin_;
    const std::uint64_t at = offset_ + kept, left = file_.size() - std::min(file_.size(), at);
    // A long row takes few steps. One byte more than there should be tells the end.
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(chunk_, kept), left + 1));
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
    if (buffer_.size() < kept + wanted + kMarksBlock) buffer_.resize(kept + wanted + kMarksBlock);
    const std::size_t got = file_.read_at(at, buffer_.data() + kept, wanted);
    begin_ = 0;
    end_ = kept + got;
    eof_ = got < wanted;
    chunk_ = std::min(2 * chunk_, kLargeChunk);
    look_again_from_begin();
}

// The next delimiter, quote or line end at or after `from`, or end_.
std::size_t CsvReader::next_mark(std::size_t from) {
    for (;;) {
        if (from >= end_) return end_;
        if (from - block_ < kMarksBlock) {
            const std::uint64_t rest = marks_ >> (from - block_);
            if (rest != 0) return std::min(end_, from + static_cast<std::size_t>(std::countr_zero(rest)));
            from = block_ + kMarksBlock;
            if (from >= end_) return end_;
        }
        block_ = from;
        marks_ = marks_of(buffer_.data() + from, delimiter_);
    }
}

bool CsvReader::scan_row() {
    cells_.clear();
    breaks_ = 0;
    std::size_t at = begin_;
    for (;;) {
        Cell cell;
        cell.begin = at;
        std::size_t from = at;
        if (at < end_ && buffer_[at] == '"') {
            if (!scan_quoted(cell)) return false;
            from = cell.close + 1;
        }
        if (!end_cell(cell, from)) return false;
        if (cell.end - begin_ > kMostCellBytes) check_size(cell, cell.end);
        if (cells_.size() == kMostCells)
            refuse(line_, "has more than " + std::to_string(kMostCells) + " cells in the row of line " + std::to_string(line_), kIsItATable);
        cells_.push_back(cell);
        if (cell.end == end_ || buffer_[cell.end] != delimiter_) {
            row_end_ = cell.end;
            next_row_ = std::min(end_, cell.end + 1);
            if (cell.end + 1 < end_ && buffer_[cell.end] == '\r' && buffer_[cell.end + 1] == '\n') ++next_row_;
            return true;
        }
        at = cell.end + 1;
    }
}

// From the opening quote at cell.begin to the closing one.
bool CsvReader::scan_quoted(Cell& cell) {
    cell.quoted = true;
    opened_ = line_ + breaks_;
    std::size_t at = next_mark(++cell.begin);
    for (;; at = next_mark(at + 1)) {
        const bool last = at + 1 >= end_;
        if (at == end_ || (last && !eof_)) {
            if (!eof_) return needs_more(cell);
            refuse(opened_, "has a quote in line " + std::to_string(opened_) + " that is never closed", kCheckQuotes);
        }
        const char c = buffer_[at];
        if (c == '"') {
            if (last || buffer_[at + 1] != '"') break;
            cell.doubled = true;
            ++at;
        } else if (c == '\n' || (c == '\r' && (last || buffer_[at + 1] != '\n'))) {
            ++breaks_;
        }
    }
    cell.close = cell.end = at;
    return true;
}

// To the delimiter or line end after `from`. A CR waits for what follows it.
bool CsvReader::end_cell(Cell& cell, std::size_t from) {
    std::size_t at = next_mark(from);
    while (at < end_ && buffer_[at] == '"') at = next_mark(at + 1);
    if (!eof_ && (at == end_ || (buffer_[at] == '\r' && at + 1 == end_))) return needs_more(cell);
    cell.end = at;
    if (!cell.quoted) {
        cell.close = at;
        return true;
    }
    if (line_ + breaks_ != opened_ && !is_blank(after(cell)))
        refuse(opened_, "has a quote in line " + std::to_string(opened_) + " that isn't closed there: its cell would run over several lines and end amid text",
               kCheckQuotes);
    return true;
}

// A cell and its row, as far as `end`.
void CsvReader::check_size(const Cell& cell, std::size_t end) const {
    const std::string row = "the row of line " + std::to_string(line_);
    if (end - cell.begin > kMostCellBytes)
        refuse(line_, "has a cell of more than 4 MiB in " + row, cell.quoted ? kCheckQuotes : kIsItATable);
    if (end - begin_ > kMostRowBytes) refuse(line_, "has more than 16 MiB in " + row, kIsItATable);
}

bool CsvReader::needs_more(const Cell& cell) const {
    check_size(cell, end_);
    return false;
}

std::string_view CsvReader::inside(const Cell& cell) const {
    return {buffer_.data() + cell.begin, cell.close - cell.begin};
}

std::string_view CsvReader::after(const Cell& cell) const {
    if (!cell.quoted) return {};
    return {buffer_.data() + cell.close + 1, cell.end - (cell.close + 1)};
}

bool CsvReader::blank_row() const {
    return std::all_of(cells_.begin(), cells_.end(), [this](const Cell& cell) { return is_blank(inside(cell)) && is_blank(after(cell)); });
}

void CsvReader::take_row(CsvRow& row) {
    const std::string_view bytes(buffer_.data() + begin_, row_end_ - begin_);
    const bool plain = !transcode_ || is_ascii(bytes);
    row.cells.clear();
    row.offset = offset_;
    row.length = static_cast<std::uint32_t>(bytes.size());
    row.line = line_;
    scratch_.clear();
    for (const Cell& cell : cells_) {
        const std::string_view text = inside(cell), more = after(cell);
        if (!cell.doubled && more.empty() && (plain || is_ascii(text))) {
            row.cells.push_back(text);
            continue;
        }
        // Never moves while views into it are given out: a byte becomes three at most.
        if (scratch_.empty()) scratch_.reserve((transcode_ ? 3 : 1) * bytes.size());
        const std::size_t from = scratch_.size();
        append_text(text, cell.doubled);
        append_text(more, false);
        row.cells.emplace_back(scratch_.data() + from, scratch_.size() - from);
    }
}

void CsvReader::append_text(std::string_view bytes, bool doubled) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (transcode_) append_windows1252(scratch_, bytes[i]);
        else scratch_ += bytes[i];
        if (doubled && bytes[i] == '"') ++i;
    }
}

void CsvReader::refuse(std::int64_t line, const std::string& what, const char* hint) const {
    throw Error(ErrorCode::mapping, file_.name() + ":" + std::to_string(line) + " " + what, hint);
}

std::uint64_t row_hash(const CsvRow& row, std::uint64_t seed) {
    thread_local std::vector<char> bytes;
    constexpr std::size_t kPrefix = sizeof(std::uint32_t);
    std::size_t size = 0;
    for (const std::string_view cell : row.cells) size += kPrefix + cell.size();
    if (bytes.size() < size) bytes.resize(size);
    char* to = bytes.data();
    for (const std::string_view cell : row.cells) {
        const auto length = static_cast<std::uint32_t>(cell.size());
        std::memcpy(to, &length, kPrefix);
        if (length > 0) std::memcpy(to + kPrefix, cell.data(), length);
        to += kPrefix + length;
    }
    return XXH3_64bits_withSeed(bytes.data(), size, seed);
}

}  // namespace bindery
