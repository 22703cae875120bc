#include <catch2/catch.hpp>

#include "core/error.h"
#include "core/mapping.h"
#include "core/random.h"

using namespace bindery;

namespace {

Mapping mapping() {
    Mapping result;
    result.key_pointers = {"/ref/id", "/id"};
    const auto add = [&](const char* name, std::vector<std::string> pointers) {
        Field field;
        field.name = name;
        field.type = FieldType::json_value;
        field.pointers = std::move(pointers);
        result.fields.push_back(field);
    };
    add("a", {});
    add("b", {"/b", "/bb"});
    add("c", {"/o/c"});
    add("d", {"/o/list/1/d", "/d"});
    add("e", {"/x~1y"});
    add("f", {"/b"});
    return result;
}

std::string present(const std::string& text) {
    const Glance look = glance(mapping(), text);
    std::string names;
    for (std::size_t i = 0; i < mapping().fields.size(); ++i) {
        if ((look.present >> i) & 1) names += mapping().fields[i].name;
    }
    return names;
}

}  // namespace

TEST_CASE("a glance sees which fields are stated") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"{}", ""},
        {R"({"a":1,"b":"x","z":2})", "abf"},
        {R"({"a":null,"b":""})", ""},
        {R"({"a":" \t","b":" \u0020"})", ""},
        {R"({"a":false,"b":0})", "abf"},
        {R"({"a":[],"b":{}})", "abf"},
        {R"({"b":null,"bb":1})", "b"},
        {R"({"o":{"c":1,"list":[0,{"d":[]}]}})", "cd"},
        {R"({"o":{"c":null,"list":[0]},"d":"x"})", "d"},
        {R"({"o":{"c":"\u0020","a":1}})", ""},
        {R"({"o":"c","c":1})", ""},
        {R"({"x/y":1})", "e"},
        {R"({"\u0061":1})", "a"},
        {R"({"a":1,"a":null})", ""},
        {R"({"o":{"c":1},"o":{}})", ""},
        {R"({"o":{"c":1},"o":5})", ""},
        {R"({"z":{"a":1,"b":[{"a":1}]}})", ""},
    };
    for (const auto& [text, names] : table) {
        INFO(text);
        CHECK(present(text) == names);
        CHECK(glance(mapping(), text).is_object);
    }
}

TEST_CASE("a glance reads the key as mapping does") {
    for (const std::string text :
         {R"({"id":"x"})", R"({"id":7})", R"({"id":123456789012345678901234567890})", R"({"id":1.50})",
          R"({"id":"a\"\u00e9"})", R"({"id":null})", R"({"id":""})", R"({"id":[1]})", R"({"id":{}})", R"({"id":" "})",
          R"({"id":true})", R"({"ref":{"id":"r"},"id":"x"})", R"({"ref":{"id":null},"id":"x"})",
          R"({"ref":{"id":[]},"id":"x"})", R"({"id":1,"id":2})", "{}", "[]"}) {
        INFO(text);
        CHECK(glance(mapping(), text).key == map_record(mapping(), parse_exact(text)).key);
    }
}

TEST_CASE("what isn't an object has no key and no fields") {
    for (const char* text : {"[{\"id\":1,\"a\":1}]", "null", "5", "\"a\"", "[]", " [[]] "}) {
        const Glance look = glance(mapping(), text);
        CHECK_FALSE(look.is_object);
        CHECK(look.key == "");
        CHECK(look.present == 0);
    }
}

TEST_CASE("a glance refuses what isn't valid JSON, wherever the fault lies") {
    for (const std::string text :
         {"", "{", "{\"a\":1", "{\"a\":1}}", "{\"z\":[1,]}", "{\"z\":\"\xFF\"}", "{\"z\":01}", "{\"z\":{\"y\":tru}}"}) {
        INFO(text);
        try {
            glance(mapping(), text);
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::service);
        }
    }
    CHECK_THROWS_AS(glance(mapping(), std::string(100000, '[')), Error);
}

TEST_CASE("a mapping of sixty-four fields fills all bits, and one more does no harm") {
    Mapping wide;
    std::string text = "{";
    for (int i = 0; i < 65; ++i) {
        Field field;
        field.name = "f" + std::to_string(i);
        wide.fields.push_back(field);
        text += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":1";
    }
    CHECK(glance(wide, text + "}").present == ~std::uint64_t{0});
}

TEST_CASE("glance and mapping agree on random documents") {
    Random random(5);
    const char* values[] = {"null",  "\"\"",      "1",
                            "\"x\"", "{\"c\":1}", "{\"c\":null,\"list\":[1,{\"d\":2}]}",
                            "[]",    "\" \"",     "{\"id\":\"k\"}"};
    const char* names[] = {"a", "b", "bb", "o", "d", "x/y", "id", "ref", "zz"};
    for (int i = 0; i < 5000; ++i) {
        std::string text;
        for (std::uint64_t n = random.below(8); n > 0; --n) {
            text += (text.empty() ? "\"" : ",\"") + std::string(names[random.below(std::size(names))]) +
                    "\":" + values[random.below(std::size(values))];
        }
        text = "{" + text + "}";
        const Glance look = glance(mapping(), text);
        const MappedRecord record = map_record(mapping(), parse_exact(text));
        CAPTURE(text);
        REQUIRE(look.key == record.key);
        for (std::size_t f = 0; f < record.values.size(); ++f)
            REQUIRE(record.values[f].has_value() == (((look.present >> f) & 1) == 1));
    }
}
