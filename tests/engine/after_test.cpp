// Steps that follow from replies: `after:`.
#include <catch2/catch.hpp>

#include "engine/people.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// A project for each client, then `calls` tasks in it.
std::string job_with(int calls, const std::string& guard = "{max_effects: 50}") {
    return R"(job: welcome
guard: )" + guard + R"(
vars: {calls: )" + std::to_string(calls) + R"(}
steps:
  - pull: bindpilot.clients
  - push: bi369.create_project
    effect: project
    once_per: {client_id: text}
    body: {name: "Welcome {client_id}"}
    select: SELECT key AS client_id FROM bindpilot_clients ORDER BY key
  - push: bi369.create_task
    effect: call
    after: [project]
    once_per: {project_id: text, n: integer}
    path: {project_id: "{project_id}"}
    body: {title: "Call {n} of {project_id}"}
    select: |
      WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :calls)
      SELECT e.reply_id AS project_id, n.n FROM effects AS e, n WHERE e.name = 'project' AND e.reply_id IS NOT NULL ORDER BY 1, 2
)";
}

void clients(World& world, int count) {
    no_lists(world.services);
    for (int i = 0; i < count; ++i) world.services.lists["/clients"].push_back(client(i));
}

}  // namespace

TEST_CASE("What follows from replies is sent in the same run, and asked for once") {
    World world;
    world.job("welcome", job_with(1));
    clients(world, 3);
    const RunReport report = world.run("welcome");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.done == 6);
    CHECK(world.services.tasks.size() == 3);
    CHECK(world.run("welcome").effects.planned == 0);
    CHECK(world.services.writes == 6);
}

TEST_CASE("What follows beyond the guard's count is left for the next run, which counts it first") {
    World world;
    world.job("welcome", job_with(3));
    clients(world, 2);
    const RunReport first = world.run("welcome");
    INFO(to_text(first));
    CHECK(first.then_up_to.at("call") == 2);
    CHECK(first.exit == ExitCode::partial);
    CHECK(first.outcome == "incomplete");
    CHECK(world.services.tasks.size() == 2);
    world.job("welcome", job_with(3, "{max_effects: 3}"));
    CHECK(world.run("welcome").exit == ExitCode::guard);
    CHECK(world.services.tasks.size() == 2);
    world.job("welcome", job_with(3, "{max_effects: 4}"));
    CHECK(world.run("welcome").exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 6);
    CHECK(world.run("welcome").effects.planned == 0);
}

TEST_CASE("A step whose forerunner got no reply waits for it") {
    World world;
    world.job("welcome", job_with(1));
    clients(world, 1);
    world.services.on_write = [](const HttpRequest&, std::size_t nth) -> std::optional<Fault> { return nth == 1 ? std::optional(says(422)) : std::nullopt; };
    CHECK(world.run("welcome").exit == ExitCode::partial);
    CHECK(world.services.tasks.empty());
    world.services.on_write = nullptr;
    world.settle(world.effects("project")[0], "retry");
    CHECK(world.run("welcome").exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 1);
}
