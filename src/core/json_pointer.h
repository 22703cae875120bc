#pragma once
// The tokens of an RFC 6901 pointer.
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

// Takes "/token" off the front of a pointer that isn't empty; nullopt when it doesn't start with a slash. Still
// escaped.
inline std::optional<std::string_view> take_pointer_token(std::string_view& pointer) {
    if (pointer.empty() || pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    return token;
}

// ~1 stands for a slash and ~0 for a tilde.
inline std::string pointer_token_text(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
        text += !escape ? token[i] : token[++i] == '0' ? '~' : '/';
    }
    return text;
}

inline std::string pointer_token_of(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

inline std::optional<std::size_t> pointer_index(std::string_view token) {
    std::size_t index = 0;
    const char* end = token.data() + token.size();
    if (token.size() > 1 && token.front() == '0') return std::nullopt;
    const auto [at, problem] = std::from_chars(token.data(), end, index);
    if (problem != std::errc() || at != end) return std::nullopt;
    return index;
}

}  // namespace bindery
