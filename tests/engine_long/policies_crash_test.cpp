// The policies job dies at every commit, every request and every reply; the next runs come to the same end.
#include <catch2/catch.hpp>

#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// Premiums and a status to correct, a contact for the AMS, a conflict, a rewrite.
void prepare(World& world) {
    world.shipped_policies();
    std::vector<json> rows;
    for (int i = 0; i < 6; ++i) {
        world.services.lists["/policies"].push_back(policy(i, 30 + i));
        rows.push_back(policy(i, 30 + i));
    }
    world.import_book(rows);
    REQUIRE(world.run("policies").exit == ExitCode::done);
    auto& theirs = world.services.lists["/policies"];
    rows[0]["premium"] = 1100;
    rows[1]["premium"] = 1200;
    rows[1]["status"] = "cancelled";
    theirs[2]["status"] = "expired";
    theirs[3]["client_email"] = "moved@client.example";
    rows[4]["client_phone"] = "5125550001";
    theirs[4]["client_phone"] = "5125550002";
    rows[5]["policy_number"] = "HO-NEW-5";
    world.import_book(rows);
}

struct End {
    std::string theirs;
    std::vector<std::string> effects, corrections, conflicts, agreed;
    bool operator==(const End&) const = default;
};

End end_of(World& world) {
    return {json(world.services.lists["/policies"]).dump(), world.rows("SELECT once_per, state FROM effect ORDER BY once_per"),
            world.rows("SELECT dataset, key, field, had, wanted, state FROM correction ORDER BY dataset, key, field"),
            world.rows("SELECT kind, theirs_key, field, ours_value, theirs_value, state FROM conflict ORDER BY id"),
            world.rows("SELECT theirs_key, ours_key, base, theirs_doc IS NULL FROM agreed ORDER BY theirs_key")};
}

void check_same(const End& end, const End& wanted) {
    CHECK(end.theirs == wanted.theirs);
    CHECK(end.effects == wanted.effects);
    CHECK(end.corrections == wanted.corrections);
    CHECK(end.conflicts == wanted.conflicts);
    CHECK(end.agreed == wanted.agreed);
}

struct Undisturbed {
    End end;
    std::size_t commits = 0, starts = 0, replies = 0, writes = 0;
};

Undisturbed undisturbed() {
    World world;
    prepare(world);
    const RunReport report = world.run("policies");
    INFO(to_text(report));
    Undisturbed result{{}, world.commits, world.starts, world.replies, 0};
    REQUIRE(report.effects.done == 4);
    REQUIRE(report.conflicts == 1);
    world.run("policies");
    result.end = end_of(world);
    result.writes = world.services.corrections.size();
    REQUIRE(world.run("policies").effects.planned == 0);
    REQUIRE(end_of(world) == result.end);
    REQUIRE(result.end.corrections.size() == 6);
    return result;
}

void dies_once(const Death& death, const Undisturbed& wanted) {
    INFO("dies at commit " << death.at_commit << ", request " << death.at_start << ", reply " << death.at_reply);
    World world;
    prepare(world);
    REQUIRE_FALSE(world.run_or_die("policies", death));
    world.clock.advance(std::chrono::minutes(2));
    for (int i = 0; i < 3; ++i) world.run("policies");
    check_same(end_of(world), wanted.end);
    // What the service may have seen twice sets the same values; no more than the one that was under way.
    CHECK(world.services.corrections.size() <= wanted.writes + 4);
    const std::size_t writes = world.services.writes;
    world.run("policies");
    CHECK(world.services.writes == writes);
    check_same(end_of(world), wanted.end);
}

}  // namespace

TEST_CASE("A policies job that dies anywhere is made good by the next runs, with the same end") {
    const Undisturbed wanted = undisturbed();
    for (std::size_t n = 1; n <= wanted.commits; ++n) dies_once({.at_commit = n}, wanted);
    for (std::size_t n = 1; n <= wanted.starts; ++n) dies_once({.at_start = n}, wanted);
    for (std::size_t n = 1; n <= wanted.replies; ++n) dies_once({.at_reply = n}, wanted);
}
