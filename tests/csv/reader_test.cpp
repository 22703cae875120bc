#include "csv/reader.h"

#include "core/random.h"
#include "csv/files.h"
#include "csv/marks.h"
#include "csv/writer.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("rows are split as RFC 4180 says, and as programs write them") {
    struct Case {
        const char* about;
        std::string bytes;
        Table cells;
    };
    const std::vector<Case> cases{
        {"CRLF", "a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
        {"LF", "a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}},
        {"CR", "a,b\rc,d\r", {{"a", "b"}, {"c", "d"}}},
        {"no line end at the end", "a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
        {"a blank cell at the end", "a,\nc,", {{"a", ""}, {"c", ""}}},
        {"quoted delimiters", "\"a,b\",c\n", {{"a,b", "c"}}},
        {"doubled quotes", "\"say \"\"hi\"\"\",c\n\"\"\"\",d\n", {{"say \"hi\"", "c"}, {"\"", "d"}}},
        {"line breaks in quotes", "\"a\nb\",\"c\r\nd\"\ne,f\n", {{"a\nb", "c\r\nd"}, {"e", "f"}}},
        {"an empty quoted cell", "\"\",b\n", {{"", "b"}}},
        {"a quote inside a cell is text", "5\" pipe,b\n6\",\"c\"\n", {{"5\" pipe", "b"}, {"6\"", "c"}}},
        {"text after a closing quote is kept", "\"a\"b,c\n\"a\" ,d\n\"a \"b\" c\",e\n", {{"ab", "c"}, {"a ", "d"}, {"a b\" c\"", "e"}}},
        {"spaces are kept, also before a quote", " a , \"b\"\n", {{" a ", " \"b\""}}},
        {"blank lines are skipped", "\n\na,b\n\r\n  \n,,\n\"\",\" \"\nc,d\n\n", {{"a", "b"}, {"c", "d"}}},
        {"a quoted cell that ends the file", "a,\"b\"", {{"a", "b"}}},
        {"blanks after a quoted cell of two lines", "\"a\nb\" ,c\n", {{"a\nb ", "c"}}},
        {"ragged rows", "a,b,c\nd\ne,f,g,h\n", {{"a", "b", "c"}, {"d"}, {"e", "f", "g", "h"}}},
    };
    for (const Case& each : cases) {
        INFO(each.about);
        CHECK(cells_of(each.bytes, "", ',') == each.cells);
    }
}

TEST_CASE("each row knows its place and its line") {
    const auto rows = rows_of("h,i\r\n\r\n\"a\r\nb\rc\",d\ne,f\rg,\"\n\n\"\r\nlast,row", "", ',');
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].line == 1);
    CHECK(rows[1].line == 3);
    CHECK(rows[2].line == 6);
    CHECK(rows[3].line == 7);
    CHECK(rows[4].line == 10);
    CHECK(rows[0].offset == 0);
    CHECK(rows[0].length == 3);
    CHECK(rows[1].offset == 7);
    CHECK(rows[1].length == 10);
    CHECK(rows[2].offset == 18);
}

TEST_CASE("a missing end quote is refused by the line where the quote opened") {
    const auto at_end = failure_of([] { cells_of("a,b\nc,d\ne,\"f\ng,h\ni,j\n", "", ','); });
    CHECK(at_end.code == ErrorCode::mapping);
    CHECK_THAT(at_end.message, Catch::Contains("in.csv:3 has a quote in line 3 that is never closed"));
    CHECK_THAT(at_end.hint, Catch::Contains("written twice"));
    // The next quoted cell's opening quote seems to close it.
    const auto amid = failure_of([] { cells_of("a,b\n1,\"two\n3,4\n5,\"six\"\n7,8\n", "", ','); });
    CHECK(amid.code == ErrorCode::mapping);
    CHECK_THAT(amid.message, Catch::Contains("in.csv:2 has a quote in line 2 that isn't closed there"));
    const auto later = failure_of([] { cells_of("a,b\r\"x\ry\",\"z\r1,\"two\"\r", "", ','); });
    CHECK_THAT(later.message, Catch::Contains("in.csv:3 "));
    CHECK(failure_of([] { cells_of("a,\"", "", ','); }).code == ErrorCode::mapping);
}

TEST_CASE("cells and rows have a limit, and the row is named by its line") {
    const std::string large(kMostCellBytes + 1, 'x');
    for (const std::string& cell : {large, '"' + large + '"', '"' + large + large + large}) {
        const auto failure = failure_of([&] { cells_of("a,b\nc," + cell + "\nd,e\n", "", ','); });
        CHECK(failure.code == ErrorCode::mapping);
        CHECK_THAT(failure.message, Catch::Contains("in.csv:2 has a cell of more than 4 MiB in the row of line 2"));
    }
    const std::string most(kMostCellBytes, 'x');
    CHECK(cells_of("a,b\nc," + most + "\n", "", ',')[1][1].size() == kMostCellBytes);
    const auto row = failure_of([&] { cells_of("a,b\n" + most + ',' + most + ',' + most + ',' + most + ",x\n", "", ','); });
    CHECK_THAT(row.message, Catch::Contains("in.csv:2 has more than 16 MiB in the row of line 2"));
    const auto cells = failure_of([&] { cells_of("a,b\n" + std::string(kMostCells, ',') + "\n", "", ','); });
    CHECK_THAT(cells.message, Catch::Contains("more than 16384 cells in the row of line 2"));
    CHECK(cells_of(std::string(kMostCells - 1, ',') + "x\n", "", ',')[0].size() == kMostCells);
}

TEST_CASE("Windows-1252 comes out as UTF-8") {
    const Table cells = cells_of("name,note\nJos\xE9,\x93quoted\x94 \x80 5\n\"O\x92""Brien\",\"a \"\"\xFF\"\" b\"\n", "", ',');
    CHECK(cells[1] == std::vector<std::string>{"Jos\u00E9", "\u201Cquoted\u201D \u20AC 5"});
    CHECK(cells[2] == std::vector<std::string>{"O\u2019Brien", "a \"\u00FF\" b"});
}

TEST_CASE("a row longer than the buffer, and quotes and line ends at its edge, are read whole") {
    // Every phase of a row against the pieces that the file is read in.
    for (std::size_t pad = 0; pad < 8; ++pad) {
        std::string bytes = "x," + std::string((256U << 10U) - 16 + pad, 'p') + "\r\n";
        bytes += "\"a\"\"b\",\"c\r\nd\"\r\n";
        bytes += std::string(700'000, 'q') + ",\"" + std::string(700'000, 'r') + "\"\r\nlast,1\r\n";
        const auto rows = rows_of(bytes, "", ',');
        INFO(pad);
        REQUIRE(rows.size() == 4);
        CHECK(rows[1].cells == std::vector<std::string>{"a\"b", "c\r\nd"});
        CHECK(rows[1].line == 2);
        CHECK(rows[2].cells[1].size() == 700'000);
        CHECK(rows[3].cells == std::vector<std::string>{"last", "1"});
        CHECK(rows[3].line == 5);
    }
}

TEST_CASE("any row can be read again at its place, in any order") {
    const TempFolder folder;
    std::string bytes = "\xEF\xBB\xBFkey,note\r\n";
    Random random(11);
    for (int i = 0; i < 5000; ++i) {
        bytes += std::to_string(i) + ",\"" + std::string(random.below(200), 'n') + (i % 7 == 0 ? "\r\n" : "") + "\"\r\n";
        if (i % 500 == 0) bytes += std::to_string(i) + "," + std::string(9000, 'w') + "\n\n";
    }
    const InputFile file = InputFile::open(write(folder, "in.csv", bytes));
    const TextFormat format = tell_format(file, "", 0);
    const auto rows = rows_of(file, format);
    CsvReader reader(file, format);
    CsvRow row;
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t n = i % 3 == 0 ? random.below(rows.size()) : std::min<std::size_t>(rows.size() - 1, static_cast<std::size_t>(i) % rows.size());
        reader.go_to(rows[n].offset, rows[n].line);
        for (std::size_t next = n; next < std::min(n + 2, rows.size()); ++next) {
            REQUIRE(reader.next(row));
            REQUIRE(std::vector<std::string>(row.cells.begin(), row.cells.end()) == rows[next].cells);
            REQUIRE(row.line == rows[next].line);
            REQUIRE(row.offset == rows[next].offset);
        }
    }
    reader.go_to(rows.back().offset, rows.back().line);
    CHECK(reader.next(row));
    CHECK_FALSE(reader.next(row));
    CHECK_FALSE(reader.next(row));
}

TEST_CASE("a large file of many small rows is read whole, whatever its pieces cut") {
    Random random(5);
    std::string bytes;
    Table table;
    for (int i = 0; i < 30'000; ++i) {
        std::vector<std::string> row{std::to_string(i)};
        for (int n = 0; n < 4; ++n) row.push_back(std::string(random.below(9), "x\"\n,\xE9"[random.below(5)]) + (random.below(3) == 0 ? "\"y" : ""));
        bytes += csv_line(row, CellGuard::raw);
        for (std::string& cell : row) {
            for (std::size_t at = 0; (at = cell.find('\xE9', at)) != std::string::npos; at += 2) cell.replace(at, 1, "\u00E9");
        }
        table.push_back(std::move(row));
    }
    REQUIRE(bytes.size() > 900'000);
    CHECK(cells_of(bytes, "windows-1252", ',') == table);
}

TEST_CASE("marks are the delimiters, quotes and line ends of 64 bytes") {
    Random random(9);
    for (int round = 0; round < 500; ++round) {
        std::string bytes(kMarksBlock, ' ');
        std::uint64_t wanted = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = random.below(3) == 0 ? ";\"\r\n"[random.below(4)] : static_cast<char>(random.below(256));
            const bool mark = bytes[i] == ';' || bytes[i] == '"' || bytes[i] == '\r' || bytes[i] == '\n';
            wanted |= static_cast<std::uint64_t>(mark) << i;
        }
        CHECK(marks_of(bytes.data(), ';') == wanted);
    }
}

namespace {

std::uint64_t hash_of(const std::vector<std::string>& cells, std::uint64_t seed) {
    CsvRow row;
    row.cells.assign(cells.begin(), cells.end());
    return row_hash(row, seed);
}

}  // namespace

TEST_CASE("a row's hash is of its cells: not of its quotes, and not of their text run together") {
    const TempFolder folder;
    const InputFile file = InputFile::open(write(folder, "in.csv", "a,\"b\",c\n\"a\",b,\"c\"\n"));
    CsvReader reader(file, tell_format(file, "", ','));
    CsvRow row;
    reader.next(row);
    const auto first = row_hash(row, 5);
    reader.next(row);
    CHECK(row_hash(row, 5) == first);
    CHECK(hash_of({"a", "b", "c"}, 5) == first);
    CHECK(hash_of({"a", "b", "c"}, 6) != first);
    CHECK(hash_of({"ab", "", "c"}, 5) != first);
    CHECK(hash_of({"", "ab", "c"}, 5) != hash_of({"ab", "", "c"}, 5));
    CHECK(hash_of({"a", "b", "c", ""}, 5) != first);
}
