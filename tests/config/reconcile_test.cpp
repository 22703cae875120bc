// The reconcile step of a job file: what is wrong with one is said at its place.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "folder.h"

using namespace bindery;

namespace {

const char* const kService = R"(service: demo
base_url: https://api.example.com
limits: [{tokens: 10, per: 1s}]
resources:
  things: {list: GET /things, fields: {number: {type: policy_number, match: true}, price: money, due: date, note: text}}
operations:
  set: {call: "POST /things"}
)";

const char* const kBook = R"(book: things
about: Ours.
authority: outside
key: [[number]]
fields: {number: {type: policy_number, match: true}, price: money, due: date, note: text, ours_alone: text}
)";

const char* const kJob = R"(job: things
about: Agree.
steps:
  - pull: demo.things
  - reconcile: {ours: book.things, theirs: demo.things}
    match: [number, due]
    max_age: 3d
    fields: {price: ours, note: both}
    push: demo.set
    effect: thing_correction
)";

std::string fault_of(const std::string& from, const std::string& to) {
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "timezone: UTC\n");
    folder.write("services/demo.yaml", kService);
    folder.write("books/things.yaml", kBook);
    std::string text = kJob;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    folder.write("jobs/things.yaml", text.replace(at, from.size(), to));
    return folder.message([&] { return load_config(file, {{"HOME", "/home/agent"}}); });
}

}  // namespace

TEST_CASE("a reconcile step says what is wrong with it, and where") {
    const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"book.things", "book.thing", "there is no book `thing`"},
        {"book.things,", "demo.things,", "`ours` is one of the agency's own books"},
        {"theirs: demo.things", "theirs: demo.thing", "has no resource `thing`"},
        {"price: ours", "ours_alone: ours", "`demo.things` has no field `ours_alone`"},
        {"[number, due]", "[note]", "needs `match: true` to be matched by"},
        {"effect: thing_correction", "when_in_doubt: hold", "needs `effect`"},
        {"push: demo.set", "push: demo.sets", "has no operation `sets`"},
        {"    max_age", "    only_theirs: adopt\n    max_age", "another program's book"},
        {"    max_age", "    create: demo.set\n    create_effect: new_thing\n    max_age", "`create` needs `only_ours: push`"},
        {"    max_age", "    contradiction: [nothing]\n    max_age", "has no field `nothing`"},
        {"steps:\n", "steps:\n  - reconcile: {ours: book.things, theirs: demo.things}\n    match: [number]\n    fields: {price: ours}\n", "pulls come before the first reconcile"},
        {"    max_age", "    fields: {due: ours}\n  - reconcile: {ours: book.things, theirs: demo.things}\n    match: [number]\n    max_age", "a job reconciles two books once (line 5)"},
        {"match: [number, due]", "match: [[number], due]", "one list of fields, or a list of such lists"},
    };
    for (const auto& each : cases) {
        INFO(each.from << " -> " << each.to);
        const std::string said = fault_of(each.from, each.to);
        CHECK_THAT(said, Catch::Matchers::Contains(each.words) && Catch::Matchers::Contains("things.yaml:"));
    }
}
