#include "csv/delimiter.h"

#include <algorithm>
#include <vector>

namespace bindery {

namespace {

constexpr std::size_t kMostRows = 50;

// How many cells each of the first rows would have; 0 where text follows a closing quote, as it does with a wrong delimiter. A row
// that the text's end may have cut is left out unless it's the only one.
std::vector<std::size_t> cells_a_row(std::string_view text, char delimiter) {
    std::vector<std::size_t> rows;
    std::size_t cells = 1, row_begin = 0, cell_begin = 0;
    bool quoted = false, wrong = false;
    const auto end_row = [&](std::size_t i) {
        if (i > row_begin) rows.push_back(wrong ? 0 : cells);
        cells = 1;
        wrong = false;
        row_begin = cell_begin = i + 1;
    };
    for (std::size_t i = 0; i < text.size() && rows.size() < kMostRows; ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') continue;
            const char next = i + 1 < text.size() ? text[i + 1] : '\n';
            quoted = next == '"';
            if (quoted) ++i;
            else wrong = wrong || (next != delimiter && next != ' ' && next != '\r' && next != '\n');
        } else if (c == '"' && i == cell_begin) {
            quoted = true;
        } else if (c == delimiter) {
            ++cells;
            cell_begin = i + 1;
        } else if (c == '\n' || c == '\r') {
            end_row(i);
        }
    }
    if (rows.empty()) end_row(text.size());
    return rows;
}

}  // namespace

char tell_delimiter(std::string_view text) {
    char best = ',';
    double best_share = 0;
    std::size_t best_cells = 1;
    for (const char delimiter : {',', ';', '\t', '|'}) {
        const std::vector<std::size_t> rows = cells_a_row(text, delimiter);
        if (rows.empty() || rows.front() < 2) continue;
        const std::size_t cells = rows.front();
        const auto equal = static_cast<double>(std::count(rows.begin(), rows.end(), cells));
        const double share = equal / static_cast<double>(rows.size());
        // One ragged row more or less decides nothing against a table three times as wide.
        const bool better = share > best_share + 0.2 || (share > best_share - 0.2 && cells > best_cells);
        if (!better) continue;
        best = delimiter;
        best_share = share;
        best_cells = cells;
    }
    return best;
}

}  // namespace bindery
