// The rails before the first write, and what a run does with half of its readings.
#include <catch2/catch.hpp>

#include "jobs.h"
#include "store/lock.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;
using Counts = std::map<std::string, std::int64_t>;

namespace {

void renewals(World& world, int many, int from = 0) {
    for (int i = from; i < from + many; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
}

}  // namespace

TEST_CASE("Too many effects stop all writes, they stay pending until the guard is widened once") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_effects: 3, max_removed: 10%}"));
    renewals(world, 5);
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::guard);
    CHECK(report.outcome == "guard");
    REQUIRE(report.error);
    CHECK(report.error->code == code_name(ErrorCode::guard));
    CHECK(report.effects.planned == 5);
    CHECK(world.count_by_state() == Counts{{"pending", 5}});
    CHECK(world.services.writes == 0);
    RunOptions allow;
    allow.allow_effects = 4;
    CHECK(world.run("tasks", allow).exit == ExitCode::guard);
    allow.allow_effects = 5;
    CHECK(world.run("tasks", allow).exit == ExitCode::done);
    CHECK(world.services.tasks.size() == 5);
    renewals(world, 4, 10);
    CHECK(world.run("tasks").exit == ExitCode::guard);  // it passed once
    CHECK(world.services.tasks.size() == 5);
}

TEST_CASE("Too many removals are withheld, and the rest of the run goes on") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 10);
    world.run("tasks");
    auto& list = world.services.lists["/renewals"];
    list.erase(list.begin(), list.begin() + 4);
    renewals(world, 1, 30);
    const RunReport once = world.run("tasks");
    CHECK(once.exit == ExitCode::done);
    CHECK(once.effects.done == 1);
    const RunReport twice = world.run("tasks");
    CHECK(twice.exit == ExitCode::guard);
    CHECK(twice.datasets.at("bindpilot.renewals").counts.withheld == 4);
    CHECK(twice.datasets.at("bindpilot.renewals").counts.removed == 0);
    renewals(world, 1, 31);
    const RunReport goes_on = world.run("tasks");
    CHECK(goes_on.exit == ExitCode::guard);
    CHECK(goes_on.effects.done == 1);
    RunOptions allow;
    allow.allow_removed = 4;
    const RunReport allowed = world.run("tasks", allow);
    CHECK(allowed.exit == ExitCode::done);
    CHECK(allowed.datasets.at("bindpilot.renewals").counts.removed == 4);
}

TEST_CASE("A required field that was renamed in all rows stops the writes and keeps the store") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 5);
    world.run("tasks");
    const auto before = world.rows("SELECT key, expiration_date FROM bindpilot_renewals ORDER BY key");
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_effects: 4}"));
    for (auto& record : world.services.lists["/renewals"]) record["policy_number"] = record["policy_number"].get<std::string>() + "X";
    world.run("tasks");  // five pending effects, kept back by the guard
    REQUIRE(world.count_by_state() == Counts{{"done", 5}, {"pending", 5}});
    world.job("tasks", tasks_job());
    for (auto& record : world.services.lists["/renewals"]) {
        record["expires"] = record["expiration_date"];
        record.erase("expiration_date");
    }
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::failed);
    REQUIRE(report.error);
    CHECK(report.error->code == code_name(ErrorCode::mapping));
    CHECK_THAT(report.error->hint, Contains("expiration_date"));
    CHECK(world.services.tasks.size() == 5);
    CHECK(world.count_by_state() == Counts{{"done", 5}, {"pending", 5}});
    CHECK(world.rows("SELECT key, expiration_date FROM bindpilot_renewals ORDER BY key") == before);
    for (auto& record : world.services.lists["/renewals"]) record["expiration_date"] = record["expires"];
    CHECK(world.run("tasks").exit == ExitCode::done);  // the pages that didn't fit aren't gone on with
    CHECK(world.services.tasks.size() == 10);
}

TEST_CASE("A pull that is barred fails the run, and the pushes work on what the store holds") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_effects: 1}"));
    renewals(world, 3);
    REQUIRE(world.run("tasks").exit == ExitCode::guard);
    world.job("tasks", tasks_job());
    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(says(401)); };
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::failed);
    REQUIRE(report.error);
    CHECK(report.error->code == code_name(ErrorCode::unauthorized));
    CHECK(report.effects.done == 3);
    CHECK(world.services.tasks.size() == 3);
}

TEST_CASE("needs: complete keeps a step back while a pull isn't complete") {
    World world;
    world.job("tasks", tasks_job("needs: complete"));
    renewals(world, 3);
    world.services.on_read = [](const HttpRequest&, std::size_t nth) { return nth > 1 ? std::optional(says(404)) : std::nullopt; };
    world.services.tells_total = false;
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::failed);
    CHECK(report.effects.planned == 0);
    CHECK(world.services.writes == 0);
    world.services.on_read = nullptr;
    world.clock.advance(std::chrono::hours(1));
    CHECK(world.run("tasks").effects.done == 3);
}

TEST_CASE("A job runs once at a time") {
    World world;
    world.job("tasks", tasks_job());
    world.with_engine([&](const Engine& engine) {
        const auto lock = JobLock::take(engine.store.file(), "tasks");
        REQUIRE(lock);
        try {
            run_job(engine, engine.config.job("tasks"), {});
            FAIL("it ran");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::running_elsewhere);
        }
    });
    CHECK(world.rows("SELECT count(*) FROM run") == std::vector<std::string>{"0"});
}

TEST_CASE("A run by id reads only what it asks for, and removes only what the service doesn't know any more") {
    World world;
    world.job("quotes", R"(job: quotes
about: Quotes by id.
steps:
  - pull: bindpilot.quotes
    for: SELECT key FROM bindpilot_clients
)");
    world.job("clients", "job: clients\nabout: All clients.\nsteps: [{pull: bindpilot.clients}]\n");
    world.services.lists["/clients"] = {{{"id", "q1"}, {"name", "Ann"}}, {{"id", "q2"}, {"name", "Bo"}}};
    world.run("clients");
    bool gone = false;
    world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/quotes/q1") != std::string::npos) return says(200, R"({"data":{"quote_id":"q1","status":"completed"}})");
        if (request.url.find("/quotes/q2") != std::string::npos) {
            return gone ? says(404) : says(200, R"({"data":{"quote_id":"q2","status":"pending"}})");
        }
        return std::nullopt;
    };
    CHECK(world.run("quotes").datasets.at("bindpilot.quotes").counts.added == 2);
    gone = true;
    const RunReport report = world.run("quotes");
    CHECK(report.exit == ExitCode::done);
    CHECK(report.datasets.at("bindpilot.quotes").counts.removed == 1);
    CHECK(world.rows("SELECT key FROM bindpilot_quotes") == std::vector<std::string>{"q1"});
}

TEST_CASE("A read by id whose reply holds no record says what to do, and removes nothing") {
    World world;
    world.job("quotes", R"(job: quotes
about: Quotes by id.
steps:
  - pull: bindpilot.quotes
    for: SELECT 'q1'
)");
    const auto answers = [&world](const char* body) {
        world.services.on_read = [body](const HttpRequest& request, std::size_t) -> std::optional<Fault> { return request.url.find("/quotes/q1") != std::string::npos ? std::optional(says(200, body)) : std::nullopt; };
    };
    answers(R"({"data":{"quote_id":"q1","status":"completed"}})");
    CHECK(world.run("quotes").datasets.at("bindpilot.quotes").counts.added == 1);
    for (const char* body : {R"({"data":null})", R"({"status":"success"})", R"({"data":[]})"}) {
        answers(body);
        const RunReport report = world.run("quotes");
        INFO(body << to_text(report));
        CHECK(report.exit == ExitCode::failed);
        REQUIRE(report.error);
        CHECK(report.error->message.find("a reply has no record at /data") != std::string::npos);
        CHECK_FALSE(report.error->hint.empty());
        CHECK(world.rows("SELECT key FROM bindpilot_quotes") == std::vector<std::string>{"q1"});
    }
}
