#include "core/exact_json.h"

#include <catch2/catch.hpp>

#include "core/error.h"
#include "core/random.h"

using namespace bindery;

namespace {

std::string round_trip(const std::string& text) {
    return dump_exact(parse_exact(text));
}

bool is_refused(const std::string& text) {
    try {
        parse_exact(text);
        return false;
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::service);
        CHECK(std::string(error.what()).find("byte") != std::string::npos);
        return true;
    }
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

json random_value(Random& random, int depth) {
    switch (random.below(depth > 0 ? 8 : 6)) {
        case 0:
            return nullptr;
        case 1:
            return random.below(2) == 0;
        case 2:
            return static_cast<std::int64_t>(random.next());
        case 3:
            return exact_number(std::to_string(random.below(1000)) + "." + std::to_string(random.below(1000)) + "0");
        case 4:
            return exact_number("1" + std::string(random.below(40) + 20, '7'));
        case 5: {
            std::string text;
            for (std::uint64_t i = random.below(20); i > 0; --i) {
                const char* pieces[] = {"a", "\"", "\\", "\n", "é", "😀", "\x01", "/", " ", "Z", "\xE2\x80\xA8", "{"};
                text += pieces[random.below(std::size(pieces))];
            }
            return text;
        }
        case 6: {
            json list = json::array();
            for (std::uint64_t i = random.below(5); i > 0; --i) list.push_back(random_value(random, depth - 1));
            return list;
        }
        default: {
            json object = json::object();
            for (std::uint64_t i = random.below(5); i > 0; --i) {
                object["k\"" + std::to_string(random.below(9))] = random_value(random, depth - 1);
            }
            return object;
        }
    }
}

}  // namespace

TEST_CASE("numbers keep their own digits") {
    for (const std::string number :
         {"0", "-1", "1234.50", "0.10", "1e400", "1E+5", "-0", "-0.0", "18446744073709551615", "18446744073709551616",
          "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "12345678901234567890123",
          "1e-999999999"}) {
        INFO(number);
        CHECK(round_trip(number) == number);
        CHECK(scalar_text(parse_exact(number)) == number);
        CHECK(is_number(parse_exact(number)));
        CHECK(parse_exact(number) == exact_number(number));
    }
    CHECK(parse_exact("5").is_number_unsigned());
    CHECK(parse_exact("-5").is_number_integer());
    const std::string digits(100000, '9');
    CHECK(round_trip(digits) == digits);
}

TEST_CASE("documents come back compact, with members in order and the last of duplicates") {
    const std::vector<std::pair<std::string, std::string>> table{
        {" { \"b\" : 1.0 , \"a\" : [ ] } ", R"({"a":[],"b":1.0})"},
        {R"({"a":1,"a":{"x":2},"a":[3]})", R"({"a":[3]})"},
        {R"({"a":{"x":1},"a":{"y":2}})", R"({"a":{"y":2}})"},
        {R"(["\u0041\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t"])", "[\"A\xC3\xA9\xF0\x9F\x98\x80/\\\"\\\\\\b\\f\\n\\r\\t\"]"},
        {R"({"":null,"\u0000":true})", R"({"":null,"\u0000":true})"},
        {"\xEF\xBB\xBF[1]", "[1]"},
        {"[[],{},[{}]]", "[[],{},[{}]]"},
        {"\t\r\n\"x\" ", "\"x\""},
    };
    for (const auto& [text, compact] : table) {
        INFO(text);
        CHECK(round_trip(text) == compact);
    }
}

TEST_CASE("what isn't JSON is refused with its place") {
    for (const std::string& text : std::vector<std::string>{"",
                                                            " ",
                                                            "{",
                                                            "[",
                                                            "[1",
                                                            "[1,",
                                                            "[1,]",
                                                            "{\"a\"",
                                                            "{\"a\":",
                                                            "{\"a\":1",
                                                            "{\"a\":1,}",
                                                            "{a:1}",
                                                            "{1:1}",
                                                            "[1 2]",
                                                            "[1}",
                                                            "{\"a\":1]",
                                                            "]",
                                                            "}",
                                                            ",",
                                                            "01",
                                                            "1.",
                                                            ".5",
                                                            "+1",
                                                            "-",
                                                            "1e",
                                                            "1e+",
                                                            "0x10",
                                                            "NaN",
                                                            "Infinity",
                                                            "nul",
                                                            "tru",
                                                            "True",
                                                            "nullx",
                                                            "1 1",
                                                            "[] []",
                                                            "\"",
                                                            "\"\\",
                                                            "\"\\x\"",
                                                            "\"\\u12\"",
                                                            "\"\\u12g4\"",
                                                            "\"\\ud800\"",
                                                            "\"\\ud800\\n\"",
                                                            "\"\\ud800\\ud800\"",
                                                            "\"\\udc00\"",
                                                            "\"a\nb\"",
                                                            std::string("\"\0\"", 3),
                                                            std::string("1\0", 2),
                                                            "'a'",
                                                            "// c\n1",
                                                            "[1,,2]",
                                                            "{\"a\":1,,\"b\":2}",
                                                            "{\"a\" 1}",
                                                            "\"\x7F",
                                                            "<html>",
                                                            "\xEF\xBB"}) {
        INFO(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("invalid UTF-8 is refused wherever it stands") {
    for (const std::string bytes :
         {"\x80", "\xC0\xAF", "\xC1\x81", "\xC3", "\xC3(", "\xE0\x80\x80", "\xE2\x28\xA1", "\xE2\x82", "\xED\xA0\x80",
          "\xF0\x80\x80\x80", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE"}) {
        for (const std::string before : {"", "abcdefg", "0123456789abcdef"}) {
            CHECK(is_refused("\"" + before + bytes + "\""));
            CHECK(is_refused("\"" + before + bytes));
            CHECK(is_refused("{\"" + before + bytes + "\":1}"));
        }
        CHECK(is_refused(bytes));
        CHECK_THROWS_AS(dump_exact(json(bytes)), Error);
    }
    for (const std::string good :
         {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CHECK(round_trip("\"" + good + "\"") == "\"" + good + "\"");
    }
}

TEST_CASE("an error's text never holds the content") {
    try {
        parse_exact(R"({"client": "Garcia" "x"})");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("Garcia") == std::string::npos);
        CHECK(std::string(error.what()).find("byte 20") != std::string::npos);
    }
}

TEST_CASE("nesting is bounded") {
    CHECK(round_trip(nested(kMaxDepth)) == nested(kMaxDepth));
    CHECK(is_refused(nested(kMaxDepth + 1)));
    CHECK(is_refused(std::string(1000000, '[')));
    std::string objects;
    for (int i = 0; i < 1000; ++i) objects += "{\"a\":";
    CHECK(is_refused(objects));
}

TEST_CASE("random documents survive writing and reading") {
    Random random(20261123);
    for (int i = 0; i < 2000; ++i) {
        const json value = random_value(random, 4);
        const std::string text = dump_exact(value);
        const json again = parse_exact(text);
        REQUIRE(again == value);
        REQUIRE(dump_exact(again) == text);
        REQUIRE(json::accept(text));
    }
}

TEST_CASE("damaged documents are refused exactly when another parser refuses them") {
    Random random(7);
    const std::string alphabet = "{}[]\",:\\ \n0129.-+eEtrufalsn\x01\xC3\xA9\xFF";
    for (int i = 0; i < 20000; ++i) {
        std::string text = dump_exact(random_value(random, 3));
        for (std::uint64_t hits = 1 + random.below(3); hits > 0; --hits) {
            const std::size_t at = random.below(text.size() + 1);
            const char c = alphabet[random.below(alphabet.size())];
            switch (random.below(3)) {
                case 0:
                    text.insert(at, 1, c);
                    break;
                case 1:
                    text = text.substr(0, at);
                    break;
                default:
                    if (at < text.size()) text[at] = c;
            }
        }
        bool good = true;
        try {
            parse_exact(text);
        } catch (const Error&) {
            good = false;
        }
        CAPTURE(text);
        const bool huge_exponent = text.find_first_of("eE") != std::string::npos;
        if (!huge_exponent) REQUIRE(good == json::accept(text));
    }
}

TEST_CASE("scalars have a text, other values have none") {
    CHECK(scalar_text(json("x")) == "x");
    CHECK(scalar_text(json("")) == "");
    CHECK(scalar_text(json(true)) == "true");
    CHECK(scalar_text(json(false)) == "false");
    CHECK(scalar_text(json(-7)) == "-7");
    CHECK_FALSE(scalar_text(json()));
    CHECK_FALSE(scalar_text(json::array({1})));
    CHECK_FALSE(scalar_text(json::object()));
    CHECK_FALSE(scalar_text(json::binary({1, 2})));
    CHECK_FALSE(is_number(json("1")));
    CHECK_FALSE(is_number(json::binary({1, 2})));
}

TEST_CASE("only a number's text can be an exact number") {
    CHECK(exact_number("5") == json(5));
    CHECK(dump_exact(exact_number("5.00")) == "5.00");
    for (const char* wrong : {"", "x", "1,2", "1 ", " 1", "\"", "1e", "--1", "007"})
        CHECK_THROWS_AS(exact_number(wrong), Error);
    CHECK_THROWS_AS(dump_exact(json::binary({1})), Error);
}

TEST_CASE("pointers lead through objects and arrays and never throw") {
    const json document = parse_exact(R"({"a":{"b":[10,{"c":"x"}]},"":1,"a/b":2,"m~n":3,"~1":4,"00":5})");
    const std::vector<std::pair<std::string, std::string>> found{{"/a/b/0", "10"}, {"/a/b/1/c", "\"x\""}, {"/", "1"},
                                                                 {"/a~1b", "2"},   {"/m~0n", "3"},        {"/~01", "4"},
                                                                 {"/00", "5"}};
    for (const auto& [pointer, text] : found) {
        INFO(pointer);
        REQUIRE(find_pointer(document, pointer) != nullptr);
        CHECK(dump_exact(*find_pointer(document, pointer)) == text);
    }
    CHECK(find_pointer(document, "") == &document);
    for (const char* absent : {"a", "/x", "/a/b/2", "/a/b/00", "/a/b/-", "/a/b/-1", "/a/b/99999999999999999999",
                               "/a/b/0/x", "/a/b/", "/a/b/1/c/d", "//", "/a/", "/~2", "/m~"}) {
        INFO(absent);
        CHECK(find_pointer(document, absent) == nullptr);
    }
}
