#pragma once
// What several readers of values need of ASCII text, without a locale. Bytes above 127 pass through untouched.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace bindery {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
inline bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
inline bool is_letter(char c) {
    return is_upper(c) || is_lower(c);
}
inline bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
inline char lower(char c) {
    return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline char upper(char c) {
    return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c;
}
inline std::size_t digits_in(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

inline std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower(c);
    return result;
}

// Without white space at its ends; the no-break space, which spreadsheets leave behind, counts as white space.
inline std::string_view trim(std::string_view text) {
    constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
    const auto stays = [](char c) { return c > ' ' && c <= '~'; };
    if (text.empty() || (stays(text.front()) && stays(text.back()))) return text;  // nearly all texts
    for (;;) {
        if (!text.empty() && is_space(text.front())) {
            text.remove_prefix(1);
        } else if (text.starts_with(kNoBreakSpace)) {
            text.remove_prefix(kNoBreakSpace.size());
        } else {
            break;
        }
    }
    for (;;) {
        if (!text.empty() && is_space(text.back())) {
            text.remove_suffix(1);
        } else if (text.ends_with(kNoBreakSpace)) {
            text.remove_suffix(kNoBreakSpace.size());
        } else {
            break;
        }
    }
    return text;
}

// What a service or a file said, for a terminal, as one line: it can't look like a line of ours. Line ends and tabs become blanks, other
// controls question marks, those of two bytes too (some terminals take U+009B for ESC [).
inline std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        const bool of_two = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
        if (is_space(text[i])) line += ' ';
        else line += of_two || byte < 0x20 || byte == 0x7F ? '?' : text[i];
        if (of_two) ++i;
    }
    return line;
}

// The number that `text` spells in plain digits, at most nine of them; -1 otherwise.
inline int small_number(std::string_view text) {
    if (text.empty() || text.size() > 9) return -1;
    int result = 0;
    for (const char c : text) {
        if (!is_digit(c)) return -1;
        result = result * 10 + (c - '0');
    }
    return result;
}

// Appends `number` in decimal, filled with zeros up to `width`.
inline void append_padded(std::string& text, int number, std::size_t width) {
    if (number < 0) text += '-';
    char digits[20];
    const char* end = std::to_chars(std::begin(digits), std::end(digits), number < 0 ? -static_cast<long>(number) : number).ptr;
    const auto size = static_cast<std::size_t>(end - digits);
    if (size < width) text.append(width - size, '0');
    text.append(digits, size);
}

}  // namespace bindery
