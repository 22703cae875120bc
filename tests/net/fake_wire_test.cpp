// The simulated wire keeps the promises of the real one.
#include "support/fake_wire.h"

#include <catch2/catch.hpp>

using namespace bindery;
using namespace bindery::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

static HttpRequest to(const std::string& url) {
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    return request;
}

TEST_CASE("simulated transfers end in the order of their latency, and time goes by") {
    SimClock clock;
    const BootTime start = clock.boot();
    const WallTime wall = clock.wall();
    FakeWire wire(clock, [](const HttpRequest& request, BootTime) {
        Answer answer;
        answer.latency = request.url == "slow" ? seconds(3) : seconds(1);
        return answer;
    });
    wire.start(1, to("slow"));
    wire.start(2, to("fast"));
    CHECK_FALSE(wire.wait(start + milliseconds(500)));
    CHECK(clock.boot() == start + milliseconds(500));
    CHECK(wire.wait(start + hours(1))->id == 2);
    const auto late = wire.wait(start + hours(1));
    CHECK(late->id == 1);
    CHECK(late->ended == start + seconds(3));
    CHECK(clock.wall() == wall + seconds(3));
    CHECK_FALSE(wire.wait(start + hours(1)));
    CHECK(clock.boot() == start + hours(1));
    CHECK_FALSE(wire.wait(start));
    CHECK(clock.boot() == start + hours(1));
    CHECK(wire.sent.size() == 2);
}

TEST_CASE("a simulated service that is slower than the time-out has acted, and its reply is lost") {
    SimClock clock;
    int acted = 0;
    FakeWire wire(clock, [&](const HttpRequest&, BootTime) {
        ++acted;
        Answer answer;
        answer.latency = hours(1);
        return answer;
    });
    wire.start(1, to("x"));
    const auto reply = wire.wait(clock.boot() + hours(2));
    CHECK(reply->ending == Ending::lost);
    CHECK(reply->status == 0);
    CHECK(acted == 1);
    CHECK(reply->ended == clock.boot());
}

TEST_CASE("a simulated crash comes at the start or at the reply that was named") {
    SimClock clock;
    int acted = 0;
    FakeWire wire(clock, [&](const HttpRequest&, BootTime) {
        ++acted;
        return Answer{};
    });
    SECTION("at a start nothing has left") {
        wire.crash_at_start = 2;
        wire.start(1, to("x"));
        CHECK_THROWS_AS(wire.start(2, to("x")), SimulatedCrash);
        CHECK(acted == 1);
    }
    SECTION("at a reply the service has acted") {
        wire.crash_at_reply = 2;
        wire.start(1, to("x"));
        wire.start(2, to("x"));
        CHECK(wire.wait(clock.boot() + seconds(1)));
        CHECK_THROWS_AS(wire.wait(clock.boot() + seconds(1)), SimulatedCrash);
        CHECK(acted == 2);
    }
}

TEST_CASE("a simulated stop ends the waiting at its time") {
    SimClock clock;
    const BootTime start = clock.boot();
    FakeWire wire(clock, [](const HttpRequest&, BootTime) { return Answer{}; });
    wire.stop_at(start + seconds(5));
    CHECK_FALSE(wire.wait(start + seconds(2)));
    CHECK_FALSE(wire.stop_asked());
    CHECK_FALSE(wire.wait(start + hours(1)));
    CHECK(wire.stop_asked());
    CHECK(clock.boot() == start + seconds(5));
    wire.start(1, to("x"));
    CHECK_FALSE(wire.wait(start + hours(1)));
    CHECK(clock.boot() == start + seconds(5));
    CHECK(wire.under_way() == 1);
}

TEST_CASE("a simulated wait that would never end is an error of the test") {
    SimClock clock;
    FakeWire wire(clock, [](const HttpRequest&, BootTime) { return Answer{}; });
    CHECK_THROWS_AS(wire.wait(BootTime::max()), std::logic_error);
}
