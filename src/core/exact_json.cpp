#include "core/exact_json.h"

#include <charconv>

#include "core/error.h"
#include "core/json_pointer.h"
#include "core/json_scan.h"

namespace bindery {

namespace {

template <class Integer>
std::optional<Integer> whole(std::string_view lexeme) {
    Integer value{};
    const auto [end, problem] = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), value);
    if (problem != std::errc() || end != lexeme.data() + lexeme.size()) return std::nullopt;
    return value;
}

// `lexeme` is a JSON number; -0 isn't an integer here, as it wouldn't come back out as it went in.
json number_value(std::string_view lexeme) {
    if (lexeme.front() != '-') {
        if (const auto value = whole<std::uint64_t>(lexeme)) return json(*value);
    } else if (lexeme != "-0") {
        if (const auto value = whole<std::int64_t>(lexeme)) return json(*value);
    }
    return json::binary({lexeme.begin(), lexeme.end()}, kNumber);
}

bool is_exact_number(const json& value) {
    return value.is_binary() && value.get_binary().has_subtype() && value.get_binary().subtype() == kNumber;
}

std::string_view exact_text(const json& value) {
    const auto& bytes = value.get_binary();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// JsonScan's handler: the values as a tree.
class TreeBuilder {
  public:
    void open(bool object, std::size_t) {
        json* place = put(object ? json(json::value_t::object) : json(json::value_t::array));
        parents_.push_back(place);
    }
    void close(std::size_t) { parents_.pop_back(); }
    void key(std::string_view raw, bool escaped) { key_ = escaped ? unescape(raw) : std::string(raw); }
    void string(std::string_view raw, bool escaped) { put(json(escaped ? unescape(raw) : std::string(raw))); }
    void number(std::string_view lexeme) { put(number_value(lexeme)); }
    void word(std::string_view lexeme) { put(lexeme == "null" ? json(nullptr) : json(lexeme == "true")); }

    json take() { return std::move(root_); }

  private:
    json* put(json&& value) {
        if (parents_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        json& parent = *parents_.back();
        if (parent.is_array()) return &parent.get_ref<json::array_t&>().emplace_back(std::move(value));
        auto& members = parent.get_ref<json::object_t&>();
        return &members.insert_or_assign(std::move(key_), std::move(value)).first->second;
    }

    json root_;
    std::vector<json*> parents_;
    std::string key_;
};

void dump_value(std::string& out, const json& value) {
    if (value.is_string()) {
        append_json_string(out, value.get_ref<const std::string&>());
    } else if (value.is_object()) {
        char before = '{';
        for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
            out += before;
            append_json_string(out, name);
            out += ':';
            dump_value(out, member);
            before = ',';
        }
        out += before == '{' ? "{}" : "}";
    } else if (value.is_array()) {
        char before = '[';
        for (const json& element : value) {
            out += before;
            dump_value(out, element);
            before = ',';
        }
        out += before == '[' ? "[]" : "]";
    } else if (is_exact_number(value)) {
        out += exact_text(value);
    } else if (value.is_binary() || value.is_discarded()) {
        throw Error(ErrorCode::internal, "a value that isn't JSON was to be written");
    } else {
        out += value.dump();
    }
}

const json* child(const json& parent, std::string_view raw_token) {
    if (parent.is_object()) {
        const auto& members = parent.get_ref<const json::object_t&>();
        const bool plain = raw_token.find('~') == std::string_view::npos;
        const auto found = plain ? members.find(raw_token) : members.find(pointer_token_text(raw_token));
        return found == members.end() ? nullptr : &found->second;
    }
    if (parent.is_array()) {
        const auto index = pointer_index(raw_token);
        return index && *index < parent.size() ? &parent[*index] : nullptr;
    }
    return nullptr;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    const char* end = text.data() + text.size();
    if (skip_plain(text.data(), end) == end) {
        out += '"';
        out += text;
        out += '"';
        return;
    }
    try {
        out += json(text).dump();
    } catch (const json::type_error&) {
        throw Error(ErrorCode::service, "a text isn't valid UTF-8", "", Reach::record);
    }
}

json parse_exact(std::string_view text) {
    TreeBuilder builder;
    JsonScan<TreeBuilder>(text, builder).run();
    return builder.take();
}

std::string dump_exact(const json& value) {
    std::string out;
    dump_value(out, value);
    return out;
}

bool is_number(const json& value) {
    return value.is_number() || is_exact_number(value);
}

json exact_number(const std::string& lexeme) {
    if (!is_json_number(lexeme)) throw Error(ErrorCode::internal, "a text that is no number was to be a JSON number");
    return number_value(lexeme);
}

std::optional<std::string> scalar_text(const json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>();
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (is_exact_number(value)) return std::string(exact_text(value));
    if (value.is_number()) return value.dump();
    return std::nullopt;
}

const json* find_pointer(const json& document, std::string_view pointer) {
    const json* at = &document;
    while (at != nullptr && !pointer.empty()) {
        const auto token = take_pointer_token(pointer);
        if (!token) return nullptr;
        at = child(*at, *token);
    }
    return at;
}

std::string replace_invalid_utf8(std::string_view text) {
    const std::string escaped = json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
    return json::parse(escaped).get<std::string>();
}

}  // namespace bindery
