// Which rows of a select are which effects: once_per, content, volatile members, order.
#include <algorithm>
#include <catch2/catch.hpp>

#include "jobs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;
using Counts = std::map<std::string, std::int64_t>;

namespace {

RunOptions no_more_than(World& world, int many) {
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_effects: " + std::to_string(many) + ", max_removed: 100%}"));
    return {};
}

}  // namespace

TEST_CASE("A row without an identity is quarantined and the others go out") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20), renewal(2, 21, {{"policy_number", nullptr}}), renewal(3, 22, {{"policy_number", "TBD"}})};
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.effects.done == 1);
    REQUIRE(report.warnings.size() == 1);
    CHECK_THAT(report.warnings[0], Contains("2 selected rows"));
    CHECK(world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'effect:call'") == std::vector<std::string>{"2"});
    for (auto& record : world.services.lists["/renewals"]) record["policy_number"] = "HO-9" + record["id"].get<std::string>();
    CHECK(world.run("tasks").exit == ExitCode::done);
    CHECK(world.rows("SELECT count(*) FROM quarantine") == std::vector<std::string>{"0"});
}

TEST_CASE("Equal rows are one effect, different ones under one identity are none") {
    World world;
    world.job("tasks", tasks_job());
    const json same{{"policy_number", "HO-5"}, {"expiration_date", "2026-02-20"}};
    json other = same;
    other["policy_number"] = "HO-6";
    json other_status = other;
    other_status["status"] = "Shopped";
    json volatile_only = same;
    volatile_only["client_name"] = "Someone Else";
    world.services.lists["/renewals"] = {renewal(1, 20, same), renewal(2, 20, same), renewal(3, 20, volatile_only), renewal(4, 20, other), renewal(5, 20, other_status)};
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.effects.done == 1);
    CHECK(world.services.tasks.size() == 1);
    CHECK(world.count_by_state() == Counts{{"done", 1}});
    CHECK(world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'effect:call'") == std::vector<std::string>{"2"});
}

TEST_CASE("What differs in spelling only has one identity") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20, {{"policy_number", "HO-12345"}})};
    world.run("tasks");
    world.services.lists["/renewals"][0]["policy_number"] = "ho 12345";
    const RunReport report = world.run("tasks");
    CHECK(report.effects.already_done == 1);
    CHECK(world.services.tasks.size() == 1);
}

TEST_CASE("A pending effect takes new content, and is withdrawn when it's no longer selected") {
    World world;
    for (int i = 0; i < 3; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    world.run("tasks", no_more_than(world, 1));
    REQUIRE(world.count_by_state() == Counts{{"pending", 3}});
    world.services.lists["/renewals"][0]["status"] = "Shopped";
    auto& list = world.services.lists["/renewals"];
    list.erase(list.begin() + 2);
    world.run("tasks");
    const RunReport report = world.run("tasks");  // the second complete list without it
    CHECK(report.effects.withdrawn == 1);
    CHECK(world.count_by_state() == Counts{{"pending", 2}, {"withdrawn", 1}});
    list.push_back(renewal(2, 22));
    world.run("tasks", no_more_than(world, 50));
    CHECK(world.count_by_state() == Counts{{"done", 3}});
    const auto shopped = std::count_if(world.services.tasks.begin(), world.services.tasks.end(), [](const auto& task) { return task.body.at("priority") == "Shopped"; });
    CHECK(shopped == 1);
}

TEST_CASE("Done is done: other content sends nothing") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20)};
    world.run("tasks");
    world.services.lists["/renewals"][0]["status"] = "Shopped";
    CHECK(world.run("tasks").effects.already_done == 1);
    CHECK(world.services.tasks.size() == 1);
}

TEST_CASE("Effects go out in the order of the select, one after the other where they share their order") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold\n    in_order_by: [status]"));
    for (int i = 0; i < 9; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i, {{"status", "Pending"}}));
    std::size_t heard = 0;
    bool alone = true;
    world.services.on_write = [&](const HttpRequest&, std::size_t nth) -> std::optional<Fault> {
        alone = alone && world.replies >= heard + 1;  // the one before was answered
        heard = world.replies;
        return nth == 6 ? std::optional(lost_after()) : std::nullopt;
    };
    const RunReport report = world.run("tasks");
    INFO(to_text(report));
    CHECK(alone);
    REQUIRE(world.services.tasks.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(world.services.tasks[i].body.at("title") == "Call HO-77" + std::to_string(1000 + i));
    // The one in doubt keeps back those behind it, and the run says so.
    CHECK(world.count_by_state() == Counts{{"done", 5}, {"in_doubt", 1}, {"pending", 3}});
    REQUIRE_FALSE(report.warnings.empty());
    CHECK_THAT(report.warnings.back(), Contains("3 effects wait behind"));
    const RunReport still = world.run("tasks");
    CHECK(still.exit == ExitCode::partial);
    CHECK(world.services.writes == 6);
    for (const auto& row : world.effects()) {
        if (row.state == "in_doubt") world.settle(row, "done");
    }
    CHECK(world.run("tasks").effects.done == 3);
}

TEST_CASE("The select's columns are counted by value") {
    World world;
    world.job("tasks", tasks_job("count_by: [status]"));
    world.services.lists["/renewals"] = {renewal(1, 20), renewal(2, 21), renewal(3, 22, {{"status", "Shopped"}}), renewal(4, 23, {{"status", nullptr}})};
    const RunReport report = world.run("tasks");
    const std::map<std::string, std::int64_t> wanted{{"Pending", 2}, {"Shopped", 1}, {"none", 1}};
    CHECK(report.counted.at("call").at("status") == wanted);
}
