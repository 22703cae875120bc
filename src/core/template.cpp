#include "core/template.h"

#include "core/error.h"
#include "core/exact_json.h"
#include "core/text.h"

namespace bindery {

namespace {

constexpr std::string_view kJson = ":json";

struct Piece {
    bool is_name;
    std::string text;
    bool as_json = false;  // {name:json}
};

[[noreturn]] void fail(const std::string& problem) {
    throw Error(ErrorCode::config, problem, "Write {name} for a value, {{ and }} for braces.");
}

std::string name_from(std::string_view text, std::size_t& at) {
    const std::size_t end = text.find_first_of("{}", at);
    if (end == std::string_view::npos || text[end] == '{') fail("a brace is opened and not closed in a template");
    const std::string_view name = trim(text.substr(at, end - at));
    if (name.empty()) fail("a template holds {} without a name");
    at = end + 1;
    return std::string(name);
}

std::vector<Piece> split(std::string_view text) {
    std::vector<Piece> pieces;
    std::string literal;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at++];
        if (c != '{' && c != '}') {
            literal += c;
        } else if (at < text.size() && text[at] == c) {
            literal += c;
            ++at;
        } else if (c == '}') {
            fail("a brace is closed and not opened in a template");
        } else {
            if (!literal.empty()) pieces.push_back({false, std::move(literal)});
            literal.clear();
            std::string name = name_from(text, at);
            const bool as_json = name.ends_with(kJson);
            if (as_json) name.resize(name.size() - kJson.size());
            if (name.empty()) fail("a template holds {} without a name");
            pieces.push_back({true, std::move(name), as_json});
        }
    }
    if (!literal.empty()) pieces.push_back({false, std::move(literal)});
    return pieces;
}

void gather_names(const json& body, std::set<std::string>& names) {
    if (body.is_string()) {
        for (const Piece& piece : split(body.get_ref<const std::string&>())) {
            if (piece.is_name) names.insert(piece.text);
        }
    } else if (body.is_structured()) {
        for (const json& inner : body) gather_names(inner, names);
    }
}

const json& value_of(const Values& values, const std::string& name) {
    const auto found = values.find(name);
    if (found == values.end()) {
        throw Error(ErrorCode::config, "no value is called {" + name + "}",
                    "Name a column of the step's select or one of the job's vars.");
    }
    return found->second;
}

std::string text_of(const json& value) {
    if (value.is_null()) return {};
    if (auto text = scalar_text(value)) return *std::move(text);
    return dump_exact(value);
}

json json_of(const std::string& text, const std::string& name) {
    try {
        return parse_exact(text);
    } catch (const Error&) {
        throw Error(ErrorCode::config, "{" + name + ":json} isn't JSON", "Make it with json_object() or json_group_array() in the select.",
                    Reach::record);
    }
}

json render_string(const std::string& text, const Values& values) {
    const std::vector<Piece> pieces = split(text);
    if (pieces.size() == 1 && pieces.front().is_name) {
        const json& value = value_of(values, pieces.front().text);
        return pieces.front().as_json && value.is_string() ? json_of(value.get_ref<const std::string&>(), pieces.front().text) : value;
    }
    std::string result;
    for (const Piece& piece : pieces) result += piece.is_name ? text_of(value_of(values, piece.text)) : piece.text;
    return result;
}

std::string path_value(const Values& values, const std::string& name) {
    const json& value = value_of(values, name);
    const auto text = scalar_text(value);
    if (!value.is_null() && !text) {
        throw Error(ErrorCode::config, "{" + name + "} in a path is a list or an object, not a text", "",
                    Reach::record);
    }
    if (!text || trim(*text).empty()) {
        throw Error(ErrorCode::config, "{" + name + "} in a path is blank",
                    "Leave rows without it out of the step's select.", Reach::record);
    }
    if (*text == "." || *text == "..") {
        throw Error(ErrorCode::config, "{" + name + "} in a path would lead to another resource", "", Reach::record);
    }
    return percent_encode(*text);
}

}  // namespace

std::set<std::string> template_names(const json& body) {
    std::set<std::string> names;
    gather_names(body, names);
    return names;
}

json render(const json& body, const Values& values) {
    if (body.is_string()) return render_string(body.get_ref<const std::string&>(), values);
    if (body.is_object()) {
        json result = json::object();
        for (const auto& [name, member] : body.items()) {
            json rendered = render(member, values);
            const bool left_out = rendered.is_null() && member.is_string();
            if (!left_out) result[name] = std::move(rendered);
        }
        return result;
    }
    if (body.is_array()) {
        json result = json::array();
        for (const json& element : body) result.push_back(render(element, values));
        return result;
    }
    return body;
}

std::string render_path(std::string_view path, const Values& values) {
    std::string result;
    for (const Piece& piece : split(path)) result += piece.is_name ? path_value(values, piece.text) : piece.text;
    return result;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    constexpr std::string_view kUnreserved = "-._~";
    std::string result;
    for (const char c : text) {
        if (is_letter(c) || is_digit(c) || kUnreserved.find(c) != std::string_view::npos) {
            result += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            result += '%';
            result += kHex[byte >> 4];
            result += kHex[byte & 0xF];
        }
    }
    return result;
}

}  // namespace bindery
