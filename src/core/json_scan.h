#pragma once
// A strict reader of JSON text that builds nothing: it checks RFC 8259 and UTF-8, bounds the depth, and hands raw
// pieces of the text to a handler. exact_json and mapping are made of it; others have no need for it. A handler has
//   void open(bool object, std::size_t offset);    void close(std::size_t end);
//   void key(std::string_view raw, bool escaped);  void string(std::string_view raw, bool escaped);
//   void number(std::string_view lexeme);          void word(std::string_view lexeme);  // true, false, null
// where raw is what stands between the quotes, and `escaped` says that it needs unescape().
#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/exact_json.h"

namespace bindery {

std::string unescape(std::string_view raw);  // raw text that was checked by a JsonReader
bool is_json_number(std::string_view text);
std::string_view without_bom(std::string_view text);

// The end of the run of plain ASCII (no quote, backslash, control character) that starts at `at`.
const char* skip_plain(const char* at, const char* end);

// The lexical part of JsonScan.
class JsonReader {
  public:
    explicit JsonReader(std::string_view text);

  protected:
    [[noreturn]] void fail(const char* problem) const;  // Error(service) with the offset
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }
    char peek() const { return at_ == end_ ? '\0' : *at_; }
    std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
    std::string_view string_body(bool& escaped);  // from after the opening quote to after the closing one
    std::string_view number();
    std::string_view word();

    const char* begin_;
    const char* at_;
    const char* end_;

  private:
    void escape();
    unsigned hex4();
    void utf8_sequence();
};

template <class Handler>
class JsonScan : private JsonReader {
  public:
    JsonScan(std::string_view text, Handler& handler) : JsonReader(text), handler_(handler) {}

    void run() {
        do {
            value();
        } while (after_value());
        skip_space();
        if (at_ != end_) fail("text goes on after the value");
    }

  private:
    // Reads down to the first scalar or empty container.
    void value() {
        for (;;) {
            skip_space();
            const char c = peek();
            if (c != '{' && c != '[') return scalar(c);
            open(c == '{');
            skip_space();
            if (peek() == closing()) return close();
            if (object_[depth_ - 1]) member_key();
        }
    }

    // Closes what ends here; true if another value follows.
    bool after_value() {
        while (depth_ > 0) {
            skip_space();
            const char c = peek();
            if (c == ',') {
                ++at_;
                if (object_[depth_ - 1]) member_key();
                return true;
            }
            if (c != closing()) fail("expected a comma or a closing bracket");
            close();
        }
        return false;
    }

    char closing() const { return object_[depth_ - 1] ? '}' : ']'; }

    void open(bool object) {
        if (depth_ == kMaxDepth) fail("nested too deeply");
        handler_.open(object, offset());
        object_[depth_++] = object;
        ++at_;
    }

    void close() {
        ++at_;
        --depth_;
        handler_.close(offset());
    }

    void member_key() {
        skip_space();
        if (peek() != '"') fail("expected a member's name");
        ++at_;
        bool escaped = false;
        const std::string_view name = string_body(escaped);
        handler_.key(name, escaped);
        skip_space();
        if (peek() != ':') fail("expected a colon");
        ++at_;
    }

    void scalar(char first) {
        if (first == '"') {
            ++at_;
            bool escaped = false;
            const std::string_view body = string_body(escaped);
            handler_.string(body, escaped);
        } else if (first == '-' || (first >= '0' && first <= '9')) {
            handler_.number(number());
        } else {
            handler_.word(word());
        }
    }

    Handler& handler_;
    std::bitset<kMaxDepth> object_;
    std::size_t depth_ = 0;
};

}  // namespace bindery
