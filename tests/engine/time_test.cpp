// Runs that don't get to their end in time: limits, stops, half-read lists.
#include <catch2/catch.hpp>

#include "engine/turn_watch.h"
#include "jobs.h"
#include "store/job_turns.h"
#include "store/runs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::StartsWith;
using Counts = std::map<std::string, std::int64_t>;

TEST_CASE("A run that is out of time ends incomplete, and the next one goes on") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "time_limit: 20s"));
    for (int i = 0; i < 12; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    world.services.on_write = [](const HttpRequest&, std::size_t nth) { return nth == 5 ? std::optional(busy("60")) : std::nullopt; };
    const RunReport report = world.run("tasks");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.outcome == "incomplete");
    CHECK(report.effects.in_doubt == 0);
    const auto states = world.count_by_state();
    CHECK(states.at("done") == report.effects.done);
    CHECK(states.at("done") + states.at("pending") == 12);
    world.services.on_write = nullptr;
    world.clock.advance(std::chrono::minutes(2));
    const RunReport next = world.run("tasks");
    CHECK(next.exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 12);
}

TEST_CASE("A run that is out of time is repeated like any other such run when it is in doubt as well") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "time_limit: 20s"));
    for (int i = 0; i < 12; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    world.services.on_write = [](const HttpRequest&, std::size_t nth) { return nth == 2 ? std::optional(lost_after()) : nth == 5 ? std::optional(busy("60")) : std::nullopt; };
    const RunReport report = world.run("tasks");
    INFO(to_text(report));
    CHECK(report.outcome == "doubt");
    CHECK(to_json(report).value("incomplete", false));
    CHECK(world.count_by_state().at("pending") > 0);
    const auto ending = [&] {
        auto last = JobPast::Ending::interrupted;
        world.with_engine([&](const Engine& engine) { last = past_from(JobTurns(engine.store).read("tasks"), false, false).last; });
        return last;
    };
    CHECK(ending() == JobPast::Ending::failed);
    world.services.on_write = nullptr;
    world.clock.advance(std::chrono::minutes(2));
    CHECK_FALSE(world.run("tasks").incomplete);
    CHECK(ending() == JobPast::Ending::well);
}

TEST_CASE("A service that asks for a long pause takes neither the run's time nor another service's effects") {
    World world;
    world.job("tasks", tasks_job());
    for (int i = 0; i < 5; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    world.services.on_write = [](const HttpRequest&, std::size_t) { return std::optional(says(401)); };
    CHECK(world.run("tasks").effects.done == 0);
    world.services.on_write = nullptr;
    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(busy("36000")); };
    const BootTime began = world.clock.boot();
    const RunReport report = world.run("tasks");
    INFO(to_text(report));
    CHECK(report.effects.done == 5);
    CHECK(report.exit == ExitCode::partial);
    CHECK_FALSE(report.datasets.at("bindpilot.renewals").complete);
    CHECK(world.clock.boot() - began < std::chrono::minutes(5));

    // Such a run read nothing: it keeps no job fresh.
    world.with_engine([&](const Engine& engine) {
        Runs runs(engine.store);
        CHECK(runs.last_real("tasks", false)->id == 2);
        CHECK_FALSE(runs.last_real("tasks", true));
    });
}

TEST_CASE("A pull that is out of time goes on in the next run, which lands it and removes nothing") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "time_limit: 30s\nguard: {max_removed: 100%}"));
    auto& list = world.services.lists["/renewals"];
    for (int i = 0; i < 350; ++i) list.push_back(renewal(i, 20 + i % 60));
    world.services.lists["/renewals"].resize(350);
    REQUIRE(world.run("tasks").datasets.at("bindpilot.renewals").complete);
    list.pop_back();
    world.services.on_read = [](const HttpRequest& request, std::size_t) {
        return request.url.find("page=3") != std::string::npos ? std::optional(busy("300")) : std::nullopt;
    };
    const RunReport stopped = world.run("tasks");
    INFO(to_text(stopped));
    CHECK(stopped.exit == ExitCode::partial);
    CHECK(stopped.outcome == "incomplete");
    CHECK(stopped.datasets.at("bindpilot.renewals").counts.removed == 0);
    world.services.on_read = nullptr;
    world.clock.advance(std::chrono::minutes(5));
    const std::size_t reads = world.services.reads;
    const RunReport resumed = world.run("tasks");
    CHECK(resumed.datasets.at("bindpilot.renewals").verdict == "resumed");
    CHECK(world.services.reads - reads < 4);  // not from the beginning
    CHECK(resumed.datasets.at("bindpilot.renewals").counts.removed == 0);
    // Only two whole lists in a row remove what they lack.
    CHECK(world.run("tasks").datasets.at("bindpilot.renewals").counts.removed == 0);
    CHECK(world.run("tasks").datasets.at("bindpilot.renewals").counts.removed == 1);
    CHECK(world.rows("SELECT count(*) FROM bindpilot_renewals") == std::vector<std::string>{"349"});
}

TEST_CASE("A list that doesn't add up is incomplete and removes nothing") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_removed: 100%}"));
    auto& list = world.services.lists["/renewals"];
    for (int i = 0; i < 5; ++i) list.push_back(renewal(i, 20 + i));
    world.run("tasks");
    list.pop_back();
    world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        const bool first = request.url.find("page=1") != std::string::npos;
        return says(200, json{{"data", first ? json(list) : json::array()}, {"meta", {{"total", 5}}}}.dump());
    };
    for (int i = 0; i < 3; ++i) {
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::partial);
        CHECK_THAT(report.datasets.at("bindpilot.renewals").verdict, StartsWith("incomplete"));
        CHECK(report.datasets.at("bindpilot.renewals").counts.removed == 0);
    }
}

TEST_CASE("A stop in the middle of delivery loses nothing") {
    for (std::size_t replies = 1; replies <= 10; ++replies) {
        World world;
        world.job("tasks", tasks_job());
        for (int i = 0; i < 8; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
        world.stop_after_replies = replies;
        const RunReport report = world.run("tasks");
        INFO("stopped after " << replies << " replies\n" << to_text(report));
        CHECK(report.exit == ExitCode::interrupted);
        CHECK(report.outcome == "interrupted");
        const auto states = world.count_by_state();
        CHECK(states.count("in_doubt") == 0);
        CHECK(states.count("sending") == 0);
        CHECK((states.count("done") != 0 ? states.at("done") : 0) == static_cast<std::int64_t>(world.services.tasks.size()));
        world.stop_after_replies = 0;
        CHECK(world.run("tasks").exit == ExitCode::done);
        CHECK(world.services.tasks.size() == 8);
        CHECK(world.services.titles().size() == 8);
    }
}

TEST_CASE("A reply that a stop doesn't wait for puts its effect in doubt") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20), renewal(2, 21)};
    world.services.on_write = [](const HttpRequest&, std::size_t nth) -> std::optional<Fault> {
        if (nth == 2) return Fault{{.status = 201, .body = "{}", .latency = std::chrono::seconds(25)}, true};
        return std::nullopt;
    };
    world.stop_after_replies = 3;  // two pages and the first task
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::interrupted);
    CHECK(world.count_by_state() == Counts{{"done", 1}, {"in_doubt", 1}});
}

TEST_CASE("A service that is down fails the run, and nothing is lost") {
    World world;
    world.job("tasks", tasks_job());
    for (int i = 0; i < 5; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(says(503)); };
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::failed);
    REQUIRE(report.error);
    CHECK(report.error->code == code_name(ErrorCode::service));
    world.services.on_read = nullptr;
    world.clock.advance(std::chrono::minutes(5));
    CHECK(world.run("tasks").effects.done == 5);
}
