#pragma once
// Markup that can't be made of a value by mistake: text becomes Html by being escaped, and only literals of the program are taken as
// they stand. Attribute values are escaped too; an address comes from link_to(), which takes paths of our own alone. Pure.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bindery::web {

// Text of the program itself.
class Literal {
  public:
    consteval Literal(const char* text) : text_(text) {}
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

// & < > " ' become entities; bytes that aren't UTF-8, and control characters but tab and line feed, become U+FFFD.
std::string escaped(std::string_view text);

class Html {
  public:
    Html() = default;
    Html(std::string_view text) : markup_(escaped(text)) {}
    Html(const std::string& text) : markup_(escaped(text)) {}
    Html(const char* text) : markup_(escaped(text)) {}
    static Html number(std::int64_t value) { return Html(std::to_string(value)); }
    static Html markup(Literal literal);

    Html& operator+=(const Html& more) {
        markup_ += more.markup_;
        return *this;
    }
    friend Html operator+(Html left, const Html& right) { return left += right; }
    bool empty() const { return markup_.empty(); }
    const std::string& text() const { return markup_; }

  private:
    friend class Tag;
    std::string markup_;
};

struct Attribute {
    Attribute(Literal attribute_name, std::string_view attribute_value) : name(attribute_name), value(attribute_value) {}
    Literal name;
    std::string value;
};
using Attributes = std::initializer_list<Attribute>;

// <name attribute="value">content</name>
class Tag {
  public:
    static Html whole(Literal name, Attributes attributes, const Html& content);
    static Html alone(Literal name, Attributes attributes);
};
inline Html tag(Literal name, const Html& content) { return Tag::whole(name, {}, content); }
inline Html tag(Literal name, Attributes attributes, const Html& content) { return Tag::whole(name, attributes, content); }
inline Html lone_tag(Literal name, Attributes attributes) { return Tag::alone(name, attributes); }

// Where to, as `/record?dataset=…&key=…`: the path is the program's, values are percent-encoded.
std::string address(Literal path, Attributes arguments = {});
Html link_to(const std::string& own_address, const Html& content);  // anything that doesn't begin with one `/` leads home

}  // namespace bindery::web
