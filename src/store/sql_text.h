#pragma once
// A look at the text of SQL written by people, before SQLite compiles it: what would make its answer depend on the
// machine's clock or zone, what parameters it names, whether it is one SELECT. For clear messages with a place; what
// must never happen is refused again by the connection itself (sql_guard.h, sql_functions.h). Pure.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

struct SqlToken {
    enum class Kind { word, quoted_word, string, number, parameter, symbol } kind = Kind::symbol;
    std::string_view text;  // as written, quotes included
    std::size_t offset = 0;
    bool is(char symbol) const { return kind == Kind::symbol && text.size() == 1 && text.front() == symbol; }
};

// Tokens as SQLite sees them; comments and white space left out.
std::vector<SqlToken> sql_tokens(std::string_view sql);

// "line 3, column 14" of a byte offset, columns counted in characters.
std::string sql_position(std::string_view sql, std::size_t offset);

// Throws Error(config) with the place when the text isn't one SELECT, reads the machine's clock or zone ('now',
// current_date, a date function without a time value, 'localtime', 'utc'), or uses parameters other than :name.
void check_sql_text(std::string_view sql);

bool is_date_function(std::string_view lower_case_name);

}  // namespace bindery
