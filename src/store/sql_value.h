#pragma once
// An argument of an SQL function as text. For this folder only.
#include <sqlite3.h>

#include <string_view>

namespace bindery {

// Empty for NULL. Lives as long as the argument.
inline std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

}  // namespace bindery
