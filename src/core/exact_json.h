#pragma once
// JSON that keeps each number's own digits. nlohmann/json turns 12345678901234567890123 or 1234.50 into a double; here a
// number that isn't a plain 64-bit integer is kept as a `binary` value (subtype kNumber) holding its text, and is written
// back as it was. Duplicate members: the last wins, as everywhere. Depth is bounded (kMaxDepth), so that a hostile
// reply can't overflow the stack.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

using json = nlohmann::json;
inline constexpr std::uint64_t kNumber = 1;
inline constexpr int kMaxDepth = 128;

// Throws Error(service) with the byte offset (never the content) when the text isn't JSON or isn't valid UTF-8.
json parse_exact(std::string_view text);
// Compact; object members in their (sorted) order; exact numbers written as they came.
std::string dump_exact(const json& value);

void append_json_string(std::string& out, std::string_view text);  // quoted and escaped; Error(service) when it isn't UTF-8

bool is_number(const json& value);                        // integer or exact number
json exact_number(const std::string& lexeme);                    // a value that dumps as this text
// The scalar as text: strings as they are, numbers by their digits, booleans as true/false; nullopt for null, arrays,
// objects.
std::optional<std::string> scalar_text(const json& value);

// RFC 6901 pointer look-up that doesn't throw; nullptr when absent.
const json* find_pointer(const json& document, std::string_view pointer);

// The text with each byte that isn't part of valid UTF-8 replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

// Where the elements of the array at `pointer` lie in `text` (byte ranges), found without building a tree, so that a
// record's document is kept as received. If `pointer` leads to an object with exactly one array member, that array is
// meant (see docs/services.md). Only bracket structure is checked here: parse each slice to validate it.
// nullopt when there's no such array or the text ends too early (a reply cut short).
struct Slice {
    std::size_t offset;
    std::size_t length;
};
std::optional<std::vector<Slice>> array_slices(std::string_view text, std::string_view pointer);

}  // namespace bindery
