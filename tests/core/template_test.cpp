#include "core/template.h"

#include <catch2/catch.hpp>
#include <functional>

#include "core/error.h"
#include "core/exact_json.h"

using namespace bindery;

namespace {

const Values kValues{{"name", "Ann"},
                     {"n", 5},
                     {"none", nullptr},
                     {"flag", true},
                     {"money", exact_number("1234.50")},
                     {"blank", "  "},
                     {"list", {1, 2}},
                     {"object", {{"a", nullptr}}},
                     {"odd", "{name}"},
                     {"id", "a/b c?é"},
                     {"dots", ".."}};

void check_config_error(const std::function<void()>& action, const std::string& part) {
    try {
        action();
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::config);
        CHECK_THAT(error.what(), Catch::Contains(part));
    }
}

}  // namespace

TEST_CASE("a place alone keeps the value's type, in a text it becomes text") {
    const std::vector<std::pair<std::string, std::string>> table{
        {R"("{n}")", "5"},
        {R"("{ n }")", "5"},
        {R"("{money}")", "1234.50"},
        {R"("{list}")", "[1,2]"},
        {R"("{object}")", R"({"a":null})"},
        {R"("{none}")", "null"},
        {R"(" {n}")", "\" 5\""},
        {R"("{name} owes {money}, {flag}, {n}{none}.")", R"("Ann owes 1234.50, true, 5.")"},
        {R"("list {list}")", R"("list [1,2]")"},
        {R"("{odd}")", R"("{name}")"},
        {R"("{{name}} {{")", R"("{name} {")"},
        {R"("{{{name}}}")", R"("{Ann}")"},
        {R"("")", R"("")"},
        {"[1.50,true,null]", "[1.50,true,null]"},
    };
    for (const auto& [body, rendered] : table) {
        INFO(body);
        CHECK(dump_exact(render(parse_exact(body), kValues)) == rendered);
    }
}

TEST_CASE("a null value leaves its member out, and only there") {
    const json body =
        parse_exact(R"({"a":"{none}","b":{"c":"{none}"},"d":["{none}","{n}"],"e":null,"f":"x{none}","{n}":1})");
    CHECK(dump_exact(render(body, kValues)) == R"({"b":{},"d":[null,5],"e":null,"f":"x","{n}":1})");
}

TEST_CASE("names are gathered from the whole tree") {
    CHECK(template_names(parse_exact(R"({"a":"{x} {y}","b":[{"c":"{z}"},"{{no}}",5]})")) ==
          std::set<std::string>{"x", "y", "z"});
    CHECK(template_names("/projects/{project_id}/tasks") == std::set<std::string>{"project_id"});
    CHECK(template_names(5).empty());
}

TEST_CASE("a broken template or an unknown name is a configuration error") {
    for (const char* text : {"{", "}", "{}", "{ }", "{a", "a}", "{a{b}}", "{{a}", "{a}}", "x{{{"}) {
        INFO(text);
        check_config_error([&] { template_names(text); }, "template");
        check_config_error([&] { render(text, {{"a", 1}}); }, "template");
    }
    check_config_error([] { render("{nobody}", kValues); }, "{nobody}");
    check_config_error([] { render_path("/x/{nobody}", kValues); }, "{nobody}");
}

TEST_CASE("values in a path are percent-encoded and never blank") {
    CHECK(render_path("/projects/{n}/tasks/{id}", kValues) == "/projects/5/tasks/a%2Fb%20c%3F%C3%A9");
    CHECK(render_path("/p/{money}{{x}}", kValues) == "/p/1234.50{x}");
    for (const char* name : {"none", "blank", "list", "object", "dots"}) {
        INFO(name);
        check_config_error([&] { render_path("/x/{" + std::string(name) + "}", kValues); }, name);
    }
    CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(percent_encode(std::string("\0\n%+", 4)) == "%00%0A%25%2B");
}
