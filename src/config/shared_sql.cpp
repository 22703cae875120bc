#include "config/shared_sql.h"

#include <set>

#include "core/text.h"

namespace bindery {
namespace {

bool of_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

// Without comments and line breaks; what stands in quotes stays.
std::string on_one_line(const std::string& sql) {
    std::string line;
    char quote = 0;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const char c = sql[i];
        if (quote == 0 && c == '-' && i + 1 < sql.size() && sql[i + 1] == '-') {
            while (i < sql.size() && sql[i] != '\n') ++i;
            line += ' ';
            continue;
        }
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
        line += c == '\n' && quote == 0 ? ' ' : c;
    }
    return line;
}

bool word_begins(const std::string& sql, std::size_t at) { return at == 0 || (!of_word(sql[at - 1]) && sql[at - 1] != ':'); }

}  // namespace

bool uses_name(const std::string& sql, const std::string& name) {
    for (std::size_t at = 0; (at = sql.find(name, at)) != std::string::npos; ++at) {
        const std::size_t end = at + name.size();
        if (word_begins(sql, at) && (end == sql.size() || !of_word(sql[end]))) return true;
    }
    return false;
}

bool uses_name_begun(const std::string& sql, const std::string& begin) {
    for (std::size_t at = 0; (at = sql.find(begin, at)) != std::string::npos; ++at) {
        if (word_begins(sql, at)) return true;
    }
    return false;
}

std::string with_shared(const SharedSelects& shared, const std::string& select) {
    std::set<std::string> used;
    for (auto it = shared.rbegin(); it != shared.rend(); ++it) {
        bool wanted = uses_name(select, it->first);
        for (const auto& [name, text] : shared) wanted = wanted || (used.contains(name) && uses_name(text, it->first));
        if (wanted) used.insert(it->first);
    }
    if (used.empty()) return select;
    std::string front;
    for (const auto& [name, text] : shared) {
        if (used.contains(name)) front += (front.empty() ? "WITH " : ", ") + name + " AS MATERIALIZED (" + on_one_line(text) + ")";
    }
    const std::size_t begin = select.find_first_not_of(" \t\r\n");
    const std::string word = begin == std::string::npos ? "" : select.substr(begin, 4);
    const bool own = (word == "WITH" || word == "with") && begin + 4 < select.size() && !of_word(select[begin + 4]);
    if (!own) return front + " " + select;
    std::string rest = select.substr(begin + 4);
    const std::size_t next = rest.find_first_not_of(" \t\r\n");
    if (next != std::string::npos && lower(rest.substr(next, 9)) == "recursive") {
        rest.erase(next, 9);
        front.insert(4, " RECURSIVE");
    }
    return select.substr(0, begin) + front + "," + rest;
}

}  // namespace bindery
