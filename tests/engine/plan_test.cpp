// plan, apply, baseline, and a store that isn't the one which pushed last.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "core/exact_json.h"
#include "engine/plan_file.h"
#include "jobs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;
using Counts = std::map<std::string, std::int64_t>;

namespace {

void renewals(World& world, int many, int from = 0) {
    for (int i = from; i < from + many; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
}

RunOptions kind(const std::string& name) {
    RunOptions options;
    options.kind = name;
    return options;
}

RunOptions applying(const RunReport& planned) {
    RunOptions options = kind("apply");
    options.plan = plan_of(planned);
    return options;
}

}  // namespace

TEST_CASE("A plan shows the exact calls and their cost, and sends nothing") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 3);
    const RunReport plan = world.run("tasks", kind("plan"));
    CHECK(plan.exit == ExitCode::done);
    CHECK(plan.outcome == "planned");
    CHECK(plan.effects.planned == 3);
    REQUIRE(plan.list.size() == 3);
    CHECK_THAT(plan.cost, Catch::Matchers::StartsWith("3 to create, 3 calls, about"));
    CHECK(world.services.writes == 0);
    CHECK(world.effects().empty());
    CHECK(world.rows("SELECT count(*) FROM bindpilot_renewals") == std::vector<std::string>{"3"});
    world.run("tasks");
    REQUIRE(world.services.tasks.size() == 3);
    for (const auto& call : plan.list) {
        const auto same = std::find_if(world.services.tasks.begin(), world.services.tasks.end(), [&](const auto& task) { return task.key == call.identity; });
        REQUIRE(same != world.services.tasks.end());
        CHECK(call.method == "POST");
        CHECK(call.path == same->path);
        CHECK(json::parse(call.body) == same->body);
    }
    const RunReport nothing = world.run("tasks", kind("plan"));
    CHECK(nothing.list.empty());
    CHECK(nothing.effects.already_done == 3);
    CHECK(nothing.cost == "nothing to send, 0 calls");
}

TEST_CASE("A plan says that a run would stop at the guard") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_effects: 2}"));
    renewals(world, 3);
    const RunReport plan = world.run("tasks", kind("plan"));
    CHECK(plan.list.size() == 3);
    REQUIRE_FALSE(plan.warnings.empty());
    CHECK_THAT(plan.warnings.back(), Contains("would stop"));
}

TEST_CASE("apply sends what was planned, at the plan's time, without reading anything") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 3);
    const RunReport plan = world.run("tasks", kind("plan"));
    world.clock.advance(std::chrono::hours(40));
    const std::size_t reads = world.services.reads;
    const RunReport applied = world.run("tasks", applying(plan));
    INFO(to_text(applied));
    CHECK(applied.exit == ExitCode::done);
    CHECK(applied.now == plan.now);
    CHECK(applied.today == plan.today);
    CHECK(world.services.reads == reads);
    REQUIRE(world.services.tasks.size() == 3);
    const RunReport again = world.run("tasks", applying(plan));
    CHECK(again.exit == ExitCode::guard);
    CHECK(world.services.tasks.size() == 3);
}

TEST_CASE("apply refuses when the set or a body isn't the planned one") {
    World world;
    world.job("tasks", tasks_job());
    world.job("read", "job: read\nabout: Reads.\nsteps: [{pull: bindpilot.renewals}]\n");
    renewals(world, 3);
    const RunReport plan = world.run("tasks", kind("plan"));
    SECTION("one more") { renewals(world, 1, 10); }
    SECTION("other content") { world.services.lists["/renewals"][1]["status"] = "Shopped"; }
    SECTION("other content of a volatile member") { world.services.lists["/renewals"][1]["client_name"] = "Another"; }
    world.run("read");
    const RunReport applied = world.run("tasks", applying(plan));
    CHECK(applied.exit == ExitCode::guard);
    REQUIRE(applied.error);
    CHECK_THAT(applied.error->message, Contains("plan"));
    CHECK(applied.warnings.size() == 1);
    CHECK(world.services.writes == 0);
    CHECK(world.effects().empty());
}

TEST_CASE("A plan on file is read back as it was") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 2);
    const PlanFile plan = plan_of(world.run("tasks", kind("plan")));
    const auto file = world.folder() / "plan.json";
    std::ofstream(file) << dump_exact(plan_json(plan));
    const PlanFile read = read_plan(file);
    CHECK(read.job == "tasks");
    CHECK(read.now == plan.now);
    CHECK(read.today == plan.today);
    CHECK(plan_difference(plan, read).empty());
    for (const char* text : {"", "[]", "{}", "{\"bindery_plan\":2}", "{\"bindery_plan\":1}", "{\"bindery_plan\":1,\"job\":3}", "<plan>", "{\"bindery_plan\":\"x\"}"}) {
        std::ofstream(file) << text;
        INFO(text);
        try {
            read_plan(file);
            FAIL("it was read");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::usage);
        }
    }
    CHECK_THROWS_AS(read_plan(world.folder() / "none.json"), Error);
}

TEST_CASE("A baseline records effects as done without sending them") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 3);
    const RunReport report = world.run("tasks", kind("baseline"));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.done == 3);
    CHECK(world.count_by_state() == Counts{{"done", 3}});
    CHECK(world.rows("SELECT count(*) FROM audit WHERE kind = 'baseline'") == std::vector<std::string>{"3"});
    renewals(world, 1, 10);
    CHECK(world.run("tasks").effects.done == 1);
    CHECK(world.services.tasks.size() == 1);
}

TEST_CASE("A baseline also covers what a person said to send again") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 1);
    world.services.on_write = [](const HttpRequest&, std::size_t) { return std::optional(lost_before()); };
    world.run("tasks");
    world.settle(world.effects()[0], "retry");
    world.run("tasks", kind("baseline"));
    CHECK(world.count_by_state() == Counts{{"done", 1}});
    CHECK(world.services.writes == 1);
}

namespace {

// Copies the store as a backup does, and puts it back.
class Backup {
  public:
    explicit Backup(World& world) : world_(world) {
        world.rows("PRAGMA wal_checkpoint(TRUNCATE)");
        std::filesystem::copy_file(world.store_file(), world.folder() / "copy.db", std::filesystem::copy_options::overwrite_existing);
    }
    void restore() {
        world_.remove_store();
        std::filesystem::copy_file(world_.folder() / "copy.db", world_.store_file());
    }

  private:
    World& world_;
};

}  // namespace

TEST_CASE("A store restored from a backup refuses to push, however often it's tried, until a person accepts it") {
    World world;
    world.job("tasks", tasks_job());
    world.job("read", "job: read\nabout: Reads.\nsteps: [{pull: bindpilot.renewals}]\n");
    renewals(world, 2);
    world.run("tasks");
    Backup backup(world);
    renewals(world, 2, 10);
    world.run("tasks");
    REQUIRE(world.services.tasks.size() == 4);
    backup.restore();
    for (int i = 0; i < 3; ++i) world.run("read");  // other jobs go on, and number their runs
    for (int i = 0; i < 3; ++i) {
        const RunReport refused = world.run("tasks");
        CHECK(refused.exit == ExitCode::guard);
        REQUIRE(refused.error);
        CHECK_THAT(refused.error->message, Contains("backup"));
        CHECK_THAT(refused.error->hint, Contains("--accept-ledger"));
    }
    CHECK(world.services.tasks.size() == 4);
    SECTION("by --accept-ledger, which is audited") {
        RunOptions accept;
        accept.accept_ledger = true;
        CHECK(world.run("tasks", accept).exit == ExitCode::done);
        CHECK(world.services.tasks.size() == 6);  // the person was sure
        CHECK(world.rows("SELECT subject FROM audit WHERE kind = 'accept_ledger'") == std::vector<std::string>{"call"});
    }
    SECTION("or by --baseline, which sends nothing") {
        CHECK(world.run("tasks", kind("baseline")).exit == ExitCode::done);
        CHECK(world.services.tasks.size() == 4);
    }
    renewals(world, 1, 20);
    CHECK(world.run("tasks").exit == ExitCode::done);
}

TEST_CASE("A new store on an account that another one pushed to refuses as well") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 2);
    world.run("tasks");
    world.remove_store();
    const RunReport refused = world.run("tasks");
    CHECK(refused.exit == ExitCode::guard);
    REQUIRE(refused.error);
    CHECK_THAT(refused.error->message, Contains("another store"));
    CHECK(world.services.tasks.size() == 2);
    RunOptions accept;
    accept.accept_ledger = true;
    CHECK(world.run("tasks", accept).exit == ExitCode::done);
    CHECK(world.run("tasks").exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 4);
}

TEST_CASE("A store that was accepted stays so, also when the run is stopped before an effect's first call, and what is left is told") {
    World world;
    const std::string first = tasks_job();
    std::string second = first.substr(first.find("  - push:"));
    second.replace(second.find("effect: call"), 12, "effect: visit");
    world.job("tasks", first + second);
    renewals(world, 3);
    CHECK(world.run("tasks").effects.done == 6);
    world.remove_store();
    REQUIRE(world.run("tasks").exit == ExitCode::guard);
    RunOptions accept;
    accept.accept_ledger = true;
    world.stop_after_replies = world.replies + 3;  // two pages, and a task
    const RunReport stopped = world.run("tasks", accept);
    CHECK(stopped.exit == ExitCode::interrupted);
    CHECK(std::count(stopped.warnings.begin(), stopped.warnings.end(), "visit: 3 effects are left for the job's next run") == 1);
    world.stop_after_replies = 0;
    CHECK(world.run("tasks").exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 12);
}
