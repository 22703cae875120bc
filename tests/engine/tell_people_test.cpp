// What people are told of, over a whole engine: a failed job, doubts, its end; a channel that fails; a command.
#include "engine/tell_people.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "engine/pipe_to.h"
#include "jobs.h"
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
