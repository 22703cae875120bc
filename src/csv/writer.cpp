#include "csv/writer.h"

#include <algorithm>

#include "core/text.h"

namespace bindery {

namespace {

constexpr std::size_t kDigitsExcelKeeps = 11;  // with 12 it shows 1.23457E+11, with 16 it zeroes the last

bool runs(char first) {
    return std::string_view("=+-@\t\r\n").find(first) != std::string_view::npos;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::size_t digits_at(std::string_view text, std::size_t from) {
    std::size_t n = from;
    while (n < text.size() && is_digit(text[n])) ++n;
    return n - from;
}

bool plain_negative(std::string_view text) {
    if (text.size() < 2 || text.front() != '-' || !is_digit(text[1])) return false;
    const std::size_t whole_end = 1 + digits_at(text, 1);
    if (whole_end == text.size()) return true;
    return text[whole_end] == '.' && all_digits(text.substr(whole_end + 1));
}

// 3-4, 1/2/26: a table program makes a date of it. 12E5, 1.5E+11: a power of ten.
bool becomes_other(std::string_view text) {
    std::size_t at = digits_at(text, 0);
    if (at == 0 || at == text.size()) return false;
    const std::size_t power = text[at] == '.' ? at + 1 + digits_at(text, at + 1) : at;
    if (power < text.size() && (text[power] == 'e' || text[power] == 'E')) {
        at = power;
        std::size_t rest = at + 1;
        if (rest < text.size() && (text[rest] == '+' || text[rest] == '-')) ++rest;
        return all_digits(text.substr(rest));
    }
    const char separator = text[at];
    const auto may_be_of_a_date = [](std::size_t digits) { return digits == 1 || digits == 2 || digits == 4; };
    if ((separator != '-' && separator != '/') || !may_be_of_a_date(at)) return false;
    for (int parts = 1; parts <= 2 && at < text.size() && text[at] == separator; ++parts) {
        const std::size_t run = digits_at(text, at + 1);
        if (!may_be_of_a_date(run)) return false;
        at += 1 + run;
    }
    return at == text.size();
}

bool needs_guard(std::string_view cell, bool text) {
    if (cell.empty()) return false;
    if (cell.front() == '\'') return cell.size() > 1 && (runs(cell[1]) || cell[1] == '\'' || is_digit(cell[1]));
    if (runs(cell.front())) return text || !plain_negative(cell);
    if (!is_digit(cell.front())) return false;
    if (all_digits(cell)) return cell.size() > kDigitsExcelKeeps || (cell.size() > 1 && cell.front() == '0');
    return text && becomes_other(cell);
}

bool needs_quotes(std::string_view cell) {
    if (cell.empty()) return false;
    if (cell.front() == ' ' || cell.back() == ' ') return true;
    return cell.find_first_of(",;\t|\"\r\n") != std::string_view::npos;
}

template <class Cells>
std::string line_of(const Cells& cells, CellGuard guard, const std::vector<bool>& text) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) line += ',';
        append_cell(line, cells[i], guard, i < text.size() && text[i]);
    }
    return line += "\r\n";
}

}  // namespace

std::string_view without_guard(std::string_view cell) {
    const bool guarded = cell.size() > 1 && cell.front() == '\'' && (runs(cell[1]) || cell[1] == '\'' || is_digit(cell[1]));
    return guarded ? cell.substr(1) : cell;
}

void append_cell(std::string& line, std::string_view cell, CellGuard guard, bool text) {
    const bool mark = guard == CellGuard::safe && needs_guard(cell, text);
    if (!needs_quotes(cell)) {
        if (mark) line += '\'';
        line += cell;
        return;
    }
    line += '"';
    if (mark) line += '\'';
    for (const char c : cell) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

std::string csv_line(const std::vector<std::string_view>& cells, CellGuard guard, const std::vector<bool>& text) {
    return line_of(cells, guard, text);
}

std::string csv_line(const std::vector<std::string>& cells, CellGuard guard, const std::vector<bool>& text) {
    return line_of(cells, guard, text);
}

}  // namespace bindery
