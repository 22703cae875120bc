#include "core/json_scan.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/error.h"
#include "core/text.h"

namespace bindery {

namespace {

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

constexpr std::uint64_t repeat(std::uint8_t byte) {
    return 0x0101010101010101ULL * byte;
}

// The top bit of each byte of `word` that equals `byte`; bytes above the lowest hit may be marked wrongly.
constexpr std::uint64_t marks_of(std::uint64_t word, std::uint8_t byte) {
    const std::uint64_t x = word ^ repeat(byte);
    return (x - repeat(0x01)) & ~x;
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    const char folded = lower(c);
    return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

void append_utf8(std::string& text, unsigned point) {
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
    if (point < 0x80) {
        text += static_cast<char>(point);
    } else if (point < 0x800) {
        text += static_cast<char>(0xC0U | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        text += static_cast<char>(0xE0U | (point >> 12));
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

unsigned checked_hex4(const char* at) {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i) value = value * 16 + static_cast<unsigned>(hex_digit(at[i]));
    return value;
}

bool is_high_surrogate(unsigned unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low_surrogate(unsigned unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

// The end of the number at the start of [at, end), or nullptr when none stands there.
const char* number_end(const char* at, const char* end) {
    const auto digits = [&] {
        const char* from = at;
        while (at != end && is_digit(*at)) ++at;
        return at != from;
    };
    if (at != end && *at == '-') ++at;
    if (at != end && *at == '0') {
        ++at;
    } else if (!digits()) {
        return nullptr;
    }
    if (at != end && *at == '.') {
        ++at;
        if (!digits()) return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return nullptr;
    }
    return at;
}

}  // namespace

const char* skip_plain(const char* at, const char* end) {
    if constexpr (std::endian::native == std::endian::little) {
        for (; end - at >= 8; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, sizeof word);
            const std::uint64_t control = (word - repeat(0x20)) & ~word;
            const std::uint64_t stops = (marks_of(word, '"') | marks_of(word, '\\') | control | word) & repeat(0x80);
            if (stops != 0) return at + (std::countr_zero(stops) >> 3);
        }
    }
    while (at != end && is_plain(*at)) ++at;
    return at;
}

std::string unescape(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            text += raw[i];
            continue;
        }
        switch (raw[++i]) {
            case 'b':
                text += '\b';
                break;
            case 'f':
                text += '\f';
                break;
            case 'n':
                text += '\n';
                break;
            case 'r':
                text += '\r';
                break;
            case 't':
                text += '\t';
                break;
            case 'u': {
                unsigned point = checked_hex4(raw.data() + i + 1);
                i += 4;
                if (is_high_surrogate(point)) {
                    point = 0x10000 + ((point - 0xD800) << 10) + (checked_hex4(raw.data() + i + 3) - 0xDC00);
                    i += 6;
                }
                append_utf8(text, point);
                break;
            }
            default:
                text += raw[i];
        }
    }
    return text;
}

bool is_json_number(std::string_view text) {
    const char* end = text.data() + text.size();
    return !text.empty() && number_end(text.data(), end) == end;
}

std::string_view without_bom(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
}

JsonReader::JsonReader(std::string_view text)
    : begin_(text.data()), at_(without_bom(text).data()), end_(text.data() + text.size()) {}

void JsonReader::fail(const char* problem) const {
    const std::string what = at_ == end_ ? "text ends too early" : problem;
    throw Error(ErrorCode::service, "not valid JSON at byte " + std::to_string(offset()) + ": " + what, "", Reach::step,
                Again::later);
}

std::string_view JsonReader::string_body(bool& escaped) {
    const char* start = at_;
    for (;;) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) fail("text ends too early");
        if (*at_ == '"') {
            ++at_;
            return {start, static_cast<std::size_t>(at_ - 1 - start)};
        }
        if (*at_ == '\\') {
            escaped = true;
            escape();
        } else if (static_cast<unsigned char>(*at_) < 0x20) {
            fail("control character in a string");
        } else {
            utf8_sequence();
        }
    }
}

void JsonReader::escape() {
    ++at_;
    const char c = peek();
    if (at_ == end_ || std::strchr("\"\\/bfnrtu", c) == nullptr || c == '\0') fail("unknown escape in a string");
    ++at_;
    if (c != 'u') return;
    const unsigned unit = hex4();
    if (is_low_surrogate(unit)) fail("half a surrogate pair in a string");
    if (!is_high_surrogate(unit)) return;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') fail("half a surrogate pair in a string");
    at_ += 2;
    if (!is_low_surrogate(hex4())) fail("half a surrogate pair in a string");
}

unsigned JsonReader::hex4() {
    for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ == end_ || hex_digit(*at_) < 0) fail("expected four hexadecimal digits");
    }
    return checked_hex4(at_ - 4);
}

void JsonReader::utf8_sequence() {
    const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at_[i]); };
    const unsigned char lead = byte(0);
    std::ptrdiff_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    }
    bool good = length > 0 && end_ - at_ >= length && byte(1) >= low && byte(1) <= high;
    for (std::ptrdiff_t i = 2; good && i < length; ++i) good = byte(i) >= 0x80 && byte(i) <= 0xBF;
    if (!good) fail("invalid UTF-8");
    at_ += length;
}

std::string_view JsonReader::number() {
    const char* end = number_end(at_, end_);
    if (end == nullptr) fail("malformed number");
    const std::string_view lexeme(at_, static_cast<std::size_t>(end - at_));
    at_ = end;
    return lexeme;
}

std::string_view JsonReader::word() {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    for (const std::string_view known : {"true", "false", "null"}) {
        if (!rest.starts_with(known)) continue;
        at_ += known.size();
        return rest.substr(0, known.size());
    }
    fail("expected a value");
}

}  // namespace bindery
