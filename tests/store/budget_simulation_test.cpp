// The promise of the budget, seen by the service: a discrete-event simulation of several callers on one file, with
// random latencies, classes and deaths. Arrivals are what counts: send time plus a share of the latency.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <queue>
#include <vector>

#include "core/random.h"
#include "store/budget.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace std::chrono_literals;
using bindery::test::SimClock;
using bindery::test::TempFolder;

namespace {

struct World {
    std::vector<Bucket> buckets;
    int callers = 6;
    int calls = 300;
    Duration latency = 200ms;  // at most
    Duration timeout = 5s;
    double death = 0;  // chance to die at each step
};

struct Outcome {
    std::vector<BootTime> arrivals;
    Duration longest_call{0};  // from the take to the end
    Duration span{0};          // from the start to the last arrival
    int asks = 0, deaths = 0, unfinished = 0;
};

class Simulation {
  public:
    Simulation(const World& world, std::uint64_t seed) : world_(world), random_(seed), left_(world.calls) {
        for (int n = 0; n < world_.callers; ++n) {
            callers_.push_back({});
            start_process(n);
            at(within(50ms), n, Kind::ask);
        }
    }

    Outcome run() {
        const BootTime began = clock_.boot();
        while (!events_.empty()) {
            const Event event = events_.top();
            events_.pop();
            clock_.advance_to(event.time);
            Caller& caller = callers_[static_cast<std::size_t>(event.caller)];
            if (event.life == caller.life) step(event, caller);
        }
        std::sort(outcome_.arrivals.begin(), outcome_.arrivals.end());
        outcome_.unfinished = left_;
        if (!outcome_.arrivals.empty()) outcome_.span = outcome_.arrivals.back() - began;
        return outcome_;
    }

  private:
    enum class Kind { ask, send, reply };
    struct Event {
        BootTime time;
        std::uint64_t order;
        int caller;
        int life;
        Kind kind;
        bool operator>(const Event& other) const { return std::tie(time, order) > std::tie(other.time, other.order); }
    };
    struct Caller {
        std::unique_ptr<BudgetFile> budget;
        std::string name;
        CallClass call_class = CallClass::schedule;
        BootTime since{0};
        Grant grant;
        int life = 0;
    };

    Duration within(Duration most) {
        return Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()) + 1)));
    }
    void at(Duration from_now, int caller, Kind kind) {
        events_.push(
            {clock_.boot() + from_now, ++order_, caller, callers_[static_cast<std::size_t>(caller)].life, kind});
    }
    void start_process(int n) {
        Caller& caller = callers_[static_cast<std::size_t>(n)];
        ++caller.life;
        caller.budget = std::make_unique<BudgetFile>(folder_ / "budget.db", clock_);
        caller.name = "process " + std::to_string(n) + "." + std::to_string(caller.life);
        caller.call_class = static_cast<CallClass>(random_.below(3));
        caller.since = BootTime{0};
    }
    bool dies(int n) {
        if (random_.unit() >= world_.death) return false;
        ++outcome_.deaths;
        start_process(n);
        at(within(3s), n, Kind::ask);
        return true;
    }

    void step(const Event& event, Caller& caller) {
        switch (event.kind) {
            case Kind::ask:
                return ask(event.caller, caller);
            case Kind::send:
                return send(event.caller, caller);
            case Kind::reply:
                outcome_.longest_call = std::max(outcome_.longest_call, clock_.boot() - caller.grant.taken);
                caller.budget->release(caller.grant.token, clock_.boot());
                return at(within(2ms), event.caller, Kind::ask);
        }
    }
    void ask(int n, Caller& caller) {
        if (left_ == 0) return caller.budget->forget_waiter("account", caller.name);
        if (caller.since == BootTime{0}) caller.since = clock_.boot();
        TakeRequest request;
        request.account = "account";
        request.buckets = world_.buckets;
        request.timeout = world_.timeout;
        request.call_class = caller.call_class;
        request.waiting_since = caller.since;
        request.waiter = caller.name;
        ++outcome_.asks;
        caller.grant = caller.budget->take(request);
        if (dies(n)) return;  // with a token in its hand, or waiting for one
        if (!caller.grant.granted) return at(caller.grant.ask_again - clock_.boot(), n, Kind::ask);
        --left_;
        caller.since = BootTime{0};
        at(within(10ms), n, Kind::send);
    }
    void send(int n, Caller& caller) {
        const Duration latency = within(world_.latency);
        outcome_.arrivals.push_back(clock_.boot() + within(latency));
        if (dies(n)) return;  // sent; nobody will see the reply
        at(latency, n, Kind::reply);
        (void)caller;
    }

    TempFolder folder_;
    SimClock clock_;
    World world_;
    Random random_;
    int left_;
    std::vector<Caller> callers_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t order_ = 0;
    Outcome outcome_;
};

// The most arrivals in any window [t, t + per).
int fullest_window(const std::vector<BootTime>& arrivals, Duration per) {
    std::size_t first = 0, most = 0;
    for (std::size_t last = 0; last < arrivals.size(); ++last) {
        while (arrivals[last] - arrivals[first] >= per) ++first;
        most = std::max(most, last - first + 1);
    }
    return static_cast<int>(most);
}

// When the last of `calls` can be made at the earliest, if each window were longer by `more`.
Duration optimum(const World& world, Duration more) {
    std::vector<Duration> sent;
    for (int n = 0; n < world.calls; ++n) {
        Duration at{0};
        for (const Bucket& bucket : world.buckets) {
            if (n >= bucket.usable)
                at = std::max(at, sent[static_cast<std::size_t>(n - bucket.usable)] + bucket.per + more);
        }
        sent.push_back(at);
    }
    return sent.back();
}

void check_windows(const World& world, const Outcome& outcome) {
    for (const Bucket& bucket : world.buckets) {
        INFO(bucket.name);
        CHECK(fullest_window(outcome.arrivals, bucket.per) <= bucket.usable);
    }
}

const std::vector<Bucket> kBindPilot{{"9/1s", 9, 1s}, {"90/60s", 90, 60s}};

}  // namespace

TEST_CASE("no window at the service ever holds more than its tokens, whoever dies and when") {
    World world;
    world.buckets = kBindPilot;
    world.death = 0.03;
    world.calls = 260;
    const auto seed = GENERATE(range(1, 9));
    Random choices(static_cast<std::uint64_t>(seed));
    world.callers = 2 + static_cast<int>(choices.below(9));
    world.latency = std::chrono::milliseconds(1 + choices.below(2000));
    if (seed % 2 == 0) world.buckets = {{"4/300ms", 4, 300ms}, {"25/5s", 25, 5s}, {"60/20s", 60, 20s}};
    const Outcome outcome = Simulation(world, static_cast<std::uint64_t>(seed)).run();
    INFO("seed " << seed << ", callers " << world.callers << ", deaths " << outcome.deaths);
    check_windows(world, outcome);
    CHECK(outcome.unfinished == 0);
    CHECK(outcome.deaths > 0);
}

TEST_CASE("the whole takes at most 2 % longer than the window rule allows with one reply time a window") {
    World world;
    world.buckets = kBindPilot;
    world.calls = 400;
    const auto seed = GENERATE(range(100, 106));
    Random choices(static_cast<std::uint64_t>(seed));
    world.callers = 10 + static_cast<int>(choices.below(15));
    world.latency = std::chrono::milliseconds(20 + choices.below(500));
    if (seed % 2 == 0) world.buckets = {{"9/1s", 9, 1s}};
    const Outcome outcome = Simulation(world, static_cast<std::uint64_t>(seed)).run();
    check_windows(world, outcome);
    const Duration allowed = optimum(world, outcome.longest_call) + outcome.longest_call;
    const double ratio = static_cast<double>(outcome.span.count()) / static_cast<double>(allowed.count());
    const double asks = static_cast<double>(outcome.asks) / world.calls;
    INFO("seed " << seed << ", callers " << world.callers << ": " << ratio << " of the allowed span, " << asks
                 << " asks a call");
    CHECK(ratio <= 1.02);
    CHECK(asks < world.callers);
    CHECK(outcome.unfinished == 0);
}

TEST_CASE("a nightly run gets through although people ask all the time") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile people(folder / "b.db", clock);
    BudgetFile nightly(folder / "b.db", clock);
    TakeRequest request;
    request.account = "account";
    request.buckets = {{"1/2s", 1, 2s}};
    request.timeout = 5s;
    TakeRequest person = request;
    request.call_class = CallClass::schedule;
    request.waiter = "nightly";
    request.waiting_since = clock.boot();
    person.waiter = "person";
    person.waiting_since = clock.boot();
    const BootTime began = clock.boot();
    BootTime person_asks = began, nightly_asks = began;
    for (;;) {
        clock.advance_to(std::min(person_asks, nightly_asks));
        if (person_asks <= nightly_asks) {
            const Grant grant = people.take(person);
            if (grant.granted) {
                people.release(grant.token, clock.boot());
                person.waiting_since = clock.boot();
            }
            person_asks = grant.granted ? clock.boot() + 1ms : grant.ask_again;
        } else {
            const Grant grant = nightly.take(request);
            if (grant.granted) break;
            nightly_asks = grant.ask_again;
        }
        REQUIRE(clock.boot() - began < 10min);
    }
    CHECK(clock.boot() - began > 100s);
    CHECK(clock.boot() - began < 130s);
}
