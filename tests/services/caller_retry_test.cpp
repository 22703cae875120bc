// Waits and attempts: the table of waits, 429 and Retry-After, and what the submitter is told before and between attempts.
#include "services/bench.h"

using namespace bindery;
using namespace bindery::test;
using Headers = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("failures of a repeatable call are tried again after the waits of the service file") {
    Bench bench;
    bench.script = {status(503), lost(), not_sent(), status(500), good()};
    const CallResult result = bench.call(Bench::read());
    CHECK(result.ending == CallEnding::ok);
    CHECK(result.attempts == 5);
    CHECK(bench.gaps() == std::vector<Duration>{1050ms, 2050ms, 4050ms, 8050ms});
    CHECK(result.requested == bench.clock.wall() - 50ms);
    CHECK(bench.caller().stats().waited == 15s);
    CHECK(bench.caller().stats().by_status == std::map<int, std::int64_t>{{200, 1}, {500, 1}, {503, 1}});
}

TEST_CASE("waits are never shorter than the service asks, with jitter or without") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Bench bench;
        bench.service.retry.jitter_up = true;
        bench.made = std::make_unique<Caller>(make_account(bench.service, "", ""), bench.wire, bench.budget, bench.clock, Random(seed),
                                              CallClass::on_demand, "w");
        const bool busy = seed % 2 == 0;
        bench.script = {status(busy ? 429 : 502), status(busy ? 429 : 502), good()};
        bench.call(Bench::read());
        const auto gaps = bench.gaps();
        CHECK(gaps.at(0) >= 1050ms);
        CHECK(gaps.at(0) <= 1300ms);
        CHECK(gaps.at(1) >= 2050ms);
        CHECK(gaps.at(1) <= 2550ms);
    }
}

TEST_CASE("an operation's own table of waits goes before the service's") {
    Bench bench;
    bench.script = {status(500)};
    CallSpec spec = Bench::read();
    spec.retry = RetryPolicy{{500}, {3s}, false};
    CHECK(bench.call(spec).attempts == 2);
    CHECK(bench.gaps() == std::vector<Duration>{3050ms});
}

TEST_CASE("a service that is failing may say itself when to come again") {
    Bench bench;
    bench.script = {status(503, "", {{"retry-after", "20"}}), good()};
    CHECK(bench.call(Bench::read()).ending == CallEnding::ok);
    CHECK(bench.gaps() == std::vector<Duration>{20050ms});
}

TEST_CASE("429 pauses its bucket as long as the service says, and never shorter than its table") {
    struct Case {
        const char* about;
        Headers headers;
        Duration pause;
    };
    const Case cases[] = {
        {"no word", {}, 1s},
        {"seconds", {{"retry-after", "30"}}, 30s},
        {"shorter than the table", {{"retry-after", "0"}}, 1s},
        {"a date", {{"retry-after", "Mon, 23 Nov 2026 06:02:00 GMT"}}, 119950ms},
        {"a date that is past", {{"retry-after", "Mon, 23 Nov 2026 05:02:00 GMT"}}, 1s},
        {"hours", {{"retry-after", "7200"}}, 7200s},
        {"nonsense", {{"retry-after", "soon"}}, 1s},
    };
    for (const auto& c : cases) {
        CAPTURE(c.about);
        for (const bool repeatable : {true, false}) {
            Bench bench;
            bench.script = {status(429, "", c.headers), good()};
            const CallResult result = bench.call(Bench::write(1, repeatable), 3h);
            CHECK(result.ending == CallEnding::ok);
            CHECK(bench.gaps() == std::vector<Duration>{50ms + c.pause});
        }
    }
}

TEST_CASE("a 429 holds back every other process and call of its bucket") {
    Bench bench;
    bench.service.in_flight = 2;
    bench.script = {status(429, "", {{"retry-after", "60"}}), good()};
    bench.caller().submit(Bench::read(1));
    REQUIRE_FALSE(bench.caller().next(bench.in(50ms))->ending == CallEnding::ok);  // told 429, then out of time
    BudgetFile other(bench.folder / "state/budget.db", bench.clock);
    TakeRequest request;
    request.account = bench.service.account;
    request.buckets = buckets_for(bench.service, "GET", "/others");
    request.timeout = 30s;
    const Grant grant = other.take(request);
    CHECK_FALSE(grant.granted);
    CHECK(grant.paused);
    CHECK(grant.ask_again == bench.in(60s));
}

TEST_CASE("where endpoints have limits of their own, a 429 at one holds back its own calls alone, and no longer than its table and spans") {
    Bench bench;
    bench.service.in_flight = 3;
    bench.service.retry.waits = {1s, 3s};
    bench.service.limits = {limit(100, 1s, "posts"), limit(100, 1s, "reads")};
    bench.service.limits[0].method = "POST";
    bench.service.limits[1].method = "GET";
    int refused = 0;
    bench.handler = [&](const HttpRequest& request, BootTime) { return request.method == "POST" && ++refused <= 5 ? status(429) : good(); };
    bench.caller().submit(Bench::write(1));
    bench.caller().submit(Bench::write(2));
    std::uint64_t reads = 2;
    std::map<std::uint64_t, CallResult> results;
    const auto read_on = [&] {
        if (reads < 8) bench.caller().submit(Bench::read(++reads));
    };
    read_on();
    const BootTime start = bench.clock.boot();
    while (auto result = bench.caller().next(start + 1h)) {
        if (result->id > 2) {
            CHECK(bench.clock.boot() - start < 1s);  // they went on meanwhile
            read_on();
        }
        results.emplace(result->id, std::move(*result));
    }
    CHECK(results.size() == 8);
    for (const auto& [id, result] : results) CHECK(result.ending == CallEnding::ok);
    CHECK(bench.clock.boot() - start < 8s);  // 1, 3 and 3 s
}

TEST_CASE("429 is never given up before the run's time limit, and is never in doubt") {
    Bench bench;
    bench.service.limits = {limit(100, 60s, "100/60s")};
    bench.script = {status(429)};
    const CallResult result = bench.call(Bench::write(), 10min);
    CHECK(result.ending == CallEnding::out_of_time);
    CHECK(result.status == 429);
    CHECK(bench.clock.boot() == bench.in(0s));
    const auto gaps = bench.gaps();
    const std::vector<Duration> first(gaps.begin(), gaps.begin() + 6);
    CHECK(first == std::vector<Duration>{1050ms, 2050ms, 4050ms, 8050ms, 16050ms, 32050ms});
    for (std::size_t i = 6; i < gaps.size(); ++i) CHECK(gaps[i] == 60050ms);
}

TEST_CASE("429 doesn't use up the tries that failures have") {
    Bench bench;
    bench.script = {status(429), status(500), status(429), status(500), status(429), status(500), status(500), good()};
    const CallResult result = bench.call(Bench::read());
    CHECK(result.ending == CallEnding::ok);
    CHECK(result.attempts == 8);
}

TEST_CASE("a call that may have arrived once stays in doubt, whatever came after") {
    const std::pair<const char*, Answer> later[] = {
        {"429 until the time limit", status(429)}, {"no connection", not_sent()}, {"lost again", lost()}};
    for (const auto& [about, answer] : later) {
        CAPTURE(about);
        Bench bench;
        bench.script = {lost(), answer};
        CHECK(bench.call(Bench::write(1, true), 5min).ending == CallEnding::in_doubt);
    }
}

TEST_CASE("each attempt is: token, intent, wire, and between attempts the submitter hears what came") {
    Bench bench;
    std::string log;
    int answered = 0;
    const Answer answers[] = {not_sent(), status(429), status(503), good()};
    bench.handler = [&](const HttpRequest&, BootTime) {
        log += "wire;";
        return answers[answered++];
    };
    CallSpec spec = Bench::write(1, true);
    spec.before_send = [&] { log += "token " + std::to_string(bench.tokens_out() > 0) + ",intent,"; };
    spec.before_retry = [&](const HttpReply& reply, bool may_have_arrived) {
        log += "again " + std::to_string(reply.status) + (may_have_arrived ? " perhaps arrived;" : ";");
    };
    CHECK(bench.call(spec).ending == CallEnding::ok);
    CHECK(log ==
          "token 1,intent,wire;again 0;token 1,intent,wire;again 429;token 1,intent,wire;again 503 perhaps arrived;"
          "token 1,intent,wire;");
}

TEST_CASE("no intent is recorded before there is a token") {
    Bench bench;
    bench.service.limits = {limit(1, 60s, "1/60s")};
    int intents = 0;
    for (std::uint64_t id = 1; id <= 2; ++id) {
        CallSpec spec = Bench::write(id);
        spec.before_send = [&] { ++intents; };
        bench.caller().submit(std::move(spec));
    }
    CHECK(bench.caller().next(bench.in(10s))->ending == CallEnding::ok);
    CHECK(bench.caller().next(bench.in(10s))->ending == CallEnding::out_of_time);
    CHECK(intents == 1);
    CHECK(bench.wire.sent.size() == 1);
}
