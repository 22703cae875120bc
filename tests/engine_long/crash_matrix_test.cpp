// A run of the shipped renewals job that dies at every commit, every request and every reply, and what the next runs make of it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

struct End {
    std::string datasets;
    std::map<std::string, std::string> states;
    std::map<std::string, int> titles;
};

End end_of(World& world) { return {world.datasets(), world.states(), world.services.titles()}; }

void prepare(World& world, bool hold) {
    world.shipped_renewals(hold ? std::vector<std::pair<std::string, std::string>>{{"when_in_doubt: retry", "when_in_doubt: hold"}}
                                : std::vector<std::pair<std::string, std::string>>{});
    fill(world.services);
}

struct Undisturbed {
    End end;
    std::size_t commits = 0, starts = 0, replies = 0;
};

Undisturbed undisturbed(bool hold) {
    World world;
    prepare(world, hold);
    const RunReport report = world.run("renewals");
    INFO(to_text(report));
    REQUIRE(report.exit == ExitCode::done);
    REQUIRE(report.effects.done == 8);
    Undisturbed result{end_of(world), world.commits, world.starts, world.replies};
    REQUIRE(result.end.titles.size() == 8);
    return result;
}

bool listed(const RunReport& report, const std::string& ref) {
    return std::any_of(report.attention.begin(), report.attention.end(), [&](const Attention& a) { return a.ref == ref; });
}

std::string title_of(const EffectRow& row) { return json::parse(row.body).at("title").get<std::string>(); }

// One more run writes nothing and changes nothing.
void nothing_more_to_do(World& world) {
    const End before = end_of(world);
    const std::size_t writes = world.services.writes;
    const RunReport report = world.run("renewals");
    INFO(to_text(report));
    CHECK(world.services.writes == writes);
    CHECK(report.effects.done == 0);
    const End after = end_of(world);
    CHECK(after.states == before.states);
    CHECK(after.titles == before.titles);
    CHECK(after.datasets == before.datasets);
}

void dies_once(const Death& death, bool hold, const End& wanted) {
    World world;
    prepare(world, hold);
    INFO("dies at commit " << death.at_commit << ", request " << death.at_start << ", reply " << death.at_reply << (hold ? ", hold" : ", retry"));
    REQUIRE_FALSE(world.run_or_die("renewals", death));
    world.clock.advance(std::chrono::minutes(2));
    const RunReport next = world.run("renewals");
    INFO(to_text(next));
    const End end = end_of(world);
    CHECK(end.datasets == wanted.datasets);
    std::int64_t doubts = 0;
    for (const auto& row : world.effects()) {
        const auto found = end.titles.find(title_of(row));
        const int made = found == end.titles.end() ? 0 : found->second;
        INFO("effect " << row.ref << " is " << row.state << ", tasks: " << made);
        if (hold) {
            CHECK((row.state == "done" || row.state == "in_doubt"));
            CHECK(made <= 1);
            if (row.state == "done") CHECK(made == 1);
        } else {
            CHECK(row.state == "done");
            CHECK((made == 1 || made == 2));
            if (made == 2) CHECK(listed(next, row.ref));
        }
        if (row.state == "in_doubt") {
            ++doubts;
            CHECK(listed(next, row.ref));
        }
    }
    CHECK(world.effects().size() == wanted.states.size());
    CHECK(next.effects.in_doubt == doubts);
    CHECK(next.exit == (doubts > 0 ? ExitCode::doubt : ExitCode::done));
    if (!hold) CHECK(end.states == wanted.states);
    nothing_more_to_do(world);
}

void dies_everywhere(bool hold) {
    const Undisturbed whole = undisturbed(hold);
    for (std::size_t n = 1; n <= whole.commits; ++n) dies_once({.at_commit = n}, hold, whole.end);
    for (std::size_t n = 1; n <= whole.starts; ++n) dies_once({.at_start = n}, hold, whole.end);
    for (std::size_t n = 1; n <= whole.replies; ++n) dies_once({.at_reply = n}, hold, whole.end);
}

constexpr std::size_t kReads = 6;  // three lists, each with a closing page

// Cut off in two runs: never a third task, and none only if it's held and listed.
void dies_twice(const Death& first, const Death& second) {
    World world;
    prepare(world, false);
    INFO("dies at request " << first.at_start << ", reply " << first.at_reply << ", then at request " << second.at_start << ", reply " << second.at_reply);
    REQUIRE_FALSE(world.run_or_die("renewals", first));
    world.clock.advance(std::chrono::minutes(30));
    REQUIRE_FALSE(world.run_or_die("renewals", second));
    world.clock.advance(std::chrono::minutes(30));
    const RunReport last = world.run("renewals");
    INFO(to_text(last));
    const auto titles = world.services.titles();
    std::int64_t held = 0;
    for (const auto& row : world.effects()) {
        const int made = titles.count(title_of(row)) != 0 ? titles.at(title_of(row)) : 0;
        INFO("effect " << row.ref << " is " << row.state << ", tasks: " << made);
        CHECK((row.state == "done" || row.state == "held"));
        CHECK(made <= 2);
        if (row.state == "done") CHECK(made >= 1);
        if (row.state == "held") {
            ++held;
            CHECK(listed(last, row.ref));
            CHECK(row.attempts == 2);
        }
    }
    CHECK(held >= 1);
    CHECK(last.effects.held == held);
    CHECK(last.exit == ExitCode::doubt);
    nothing_more_to_do(world);
}

}  // namespace

TEST_CASE("A run that dies anywhere is made good by the next one, and a task is there once or twice", "[crash]") { dies_everywhere(false); }

TEST_CASE("With hold, a run that dies anywhere leaves no task twice, and names the ones that may be missing", "[crash]") { dies_everywhere(true); }

TEST_CASE("A task that is cut off in two runs is held for a person", "[crash]") {
    for (std::size_t n = kReads + 1; n <= kReads + 8; n += 3) {
        dies_twice({.at_start = n}, {.at_start = kReads + 1});
        dies_twice({.at_reply = n}, {.at_reply = kReads + 1});
        dies_twice({.at_start = n}, {.at_reply = kReads + 1});
    }
}

TEST_CASE("A crashed run is on record as crashed") {
    World world;
    prepare(world, false);
    REQUIRE_FALSE(world.run_or_die("renewals", {.at_start = kReads + 3}));
    world.run("renewals");
    CHECK(world.rows("SELECT state, exit_code FROM run ORDER BY id") == std::vector<std::string>{"crashed|1", "ended|0"});
    // The attempts that nobody heard of stay without an end.
    CHECK_FALSE(world.rows("SELECT id FROM attempt WHERE run = 1 AND ended_at IS NULL").empty());
}

TEST_CASE("A plan after a crash names the doubts that wait for a person") {
    World world;
    prepare(world, true);
    REQUIRE_FALSE(world.run_or_die("renewals", {.at_reply = kReads + 1}));
    RunOptions planning;
    planning.kind = "plan";
    const RunReport plan = world.run("renewals", planning);
    CHECK(plan.exit == ExitCode::doubt);
    CHECK(plan.attention.size() == 4);
    CHECK(plan.list.size() == 4);
    CHECK(world.services.writes == 4);
    CHECK(world.run("renewals").effects.in_doubt == 4);
}

TEST_CASE("A run that dies while it settles doubts is made good as well", "[crash]") {
    const Undisturbed whole = undisturbed(false);
    for (std::size_t n = 1; n <= whole.commits; n += 2) {
        World world;
        prepare(world, false);
        INFO("dies at reply " << kReads + 2 << ", then at commit " << n);
        REQUIRE_FALSE(world.run_or_die("renewals", {.at_reply = kReads + 2}));
        world.clock.advance(std::chrono::hours(1));
        world.run_or_die("renewals", {.at_commit = n});
        world.clock.advance(std::chrono::hours(1));
        const RunReport last = world.run("renewals");
        INFO(to_text(last));
        const auto titles = world.services.titles();
        CHECK(world.datasets() == whole.end.datasets);
        for (const auto& row : world.effects()) {
            const int made = titles.count(title_of(row)) != 0 ? titles.at(title_of(row)) : 0;
            CHECK((row.state == "done" || row.state == "held"));
            CHECK(made >= 1);
            CHECK(made <= 2);
            if (row.state == "held") CHECK(listed(last, row.ref));
        }
        nothing_more_to_do(world);
    }
}
