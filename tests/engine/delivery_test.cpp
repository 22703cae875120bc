// What becomes of an effect when its call doesn't go well: lost, slow, refused, barred, unsupported, busy.
#include <algorithm>
#include <catch2/catch.hpp>

#include "jobs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;
using Counts = std::map<std::string, std::int64_t>;

namespace {

void renewals(World& world, int many) {
    for (int i = 0; i < many; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
}

FakeServices::FaultRule on_nth(std::size_t n, const Fault& fault) {
    return [n, fault](const HttpRequest&, std::size_t nth) { return nth == n ? std::optional(fault) : std::nullopt; };
}

FakeServices::FaultRule always(const Fault& fault) {
    return [fault](const HttpRequest&, std::size_t) { return std::optional(fault); };
}

void nobody_selected(World& world, const std::string& options) {
    std::string text = tasks_job(options);
    text.replace(text.find("ORDER BY"), 0, "WHERE status = 'None' ");
    world.job("tasks", text);
}

}  // namespace

TEST_CASE("A create whose reply is lost is in doubt, is named, and isn't sent again with hold") {
    for (std::size_t n = 1; n <= 3; ++n) {
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 3);
        world.services.on_write = on_nth(n, lost_after());
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::doubt);
        CHECK(report.outcome == "doubt");
        CHECK(report.effects.in_doubt == 1);
        CHECK(report.effects.done == 2);
        REQUIRE(report.attention.size() == 1);
        CHECK(report.attention[0].state == "in_doubt");
        const RunReport again = world.run("tasks");
        CHECK(world.services.writes == 3);
        CHECK(again.effects.in_doubt == 1);
        CHECK(again.attention.size() == 1);
        CHECK(again.exit == ExitCode::done);
    }
}

TEST_CASE("Time-outs, resets and 5xx put a create in doubt, and so does a web page that says 200") {
    const std::vector<Fault> faults{lost_before(), says(500), says(502, "<html>"), says(408), says(200, "<html>a proxy</html>"),
                                    {{.latency = std::chrono::minutes(5)}, true}};
    for (const auto& fault : faults) {
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 2);
        world.services.on_write = on_nth(1, fault);
        const RunReport report = world.run("tasks");
        INFO("status " << fault.answer.status << "\n" << to_text(report));
        CHECK(world.count_by_state() == Counts{{"done", 1}, {"in_doubt", 1}});
        CHECK(world.services.writes == 2);
    }
}

TEST_CASE("With retry a doubt is sent once more in the next run, and a second doubt is held") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: retry"));
    renewals(world, 2);
    world.services.on_write = on_nth(1, lost_before());
    CHECK(world.run("tasks").exit == ExitCode::doubt);
    CHECK(world.services.writes == 2);  // not in the same run
    SECTION("which settles it") {
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::done);
        CHECK(report.effects.done == 1);
        REQUIRE(report.attention.size() == 1);
        CHECK_THAT(report.attention[0].reason, Contains("twice"));
        CHECK(world.count_by_state() == Counts{{"done", 2}});
    }
    SECTION("or is lost too") {
        world.services.on_write = always(lost_before());
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::doubt);
        CHECK(report.effects.held == 1);
        CHECK(world.count_by_state() == Counts{{"done", 1}, {"held", 1}});
        const std::size_t writes = world.services.writes;
        for (int later = 0; later < 2; ++later) {  // named in each run, which it doesn't spoil
            const RunReport again = world.run("tasks");
            CHECK(again.exit == ExitCode::done);
            CHECK(again.effects.held == 1);
            REQUIRE(again.attention.size() == 1);
            CHECK(again.attention[0].state == "held");
            CHECK_THAT(again.attention[0].reason, Contains("since run 2: in doubt a second time"));
            CHECK_THAT(to_text(again), Contains("1 effect held for a person: bindery effects --job tasks --state held"));
        }
        CHECK(world.services.writes == writes);
    }
    SECTION("or is told 429 for so long that time runs out: still only once in doubt") {
        world.services.on_write = always(busy("9000"));
        world.run("tasks");
        const auto doubt = world.effects()[0].state == "in_doubt" ? world.effects()[0] : world.effects()[1];
        CHECK(doubt.state == "in_doubt");
        CHECK(doubt.retries == 0);
        world.clock.advance(std::chrono::hours(3));
        world.services.on_write = nullptr;
        CHECK(world.run("tasks").exit == ExitCode::done);
        CHECK(world.count_by_state() == Counts{{"done", 2}});
    }
    SECTION("and is held when nobody wants it any more") {
        nobody_selected(world, "when_in_doubt: retry");
        world.run("tasks");
        CHECK(world.count_by_state() == Counts{{"done", 1}, {"held", 1}});
    }
}

TEST_CASE("What may have arrived goes out again as it was, though the record has changed since") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: retry"));
    renewals(world, 1);
    std::vector<std::string> bodies;
    world.services.on_write = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        bodies.push_back(request.body);
        if (bodies.size() == 1) return lost_after();
        return std::nullopt;
    };
    world.run("tasks");
    world.services.lists["/renewals"][0]["status"] = "another";
    world.services.lists["/renewals"][0]["client_name"] = "Somebody Else";
    world.run("tasks");
    REQUIRE(bodies.size() == 2);
    CHECK(bodies[0] == bodies[1]);
    CHECK(world.count_by_state() == Counts{{"done", 1}});
}

TEST_CASE("429 is never a doubt: the account pauses, and the effect goes out") {
    for (const std::string after : {"", "7", "Thu, 15 Jan 2026 13:01:00 GMT"}) {
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 3);
        world.services.on_write = on_nth(2, busy(after));
        const BootTime began = world.clock.boot();
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::done);
        CHECK(world.count_by_state() == Counts{{"done", 3}});
        CHECK(world.services.tasks.size() == 3);
        CHECK(world.rows("SELECT count(*) FROM attempt WHERE status = 429 AND ending = 'replied'") == std::vector<std::string>{"1"});
        CHECK(world.rows("SELECT max(attempts) FROM effect") == std::vector<std::string>{"1"});
        if (after == "7") CHECK(world.clock.boot() - began >= std::chrono::seconds(7));
    }
}

TEST_CASE("What certainly didn't leave stays pending and goes out with the next run") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 3);
    world.services.on_write = always(no_connection());
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::failed);
    REQUIRE(report.error);
    CHECK(world.count_by_state() == Counts{{"pending", 3}});
    CHECK(world.rows("SELECT max(attempts), max(frozen) FROM effect") == std::vector<std::string>{"0|0"});
    world.services.on_write = nullptr;
    CHECK(world.run("tasks").effects.done == 3);
}

TEST_CASE("A 401 or 403 stops the writes of the run, and its effects stay pending") {
    for (const int status : {401, 403}) {
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 12);
        world.services.on_write = always(says(status));
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::failed);
        REQUIRE(report.error);
        CHECK(report.error->code == code_name(ErrorCode::unauthorized));
        CHECK(world.count_by_state() == Counts{{"pending", 12}});
        CHECK(world.services.writes <= 4);  // no more than were under way
        world.services.on_write = nullptr;
        CHECK(world.run("tasks").effects.done == 12);
        CHECK(world.services.tasks.size() == 12);
    }
}

TEST_CASE("A redirect stops the writes of the run, is never followed, and sends a person to base_url, not to the key") {
    for (const int status : {300, 301, 302, 303, 307, 308}) {
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 12);
        world.services.on_write = always(says(status));
        const RunReport report = world.run("tasks");
        CHECK(report.exit == ExitCode::failed);
        REQUIRE(report.error);
        CHECK(report.error->code == code_name(ErrorCode::service));
        CHECK_THAT(report.error->hint, Contains("base_url") && !Contains("key"));
        CHECK(world.services.writes <= 4);
        // Only 307 and 308 ask for the same request at another address, so that nothing was made here. After any other it may be there.
        const bool perhaps_done = status != 307 && status != 308;
        const auto sent = static_cast<std::int64_t>(world.services.writes);
        CHECK(world.count_by_state() == (perhaps_done ? Counts{{"in_doubt", sent}, {"pending", 12 - sent}} : Counts{{"pending", 12}}));
        world.services.on_write = nullptr;
        if (perhaps_done) continue;
        world.services.on_read = always(says(status));
        const RunReport unread = world.run("tasks");
        REQUIRE(unread.error);
        CHECK_THAT(unread.error->hint, Contains("base_url") && !Contains("key"));
        CHECK(world.services.tasks.size() == 12);  // on what the store holds
    }
}

TEST_CASE("A refused effect keeps its reason and is sent again only with other content") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 2);
    world.services.on_write = on_nth(1, says(422, R"({"error":{"code":"bad_title","message":"too long"}})"));
    const RunReport report = world.run("tasks");
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.effects.rejected == 1);
    CHECK(world.rows("SELECT reason FROM effect WHERE state = 'rejected'") == std::vector<std::string>{"the service answered 422 (bad_title)"});
    const RunReport again = world.run("tasks");
    CHECK(again.exit == ExitCode::partial);
    CHECK(again.effects.rejected == 1);
    CHECK(world.services.writes == 2);
    world.services.lists["/renewals"][0]["account_manager"] = "Someone Else";  // only in a volatile member
    world.run("tasks");
    CHECK(world.services.writes == 2);
    for (auto& record : world.services.lists["/renewals"]) record["status"] = "Shopped";
    const RunReport changed = world.run("tasks");
    CHECK(changed.effects.done == 1);
    CHECK(changed.effects.already_done == 1);
    CHECK(world.services.writes == 3);
    CHECK(world.count_by_state() == Counts{{"done", 2}});
}

TEST_CASE("A no inside a 200 is a no") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 1);
    world.services.on_write = always(says(200, R"({"error":{"code":"quota","message":"no"}})"));
    world.run("tasks");
    CHECK(world.count_by_state() == Counts{{"rejected", 1}});
}

TEST_CASE("A person settles: done is never sent, retry is sent even if no longer selected, drop and held stay") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", "guard: {max_removed: 100%}"));
    renewals(world, 4);
    world.services.on_write = always(lost_before());
    world.run("tasks");
    REQUIRE(world.count_by_state() == Counts{{"in_doubt", 4}});
    world.services.on_write = nullptr;
    const auto rows = world.effects();
    world.settle(rows[0], "done");
    world.settle(rows[1], "retry");
    world.settle(rows[2], "drop");
    world.settle(rows[3], "held");
    nobody_selected(world, "when_in_doubt: hold");
    const RunReport report = world.run("tasks");
    CHECK(world.services.tasks.size() == 1);
    CHECK(world.services.tasks[0].body == json::parse(rows[1].body));
    CHECK(world.services.tasks[0].key == rows[1].identity);
    CHECK(world.count_by_state() == Counts{{"done", 2}, {"dropped", 1}, {"held", 1}});
    CHECK(report.effects.held == 1);
    CHECK_THROWS_AS(world.settle(rows[1], "retry"), Error);
}

TEST_CASE("What a person said to send again may fall in doubt once more before it is held") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: retry"));
    renewals(world, 1);
    world.services.on_write = always(lost_before());
    world.run("tasks");
    world.run("tasks");
    REQUIRE(world.count_by_state() == Counts{{"held", 1}});
    world.settle(world.effects()[0], "retry");
    world.run("tasks");
    CHECK(world.count_by_state() == Counts{{"in_doubt", 1}});
    world.run("tasks");
    CHECK(world.count_by_state() == Counts{{"held", 1}});
}

TEST_CASE("A write that the service doesn't take is held, and said once") {
    World world;
    world.job("upsert", R"(job: upsert
about: Corrections.
steps:
  - pull: bindpilot.policies
  - push: bindpilot.upsert_policy
    effect: correction
    once_per: {id: text}
    body: {id: "{id}", carrier: "Other"}
    select: SELECT key AS id FROM bindpilot_policies
)");
    for (int i = 0; i < 25; ++i) world.services.lists["/policies"].push_back(policy(i, 20 + i));
    world.services.on_write = always(says(405));
    const RunReport report = world.run("upsert");
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.effects.held == 25);
    const auto said = std::count_if(report.warnings.begin(), report.warnings.end(), [](const std::string& w) { return w.find("doesn't take this write") != std::string::npos; });
    CHECK(said == 1);
    CHECK(world.count_by_state() == Counts{{"held", 25}});
    CHECK(world.services.writes <= 4);
    const std::size_t writes = world.services.writes;
    const RunReport again = world.run("upsert");
    CHECK(again.effects.held == 25);
    CHECK(again.exit == ExitCode::done);
    CHECK(again.attention.size() == 20);  // some by name, all by number
    CHECK_THAT(to_text(again), Contains("25 effects held for a person: bindery effects --job upsert --state held"));
    CHECK(world.services.writes == writes);
}

TEST_CASE("One odd 405 among tasks that are taken refuses that one, and the others go out") {
    for (const std::size_t odd : {1u, 3u}) {  // the first write of a later run, and one amid others
        World world;
        world.job("tasks", tasks_job());
        renewals(world, 2);
        REQUIRE(world.run("tasks").effects.done == 2);
        world.services.lists.clear();
        renewals(world, 9);
        world.services.on_write = on_nth(2 + odd, says(405));
        const RunReport report = world.run("tasks");
        INFO(to_text(report) << odd);
        CHECK(report.exit == ExitCode::partial);
        CHECK(world.count_by_state() == Counts{{"done", 8}, {"rejected", 1}});
        CHECK_THAT(to_text(report), !Contains("doesn't take this write"));
        world.services.on_write = nullptr;
        for (const auto& row : world.effects()) {
            if (row.state == "rejected") world.settle(row, "retry");
        }
        CHECK(world.run("tasks").effects.done == 1);
        CHECK(world.services.tasks.size() == 9);
    }
}

TEST_CASE("A service that took tasks and answers 405 to one after the other takes them no more") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 2);
    REQUIRE(world.run("tasks").effects.done == 2);
    world.services.lists.clear();
    renewals(world, 20);
    world.services.on_write = always(says(405));
    const RunReport report = world.run("tasks");
    CHECK(world.count_by_state() == Counts{{"done", 2}, {"held", 18}});
    CHECK(world.services.writes <= 2 + 3 + 3);  // three answers, and those that were on their way
    CHECK_THAT(to_text(report), Contains("doesn't take this write"));
}

TEST_CASE("A task that a service says it doesn't take, when it is sent again after a lost reply, may be there: it is held") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: retry"));
    renewals(world, 1);
    REQUIRE(world.run("tasks").effects.done == 1);
    world.services.lists.clear();
    renewals(world, 2);
    world.services.on_write = always(lost_after());
    world.run("tasks");
    world.services.on_write = always(says(405));
    world.run("tasks");
    CHECK(world.count_by_state() == Counts{{"done", 1}, {"held", 1}});
    CHECK(world.rows("SELECT reason FROM effect WHERE state = 'held'") == std::vector<std::string>{"refused when sent again after a lost reply; the first may be there: the service answered 405 (no)"});
}

TEST_CASE("What a person settles while the run goes on isn't sent any more") {
    World world;
    world.job("tasks", tasks_job());
    renewals(world, 9);
    world.services.on_write = [&](const HttpRequest&, std::size_t nth) -> std::optional<Fault> {
        if (nth != 1) return std::nullopt;
        for (const auto& row : world.effects()) {
            if (row.body.find("HO-771007") != std::string::npos) world.settle(row, "drop");
            if (row.body.find("HO-771008") != std::string::npos) world.settle(row, "done");
        }
        return std::nullopt;
    };
    const RunReport report = world.run("tasks");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.done == 7);
    CHECK(world.services.tasks.size() == 7);
    CHECK(world.count_by_state() == Counts{{"done", 8}, {"dropped", 1}});
}
