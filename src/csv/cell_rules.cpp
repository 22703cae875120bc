#include "csv/cell_rules.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/field_text.h"
#include "core/text.h"
#include "csv/writer.h"

namespace bindery {

namespace {

// A label's words in small letters, without punctuation.
std::vector<std::string> label_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end = [&] {
        if (!word.empty()) words.push_back(word);
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '-' && i > 0 && i + 1 < text.size() && is_letter(text[i - 1]) && is_digit(text[i + 1])) return {};  // POLICY-1001 is a number
        if (is_letter(c) || is_digit(c)) word += lower(c);
        else if (is_space(c) || c == ':' || c == '=' || c == '-' || c == '*' || c == '(' || c == ')') end();
        else if (c != '.' && c != ',' && c != '\'') return {};
    }
    end();
    return words;
}

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_number(const std::string& word) {
    return std::all_of(word.begin(), word.end(), is_digit);
}

bool is_total(const std::string& word) {
    return is_one_of(word, {"total", "totals", "subtotal", "subtotals", "sum"});
}

bool is_counted(const std::string& word) {
    return is_one_of(word, {"record", "records", "row", "rows", "policy", "policies", "item", "items", "count", "result", "results", "line", "lines", "premium",
                            "premiums", "customers", "clients", "leads"});
}

}  // namespace

std::string_view cell_value(std::string_view cell) {
    const std::string_view bare = without_guard(cell);
    if (bare.size() != cell.size() || !cell.starts_with("=\"")) return bare;
    const std::string_view whole = trim(cell);
    if (whole.size() < 3 || whole.back() != '"') return cell;
    const std::string_view inside = whole.substr(2, whole.size() - 3);
    return inside.find('"') == std::string_view::npos ? inside : cell;
}

bool is_shortened_number(std::string_view text) {
    const std::size_t n = text.size();
    if (n < 5 || !is_digit(text[n - 1]) || !is_digit(text[0])) return false;
    const std::size_t power = text.find_first_of("Ee");
    if (power == std::string_view::npos || power + 2 >= n || text[power + 1] != '+') return false;
    const std::string_view mantissa = text.substr(0, power), digits = text.substr(power + 2);
    const std::size_t point = mantissa.find_first_of(".,");
    const auto all_digits = [](std::string_view part) { return !part.empty() && std::all_of(part.begin(), part.end(), is_digit); };
    if (point != std::string_view::npos && (point != 1 || !all_digits(mantissa.substr(2)))) return false;
    return all_digits(mantissa.substr(0, point)) && mantissa.substr(0, point).size() == 1 && digits.size() <= 3 && all_digits(digits);
}

bool is_totals_label(std::string_view text) {
    if (text.empty() || text.size() > 60) return false;
    const std::vector<std::string> words = label_words(text);
    if (words.empty() || words.size() > 6) return false;
    if (words.size() >= 3 && words[0] == "end" && words[1] == "of") return is_one_of(words[2], {"report", "file", "data", "list", "export"});
    std::size_t totals = 0, counted = 0, numbers = 0;
    for (const std::string& word : words) {
        if (is_total(word)) ++totals;
        else if (is_counted(word)) ++counted;
        else if (is_number(word)) ++numbers;
        else if (!is_one_of(word, {"grand", "sub", "report", "of", "number", "page", "for", "all", "in", "found", "exported"})) return false;
    }
    return totals > 0 || (counted > 0 && (numbers > 0 || is_one_of(words.front(), {"count", "number"})));
}

bool is_figure(std::string_view text) {
    return money_text(text).has_value() || date_text(text).has_value() || (text.ends_with('%') && money_text(text.substr(0, text.size() - 1)).has_value());
}

}  // namespace bindery
