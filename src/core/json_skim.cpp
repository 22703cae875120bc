#include "core/json_skim.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "core/error.h"
#include "core/json_scan.h"

namespace bindery {

namespace {

constexpr std::array<bool, 256> kBracketOrQuote = [] {
    std::array<bool, 256> table{};
    for (const char c : {'{', '}', '[', ']', '"'}) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

constexpr std::array<bool, 256> kEndsScalar = [] {
    std::array<bool, 256> table{};
    for (const char c : {'{', '}', '[', ']', '"', ',', ':', ' ', '\t', '\n', '\r'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool in(const std::array<bool, 256>& table, char c) {
    return table[static_cast<unsigned char>(c)];
}

const char* find_quote_or_backslash(const char* at, const char* end) {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    if constexpr (std::endian::native == std::endian::little) {
        for (; end - at >= 8; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, sizeof word);
            const std::uint64_t quote = word ^ (kOnes * static_cast<unsigned char>('"'));
            const std::uint64_t slash = word ^ (kOnes * static_cast<unsigned char>('\\'));
            const std::uint64_t marks = (((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash)) & (kOnes * 0x80);
            if (marks != 0) return at + (std::countr_zero(marks) >> 3);
        }
    }
    while (at != end && *at != '"' && *at != '\\') ++at;
    return at;
}

}  // namespace

JsonSkim::JsonSkim(std::string_view text)
    : begin_(text.data()), at_(without_bom(text).data()), end_(text.data() + text.size()) {}

char JsonSkim::next() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
}

bool JsonSkim::at_end() {
    next();
    return at_ == end_;
}

bool JsonSkim::skip_value() {
    const char first = next();
    if (first == '{' || first == '[') return skip_container();
    if (first == '"') {
        ++at_;
        return skip_string();
    }
    const char* start = at_;
    while (at_ != end_ && !in(kEndsScalar, *at_)) ++at_;
    return at_ != start;
}

bool JsonSkim::skip_string() {
    for (;;) {
        at_ = find_quote_or_backslash(at_, end_);
        if (at_ == end_) return false;
        if (*at_++ == '"') return true;
        if (at_ == end_) return false;
        ++at_;
    }
}

bool JsonSkim::skip_container() {
    std::size_t depth = 0;
    for (;;) {
        while (at_ != end_ && !in(kBracketOrQuote, *at_)) ++at_;
        if (at_ == end_) return false;
        const char c = *at_++;
        if (c == '"') {
            if (!skip_string()) return false;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (--depth == 0) {
            return true;
        }
    }
}

bool JsonSkim::read_name(std::string_view& name) {
    if (next() != '"') return false;
    const char* start = ++at_;
    if (!skip_string()) return false;
    name = {start, static_cast<std::size_t>(at_ - 1 - start)};
    if (next() != ':') return false;
    ++at_;
    return true;
}

bool names_token(std::string_view raw_name, std::string_view token) {
    const bool plain_token = token.find('~') == std::string_view::npos;
    if (raw_name.find('\\') == std::string_view::npos) {
        return plain_token ? raw_name == token : raw_name == pointer_token_text(token);
    }
    try {
        return parse_exact('"' + std::string(raw_name) + '"') == json(pointer_token_text(token));
    } catch (const Error&) {
        return false;
    }
}

std::optional<Slice> find_slice(std::string_view text, std::string_view pointer) {
    JsonSkim skim(text);
    std::optional<Slice> found;
    const auto visit = [&] {
        skim.next();
        const std::size_t start = skim.offset();
        if (!skim.skip_value()) return false;
        found = Slice{start, skim.offset() - start};
        return true;
    };
    const bool whole = skim.follow(pointer, visit, [&] { found.reset(); });
    return whole && skim.at_end() ? found : std::nullopt;
}

std::optional<std::vector<Slice>> array_slices(std::string_view text, std::string_view pointer) {
    JsonSkim skim(text);
    std::vector<Slice> slices;
    int arrays = 0;
    const auto take_element = [&](std::size_t) {
        const std::size_t start = skim.offset();
        if (!skim.skip_value()) return false;
        slices.push_back({start, skim.offset() - start});
        return true;
    };
    const auto take_member = [&](std::string_view) {
        if (skim.next() != '[') return skim.skip_value();
        ++arrays;
        return arrays == 1 ? skim.elements(take_element) : skim.skip_value();
    };
    const auto visit = [&] {
        const char first = skim.next();
        if (first == '{') return skim.members(take_member);
        return take_member({});
    };
    const auto again = [&] {
        slices.clear();
        arrays = 0;
    };
    const bool whole = skim.follow(pointer, visit, again);
    if (!whole || !skim.at_end() || arrays != 1) return std::nullopt;
    return slices;
}

}  // namespace bindery
