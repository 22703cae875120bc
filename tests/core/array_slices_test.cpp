#include <catch2/catch.hpp>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/json_skim.h"
#include "core/random.h"

using namespace bindery;

namespace {

// The elements' texts joined by |; "none" when there's no array.
std::string elements(const std::string& text, const std::string& pointer) {
    const auto slices = array_slices(text, pointer);
    if (!slices) return "none";
    std::string joined;
    for (const Slice& slice : *slices) joined += (joined.empty() ? "" : "|") + text.substr(slice.offset, slice.length);
    return joined;
}

struct Row {
    std::string text;
    std::string pointer;
    std::string elements;
};

}  // namespace

TEST_CASE("an array's elements are found as they stand in the text") {
    const std::vector<Row> table{
        {R"({"data":[1,"two",{"a":[3]},[],null]})", "/data", R"(1|"two"|{"a":[3]}|[]|null)"},
        {" { \"data\" : [ {\"a\" : 1 } , 2.50 ] , \"meta\" : { } } ", "/data", "{\"a\" : 1 }|2.50"},
        {"[1, 2]", "", "1|2"},
        {"\xEF\xBB\xBF[1]", "", "1"},
        {R"({"data":[]})", "/data", ""},
        {"[ ]", "", ""},
        {R"({"data":[{"a":"]}\"[{\\"},{"b":"\\\""}]})", "/data", R"({"a":"]}\"[{\\"}|{"b":"\\\""})"},
        {R"({"x":{"data":[1]},"data":[2]})", "/data", "2"},
        {R"({"a":{"b":{"c":[1,2]}}})", "/a/b/c", "1|2"},
        {R"({"a":[[1],[2,3]]})", "/a/1", "2|3"},
        {R"({"a/b":[1],"m~n":[2]})", "/m~0n", "2"},
        {R"({"a/b":[1],"m~n":[2]})", "/a~1b", "1"},
        {R"({"d\u0061ta":[1]})", "/data", "1"},
    };
    for (const Row& row : table) {
        INFO(row.text);
        CHECK(elements(row.text, row.pointer) == row.elements);
    }
}

TEST_CASE("an object with one array member stands for that array") {
    CHECK(elements(R"({"data":{"renewals":[1,2],"total":2}})", "/data") == "1|2");
    CHECK(elements(R"({"renewals":[1,2],"total":2})", "") == "1|2");
    CHECK(elements(R"({"data":{"a":[1],"b":[2]}})", "/data") == "none");
    CHECK(elements(R"({"data":{"a":[],"b":[]}})", "/data") == "none");
    CHECK(elements(R"({"data":{"a":{"b":[1]}}})", "/data") == "none");
    CHECK(elements(R"({"data":{}})", "/data") == "none");
}

TEST_CASE("of members with one name the last counts") {
    CHECK(elements(R"({"data":[1],"data":[2]})", "/data") == "2");
    CHECK(elements(R"({"data":[1],"data":null})", "/data") == "none");
    CHECK(elements(R"({"a":{"b":[1]},"a":{"c":[2]}})", "/a/b") == "none");
}

TEST_CASE("there are no slices without an array, in broken structure, or in a text cut short") {
    const std::vector<std::pair<std::string, std::string>> table{{"", ""},
                                                                 {" ", ""},
                                                                 {"null", ""},
                                                                 {R"({"data":null})", "/data"},
                                                                 {R"({"data":"[1]"})", "/data"},
                                                                 {R"({"x":[1]})", "/data"},
                                                                 {"[1,]", ""},
                                                                 {"[,1]", ""},
                                                                 {"[1 2]", ""},
                                                                 {"[1]]", ""},
                                                                 {"[1] x", ""},
                                                                 {"[1}", ""},
                                                                 {"{\"a\":[1]", "/a"},
                                                                 {"{\"a\":[1],", "/a"},
                                                                 {"{\"a\":[1]]", "/a"},
                                                                 {"[\"a", ""},
                                                                 {"[\"a\\", ""},
                                                                 {"{a:[1]}", "/a"},
                                                                 {"{\"a\" [1]}", "/a"},
                                                                 {"[1]", "data"},
                                                                 {"[[1]]", "/x"},
                                                                 {"[[1]]", "/00"},
                                                                 {R"({"\u12":[1]})", "/data"},
                                                                 {R"({"\":[1]})", "/data"},
                                                                 {std::string(1, '\0'), ""},
                                                                 {std::string("[\0]", 3), ""}};
    for (const auto& [text, pointer] : table) {
        INFO(text);
        CHECK(elements(text, pointer) == "none");
    }
}

TEST_CASE("every proper beginning of a reply is recognised as cut short") {
    const std::string reply =
        R"({"success":true,"data":[{"id":"a\"b","n":1.50},{"id":"c","l":[1,{}]}],"meta":{"total":2}})";
    REQUIRE(array_slices(reply, "/data"));
    for (std::size_t length = 0; length < reply.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(array_slices(reply.substr(0, length), "/data"));
    }
}

TEST_CASE("a reply nested without end costs no stack") {
    const std::size_t deep = 2000000;
    CHECK_FALSE(array_slices(std::string(deep, '['), ""));
    const std::string text = "[" + std::string(deep, '[') + std::string(deep, ']') + "]";
    CHECK(array_slices(text, "")->size() == 1);
    std::string objects;
    for (int i = 0; i < 100000; ++i) objects += "{\"data\":";
    CHECK_FALSE(array_slices(objects, "/data"));
}

TEST_CASE("slices agree with the parser on valid documents and never leave a damaged text") {
    Random random(99);
    const std::string alphabet = "{}[]\",:\\ 01ae";
    for (int i = 0; i < 20000; ++i) {
        std::string text = R"({"a":[1,"x\"",{"b":[2]}],"data":[)";
        for (std::uint64_t n = random.below(4); n > 0; --n) text += "{\"k\":\"v\"},";
        text += R"([7]],"z":{}})";
        for (std::uint64_t n = random.below(3); n > 0; --n)
            text[random.below(text.size())] = alphabet[random.below(alphabet.size())];
        const auto slices = array_slices(text, "/data");
        CAPTURE(text);
        for (const Slice& slice : slices.value_or(std::vector<Slice>{})) {
            REQUIRE(slice.length > 0);
            REQUIRE(slice.offset + slice.length <= text.size());
        }
        if (!json::accept(text)) continue;
        const json document = parse_exact(text);
        const json* data = find_pointer(document, "/data");
        if (data == nullptr || !data->is_array()) continue;
        REQUIRE(slices);
        REQUIRE(slices->size() == data->size());
        for (std::size_t n = 0; n < slices->size(); ++n) {
            REQUIRE(parse_exact(std::string_view(text).substr((*slices)[n].offset, (*slices)[n].length)) == (*data)[n]);
        }
    }
}

TEST_CASE("a single value is found by its pointer") {
    const std::string text = R"({"a":{"b":[10, {"c":"x"}]},"a":{"b":[11]}})";
    const auto slice = find_slice(text, "/a/b/0");
    REQUIRE(slice);
    CHECK(text.substr(slice->offset, slice->length) == "11");
    CHECK_FALSE(find_slice(text, "/a/b/1"));
    CHECK_FALSE(find_slice(text, "/a/c"));
    CHECK(find_slice(text, "")->length == text.size());
}
