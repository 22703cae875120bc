// What people are told of, over a whole engine: a failed job, doubts, its end; a channel that fails; a command.
#include "engine/tell_people.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "engine/begin_run.h"
#include "engine/pipe_to.h"
#include "jobs.h"
#include "store/lock.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

struct Heard {
    std::vector<Message> messages;
    std::string problem;
    Channel channel() {
        return {"test", [this](const Message& message, const News&) {
                    if (problem.empty()) messages.push_back(message);
                    return problem;
                }};
    }
};

}  // namespace

TEST_CASE("a failed job is told once, and its end once, and what nobody heard is told again") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold", std::string(kGuard) + "\nstale_after: 26h"));
    Heard heard;
    const auto tell = [&] { world.with_engine([&](const Engine& engine) { tell_people(engine, {heard.channel()}); }); };
    tell();
    CHECK(heard.messages.empty());  // nothing has run: nothing is wrong yet

    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(says(404)); };
    CHECK(world.run("tasks").outcome == "failed");
    heard.problem = "the mail server is down";
    tell();
    CHECK(heard.messages.empty());
    heard.problem.clear();
    tell();
    tell();
    REQUIRE(heard.messages.size() == 1);
    CHECK_THAT(heard.messages[0].subject, Catch::Contains("1 thing needs you"));
    CHECK_THAT(heard.messages[0].body, Catch::Contains("job tasks failed (run 1)"));

    world.services.on_read = nullptr;
    CHECK(world.run("tasks").outcome == "done");
    tell();
    tell();
    REQUIRE(heard.messages.size() == 2);
    CHECK_THAT(heard.messages[1].subject, Catch::Contains("all is well again"));

    // Nobody runs it for longer than its stale_after.
    std::optional<WallTime> stale;
    world.with_engine([&](const Engine& engine) { stale = next_stale(engine.config, engine.store, engine.clock.wall()); });
    REQUIRE(stale);
    world.clock.advance(*stale - world.clock.wall() + std::chrono::seconds(1));
    tell();
    REQUIRE(heard.messages.size() == 3);
    CHECK_THAT(heard.messages[2].body, Catch::Contains("job tasks had no good run"));
}

TEST_CASE("what couldn't be remembered isn't told, or it would be told at each run") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold"));
    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(says(404)); };
    CHECK(world.run("tasks").outcome == "failed");
    Heard heard;
    const std::string no = GENERATE("PRAGMA query_only = 1", "PRAGMA max_page_count = 1");  // a disk that is mounted read-only, or full
    for (const bool writable : {false, true}) {
        world.with_engine([&](const Engine& engine) {
            if (!writable) engine.store.db().exec(no);
            if (writable) CHECK(tell_people(engine, {heard.channel()}));
            else CHECK_THROWS_AS(tell_people(engine, {heard.channel()}), Error);
        });
        CHECK(heard.messages.size() == (writable ? 1 : 0));
    }
}

TEST_CASE("a job that fails for another reason than the one that was told is told again") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold"));
    Heard heard;
    const auto fails = [&](int status) {
        world.services.on_read = [status](const HttpRequest&, std::size_t) { return std::optional(says(status)); };
        CHECK(world.run("tasks").outcome == "failed");
        world.with_engine([&](const Engine& engine) { tell_people(engine, {heard.channel()}); });
    };
    fails(404);
    fails(404);
    CHECK(heard.messages.size() == 1);
    fails(401);
    REQUIRE(heard.messages.size() == 2);
    CHECK_THAT(heard.messages[1].body, Catch::Contains("New:\n- job tasks failed (run 3)") && Catch::Contains("answered 401") && !Catch::Contains("Over:"));  // it fails still
    fails(403);  // the key is no good still
    CHECK(heard.messages.size() == 2);
}

TEST_CASE("news that comes while people are being told is told as well, before anybody else has to ask") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold"));
    world.job("more", "job: more\nsteps:\n  - pull: bindpilot.renewals\n");
    world.services.on_read = [](const HttpRequest&, std::size_t) { return std::optional(says(404)); };
    CHECK(world.run("tasks").outcome == "failed");
    std::vector<std::string> bodies;
    world.with_engine([&](const Engine& engine) {
        const Channel slow{"slow", [&](const Message& message, const News&) {
                               bodies.push_back(message.body);
                               // Another process's run fails meanwhile; it finds the lock taken, and leaves its news to us.
                               if (bodies.size() == 1) {
                                   CHECK(world.run("more").outcome == "failed");
                                   CHECK(tell_people(engine, {{"other", [&](const Message&, const News&) { return bodies.emplace_back("the other"), std::string(); }}}));
                               }
                               return std::string();
                           }};
        CHECK(tell_people(engine, {slow}));
        CHECK(tell_people(engine, {slow}));
        CHECK_FALSE([&] {
            world.services.on_read = nullptr;
            world.run("more");
            return tell_people(engine, {{"deaf", [](const Message&, const News&) { return std::string("nobody is there"); }}});
        }());
    });
    REQUIRE(bodies.size() == 2);
    CHECK_THAT(bodies[0], Catch::Contains("job tasks failed") && !Catch::Contains("job more"));
    CHECK_THAT(bodies[1], Catch::Contains("New:\n- job more failed") && Catch::Contains("Still there:\n- job tasks failed"));
}

TEST_CASE("a scheduled run that can't begin is a failed run, and a run whose process died is told too") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold"));
    world.with_engine([&](const Engine& engine) {
        const Environment none;
        Engine without{engine.config, none, engine.store, engine.budget, engine.clock, engine.log, engine.make_wire};
        CHECK_THROWS_AS(run_job(without, engine.config.job("tasks"), {}), Error);  // a person reads the error
        CHECK(troubles_of(engine.config, engine.store, engine.clock.wall()).empty());
        without.call_class = CallClass::schedule;
        CHECK_THROWS_AS(run_job(without, engine.config.job("tasks"), {}), Error);
        const auto troubles = troubles_of(engine.config, engine.store, engine.clock.wall());
        REQUIRE(troubles.contains("failed tasks CONFIG"));
        CHECK_THAT(troubles.at("failed tasks CONFIG").text, Catch::Contains("secret") && !Catch::Contains("bp-secret-key"));
    });
    CHECK(world.rows("SELECT state, outcome FROM run") == std::vector<std::string>{"ended|failed"});
    CHECK(world.rows("SELECT handled_until IS NOT NULL FROM job_turn") == std::vector<std::string>{"1"});
    CHECK(world.run("tasks").outcome == "done");
    world.with_engine([&](const Engine& engine) {
        begin_run(engine, engine.config.job("tasks"), {});  // and no end: nobody holds the lock
        const auto troubles = troubles_of(engine.config, engine.store, engine.clock.wall());
        REQUIRE(troubles.contains("failed tasks"));
        CHECK_THAT(troubles.at("failed tasks").text, Catch::Contains("the process of run 3 died"));
        const auto lock = JobLock::take(engine.store.file(), "tasks");
        CHECK(troubles_of(engine.config, engine.store, engine.clock.wall()).empty());  // it goes on
    });
}

TEST_CASE("a job whose last good run lies in the future is stale, in messages as in the status") {
    World world;
    fill(world.services);
    world.job("tasks", tasks_job("when_in_doubt: hold", std::string(kGuard) + "\nstale_after: 26h"));
    world.clock.advance(std::chrono::hours(24 * 365));
    CHECK(world.run("tasks").outcome == "done");
    world.clock.set_wall(world.clock.wall() - std::chrono::hours(24 * 365));
    world.with_engine([&](const Engine& engine) {
        CHECK(troubles_of(engine.config, engine.store, engine.clock.wall()).contains("stale tasks"));
        CHECK_FALSE(next_stale(engine.config, engine.store, engine.clock.wall()));
    });
}

TEST_CASE("a program that hangs is ended with what it started, also when we are to stop") {
    std::signal(SIGPIPE, SIG_IGN);
    const TempFolder folder;
    const auto file = (folder / "child").string();
    const std::string line = "sleep 1000 & echo $! > " + file + "; sleep 1000";
    pid_t child = 0;
    const auto started = [&] { return static_cast<bool>(std::ifstream(file) >> child); };
    CHECK(pipe_to({"/bin/sh", "-c", line}, "x", std::chrono::seconds(1000), started) == "it was ended, as bindery was told to stop");
    REQUIRE(child > 0);
    // Killed; it may be a zombie until init takes it.
    const auto gone = [&] {
        std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
        std::string text;
        std::getline(stat, text);
        return text.empty() || text.find(") Z ") != std::string::npos || text.find(") X ") != std::string::npos;
    };
    for (int i = 0; i < 1'000'000 && !gone(); ++i) std::this_thread::yield();
    CHECK(gone());
}

TEST_CASE("a program gets the message on its standard input, and its failures are told in words") {
    std::signal(SIGPIPE, SIG_IGN);
    const TempFolder folder;
    const auto file = folder / "heard";
    const std::string large(300'000, 'x');
    CHECK(pipe_to({"/bin/sh", "-c", "cat > " + file.string()}, large, std::chrono::seconds(30)).empty());
    std::ifstream in(file);
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == large);
    CHECK(pipe_to({"/bin/sh", "-c", "exit 3"}, large, std::chrono::seconds(30)) == "it ended with 3");
    CHECK_THAT(pipe_to({"/nowhere/program"}, "x", std::chrono::seconds(30)), Catch::Contains("/nowhere/program can't be started"));
    CHECK_THAT(pipe_to({"/bin/sh", "-c", "kill -9 $$"}, "x", std::chrono::seconds(30)), Catch::Contains("a signal ended it"));
    CHECK(pipe_to({"/bin/sh", "-c", "sleep 60"}, "x", std::chrono::seconds(0)) == "it took too long and was ended");
    CHECK(pipe_to({"/bin/sh", "-c", "test -z \"$BINDPILOT_API_KEY\" && test -n \"$PATH\""}, "x", std::chrono::seconds(30)).empty());
}

TEST_CASE("the address that a failed run calls has /fail behind its path, once") {
    CHECK(failed_ping("https://hc.example/uuid") == "https://hc.example/uuid/fail");
    CHECK(failed_ping("https://hc.example/uuid/") == "https://hc.example/uuid/fail");
    CHECK(failed_ping("https://hc.example/uuid/?x=1/") == "https://hc.example/uuid/fail?x=1/");
    CHECK(failed_ping("https://hc.example/uuid?x=1") == "https://hc.example/uuid/fail?x=1");
    CHECK(failed_ping("https://hc.example") == "https://hc.example/fail");
}
