// The ends that aren't the service's answer: a time limit, a stop, a service that is down, a submitter that goes.
#include "services/bench.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("at the time limit what waits ends at once, and what is under way is heard to its end") {
    Bench bench;
    bench.service.in_flight = 1;
    bench.script = {good(20s)};
    for (std::uint64_t id = 1; id <= 4; ++id) bench.caller().submit(Bench::write(id));
    const BootTime start = bench.clock.boot();
    const auto results = bench.drain(5s);
    CHECK(results.at(1).ending == CallEnding::ok);
    for (const std::uint64_t id : {2u, 3u, 4u}) {
        CHECK(results.at(id).ending == CallEnding::out_of_time);
        CHECK(results.at(id).attempts == 0);
        CHECK(results.at(id).problem == "the run's time limit came first");
    }
    CHECK(bench.clock.boot() == start + 20s);
    CHECK(bench.wire.sent.size() == 1);
}

TEST_CASE("a retry that the time limit cuts off leaves a doubt where something may have arrived") {
    struct Case {
        Answer answer;
        CallEnding ending;
    };
    const Case cases[] = {{lost(), CallEnding::in_doubt}, {status(503), CallEnding::in_doubt}, {not_sent(), CallEnding::out_of_time}};
    for (const auto& c : cases) {
        Bench bench;
        bench.service.retry.waits = {1min};
        bench.script = {c.answer};
        CHECK(bench.call(Bench::write(1, true), 10s).ending == c.ending);
        CHECK(bench.wire.sent.size() == 1);
    }
}

TEST_CASE("a stop ends what waits at once and gives what is under way its grace") {
    struct Case {
        Duration latency;
        CallEnding ending;
        Duration end;  // after the start
    };
    const Case cases[] = {{2s, CallEnding::ok, 2s}, {6900ms, CallEnding::ok, 6900ms}, {20s, CallEnding::in_doubt, 7s}};
    for (const auto& c : cases) {
        CAPTURE(c.latency.count());
        Bench bench;
        bench.service.in_flight = 1;
        bench.script = {good(c.latency)};
        bench.caller().submit(Bench::write(1));
        bench.caller().submit(Bench::write(2));
        const BootTime start = bench.clock.boot();
        bench.wire.stop_at(start + 1s);
        const auto waiting = bench.caller().next(bench.in(1h));
        REQUIRE(waiting);
        CHECK(waiting->id == 2);
        CHECK(waiting->ending == CallEnding::out_of_time);
        CHECK(waiting->problem == "stopped");
        CHECK(bench.clock.boot() == start + 1s);
        const auto under_way = bench.caller().next(bench.in(1h));
        REQUIRE(under_way);
        CHECK(under_way->id == 1);
        CHECK(under_way->ending == c.ending);
        CHECK(bench.clock.boot() == start + c.end);
        CHECK_FALSE(bench.caller().next(bench.in(1h)));
        CHECK(bench.tokens_out() == 1);  // it may have arrived: its token isn't free before it must be
    }
}

TEST_CASE("a failure in the grace isn't tried again, and what is submitted after a stop isn't sent") {
    Bench bench;
    Answer slow_no = status(503);
    slow_no.latency = 3s;
    bench.script = {slow_no};
    bench.caller().submit(Bench::write(1, true));
    bench.wire.stop_at(bench.in(1s));
    CHECK(bench.drain().at(1).ending == CallEnding::in_doubt);
    CHECK(bench.call(Bench::write(2)).ending == CallEnding::out_of_time);
    CHECK(bench.wire.sent.size() == 1);
}

TEST_CASE("a stop wakes a caller that waits for a token, a pause or a retry") {
    for (const int code : {429, 503}) {
        Bench bench;
        bench.script = {status(code, "", {{"retry-after", "600"}})};
        std::string waits_for;
        bench.caller().on_wait = [&](const char* what, BootTime) { waits_for = what; };
        bench.caller().submit(Bench::read());
        const BootTime stop = bench.in(5s);
        bench.wire.stop_at(stop);
        CHECK(bench.caller().next(bench.in(1h)));
        CHECK(bench.clock.boot() == stop);
        CHECK(waits_for == "retry");
    }
}

TEST_CASE("a service that fails again and again gets one probe after a rest, and then nothing more in this run") {
    Bench bench;
    bench.service.in_flight = 1;
    bench.service.retry.waits = {};
    bench.service.breaker_failures = 3;
    bench.service.breaker_cool_down = 30s;
    bench.script = {not_sent()};
    for (std::uint64_t id = 1; id <= 50; ++id) bench.caller().submit(Bench::write(id));
    const BootTime start = bench.clock.boot();
    const auto results = bench.drain();
    CHECK(results.size() == 50);
    for (const auto& [id, result] : results) CHECK(result.ending == CallEnding::not_sent);
    REQUIRE(bench.wire.sent.size() == 4);
    CHECK(bench.wire.sent[3].time == start + 150ms + 30s);
    CHECK(bench.clock.boot() == start + 200ms + 30s);
    CHECK(bench.caller().down());
    CHECK(results.at(50).problem == "the service is down; nothing more is sent to it in this run");
    CHECK(bench.call(Bench::read(51)).ending == CallEnding::not_sent);
    CHECK(bench.wire.sent.size() == 4);
}

TEST_CASE("while the probe is under way nothing else goes, not even when an older call ends") {
    Bench bench;
    bench.service.in_flight = 2;
    bench.service.retry.waits = {};
    bench.service.breaker_failures = 3;
    bench.service.breaker_cool_down = 5s;
    int n = 0;
    const BootTime start = bench.clock.boot();
    bench.handler = [&](const HttpRequest&, BootTime now) {
        ++n;
        if (n == 1) {  // slow, and fails in the end while the probe is under way
            Answer slow = status(500);
            slow.latency = 8s;
            return slow;
        }
        if (n <= 4) return status(500);
        if (n == 5) {
            CHECK(now == start + 5150ms);
            return good(10s);
        }
        CHECK(now >= start + 15150ms);
        return good();
    };
    for (std::uint64_t id = 1; id <= 8; ++id) bench.caller().submit(Bench::write(id));
    const auto results = bench.drain();
    CHECK(results.size() == 8);
    for (const std::uint64_t id : {1u, 2u, 3u, 4u}) CHECK(results.at(id).ending == CallEnding::in_doubt);
    for (const std::uint64_t id : {5u, 6u, 7u, 8u}) CHECK(results.at(id).ending == CallEnding::ok);
    CHECK_FALSE(bench.caller().down());
}

TEST_CASE("a refusal or a 429 shows that a service is up again") {
    for (const int code : {404, 401, 429}) {
        CAPTURE(code);
        Bench bench;
        bench.service.in_flight = 1;
        bench.service.retry.waits = {};
        bench.service.breaker_failures = 2;
        bench.script = {status(500), status(500), status(code), good()};
        for (std::uint64_t id = 1; id <= 5; ++id) bench.caller().submit(Bench::write(id));
        const auto results = bench.drain();
        CHECK_FALSE(bench.caller().down());
        CHECK(results.at(5).ending == CallEnding::ok);
        CHECK(results.at(3).ending == (code == 404 ? CallEnding::refused : code == 401 ? CallEnding::barred : CallEnding::ok));
    }
}

TEST_CASE("what may have arrived before a service went down is in doubt, the rest was not sent") {
    Bench bench;
    bench.service.in_flight = 2;
    bench.service.retry.waits = {1h};
    bench.service.breaker_failures = 2;
    bench.script = {lost(), not_sent(), not_sent()};
    for (std::uint64_t id = 1; id <= 3; ++id) bench.caller().submit(Bench::write(id, true));
    const auto results = bench.drain(2h);
    CHECK(bench.caller().down());
    CHECK(results.at(1).ending == CallEnding::in_doubt);
    CHECK(results.at(2).ending == CallEnding::not_sent);
    CHECK(results.at(3).ending == CallEnding::not_sent);
    CHECK(bench.wire.sent.size() == 4);  // the third before the second failed, and the probe
}

TEST_CASE("after abandon nothing of the submitter is called, and late replies are ignored") {
    Bench bench;
    bench.script = {good(1s)};
    CallSpec spec = Bench::write(1);
    int checks = 0;
    spec.check = [&](const HttpReply&) {
        ++checks;
        return std::string();
    };
    CallSpec broken = Bench::write(2);
    broken.before_send = [] { throw std::runtime_error("no room on the disk"); };
    bench.caller().submit(std::move(spec));
    bench.caller().submit(std::move(broken));
    CHECK_THROWS(bench.caller().next(bench.in(1h)));
    bench.caller().abandon();
    CHECK(bench.caller().pending() == 0);
    CHECK(bench.call(Bench::read(3)).id == 3);
    CHECK(checks == 0);
}
