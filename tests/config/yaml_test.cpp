// What every YAML file has in common: syntax, places, limits, the environment, typed scalars.
#include <catch2/catch.hpp>

#include "config/expand.h"
#include "config/load.h"
#include "config/scalar.h"
#include "config/tree.h"
#include "core/exact_json.h"
#include "folder.h"

using namespace bindery;

namespace {

std::string fault_of(const std::string& text, const Environment& environment = {}) {
    Faults faults;
    (void)parse_tree(text, "f.yaml", environment, faults);
    try {
        faults.throw_if_any();
    } catch (const Error& e) {
        return e.what();
    }
    return {};
}

std::string typed(const std::string& scalar) {
    Faults faults;
    const auto tree = parse_tree("v: " + scalar + "\n", "f.yaml", {{"N", "12"}, {"Z", "02134"}}, faults);
    REQUIRE(faults.empty());
    return dump_exact(to_json(*tree->find("v")));
}

}  // namespace

TEST_CASE("A file that isn't readable YAML is refused with its place") {
    struct Row {
        std::string text;
        std::string fault;
    };
    const std::vector<Row> rows{
        {"a: 1\na: 2\n", "f.yaml:2:1: `a` is given twice; first on line 1"},
        {"a: {b: 1, b: 2}\n", "f.yaml:1:11: `b` is given twice; first on line 1"},
        {"a:\n\tb: 1\n", "f.yaml:2:1: a tab can't indent YAML; use spaces"},
        {"a:\n  \tb: 1\n  c: 2\n", "a tab can't indent YAML; use spaces"},
        {"a: [1, 2\nb: 3\n", "f.yaml:2:2: this isn't YAML: "},
        {"a: 'it''s\n", "f.yaml:1:4: the quote that opens here isn't closed"},
        {"a: 1\nb: [\"x\\\"\n", "f.yaml:2:5: the quote that opens here isn't closed"},
        {"a: 1\n---\nb: 2\n", "a second document; one file holds one"},
        {"a: !secret x\n", "f.yaml:1:4: tags (`!…`) aren't used here"},
        {"a: \xFF\n", "f.yaml:1:1: this line isn't UTF-8"},
        {"a: 1\nb: \x04\nc: 3\n", "f.yaml:2:1: a control character"},
        {"[1, 2]: x\n", "f.yaml:1:1: a key must be a plain word"},
        {"a: *nobody\n", "this isn't YAML: "},
        {"a: &x [*x]\n", "an alias inside what it stands for"},
        {"a: ${GONE}\n", "f.yaml:1:4: the environment variable GONE isn't set"},
        {"a: ${GO NE}\n", "f.yaml:1:4: `${GO NE}` names no variable"},
        {"a: \"${GONE\"\n", "f.yaml:1:4: `${` has no closing `}`"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK_THAT(fault_of(row.text), Catch::Contains(row.fault));
    }
    CHECK(fault_of("a: 1\r\nb: [x, y]\r\n").empty());
    CHECK(fault_of("\xEF\xBB\xBF"
                   "a: 1\n")
              .empty());
}

TEST_CASE("A variable that is set but empty counts as one that isn't set, and the fault says what to do") {
    for (const char* blank : {"", " ", "\t\n"}) {
        const std::string fault = fault_of("a: x\nb: ${EMPTY}\n", {{"EMPTY", blank}});
        CHECK_THAT(fault, Catch::StartsWith("f.yaml:2:4: the environment variable EMPTY is set, but empty; set it (export EMPTY="));
        CHECK_THAT(fault, Catch::Contains("in place of ${EMPTY}"));
        CHECK(fault_of("a: ${EMPTY:-}\n", {{"EMPTY", blank}}).empty());
    }
}

TEST_CASE("For commands that work no job a variable without a value stays as it is written") {
    Faults faults;
    Variables kept{{"THERE", "x"}};
    kept.keep_unset = true;
    const auto tree = parse_tree("a: to ${GONE}\nb: ${THERE}\n", "f.yaml", kept, faults);
    REQUIRE(faults.empty());
    CHECK(tree->find("a")->text == "to ${GONE}");
    CHECK(tree->find("b")->text == "x");
}

TEST_CASE("A file can't grow beyond bounds by depth, aliases or length") {
    CHECK_THAT(fault_of("a: " + std::string(200, '[') + std::string(200, ']') + "\n"), Catch::Contains("levels deep"));
    std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string below = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + below;
        bomb += "]\n";
    }
    CHECK_THAT(fault_of(bomb), Catch::Contains("more than 100,000 values"));
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "# " + std::string(1 << 20, 'x') + "\n");
    CHECK_THAT(folder.message([&] { return load_settings(file, {}); }), Catch::Contains("over 1 MiB"));
}

TEST_CASE("An alias stands for a copy of its anchor") {
    Faults faults;
    const auto tree = parse_tree("a: &x {n: 1}\nb: *x\n", "f.yaml", {}, faults);
    REQUIRE(faults.empty());
    CHECK(dump_exact(to_json(*tree)) == R"({"a":{"n":1},"b":{"n":1}})");
}

TEST_CASE("Variables are filled in, with defaults and escapes") {
    const Environment environment{{"A", "one"}, {"EMPTY", ""}, {"B", "${A}"}};
    struct Row {
        std::string text;
        std::string result;
    };
    const std::vector<Row> rows{
        {"${A}", "one"},
        {"x-${A}-${A}", "x-one-one"},
        {"${EMPTY:-two}", "two"},
        {"${GONE:-}", ""},
        {"${GONE:-a b}", "a b"},
        {"${GONE:-:-}", ":-"},
        {"$${A}", "${A}"},
        {"$5 and $ {A}", "$5 and $ {A}"},
        {"${B}", "${A}"},
        {"cost $", "cost $"},
        {"$.a", "$.a"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(expand(row.text, environment).value == row.result);
    }
    CHECK_FALSE(expand("${GONE}", environment).value);
    CHECK_FALSE(expand("${EMPTY}", environment).value);
    CHECK_FALSE(expand("${}", environment).value);
}

TEST_CASE("Plain scalars are typed as they look, and codes stay text") {
    struct Row {
        std::string yaml;
        std::string result;
    };
    const std::vector<Row> rows{
        {"12", "12"},
        {"-3", "-3"},
        {"0", "0"},
        {"1234.50", "1234.50"},
        {"true", "true"},
        {"False", "false"},
        {"null", "null"},
        {"~", "null"},
        {"", "null"},
        {"12345678901234567890123", "12345678901234567890123"},
        {"\"12\"", "\"12\""},
        {"'true'", "\"true\""},
        {"\"\"", "\"\""},
        {"!!str 5", "\"5\""},
        {"007", "\"007\""},
        {"02134", "\"02134\""},
        {"1e5", "\"1e5\""},
        {"0x1F", "\"0x1F\""},
        {"+15551234567", "\"+15551234567\""},
        {"1_000", "\"1_000\""},
        {"1.", "\"1.\""},
        {".5", "\".5\""},
        {"NO", "\"NO\""},
        {"yes", "\"yes\""},
        {"on", "\"on\""},
        {"off", "\"off\""},
        {"2026-11-23", "\"2026-11-23\""},
        {"12:30", "\"12:30\""},
        {".inf", "\".inf\""},
        {"${N}", "12"},
        {"\"${N}\"", "\"12\""},
        {"${Z}", "\"02134\""},
        {"[TX, NO, 5]", "[\"TX\",\"NO\",5]"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.yaml);
        CHECK(typed(row.yaml) == row.result);
    }
}

TEST_CASE("The nearest word is near or none") {
    const std::vector<std::string> known{"limits", "retry", "resources", "plan"};
    CHECK(nearest("limts", known) == "limits");
    CHECK(nearest("retyr", known) == "retry");
    CHECK(nearest("resource", known) == "resources");
    CHECK(nearest("pl", known).empty());
    CHECK(nearest("something", known).empty());
    CHECK(nearest("", known).empty());
}
