#include "csv/encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "csv/delimiter.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace bindery {

namespace {

constexpr std::size_t kLookedAt = 256U << 10U;
constexpr std::size_t kSample = 64U << 10U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr const char* kSaveAsUtf8 = "open it in the program it's from, or in Excel, and save it as \"CSV UTF-8\"";

[[noreturn]] void refuse(const InputFile& file, const std::string& why, const char* hint) {
    throw Error(ErrorCode::mapping, file.name() + " " + why, hint);
}

struct Beginning {
    std::string_view bytes;
    const char* is;
    const char* hint;
};

constexpr const char* kSaveAsCsv = "open it in Excel and save it as CSV";
constexpr const char* kExportCsv = "export the report as CSV instead";

constexpr std::array<Beginning, 13> kBeginnings{{
    {"PK\x03\x04", "is an Excel workbook (.xlsx) or another zip file, not a CSV", kSaveAsCsv},
    {"PK\x05\x06", "is an empty zip file, not a CSV", kExportCsv},
    {"\xD0\xCF\x11\xE0", "is an Excel workbook (.xls), not a CSV", kSaveAsCsv},
    {"\x09\x08", "is an old Excel workbook (.xls), not a CSV", kSaveAsCsv},
    {"%PDF", "is a PDF, not a CSV", kExportCsv},
    {"\x1F\x8B", "is compressed (gzip), not a CSV", "unpack it first, with gunzip"},
    {"BZh", "is compressed (bzip2), not a CSV", "unpack it first, with bunzip2"},
    {"\xFD"
     "7zXZ",
     "is compressed (xz), not a CSV", "unpack it first, with unxz"},
    {"7z\xBC\xAF", "is compressed (7z), not a CSV", "unpack it first"},
    {"{\\rtf", "is a text document (RTF), not a CSV", kExportCsv},
    {"SQLite format 3", "is an SQLite database, not a CSV", kExportCsv},
    {"\xFF\xFE", "is UTF-16 (Excel's \"Unicode Text\"), not CSV UTF-8", kSaveAsUtf8},
    {"\xFE\xFF", "is UTF-16, not CSV UTF-8", kSaveAsUtf8},
}};

void refuse_markup(const InputFile& file, std::string_view text) {
    text = trim(text);
    const std::string head = lower(text.substr(0, 9));
    if (head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<table"))
        refuse(file, "is a web page (HTML), whatever its name says; not a CSV", "open it in Excel and save it as CSV; or it's a login page instead of the report: export it again");
    if (head.starts_with("<?xml")) refuse(file, "is XML, not a CSV", kSaveAsCsv);
    if (head.starts_with("[{") || head.starts_with("{\"")) refuse(file, "is JSON, not a CSV", kExportCsv);
}

void refuse_other_kinds(const InputFile& file, std::string_view head) {
    for (const Beginning& each : kBeginnings) {
        if (head.starts_with(each.bytes)) refuse(file, each.is, each.hint);
    }
    const std::string_view look = head.substr(0, 4096);
    const auto nuls = [&](std::size_t phase) {
        std::size_t n = 0;
        for (std::size_t i = phase; i < look.size(); i += 2) n += look[i] == 0 ? 1 : 0;
        return n;
    };
    // Latin letters in two bytes: every second byte is 0.
    if (look.size() >= 4 && std::max(nuls(0), nuls(1)) * 4 > look.size()) refuse(file, "is UTF-16 or UTF-32, not CSV UTF-8", kSaveAsUtf8);
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    refuse_markup(file, head);
}

// For a piece of the file: not larger than the file is.
std::size_t piece(const InputFile& file, std::size_t most) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, file.size() + 1));
}

// What the bytes of a whole file are, read in pieces.
class Utf8Scan {
  public:
    void add(const char* data, std::size_t n, std::uint64_t offset) {
        std::size_t i = 0;
        while (i < n) {
            if (left_ == 0 && i + 64 <= n && plain_block(data + i)) {
                i += 64;
                continue;
            }
            const std::size_t stop = std::min(n, i + 64);
            for (; i < stop; ++i) byte(static_cast<unsigned char>(data[i]), offset + i);
        }
    }
    void end(std::uint64_t size) {
        if (left_ > 0) bad(size);
    }

    std::optional<std::uint64_t> first_nul, first_bad, first_good;
    std::uint64_t good_letters = 0, bad_bytes = 0;

  private:
    static bool plain_block(const char* at) {
#ifdef __SSE2__
        const auto* p = reinterpret_cast<const __m128i*>(at);
        const __m128i a = _mm_loadu_si128(p), b = _mm_loadu_si128(p + 1), c = _mm_loadu_si128(p + 2), d = _mm_loadu_si128(p + 3);
        const __m128i high = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
        const __m128i least = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
        return (_mm_movemask_epi8(high) | _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128()))) == 0;
#else
        for (int i = 0; i < 64; ++i) {
            if (static_cast<signed char>(at[i]) <= 0) return false;
        }
        return true;
#endif
    }

    void byte(unsigned char c, std::uint64_t offset) {
        if (left_ > 0) {
            if (c >= low_ && c <= high_) {
                low_ = 0x80, high_ = 0xBF;
                if (--left_ > 0) return;
                ++good_letters;
                if (!first_good) first_good = offset;
                return;
            }
            bad(offset - 1);
        }
        if (c == 0 && !first_nul) first_nul = offset;
        if (c < 0x80) return;
        low_ = 0x80, high_ = 0xBF;
        if (c >= 0xC2 && c <= 0xDF) left_ = 1;
        else if (c >= 0xE0 && c <= 0xEF) left_ = 2;
        else if (c >= 0xF0 && c <= 0xF4) left_ = 3;
        else bad(offset);
        // No overlong forms, no surrogates, nothing above U+10FFFF.
        if (c == 0xE0) low_ = 0xA0;
        if (c == 0xED) high_ = 0x9F;
        if (c == 0xF0) low_ = 0x90;
        if (c == 0xF4) high_ = 0x8F;
    }
    void bad(std::uint64_t offset) {
        if (!first_bad) first_bad = offset;
        ++bad_bytes;
        left_ = 0;
    }

    int left_ = 0;
    unsigned char low_ = 0x80, high_ = 0xBF;
};

Utf8Scan scan_whole(const InputFile& file, std::uint64_t start) {
    Utf8Scan scan;
    std::vector<char> chunk(piece(file, kLookedAt));
    std::uint64_t offset = start;
    for (;;) {
        const std::size_t got = file.read_at(offset, chunk.data(), chunk.size());
        if (got == 0) break;
        scan.add(chunk.data(), got, offset);
        offset += got;
    }
    scan.end(offset);
    return scan;
}

std::int64_t line_at(const InputFile& file, std::uint64_t wanted) {
    std::int64_t line = 1;
    std::vector<char> chunk(piece(file, kLookedAt));
    char last = 0;
    for (std::uint64_t offset = 0; offset < wanted;) {
        const std::size_t got = file.read_at(offset, chunk.data(), static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), wanted - offset)));
        if (got == 0) break;
        for (std::size_t i = 0; i < got; ++i) {
            if (chunk[i] == '\r' || (chunk[i] == '\n' && last != '\r')) ++line;
            last = chunk[i];
        }
        offset += got;
    }
    return line;
}

std::string line_name(const InputFile& file, std::uint64_t wanted) { return "line " + std::to_string(line_at(file, wanted)); }

void tell_encoding(const InputFile& file, const Utf8Scan& scan, bool marked, const std::string& forced, TextFormat& format) {
    if (scan.first_nul)
        refuse(file, "has a NUL byte in " + line_name(file, *scan.first_nul) + ": it's damaged, or no text", "export it again");
    if (!scan.first_bad) {
        format.encoding = forced == "windows-1252" && !marked ? Encoding::windows1252 : Encoding::utf8;
        return;
    }
    const std::string where = line_name(file, *scan.first_bad);
    if (marked) refuse(file, "says that it's UTF-8, but " + where + " isn't", kSaveAsUtf8);
    if (forced == "utf-8") refuse(file, "isn't UTF-8, as its profile says: see " + where, "leave `encoding` out of the profile, or save the file as \"CSV UTF-8\"");
    // One accented letter in Windows-1252 can look like UTF-8 by chance; most of them can't.
    if (forced.empty() && scan.good_letters > scan.bad_bytes)
        refuse(file, "is UTF-8 but for " + where + ", which is in another encoding", "correct that line, or save the file as \"CSV UTF-8\"; `encoding: windows-1252` in the profile reads it as it is");
    format.encoding = Encoding::windows1252;
    if (forced.empty() && scan.first_good) format.odd_line = line_at(file, *scan.first_good);
}

// Excel's own first line, `sep=;`. Returns its length with the line's end, 0 when there's none.
std::size_t separator_line(std::string_view text, char& delimiter, std::int64_t& lines) {
    if (text.size() < 5 || lower(text.substr(0, 4)) != "sep=") return 0;
    const char c = text[4];
    std::size_t end = 5;
    if (end < text.size() && text[end] != '\r' && text[end] != '\n') return 0;
    if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') ++end;
    if (end < text.size()) ++end;
    if (c == '"' || c == '\r' || c == '\n' || is_letter(c) || is_digit(c) || static_cast<signed char>(c) < 0) return 0;
    delimiter = c;
    lines = 1;
    return end;
}

}  // namespace

TextFormat tell_format(const InputFile& file, const std::string& forced_encoding, char forced_delimiter) {
    std::string sample(piece(file, kSample), '\0');
    sample.resize(file.read_at(0, sample.data(), sample.size()));
    refuse_other_kinds(file, sample);
    TextFormat format;
    std::string_view text = sample;
    const bool marked = text.starts_with(kByteOrderMark);
    if (marked) format.start = kByteOrderMark.size();
    tell_encoding(file, scan_whole(file, format.start), marked, forced_encoding, format);
    text.remove_prefix(static_cast<std::size_t>(format.start));
    char stated = 0;
    std::int64_t lines = 0;
    const std::size_t skip = separator_line(text, stated, lines);
    format.start += skip;
    format.first_line += lines;
    text.remove_prefix(skip);
    if (trim(text).empty() && text.size() + format.start >= file.size())
        throw Error(ErrorCode::usage, file.name() + " has no rows, not even headers", "export it again; an empty file is never taken for an empty book");
    format.delimiter = forced_delimiter != 0 ? forced_delimiter : stated != 0 ? stated : tell_delimiter(text);
    return format;
}

}  // namespace bindery
