// A call whose intent isn't durable yet: it keeps its token and its place, and others go on meanwhile.
#include <SQLiteCpp/SQLiteCpp.h>

#include <set>

#include "core/error.h"
#include "services/bench.h"

using namespace bindery;
using namespace bindery::test;

namespace {

CallSpec held_until(Bench& bench, BootTime durable, std::uint64_t id = 1) {
    CallSpec spec = Bench::write(id, true);
    spec.path = "/held";
    spec.before_send = [] {};
    spec.may_leave = [&bench, durable] { return bench.clock.boot() >= durable; };
    return spec;
}

}  // namespace

TEST_CASE("a call leaves within a millisecond of its intent being durable, and the others don't wait for it") {
    Bench bench;
    bench.service.in_flight = 2;
    bench.script = {good(5ms)};
    const BootTime durable = bench.in(40ms);
    bench.caller().submit(held_until(bench, durable));
    CHECK(bench.caller().has_room());
    int told = 0;
    for (std::uint64_t id = 2; id <= 6; ++id) {
        CallSpec spec = Bench::write(id);
        spec.before_send = [&told] { ++told; };
        bench.caller().submit(std::move(spec));
    }
    CHECK_FALSE(bench.caller().has_room());
    CHECK(bench.drain().size() == 6);
    REQUIRE(bench.wire.sent.size() == 6);
    CHECK(told == 5);
    CHECK(bench.wire.sent.back().request.url.ends_with("/held"));
    CHECK(bench.wire.sent.back().time >= durable);
    CHECK(bench.wire.sent.back().time <= durable + 1ms);
    for (std::size_t i = 0; i < 5; ++i) CHECK(bench.wire.sent[i].time < durable);  // one after another: the held one has its place
    CHECK(bench.wire.sent[1].time == bench.wire.sent[0].time + 5ms);
}

TEST_CASE("while a call is held, the budget isn't asked again for what it said no to") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    const BootTime start = bench.clock.boot();
    bench.caller().submit(held_until(bench, start + 500ms));
    bench.caller().submit(Bench::write(2));
    SQLite::Database look((bench.folder / "state/budget.db").string());
    int told = 0, changes = 0, before = 0;  // of the budget, as somebody else sees them
    bench.caller().on_wait = [&](const char*, BootTime) {
        const int now = look.execAndGet("PRAGMA data_version").getInt();
        if (++told > 1 && now != before) ++changes;
        before = now;
    };
    CHECK(bench.drain().size() == 2);
    CHECK(told > 500);
    CHECK(changes < 5);
    REQUIRE(bench.wire.sent.size() == 2);
    CHECK(bench.wire.sent[1].time == bench.wire.sent[0].time + 50ms + 10s);
}

TEST_CASE("a token that a held call gives back goes to who waits for it at once") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    const BootTime start = bench.clock.boot();
    CallSpec spec = held_until(bench, bench.in(1h));
    spec.may_leave = [&bench, until = start + 40ms]() -> bool {
        if (bench.clock.boot() >= until) throw CallWithdrawn{};
        return false;
    };
    bench.caller().submit(std::move(spec));
    bench.caller().submit(Bench::write(2));
    CHECK(bench.drain().at(1).ending == CallEnding::withdrawn);
    REQUIRE(bench.wire.sent.size() == 1);
    CHECK(bench.wire.sent.front().time == start + 40ms);
}

TEST_CASE("a reply that was there before the budget said no is counted from when it came") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    bench.service.limits.front().method = "POST";
    const BootTime start = bench.clock.boot();
    CallSpec slow = Bench::read(1);
    slow.check = [&](const HttpReply&) {
        bench.clock.advance(5ms);
        return std::string();
    };
    bench.caller().submit(std::move(slow));
    bench.caller().submit(Bench::write(2));
    CHECK(bench.caller().next(bench.in(1h))->id == 1);
    bench.caller().submit(Bench::write(3));
    CHECK(bench.drain().size() == 2);
    REQUIRE(bench.wire.sent.size() == 3);
    CHECK(bench.wire.sent[2].time == start + 50ms + 10s);
}

TEST_CASE("a call of another limit doesn't stand behind what the budget said of this one") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    bench.service.limits.front().method = "POST";
    bench.service.limits.push_back(limit(5, 1s, "GET 5/1s"));
    bench.service.limits.back().method = "GET";
    const BootTime start = bench.clock.boot();
    bench.caller().submit(Bench::write(1));
    bench.caller().submit(Bench::write(2));
    CHECK(bench.caller().next(bench.in(1h))->id == 1);
    CallSpec read = Bench::read(3);
    read.urgent = true;
    bench.caller().submit(std::move(read));
    CHECK(bench.drain().size() == 2);
    REQUIRE(bench.wire.sent.size() == 3);
    CHECK(bench.wire.sent[1].request.method == "GET");
    CHECK(bench.wire.sent[1].time == start + 50ms);
    CHECK(bench.wire.sent[2].time == start + 50ms + 10s);
}

TEST_CASE("while nothing is under way the submitter has time for other work, until the next call is due") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    std::vector<std::pair<BootTime, BootTime>> idle;
    bench.caller().while_idle = [&](BootTime until) { idle.emplace_back(bench.clock.boot(), until); };
    const BootTime start = bench.clock.boot();
    for (std::uint64_t id = 1; id <= 2; ++id) bench.caller().submit(Bench::write(id));
    CHECK(bench.drain().size() == 2);
    REQUIRE(idle.size() == 2);
    CHECK(idle.front() == std::make_pair(start + 50ms, start + 10s));
    CHECK(idle.back() == std::make_pair(start + 10s, start + 50ms + 10s));
}

TEST_CASE("a call that may leave at once isn't held") {
    Bench bench;
    const BootTime start = bench.clock.boot();
    CHECK(bench.call(held_until(bench, start)).ending == CallEnding::ok);
    CHECK(bench.wire.sent.front().time == start);
}

TEST_CASE("a held call that a time limit or a stop overtakes hasn't left, and gives its token back") {
    for (const bool stop : {false, true}) {
        Bench bench;
        if (stop) bench.wire.stop_at(bench.in(20ms));
        const CallResult result = bench.call(held_until(bench, bench.in(1min)), stop ? 1h : Duration(20ms));
        INFO(stop);
        CHECK(result.ending == CallEnding::out_of_time);
        CHECK(result.attempts == 0);
        CHECK(bench.wire.sent.empty());
        CHECK(bench.tokens_out() == 0);
    }
}

TEST_CASE("a held call whose token has grown old takes a new one before it leaves") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    const BootTime start = bench.clock.boot();
    CHECK(bench.call(held_until(bench, start + 3s)).ending == CallEnding::ok);
    CHECK(bench.wire.sent.front().time >= start + 3s);
    CHECK(bench.tokens_out("1/10s") == 1);
}

TEST_CASE("an intent that can't be made durable stops the run, and the call hasn't left") {
    Bench bench;
    const bool at_once = GENERATE(false, true);
    CallSpec spec = held_until(bench, bench.in(1h));
    spec.may_leave = [&bench, at_once, start = bench.clock.boot()]() -> bool {
        if (at_once || bench.clock.boot() > start) throw std::runtime_error("the disk failed");
        return false;
    };
    bench.caller().submit(std::move(spec));
    CHECK_THROWS_AS(bench.caller().next(bench.in(1h)), std::runtime_error);
    const auto rest = bench.caller().next(bench.clock.boot());
    REQUIRE(rest);
    CHECK(rest->ending == CallEnding::out_of_time);
    CHECK(bench.wire.sent.empty());
    CHECK(bench.tokens_out() == 0);
}

TEST_CASE("a held call waits with the others for a service that fails, and one alone finds out whether it's back") {
    Bench bench;
    bench.service.in_flight = 3;
    bench.service.breaker_failures = 2;
    bench.service.breaker_cool_down = 30s;
    bench.script = {lost(), lost(), good(5ms)};
    const BootTime start = bench.clock.boot();
    CallSpec held = held_until(bench, start + 1s);
    held.urgent = true;
    bench.caller().submit(std::move(held));
    for (std::uint64_t id = 2; id <= 3; ++id) {
        CallSpec spec = Bench::write(id);
        spec.repeatable = false;
        bench.caller().submit(std::move(spec));
    }
    const auto results = bench.drain();
    CHECK(results.size() == 3);
    REQUIRE(bench.wire.sent.size() == 3);
    CHECK(bench.wire.sent.back().request.url.ends_with("/held"));
    CHECK(bench.wire.sent.back().time >= start + 30s);
    CHECK_FALSE(bench.caller().down());
}

TEST_CASE("a call that is withdrawn while it's held gives its token back and has not left") {
    Bench bench;
    CallSpec spec = held_until(bench, bench.in(1h));
    spec.may_leave = [&bench, until = bench.in(40ms)]() -> bool {
        if (bench.clock.boot() >= until) throw CallWithdrawn{};
        return false;
    };
    const CallResult result = bench.call(std::move(spec));
    CHECK(result.ending == CallEnding::withdrawn);
    CHECK(bench.wire.sent.empty());
    CHECK(bench.tokens_out() == 0);
}

TEST_CASE("a call whose intent can't be told, or that can't leave, is known until the end, and ends once") {
    Bench bench;
    bench.service.in_flight = 2;
    int fails = 0;
    CallSpec first = Bench::write(1);
    SECTION("its intent fails") {
        first.before_send = [&fails] {
            if (++fails == 1) throw Error(ErrorCode::store, "the store is busy");
        };
    }
    SECTION("whether it may leave can't be said") {
        first.before_send = [] {};
        first.may_leave = [&fails]() -> bool {
            if (++fails == 1) throw Error(ErrorCode::store, "the store is busy");
            return true;
        };
    }
    bench.caller().submit(std::move(first));
    bench.caller().submit(Bench::write(2));
    CHECK_THROWS_AS(bench.caller().next(bench.in(10s)), Error);
    std::multiset<std::uint64_t> ended;
    while (const auto result = bench.caller().next(bench.clock.boot())) ended.insert(result->id);
    CHECK(ended == std::multiset<std::uint64_t>{1, 2});
}
