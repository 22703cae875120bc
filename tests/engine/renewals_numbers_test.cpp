// The shipped renewals job while BindPilot's people fill in what a policy lacked.
#include <catch2/catch.hpp>

#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

TEST_CASE("A policy whose number comes later keeps the task of its stage, and the next stage's goes by the number") {
    for (const json& policy_id : {json("p_7"), json(nullptr)}) {
        World world;
        world.shipped_renewals();
        for (const char* other : {"/policies", "/carriers"}) world.services.lists[other] = {};
        auto& list = world.services.lists["/renewals"];
        list = {renewal(1, 20, {{"policy_number", "TBD"}, {"policy_id", policy_id}, {"line_of_business", "homeowners"}, {"state", "TX"}, {"status", "Pending"}})};
        const auto run = [&] {
            const RunReport report = world.run("renewals");
            INFO(to_text(report));
            CHECK(report.exit == ExitCode::done);
            return world.services.tasks.size();
        };
        CHECK(run() == 1);
        if (policy_id.is_null()) {
            list[0]["policy_id"] = "p_8";
            CHECK(run() == 1);
        }
        list[0]["policy_number"] = "HO-771-A";
        CHECK(run() == 1);
        world.clock.advance(std::chrono::hours(24 * 11));
        REQUIRE(run() == 2);
        CHECK_THAT(world.services.tasks[1].body["title"].get<std::string>(), Contains("HO-771-A"));
        CHECK(run() == 2);
    }
}
