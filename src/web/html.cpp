#include "web/html.h"

#include "web/gate.h"

namespace bindery::web {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// How many bytes the character that begins here has; 0 when it isn't UTF-8.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(at);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(at + 1) < 0xA0, surrogate = first == 0xED && byte(at + 1) > 0x9F;
        return follows(at + 1) && follows(at + 2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(at + 1) < 0x90, beyond = first == 0xF4 && byte(at + 1) > 0x8F;
        return follows(at + 1) && follows(at + 2) && follows(at + 3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const std::size_t length = character_length(text, i);
        const bool control = length == 1 && ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7F);
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else if (c == '\'') out += "&#39;";
        else if (length == 0 || control) out += kReplacement;
        else out += text.substr(i, length);
        i += length == 0 ? 1 : length;
    }
    return out;
}

Html Html::markup(Literal literal) {
    Html html;
    html.markup_ = literal.text();
    return html;
}

Html Tag::alone(Literal name, Attributes attributes) {
    Html html;
    html.markup_ += '<';
    html.markup_ += name.text();
    for (const auto& attribute : attributes) {
        html.markup_ += ' ';
        html.markup_ += attribute.name.text();
        html.markup_ += "=\"";
        html.markup_ += escaped(attribute.value);
        html.markup_ += '"';
    }
    html.markup_ += '>';
    return html;
}

Html Tag::whole(Literal name, Attributes attributes, const Html& content) {
    Html html = alone(name, attributes);
    html.markup_ += content.markup_;
    html.markup_ += "</";
    html.markup_ += name.text();
    html.markup_ += '>';
    return html;
}

std::string address(Literal path, Attributes arguments) {
    std::string out(path.text());
    char joint = '?';
    for (const auto& [name, value] : arguments) {
        if (value.empty()) continue;
        out += joint;
        out += name.text();
        out += '=';
        out += url_part(value);
        joint = '&';
    }
    return out;
}

Html link_to(const std::string& own_address, const Html& content) {
    const bool ours = own_address.starts_with('/') && !own_address.starts_with("//");
    return tag("a", {{"href", ours ? own_address : "/"}}, content);
}

}  // namespace bindery::web
