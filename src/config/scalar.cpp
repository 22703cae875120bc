#include "config/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/exact_json.h"

namespace bindery {

namespace {

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <typename T>
std::optional<T> whole(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// As JSON writes a number, without an exponent.
bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    const std::string_view before = text.substr(0, dot);
    if (!is_digits(before) || (before.size() > 1 && before.front() == '0')) return false;
    return dot == std::string_view::npos || is_digits(text.substr(dot + 1));
}

json plain_json(const std::string& text) {
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (!is_json_number(text)) return text;
    if (const auto value = whole<std::int64_t>(text)) return *value;
    return exact_number(text);
}

}  // namespace

Parsed<bool> parse_flag(std::string_view text) {
    if (text == "true" || text == "True" || text == "TRUE") return {true, {}};
    if (text == "false" || text == "False" || text == "FALSE") return {false, {}};
    return {{}, "true or false"};
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
    if (const auto value = whole<std::int64_t>(text)) return {*value, {}};
    return {{}, "a whole number"};
}

Parsed<double> parse_share(std::string_view text) {
    const std::string fault = "a share such as 10% or 0.1, below 100%";
    const bool percent = text.ends_with('%');
    if (percent) text.remove_suffix(1);
    if (!is_json_number(text) || text.starts_with('-')) return {{}, fault};
    const std::optional<double> number = whole<double>(text);
    if (!number) return {{}, fault};
    const double share = percent ? *number / 100 : *number;
    if (share >= 1) return {{}, fault};
    return {share, {}};
}

// Years and months are counted long, so that nothing goes a day early.
Parsed<int> parse_keep(std::string_view text) {
    struct Unit {
        std::string_view name;
        int days;
    };
    static constexpr std::array<Unit, 4> kUnits{{{"d", 1}, {"w", 7}, {"mo", 31}, {"y", kDaysAYear}}};
    constexpr int kMostYears = 100;
    if (text == "forever") return {kKeepForever, {}};
    for (const Unit& unit : kUnits) {
        if (!text.ends_with(unit.name)) continue;
        const std::string_view digits = text.substr(0, text.size() - unit.name.size());
        const auto count = is_digits(digits) ? whole<int>(digits) : std::nullopt;
        if (count && *count > 0 && *count <= kMostYears * kDaysAYear / unit.days) return {*count * unit.days, {}};
    }
    return {{}, "a time such as 90d, 18mo, 7y, or forever"};
}

Parsed<std::size_t> parse_size(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::size_t bytes;
    };
    static constexpr std::array<Unit, 4> kUnits{{{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}, {"B", 1}}};
    std::size_t factor = 1;
    for (const Unit& unit : kUnits) {
        if (!text.ends_with(unit.name)) continue;
        text.remove_suffix(unit.name.size());
        factor = unit.bytes;
        break;
    }
    const auto count = is_digits(text) ? whole<std::size_t>(text) : std::nullopt;
    constexpr std::size_t kMost = 1u << 30;
    if (!count || *count == 0 || *count > kMost / factor) return {{}, "a size such as 32MiB, at most 1GiB"};
    return {*count * factor, {}};
}

Parsed<std::string> parse_pointer(std::string_view text) {
    if (text.empty()) return {std::string(), {}};
    if (text.front() != '/') {  // a member's plain name
        std::string pointer = "/";
        for (const char c : text) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        return {pointer, {}};
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '~';
        if (escape && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
            return {{}, "a JSON pointer such as /data/id (`~` is written ~0)"};
        }
    }
    return {std::string(text), {}};
}

json to_json(const Tree& tree) {
    switch (tree.kind) {
        case Tree::Kind::null:
            return nullptr;
        case Tree::Kind::scalar:
            return tree.quoted ? json(tree.text) : plain_json(tree.text);
        case Tree::Kind::list: {
            json list = json::array();
            for (const auto& item : tree.items) list.push_back(to_json(*item));
            return list;
        }
        case Tree::Kind::map: {
            json object = json::object();
            for (const Member& member : tree.members) object[member.name] = to_json(*member.value);
            return object;
        }
    }
    return nullptr;
}

}  // namespace bindery
