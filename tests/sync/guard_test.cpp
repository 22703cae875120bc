#include "sync/guard.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("Removals pass up to a number or a share of the live records") {
    struct Case {
        RemovalRule rule;
        std::int64_t live, limit;
    };
    const Case cases[] = {
        {{}, 100, 0},           {{10, -1, -1}, 5, 10}, {{10, 0, -1}, 1000, 0}, {{0, 10, -1}, 100, 10},
        {{0, 10, -1}, 109, 10}, {{0, 7, -1}, 100, 7},  {{0, 10, -1}, 9, 0},    {{0, 100, -1}, 3, 3},
        {{10, -1, 3}, 5, 10},   {{10, -1, 30}, 5, 30}, {{0, 10, 30}, 100, 30}, {{0, 10, 0}, 100, 10},
    };
    for (const Case& one : cases) {
        CAPTURE(one.rule.max, one.rule.max_percent, one.rule.allow, one.live);
        CHECK(removal_limit(one.rule, one.live) == one.limit);
    }
}

TEST_CASE("The guard of effects stops a plan that is larger than it, unless a person allows that many") {
    CHECK_FALSE(judge_effects("renewals", 500, 500).stopped);
    CHECK(judge_effects("renewals", 501, 500).stopped);
    CHECK(judge_effects("renewals", 501, 500, 500).stopped);
    CHECK_FALSE(judge_effects("renewals", 501, 500, 501).stopped);
    CHECK_FALSE(judge_effects("renewals", 400, 500, 10).stopped);
    CHECK(judge_effects("renewals", 1, 0).stopped);
    CHECK_FALSE(judge_effects("renewals", 0, 0).stopped);
}

TEST_CASE("Corrections pass up to a number or a share of the pairs, and a few in any book") {
    struct Case {
        CorrectionRule rule;
        CorrectionCounts counts;
        std::int64_t allow;
        bool stopped;
    };
    const Case cases[] = {
        {{0, 10}, {400, 395, 0}, -1, true}, {{0, 10}, {400, 40, 0}, -1, false}, {{0, 10}, {400, 41, 0}, -1, true},   {{0, 10}, {400, 395, 0}, 395, false},
        {{0, 10}, {400, 395, 0}, 394, true}, {{0, 10}, {5, 5, 5}, -1, false},   {{0, 10}, {20, 20, 20}, -1, false}, {{0, 10}, {21, 21, 0}, -1, true},
        {{0, 10}, {400, 0, 41}, -1, true},  {{0, 10}, {400, 41, 45}, 45, false}, {{0, 10}, {400, 41, 45}, 41, true}, {{3, -1}, {400, 4, 0}, -1, true},
        {{3, -1}, {400, 3, 3}, -1, false},  {{0, -1}, {400, 1, 0}, -1, true},    {{0, -1}, {0, 0, 0}, -1, false},    {{0, 100}, {400, 400, 400}, -1, false},
    };
    for (const Case& one : cases) {
        CAPTURE(one.rule.max, one.rule.max_percent, one.counts.pairs, one.counts.theirs, one.counts.ours, one.allow);
        CHECK(judge_corrections("policies", "book.policies", "bindpilot.policies", one.counts, one.rule, one.allow).stopped == one.stopped);
    }
    CHECK_THAT(judge_corrections("leads", "book.leads", "bi369.leads", {400, 3, 90}, {0, 10}).message, Catch::Contains("90 of 400 pairs would be corrected in book.leads"));
}

TEST_CASE("A guard says how many, what it lets pass and how to let them pass once") {
    const GuardVerdict effects = judge_effects("renewals", 900, 500);
    CHECK(effects.message == "900 effects are planned and the guard of renewals lets 500 pass; none was sent");
    CHECK(effects.hint ==
          "look at them with `bindery plan --job renewals`; if they are right: bindery sync --job renewals "
          "--allow-effects 900");
    const GuardVerdict removals = judge_removals("policies", "bindpilot.policies", 30, 200, {0, 10, -1});
    CHECK(removals.stopped);
    CHECK(removals.message ==
          "30 of 200 records of bindpilot.policies are gone from the service and the guard of policies lets 20 pass; "
          "none was "
          "removed");
    CHECK(removals.hint.ends_with("--allow-removed 30"));
    CHECK_FALSE(judge_removals("policies", "bindpilot.policies", 20, 200, {0, 10, -1}).stopped);
}
