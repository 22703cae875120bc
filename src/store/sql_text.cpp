#include "store/sql_text.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/text.h"

namespace bindery {
namespace {

bool is_high(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}
bool starts_word(char c) {
    return is_letter(c) || c == '_' || is_high(c);
}
bool in_word(char c) {
    return starts_word(c) || is_digit(c) || c == '$';
}

class Lexer {
  public:
    explicit Lexer(std::string_view sql) : sql_(sql) {}

    std::vector<SqlToken> tokens() {
        std::vector<SqlToken> found;
        while (skip_blank()) found.push_back(next());
        return found;
    }

  private:
    char at(std::size_t offset) const { return offset < sql_.size() ? sql_[offset] : '\0'; }

    // Past white space and comments; false at the end.
    bool skip_blank() {
        while (at_ < sql_.size()) {
            if (is_space(sql_[at_])) {
                ++at_;
            } else if (sql_[at_] == '-' && at(at_ + 1) == '-') {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (sql_[at_] == '/' && at(at_ + 1) == '*') {
                const std::size_t end = sql_.find("*/", at_ + 2);
                at_ = end == std::string_view::npos ? sql_.size() : end + 2;
            } else {
                return true;
            }
        }
        return false;
    }

    SqlToken take(SqlToken::Kind kind, std::size_t end) {
        const std::size_t start = at_;
        at_ = std::min(end, sql_.size());
        return {kind, sql_.substr(start, at_ - start), start};
    }

    std::size_t end_of_quoted(std::size_t start, char quote) const {
        for (std::size_t i = start + 1; i < sql_.size(); ++i) {
            if (sql_[i] != quote) continue;
            if (quote == ']' || at(i + 1) != quote) return i + 1;
            ++i;
        }
        return sql_.size();
    }

    std::size_t end_of_word(std::size_t start) const {
        while (start < sql_.size() && in_word(sql_[start])) ++start;
        return start;
    }

    SqlToken next() {
        using Kind = SqlToken::Kind;
        const char c = sql_[at_];
        if (c == '\'') return take(Kind::string, end_of_quoted(at_, '\''));
        if (c == '"' || c == '`') return take(Kind::quoted_word, end_of_quoted(at_, c));
        if (c == '[') return take(Kind::quoted_word, end_of_quoted(at_, ']'));
        if (c == '?' || ((c == ':' || c == '@' || c == '$' || c == '#') && in_word(at(at_ + 1)))) {
            return take(Kind::parameter, end_of_word(at_ + 1));
        }
        if ((c == 'x' || c == 'X') && at(at_ + 1) == '\'') return take(Kind::number, end_of_quoted(at_ + 1, '\''));
        if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) {
            std::size_t end = at_;
            while (end < sql_.size() && (in_word(sql_[end]) || sql_[end] == '.')) ++end;
            return take(Kind::number, end);
        }
        if (starts_word(c)) return take(Kind::word, end_of_word(at_));
        return take(Kind::symbol, at_ + 1);
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

[[noreturn]] void refuse(std::string_view sql, std::size_t offset, const std::string& why,
                         const std::string& hint = {}) {
    throw Error(ErrorCode::config, "SQL " + sql_position(sql, offset) + ": " + why, hint);
}

const char* const kClockHint =
    "Use :today and :now: they stand still for the whole run and keep to the job's time zone.";

std::string inside_quotes(std::string_view text) {
    return text.size() < 2 ? "" : lower(text.substr(1, text.size() - 2));
}

// A name that may be a function's: bare or quoted.
std::string function_name(const SqlToken& token) {
    if (token.kind == SqlToken::Kind::word) return lower(token.text);
    if (token.kind == SqlToken::Kind::quoted_word) return inside_quotes(token.text);
    return {};
}

// `open` is the index of the "(" after a date function's name.
void check_date_call(std::string_view sql, const std::vector<SqlToken>& tokens, std::size_t open,
                     const std::string& name) {
    int depth = 0;
    int arguments = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        const SqlToken& token = tokens[i];
        if (token.is('(')) {
            ++depth;
        } else if (token.is(')')) {
            if (--depth == 0) break;
        } else if (depth == 1 && token.is(',')) {
            ++arguments;
        } else if (depth == 1 && token.kind == SqlToken::Kind::string) {
            const std::string word = inside_quotes(token.text);
            if (word == "localtime" || word == "utc") {
                refuse(sql, token.offset, "the modifier '" + word + "' depends on the zone of this machine",
                       kClockHint);
            }
        }
        if (arguments == 0 && i > open && !token.is(')')) arguments = 1;
    }
    const int needed = name == "strftime" ? 2 : 1;
    if (arguments < needed) {
        refuse(sql, tokens[open - 1].offset,
               name + " without a time value means the machine's clock, which job SQL doesn't read", kClockHint);
    }
}

void check_token(std::string_view sql, const std::vector<SqlToken>& tokens, std::size_t i) {
    const SqlToken& token = tokens[i];
    if (token.kind == SqlToken::Kind::string && inside_quotes(token.text) == "now") {
        refuse(sql, token.offset, "'now' isn't allowed: job SQL doesn't read the machine's clock", kClockHint);
    }
    if (token.kind == SqlToken::Kind::parameter && (token.text.front() != ':' || is_digit(token.text[1]))) {
        refuse(sql, token.offset, "parameters are written :name, not " + std::string(token.text));
    }
    const bool is_member = i > 0 && tokens[i - 1].is('.');
    if (token.kind == SqlToken::Kind::word && !is_member) {
        const std::string word = lower(token.text);
        if (word == "current_date" || word == "current_time" || word == "current_timestamp") {
            refuse(sql, token.offset, word + " isn't allowed: job SQL doesn't read the machine's clock", kClockHint);
        }
    }
    if (i + 1 < tokens.size() && tokens[i + 1].is('(')) {
        const std::string name = function_name(token);
        if (is_date_function(name)) check_date_call(sql, tokens, i + 1, name);
    }
}

}  // namespace

std::vector<SqlToken> sql_tokens(std::string_view sql) {
    return Lexer(sql).tokens();
}

std::string sql_position(std::string_view sql, std::size_t offset) {
    const std::string_view before = sql.substr(0, std::min(offset, sql.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const std::string_view head = before.substr(start);
    const auto column = 1 + std::count_if(head.begin(), head.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

bool is_date_function(std::string_view name) {
    static constexpr std::array<std::string_view, 6> kNames = {"date",      "time",     "datetime",
                                                               "julianday", "strftime", "unixepoch"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void check_sql_text(std::string_view sql) {
    const std::size_t nul = sql.find('\0');
    if (nul != std::string_view::npos) refuse(sql, nul, "a NUL character can't stand in SQL");
    const std::vector<SqlToken> tokens = sql_tokens(sql);
    if (tokens.empty() || tokens.front().is(';'))
        throw Error(ErrorCode::config, "the SQL is empty", "Write one SELECT.");
    const std::string first = lower(tokens.front().text);
    if (first != "select" && first != "with" && first != "values") {
        refuse(sql, tokens.front().offset, "only a SELECT can stand here, not " + std::string(tokens.front().text));
    }
    bool ended = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].is(';')) {
            ended = true;
        } else if (ended) {
            refuse(sql, tokens[i].offset, "one statement only: something follows the first one's semicolon");
        } else {
            check_token(sql, tokens, i);
        }
    }
}

}  // namespace bindery
