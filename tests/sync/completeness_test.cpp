#include "sync/completeness.h"

#include <catch2/catch.hpp>

using namespace bindery;
using How = ListEnding::How;

namespace {

PullFacts three_pages() {
    PullFacts facts;
    facts.pages = {1, 2, 3};
    facts.rows = facts.keys = 250;
    return facts;
}

Mapping mapping() {
    Mapping of;
    of.dataset = "bindpilot.renewals";
    of.fields = {{"expiration_date", FieldType::date, true, false, {"/expiration_date", "/expires"}},
                 {"premium", FieldType::money, false, false, {"/premium"}}};
    return of;
}

PullFacts carried(std::int64_t rows, std::int64_t dates, std::int64_t premiums) {
    PullFacts facts;
    facts.rows = rows;
    facts.present = {{"expiration_date", dates}, {"premium", premiums}};
    return facts;
}

}  // namespace

TEST_CASE("A pull is complete when all pages came, the total stood still and no key came twice") {
    struct Case {
        const char* about;
        void (*change)(PullFacts&, ListEnding&);
        const char* verdict;
    };
    const Case cases[] = {
        {"all is well", [](PullFacts&, ListEnding&) {}, "complete"},
        {"the total agrees", [](PullFacts& f, ListEnding&) { f.total = 250; }, "complete"},
        {"an empty list",
         [](PullFacts& f, ListEnding& e) { f.pages = {1}, f.rows = f.keys = 0, f.total = 0, e.how = How::empty_page; },
         "complete"},
        {"an empty closing page", [](PullFacts&, ListEnding& e) { e.how = How::empty_page; }, "complete"},
        {"a closing page that repeats",
         [](PullFacts& f, ListEnding& e) {
             e = {How::no_new_key, 50, {}}, f.repeated = 50, f.rows = 300;
         },
         "complete"},
        {"pages counted from 0",
         [](PullFacts& f, ListEnding&) {
             f.first_page = 0, f.pages = {0, 1};
         },
         "complete"},
        {"resumed", [](PullFacts& f, ListEnding&) { f.resumed = true; }, "resumed"},
        {"a closing page that repeats, and another repeat",
         [](PullFacts& f, ListEnding& e) {
             e = {How::no_new_key, 50, {}}, f.repeated = 51;
         },
         "incomplete: 1 record came twice, so the list moved while it was read"},
        {"repeats", [](PullFacts& f, ListEnding&) { f.repeated = 2; },
         "incomplete: 2 records came twice, so the list moved while it was read"},
        {"a page lacks",
         [](PullFacts& f, ListEnding&) {
             f.pages = {1, 3};
         },
         "incomplete: page 2 never arrived"},
        {"the first page lacks",
         [](PullFacts& f, ListEnding&) {
             f.pages = {2, 3};
         },
         "incomplete: page 1 never arrived"},
        {"nothing came", [](PullFacts& f, ListEnding&) { f.pages.clear(); }, "incomplete: no page arrived"},
        {"the total moved", [](PullFacts& f, ListEnding&) { f.total = 250, f.total_moved = true; },
         "incomplete: the total changed while the list was read"},
        {"fewer than the total", [](PullFacts& f, ListEnding&) { f.total = 251; },
         "incomplete: the service tells of 251 records and sent 250"},
        {"more than the total", [](PullFacts& f, ListEnding&) { f.total = 1; },
         "incomplete: the service tells of 1 record and sent 250"},
        {"a row without a key", [](PullFacts& f, ListEnding&) { f.keyless = 1; },
         "incomplete: 1 row has no key, so what else is there can't be told"},
        {"cut short",
         [](PullFacts&, ListEnding& e) {
             e = {How::cut_short, 0, "out of budget"};
         },
         "incomplete: out of budget"},
        {"cut short without a word", [](PullFacts&, ListEnding& e) { e.how = How::cut_short; },
         "incomplete: the list was cut short"},
        {"cut short and resumed",
         [](PullFacts& f, ListEnding& e) {
             f.resumed = true, e = {How::cut_short, 0, "stopped"};
         },
         "incomplete: stopped"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.about);
        PullFacts facts = three_pages();
        ListEnding ending{How::told, 0, {}};
        one.change(facts, ending);
        const CompletenessVerdict verdict = judge_completeness(facts, ending);
        CHECK(verdict.text == one.verdict);
        CHECK(verdict.complete == (verdict.text == "complete"));
    }
}

TEST_CASE("A required field that lacks in over a fifth of the rows stops the job and names the mapping") {
    CHECK(judge_mapping(mapping(), carried(100, 80, 100), {}, "bindpilot.yaml").stop.empty());
    const MappingVerdict verdict =
        judge_mapping(mapping(), carried(100, 79, 100), {}, "config/services/bindpilot.yaml");
    CHECK(verdict.stop == "bindpilot.renewals: field 'expiration_date' is required and missing in 21 % of 100 rows");
    CHECK(verdict.hint ==
          "look at field 'expiration_date' of bindpilot.renewals in config/services/bindpilot.yaml (read from "
          "/expiration_date, "
          "/expires): the service may have renamed it; nothing of this pull was kept");
}

TEST_CASE("A field that was usual and is rare now stops the job") {
    struct Case {
        double last;
        std::int64_t now;
        bool stops;
    };
    const Case cases[] = {{0.81, 19, true}, {0.80, 0, false}, {1.0, 20, false}, {1.0, 0, true}, {0.5, 0, false}};
    for (const Case& one : cases) {
        CAPTURE(one.last, one.now);
        const MappingVerdict verdict =
            judge_mapping(mapping(), carried(100, 100, one.now), {{"premium", one.last}}, "bindpilot.yaml");
        CHECK(verdict.stop.empty() != one.stops);
    }
    CHECK(judge_mapping(mapping(), carried(1000, 1000, 5), {{"premium", 0.995}}, "x").stop ==
          "bindpilot.renewals: field 'premium' was in 99.5 % of the rows of the last whole list and is in 0.5 % of "
          "1000 rows");
}

TEST_CASE("Smaller gaps are warnings") {
    using Warnings = std::vector<std::string>;
    CHECK(judge_mapping(mapping(), carried(10, 10, 10), {}, "x").warnings.empty());
    CHECK(judge_mapping(mapping(), carried(10, 9, 10), {}, "x").warnings ==
          Warnings{"field 'expiration_date' is required and missing in 1 of 10 rows: they are quarantined"});
    CHECK(judge_mapping(mapping(), carried(10, 10, 0), {}, "x").warnings ==
          Warnings{"field 'premium' is in none of 10 rows"});
    CHECK(judge_mapping(mapping(), carried(10, 10, 5), {{"premium", 0.9}}, "x").warnings ==
          Warnings{"field 'premium' fell from 90 % to 50 % of 10 rows"});
}

TEST_CASE("A pull without rows says nothing about the mapping") {
    const MappingVerdict verdict = judge_mapping(mapping(), carried(0, 0, 0), {{"premium", 1.0}}, "x");
    CHECK(verdict.stop.empty());
    CHECK(verdict.warnings.empty());
}
