#include "csv/encoding.h"

#include "csv/files.h"

using namespace bindery;
using namespace bindery::test;

namespace {

TextFormat format_of(const std::string& bytes, const std::string& encoding = "", char delimiter = 0) {
    const TempFolder folder;
    return tell_format(InputFile::open(write(folder, "in.csv", bytes)), encoding, delimiter);
}

std::string nul(std::string text) {
    for (char& c : text) c = c == '~' ? '\0' : c;
    return text;
}

}  // namespace

TEST_CASE("the encoding is told from the whole file") {
    struct Case {
        const char* about;
        std::string bytes;
        Encoding encoding;
        std::uint64_t start;
    };
    const std::string many(300'000, 'x');
    const std::vector<Case> cases{
        {"ASCII", "a,b\n", Encoding::utf8, 0},
        {"UTF-8", "a,Jos\xC3\xA9\n", Encoding::utf8, 0},
        {"UTF-8 with its mark", "\xEF\xBB\xBF" "a,b\n", Encoding::utf8, 3},
        {"four bytes, three bytes", "a,\xF0\x9F\x98\x80\xE2\x80\x99\n", Encoding::utf8, 0},
        {"Windows-1252", "a,Jos\xE9\n", Encoding::windows1252, 0},
        {"a late apostrophe of Windows-1252", "a,b\n" + many + ",O\x92" "Brien\n", Encoding::windows1252, 0},
        {"cut at the end", "a,b\nc,\xC3", Encoding::windows1252, 0},
        {"an overlong form", "a,\xC0\xAF\n", Encoding::windows1252, 0},
        {"a surrogate", "a,\xED\xA0\x80\n", Encoding::windows1252, 0},
        {"above Unicode", "a,\xF4\x90\x80\x80\n", Encoding::windows1252, 0},
        {"one letter that looks like UTF-8 among others that don't", "a,\xC3\xA9 \xE9 \xE8\n", Encoding::windows1252, 0},
    };
    for (const Case& each : cases) {
        INFO(each.about);
        const TextFormat format = format_of(each.bytes);
        CHECK(format.encoding == each.encoding);
        CHECK(format.start == each.start);
    }
}

TEST_CASE("UTF-8 is told whole over the edges of what is read at once") {
    for (std::size_t pad = 0; pad < 6; ++pad) {
        const std::string bytes = "a," + std::string((256U << 10U) - 6 + pad, 'x') + "\xF0\x9F\x98\x80\n";
        CHECK(format_of(bytes).encoding == Encoding::utf8);
        CHECK(format_of(bytes.substr(0, bytes.size() - 2) + "\n").encoding == Encoding::windows1252);
    }
}

TEST_CASE("a forced encoding holds, and is checked") {
    CHECK(format_of("a,Jos\xC3\xA9\n", "windows-1252").encoding == Encoding::windows1252);
    CHECK(format_of("a,Jos\xE9\n", "windows-1252").encoding == Encoding::windows1252);
    CHECK(format_of("\xEF\xBB\xBF" "a,b\n", "windows-1252").encoding == Encoding::utf8);
    const auto failure = failure_of([] { format_of("a,b\nc,d\n\nJos\xE9,e\n", "utf-8"); });
    CHECK(failure.code == ErrorCode::mapping);
    CHECK_THAT(failure.message, Catch::Contains("isn't UTF-8, as its profile says: see line 4"));
}

TEST_CASE("two encodings in one file, and NUL bytes, are refused by their line") {
    const auto mixed = failure_of([] { format_of("a,b\nJos\xC3\xA9,Zo\xC3\xAB\nO\x92" "Brien,c\n"); });
    CHECK(mixed.code == ErrorCode::mapping);
    CHECK_THAT(mixed.message, Catch::Contains("is UTF-8 but for line 3"));
    CHECK_THAT(mixed.hint, Catch::Contains("windows-1252"));
    CHECK(format_of("a,b\nJos\xC3\xA9,Zo\xC3\xAB\nO\x92" "Brien,c\n", "windows-1252").encoding == Encoding::windows1252);
    const std::string mostly_windows = "a,b\r\nJos\xE9,Zo\xEB\r\nO\x92" "Brien,c\r\nRen\xC3\xA9,d\r\n";
    CHECK(format_of(mostly_windows).encoding == Encoding::windows1252);
    CHECK(format_of(mostly_windows).odd_line == 4);
    CHECK_FALSE(format_of(mostly_windows, "windows-1252").odd_line);  // by the user's word
    CHECK_FALSE(format_of("a,Jos\xE9\n").odd_line);
    const auto marked = failure_of([] { format_of("\xEF\xBB\xBF" "a,b\r\nJos\xE9,c\r\n"); });
    CHECK_THAT(marked.message, Catch::Contains("says that it's UTF-8, but line 2 isn't"));
    const auto zero = failure_of([] { format_of("a,b\nsome longer text here,d\ne,f" + std::string(1, '\0') + "\n"); });
    CHECK_THAT(zero.message, Catch::Contains("NUL byte in line 3"));
    const auto late = failure_of([] { format_of("a,b\n" + std::string(300'000, 'x') + "\n" + std::string(1, '\0') + "\n"); });
    CHECK_THAT(late.message, Catch::Contains("NUL byte in line 3"));
}

TEST_CASE("what is no CSV is called by its name") {
    struct Case {
        std::string bytes;
        const char* said;
        const char* hint;
    };
    const std::vector<Case> cases{
        {"PK\x03\x04 and more", "is an Excel workbook (.xlsx)", "save it as CSV"},
        {"\xD0\xCF\x11\xE0\xA1\xB1", "is an Excel workbook (.xls)", "save it as CSV"},
        {"%PDF-1.7\n", "is a PDF", "export the report as CSV"},
        {"\x1F\x8B\x08 and more", "is compressed (gzip)", "gunzip"},
        {"  <!DOCTYPE html><html>", "is a web page (HTML)", "save it as CSV"},
        {"<html><table>", "is a web page (HTML)", "save it as CSV"},
        {"<?xml version=\"1.0\"?>", "is XML", "save it as CSV"},
        {"[{\"policy\": 1}]", "is JSON", "export the report as CSV"},
        {"\xFF\xFE" "a", "is UTF-16", "CSV UTF-8"},
        {"\xFE\xFF" "a", "is UTF-16", "CSV UTF-8"},
        {nul("a~,~b~\r~\n~"), "is UTF-16", "CSV UTF-8"},
        {nul("~a~,~b~\r~\n"), "is UTF-16", "CSV UTF-8"},
    };
    for (const Case& each : cases) {
        const auto failure = failure_of([&] { format_of(each.bytes); });
        CHECK(failure.code == ErrorCode::mapping);
        CHECK_THAT(failure.message, Catch::Contains(each.said));
        CHECK_THAT(failure.hint, Catch::Contains(each.hint));
    }
}

TEST_CASE("the delimiter is told from the first rows") {
    struct Case {
        const char* about;
        std::string bytes;
        char delimiter;
    };
    const std::vector<Case> cases{
        {"commas", "a,b,c\n1,2,3\n", ','},
        {"semicolons, and decimal commas", "a;b;c\n1,5;2,5;3,5\n1,5;2,5;3\n", ';'},
        {"tabs, and commas in names", "name\tcity, state\tzip\nRoe, Ann\tDenver, CO\t80202\n", '\t'},
        {"bars", "a|b|c\n1|2|3\n", '|'},
        {"quoted commas", "\"a,x\";\"b,x\"\n\"1,2\";\"3,4\"\n", ';'},
        {"one column", "a\n1\n2\n", ','},
        {"a header alone", "a;b;c", ';'},
        {"some ragged rows", "a,b,c\n1,2,3\n4,5\n6,7,8\n9,1,2\n3,4,5\n", ','},
        {"a bar in some cells", "a,b,c|d\n1,2,3\n4,5,6\n", ','},
        {"line breaks in quotes", "a;\"b\nx\"\n1;\"2\n\n3\"\n4;5\n", ';'},
    };
    for (const Case& each : cases) {
        INFO(each.about);
        CHECK(format_of(each.bytes).delimiter == each.delimiter);
    }
    CHECK(format_of("a,b,c\n", "", ';').delimiter == ';');
}

TEST_CASE("Excel's sep= line is honoured and skipped") {
    for (const std::string& end : {std::string("\r\n"), std::string("\n"), std::string("\r")}) {
        const std::string bytes = "\xEF\xBB\xBFsep=;" + end + "a,x;b" + end + "1;2" + end;
        CHECK(format_of(bytes).delimiter == ';');
        CHECK(cells_of(bytes) == Table{{"a,x", "b"}, {"1", "2"}});
        CHECK(rows_of(bytes)[0].line == 2);
    }
    CHECK(cells_of("SEP=^\na^b\n") == Table{{"a", "b"}});
    CHECK(cells_of("sep=;x,b\n1,2\n") == Table{{"sep=;x", "b"}, {"1", "2"}});
    CHECK(format_of("sep=;\na;b\n", "", ',').delimiter == ',');
}

TEST_CASE("a file of blank lines is refused as an empty one") {
    for (const char* bytes : {"\n", "\r\n \r\n", "\xEF\xBB\xBF", "sep=,\n"}) {
        const auto failure = failure_of([&] { format_of(bytes); });
        CHECK(failure.code == ErrorCode::usage);
        CHECK_THAT(failure.message, Catch::Contains("has no rows"));
    }
}
