#include "csv/writer.h"

#include "core/random.h"
#include "csv/cell_rules.h"
#include "csv/files.h"

using namespace bindery;
using namespace bindery::test;

namespace {

std::string cell(std::string_view text, CellGuard guard, bool is_text = false) {
    std::string line;
    append_cell(line, text, guard, is_text);
    return line;
}

}  // namespace

TEST_CASE("cells are quoted where they need it only") {
    const auto line = [](const std::vector<std::string>& cells) { return csv_line(cells, CellGuard::raw); };
    CHECK(line({"a", "b c", ""}) == "a,b c,\r\n");
    CHECK(line({"a,b", "say \"hi\"", "x\ny", "x\ry"}) == "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\",\"x\ry\"\r\n");
    CHECK(line({" a", "b ", "a;b", "a\tb", "a|b"}) == "\" a\",\"b \",\"a;b\",\"a\tb\",\"a|b\"\r\n");
    CHECK(line({"=1+1", "007", "-5"}) == "=1+1,007,-5\r\n");
    CHECK(csv_line(std::vector<std::string_view>{"x", "y"}, CellGuard::safe) == "x,y\r\n");
}

TEST_CASE("cells that a table program would run, round or rewrite are guarded") {
    struct Case {
        std::string text, anywhere, in_text;
    };
    const std::vector<Case> cases{
        {"=1+1", "'=1+1", "'=1+1"},
        {"+1 303 555 0100", "'+1 303 555 0100", "'+1 303 555 0100"},
        {"-x", "'-x", "'-x"},
        {"@SUM(A1)", "'@SUM(A1)", "'@SUM(A1)"},
        {"\tx", "\"'\tx\"", "\"'\tx\""},
        {"\rx", "\"'\rx\"", "\"'\rx\""},
        {"\nx", "\"'\nx\"", "\"'\nx\""},
        {"-1234.50", "-1234.50", "'-1234.50"},
        {"-5", "-5", "'-5"},
        {"-5.", "'-5.", "'-5."},
        {"-1-1", "'-1-1", "'-1-1"},
        {"--5", "'--5", "'--5"},
        {"02134", "'02134", "'02134"},
        {"0", "0", "0"},
        {"12345678901", "12345678901", "12345678901"},
        {"123456789012", "'123456789012", "'123456789012"},
        {"3-4", "3-4", "'3-4"},
        {"1/2", "1/2", "'1/2"},
        {"1/2/2026", "1/2/2026", "'1/2/2026"},
        {"2026-07-01", "2026-07-01", "'2026-07-01"},
        {"80202-1234", "80202-1234", "80202-1234"},
        {"303-555-0100", "303-555-0100", "303-555-0100"},
        {"12-2034", "12-2034", "'12-2034"},
        {"1-2-3-4", "1-2-3-4", "1-2-3-4"},
        {"12E5", "12E5", "'12E5"},
        {"1.5E+11", "1.5E+11", "'1.5E+11"},
        {"1e-3", "1e-3", "'1e-3"},
        {"12E", "12E", "12E"},
        {"HO-123", "HO-123", "HO-123"},
        {"'=1", "''=1", "''=1"},
        {"'7", "''7", "''7"},
        {"''", "'''", "'''"},
        {"'tis", "'tis", "'tis"},
        {"'", "'", "'"},
        {"1234.50", "1234.50", "1234.50"},
        {"", "", ""},
    };
    for (const Case& each : cases) {
        INFO(each.text);
        CHECK(cell(each.text, CellGuard::safe) == each.anywhere);
        CHECK(cell(each.text, CellGuard::safe, true) == each.in_text);
    }
}

namespace {

// Text made of what could go wrong.
std::string nasty(Random& random) {
    static const std::vector<std::string> kPieces{"=",  "+", "-", "@",  "\t", "\r",  "\n", "'", "\"", ",",  ";", "|", " ",   "0",
                                                  "12", "3", "/", "E", "e",  ".", "x",  "\r\n", "\u00E9", "\u2019", "=\"1\"", "$"};
    std::string text;
    for (std::uint64_t n = random.below(7); n > 0; --n) text += kPieces[random.below(kPieces.size())];
    return text;
}

}  // namespace

TEST_CASE("what was written is read back, cell for cell, raw and guarded") {
    const TempFolder folder;
    Random random(2026);
    for (int round = 0; round < 60; ++round) {
        Table table;
        std::string raw, safe;
        for (int i = 0; i < 200; ++i) {
            std::vector<std::string> row{"k" + std::to_string(i)};  // a row of blanks is none
            for (std::uint64_t n = 1 + random.below(6); n > 0; --n) row.push_back(nasty(random));
            std::vector<bool> text;
            for (std::size_t n = random.below(row.size() + 1); n > 0; --n) text.push_back(random.below(2) == 0);
            raw += csv_line(row, CellGuard::raw, text);
            safe += csv_line(row, CellGuard::safe, text);
            table.push_back(std::move(row));
        }
        REQUIRE(cells_of(raw, "utf-8", ',') == table);
        Table read = cells_of(safe, "utf-8", ',');
        for (auto& row : read) {
            for (std::string& each : row) each = std::string(without_guard(each));
        }
        REQUIRE(read == table);
    }
}

TEST_CASE("a guarded cell begins with nothing that runs, and a column reads it as what it was") {
    Random random(7);
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = nasty(random);
        std::string line = cell(text, CellGuard::safe, random.below(2) == 0);
        if (line.starts_with('"')) line.erase(0, 1);
        const bool number = line.starts_with('-') && line.size() > 1 && line.find_first_not_of("0123456789.", 1) == std::string::npos;
        if (!line.empty() && !number) CHECK(std::string("=+-@\t\r\n").find(line.front()) == std::string::npos);
        if (text.starts_with('=')) CHECK(cell_value("'" + text) == text);
    }
}
