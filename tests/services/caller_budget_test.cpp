// Tokens: each attempt pays, all limits together, never more than in_flight at once, and no time lost beyond what the rule of
// windows costs.
#include <algorithm>

#include "services/bench.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// The most calls that any window of this length saw.
std::int64_t fullest_window(std::vector<BootTime> times, Duration length) {
    std::sort(times.begin(), times.end());
    std::int64_t most = 0;
    for (auto first = times.begin(), end = first; first != times.end(); ++first) {
        while (end != times.end() && *end - *first < length) ++end;
        most = std::max<std::int64_t>(most, end - first);
    }
    return most;
}

}  // namespace

TEST_CASE("each attempt takes a token, which returns a window after its reply") {
    Bench bench;
    bench.service.limits = {limit(10, 60s, "10/60s")};
    bench.script = {status(503), not_sent(), good()};
    CHECK(bench.call(Bench::read()).attempts == 3);
    CHECK(bench.tokens_out("10/60s") == 3);
    bench.clock.advance(60s - 1ms);
    CHECK(bench.tokens_out("10/60s") == 1);
    bench.clock.advance(1ms);
    CHECK(bench.tokens_out("10/60s") == 0);
}

TEST_CASE("a call that is under way holds its token until its time-out, should we die") {
    Bench bench;
    bench.service.limits = {limit(10, 60s, "10/60s")};
    Answer slow = good(10s);
    bench.script = {slow};
    bench.caller().submit(Bench::read());
    bench.wire.crash_at_reply = 1;
    CHECK_THROWS_AS(bench.caller().next(bench.in(1h)), SimulatedCrash);
    bench.made.reset();
    CHECK(bench.budget.state("crm account").at(0).next_return == bench.in(80s));  // 30 s time-out + 60 s, 10 s ago
}

TEST_CASE("never more than in_flight are under way, and a further one goes when one ends") {
    Bench bench;
    bench.service.in_flight = 3;
    std::size_t most = 0;
    bench.handler = [&](const HttpRequest&, BootTime) {
        most = std::max(most, bench.wire.under_way() + 1);
        return good(1s);
    };
    for (std::uint64_t id = 1; id <= 10; ++id) bench.caller().submit(Bench::read(id));
    CHECK_FALSE(bench.caller().has_room());
    const BootTime start = bench.clock.boot();
    CHECK(bench.drain().size() == 10);
    CHECK(most == 3);
    CHECK(bench.clock.boot() - start == 4s);
    CHECK(bench.caller().pending() == 0);
}

TEST_CASE("a limit that matches some calls only is taken by those only") {
    Bench bench;
    bench.service.in_flight = 8;
    bench.service.keep_back = 0.1;
    Limit pings = limit(2, 10s, "POST /ping 2/10s");
    pings.method = "POST";
    pings.path_prefix = "/ping";
    bench.service.limits = {limit(10, 10s, "10/10s"), pings};
    std::vector<BootTime> posts, all;
    bench.handler = [&](const HttpRequest& request, BootTime now) {
        all.push_back(now);
        if (request.method == "POST") posts.push_back(now);
        return good();
    };
    for (std::uint64_t id = 1; id <= 24; ++id) {
        CallSpec spec = id % 4 == 0 ? Bench::write(id) : Bench::read(id);
        if (id % 4 == 0) spec.path = "/ping";
        bench.caller().submit(std::move(spec));
    }
    CHECK(bench.drain().size() == 24);
    CHECK(fullest_window(posts, 10s) == 1);
    CHECK(fullest_window(all, 10s) <= 9);
}

TEST_CASE("what is urgent goes before what waits for a token, in its own order, also when it is tried again") {
    Bench bench;
    bench.service.in_flight = 4;
    bench.service.retry.waits = {2s};
    bench.service.limits = {limit(1, 10s, "1/10s")};
    bench.service.limits[0].method = "GET";
    std::vector<std::string> order;
    std::size_t writes = 0;
    bench.handler = [&](const HttpRequest& request, BootTime) {
        order.push_back(request.method + request.url.substr(request.url.rfind('/')));
        return request.method == "POST" && ++writes == 1 ? status(503) : good();
    };
    for (std::uint64_t id = 1; id <= 2; ++id) bench.caller().submit(Bench::read(id));
    for (std::uint64_t id = 3; id <= 4; ++id) {
        CallSpec spec;
        spec.id = id;
        spec.method = "POST";
        spec.path = "/" + std::to_string(id);
        spec.urgent = true;
        bench.caller().submit(std::move(spec));
    }
    CHECK(bench.drain().size() == 4);
    REQUIRE(order.size() == 5);
    const std::string read = order[2];
    CHECK(order == std::vector<std::string>{"POST/3", "POST/4", read, "POST/3", read});
}

TEST_CASE("a token that grew old while the intent was recorded is taken anew") {
    struct Case {
        Duration intent_took;
        Duration counted_from;  // after the take
    };
    const Case cases[] = {{1s, 0s}, {1001ms, 1001ms}, {45s, 45s}};
    for (const auto& c : cases) {
        CAPTURE(c.intent_took.count());
        Bench bench;
        bench.service.limits = {limit(2, 60s, "2/60s")};
        const BootTime start = bench.clock.boot();
        int intents = 0;
        CallSpec spec = Bench::write();
        spec.before_send = [&] {
            ++intents;
            bench.clock.advance(c.intent_took);
        };
        bench.caller().submit(std::move(spec));
        bench.wire.crash_at_start = 1;
        CHECK_THROWS_AS(bench.caller().next(bench.in(1h)), SimulatedCrash);
        CHECK(intents == 1);
        CHECK(bench.tokens_out("2/60s") == 1);
        CHECK(bench.budget.state("crm account").at(0).next_return == start + c.counted_from + 30s + 60s);
    }
}

TEST_CASE("when the fresh token has to be waited for, the intent isn't recorded twice") {
    Bench bench;
    bench.service.limits = {limit(1, 60s, "1/60s")};
    BudgetFile other(bench.folder / "state/budget.db", bench.clock);
    int intents = 0;
    CallSpec spec = Bench::write();
    spec.before_send = [&] {
        ++intents;
        bench.clock.advance(5s);
        bench.budget.pause("crm account", bench.in(20s));
    };
    const BootTime start = bench.clock.boot();
    CHECK(bench.call(spec).ending == CallEnding::ok);
    CHECK(intents == 1);
    REQUIRE(bench.wire.sent.size() == 1);
    CHECK(bench.wire.sent[0].time == start + 25s);
}

TEST_CASE("an urgent call is looked at once more when a fresh token had to be waited for") {
    Bench bench;
    bench.service.limits = {limit(1, 60s, "1/60s")};
    int looks = 0;
    CallSpec spec = Bench::write();
    spec.urgent = true;
    spec.before_send = [&] {
        if (++looks == 2) throw CallWithdrawn{};
        bench.clock.advance(5s);
        bench.budget.pause("crm account", bench.in(20s));
    };
    CHECK(bench.call(spec).ending == CallEnding::withdrawn);
    CHECK(looks == 2);
    CHECK(bench.wire.sent.empty());
    CHECK(bench.tokens_out("1/60s") == 0);
}

TEST_CASE("who runs on demand goes before the schedule, and one that gave up stands before nobody") {
    Bench bench;
    bench.service.limits = {limit(1, 10s, "1/10s")};
    bench.call(Bench::read());  // the only token, for 10 s
    bench.made.reset();
    bench.caller(CallClass::schedule).submit(Bench::read());
    CHECK(bench.caller().next(bench.in(1s))->ending == CallEnding::out_of_time);

    BudgetFile other(bench.folder / "state/budget.db", bench.clock);
    TakeRequest request;
    request.account = bench.service.account;
    request.buckets = buckets_for(bench.service, "GET", "/things");
    request.timeout = 1s;
    request.waiter = "another process";
    request.call_class = CallClass::schedule;
    request.waiting_since = bench.clock.boot();
    bench.clock.advance(9s);
    CHECK(other.take(request).granted);  // nobody before it

    // It waits; a run on demand that came later gets the next token.
    request.waiting_since = bench.clock.boot();
    CHECK_FALSE(other.take(request).granted);
    bench.made.reset();
    const BootTime asked = bench.clock.boot();
    const CallResult result = [&] {
        bench.caller(CallClass::on_demand).submit(Bench::read());
        return *bench.caller().next(bench.in(1h));
    }();
    CHECK(result.ending == CallEnding::ok);
    CHECK(bench.clock.boot() - asked <= 11s + 50ms);
}

TEST_CASE("a run through two limits meets no window overfull and loses at most 2 % on the best that can be") {
    struct World {
        int calls;
        int in_flight;
        Duration least, most;  // latency
    };
    const World worlds[] = {{1000, 4, 20ms, 200ms}, {1000, 16, 20ms, 200ms}, {400, 32, 100ms, 2s}, {91, 4, 50ms, 50ms}, {2000, 4, 5ms, 30ms}};
    constexpr int kSecond = 9, kMinute = 90;
    for (const auto& world : worlds) {
        CAPTURE(world.calls, world.in_flight);
        Bench bench;
        bench.service.in_flight = world.in_flight;
        bench.service.limits = {limit(10, 1s, "10/1s"), limit(100, 60s, "100/60s")};
        bench.service.keep_back = 0.1;
        Random random(11);
        std::vector<BootTime> arrivals;
        bench.handler = [&](const HttpRequest&, BootTime now) {
            const auto latency = world.least + Duration(static_cast<Duration::rep>(random.unit() * static_cast<double>((world.most - world.least).count())));
            // The service counts a call somewhere between its departure and its reply.
            arrivals.push_back(now + Duration(static_cast<Duration::rep>(random.unit() * static_cast<double>(latency.count()))));
            return good(latency);
        };
        for (int id = 1; id <= world.calls; ++id) bench.caller().submit(Bench::read(static_cast<std::uint64_t>(id)));
        const BootTime start = bench.clock.boot();
        CHECK(bench.drain(24h).size() == static_cast<std::size_t>(world.calls));
        CHECK(fullest_window(arrivals, 1s) <= kSecond);
        CHECK(fullest_window(arrivals, 60s) <= kMinute);
        // The best by the rule: full windows one after the other, each a reply longer; the last one as fast as the second
        // allows.
        const int windows = (world.calls - 1) / kMinute;
        const int rest = world.calls - windows * kMinute;
        const Duration best = windows * 60s + ((rest - 1) / kSecond) * 1s;
        const Duration replies = (windows + (rest - 1) / kSecond + 1) * world.most;
        const Duration took = bench.clock.boot() - start;
        CHECK(took >= best);
        CHECK(static_cast<double>(took.count()) <= 1.02 * static_cast<double>((best + replies).count()));
    }
}
