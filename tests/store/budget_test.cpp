#include "store/budget.h"

#include <catch2/catch.hpp>

#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace std::chrono_literals;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

const Bucket kThreeASecond{"3/1s", 3, 1s};
const Bucket kFourAMinute{"4/60s", 4, 60s};

TakeRequest ask(std::string waiter = "w", CallClass call_class = CallClass::on_demand, BootTime since = BootTime{0}) {
    TakeRequest request;
    request.account = "bindpilot";
    request.buckets = {kThreeASecond};
    request.timeout = 30s;
    request.call_class = call_class;
    request.waiting_since = since;
    request.waiter = std::move(waiter);
    return request;
}

// Takes `count` tokens, each of which must be granted, and ends their calls at once.
void spend(BudgetFile& budget, const SimClock& clock, int count, const TakeRequest& request = ask("spender")) {
    for (int n = 0; n < count; ++n) {
        const Grant grant = budget.take(request);
        REQUIRE(grant.granted);
        budget.release(grant.token, clock.boot());
    }
}

int tokens_out(BudgetFile& budget, const std::string& name = "3/1s") {
    for (const BucketState& state : budget.state("bindpilot")) {
        if (state.name == name) return state.tokens_out;
    }
    return -1;
}

}  // namespace

TEST_CASE("a bucket gives its tokens, then says when the next one returns") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "state/budget.db", clock);
    std::vector<Grant> grants;
    for (int n = 0; n < 3; ++n) {
        grants.push_back(budget.take(ask()));
        REQUIRE(grants.back().granted);
        CHECK(grants.back().taken == clock.boot());
    }
    const Grant refused = budget.take(ask());
    CHECK_FALSE(refused.granted);
    CHECK_FALSE(refused.paused);
    CHECK(refused.short_of == "3/1s");
    // All are in flight: the soonest that one can return is a second after a reply that comes right now.
    CHECK(refused.ask_again == clock.boot() + 1s);

    clock.advance(200ms);
    budget.release(grants[1].token, clock.boot());
    const BootTime back = clock.boot() + 1s;
    CHECK(budget.take(ask()).ask_again == back);
    clock.advance_to(back - 1ns);
    CHECK_FALSE(budget.take(ask()).granted);
    clock.advance_to(back);
    CHECK(budget.take(ask()).granted);
    CHECK_FALSE(budget.take(ask()).granted);
}

TEST_CASE("a token whose call was never ended returns after its time-out and the limit's length") {
    const TempFolder folder;
    SimClock clock;
    {
        BudgetFile killed(folder / "b.db", clock);
        for (int n = 0; n < 3; ++n) REQUIRE(killed.take(ask()).granted);
    }
    const BootTime back = clock.boot() + 30s + 1s;
    BudgetFile budget(folder / "b.db", clock);
    clock.advance_to(back - 1ns);
    const Grant refused = budget.take(ask());
    CHECK_FALSE(refused.granted);
    CHECK(refused.ask_again == back - 1ns + 100us);
    clock.advance_to(back);
    CHECK(budget.take(ask()).granted);
}

TEST_CASE("a token that was never used can be given back and is free at once") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    spend(budget, clock, 2);
    const Grant grant = budget.take(ask());
    CHECK_FALSE(budget.take(ask()).granted);
    budget.give_back(grant.token);
    CHECK(budget.take(ask()).granted);
}

TEST_CASE("a token is taken in all buckets or in none") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    TakeRequest both = ask();
    both.buckets = {kThreeASecond, kFourAMinute};
    spend(budget, clock, 3, both);
    clock.advance(1s);
    spend(budget, clock, 1, both);
    const BootTime first = clock.boot() + 59s;  // the minute's tokens of the first second
    const Grant refused = budget.take(both);
    CHECK_FALSE(refused.granted);
    CHECK(refused.short_of == "4/60s");
    CHECK(refused.ask_again == first);
    CHECK(tokens_out(budget) == 1);
    CHECK(tokens_out(budget, "4/60s") == 4);
    spend(budget, clock, 2);  // a call under the narrow limit alone isn't held up
    budget.forget_waiter("bindpilot", "w");
    clock.advance_to(first);
    spend(budget, clock, 3, both);
}

TEST_CASE("accounts don't share tokens, processes on one account do") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile one(folder / "b.db", clock);
    BudgetFile two(folder / "b.db", clock);
    spend(one, clock, 2);
    spend(two, clock, 1);
    CHECK_FALSE(one.take(ask()).granted);
    TakeRequest other = ask();
    other.account = "bi369";
    CHECK(two.take(other).granted);
    CHECK(one.state("bi369").size() == 1);
}

TEST_CASE("a release by another object of the same file counts too") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile one(folder / "b.db", clock);
    BudgetFile two(folder / "b.db", clock);
    spend(one, clock, 2);
    const Grant grant = one.take(ask());
    two.release(grant.token, clock.boot());
    clock.advance(1s);
    CHECK(tokens_out(two) == 0);
}

TEST_CASE("a reply that comes after its token was written off takes it out once more") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    const Grant slept = budget.take(ask());
    clock.advance(1h);  // the machine slept with a call under way
    spend(budget, clock, 1);
    budget.release(slept.token, clock.boot());
    CHECK(tokens_out(budget) == 2);
}

TEST_CASE("a pause stops everyone on the account, is never shortened, and ends") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    const BootTime until = clock.boot() + 20s;
    budget.pause("bindpilot", until);
    budget.pause("bindpilot", clock.boot() + 5s);
    const Grant refused = budget.take(ask());
    CHECK(refused.paused);
    CHECK(refused.ask_again == until);
    TakeRequest other = ask();
    other.account = "bi369";
    CHECK(budget.take(other).granted);
    clock.advance_to(until - 1ns);
    CHECK(budget.take(ask()).paused);
    CHECK(budget.state("bindpilot").at(0).paused_until == until);
    clock.advance_to(until);
    CHECK(budget.state("bindpilot").at(0).paused_until == BootTime{0});
    spend(budget, clock, 1, ask());
}

TEST_CASE("a better class goes first: one token is kept for it, a second one is free for others") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    spend(budget, clock, 3);
    const BootTime since = clock.boot();
    CHECK_FALSE(budget.take(ask("person", CallClass::on_demand, since)).granted);
    const Grant nightly = budget.take(ask("nightly", CallClass::schedule, since));
    CHECK_FALSE(nightly.granted);
    clock.advance(1s);
    const Grant first = budget.take(ask("nightly", CallClass::schedule, since));
    REQUIRE(first.granted);  // three came back at once: more than one
    const Grant second = budget.take(ask("nightly", CallClass::schedule, since));
    REQUIRE(second.granted);
    const Grant third = budget.take(ask("nightly", CallClass::schedule, since));
    CHECK_FALSE(third.granted);  // the last one is the person's
    CHECK(third.ask_again <= clock.boot() + 200ms);
    CHECK(budget.take(ask("person", CallClass::on_demand, since)).granted);
}

TEST_CASE("within a class who waits longer goes first") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    spend(budget, clock, 2);
    clock.advance(500ms);
    spend(budget, clock, 1);
    const BootTime early = clock.boot();
    CHECK(budget.take(ask("early", CallClass::schedule, early)).ask_again == early + 500ms);
    clock.advance(100ms);
    const BootTime late = clock.boot();
    // The second token to return is for the second in the queue; both return together here.
    CHECK(budget.take(ask("late", CallClass::schedule, late)).ask_again == early + 500ms);
    const BootTime later = clock.boot() + 1ms;
    CHECK(budget.take(ask("later", CallClass::schedule, later)).ask_again < early + 1s);
    clock.advance_to(early + 500ms);
    CHECK_FALSE(budget.take(ask("later", CallClass::schedule, later)).granted);
    CHECK(budget.take(ask("late", CallClass::schedule, late)).granted);
    CHECK_FALSE(budget.take(ask("later", CallClass::schedule, later)).granted);
    CHECK(budget.take(ask("early", CallClass::schedule, early)).granted);
}

TEST_CASE("one that has waited for a minute rises a class, after two minutes two") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    TakeRequest minute = ask("nightly", CallClass::schedule, clock.boot());
    minute.buckets = {{"1/60s", 1, 60s}};
    TakeRequest person = minute;
    person.waiter = "person";
    person.call_class = CallClass::on_demand;
    const auto goes_first_after = [&](Duration waited) {
        minute.waiting_since = clock.boot();
        clock.advance(waited);
        person.waiting_since = clock.boot();
        spend(budget, clock, 1, minute);
        CHECK_FALSE(budget.take(minute).granted);
        CHECK_FALSE(budget.take(person).granted);
        clock.advance(60s);
        const bool first = budget.take(minute).granted;
        budget.forget_waiter("bindpilot", "nightly");
        budget.forget_waiter("bindpilot", "person");
        clock.advance(200s);
        return first;
    };
    CHECK_FALSE(goes_first_after(1s));  // 61 s: as a webhook now, a person still goes first
    CHECK(goes_first_after(61s));       // 121 s: as a person now, and for longer
}

TEST_CASE("a waiter that was killed soon stands in nobody's way") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    TakeRequest only = ask("killed");
    only.buckets = {{"1/1s", 1, 1s}};
    spend(budget, clock, 1, only);
    only.waiting_since = clock.boot();
    CHECK_FALSE(budget.take(only).granted);
    only.waiter = "next";
    only.call_class = CallClass::schedule;
    const BootTime free_from = clock.boot() + 1s;
    Grant grant = budget.take(only);
    int asks = 1;
    for (; !grant.granted; ++asks) {
        CHECK(grant.ask_again >= clock.boot() + 100us);
        clock.advance_to(grant.ask_again);
        grant = budget.take(only);
    }
    CHECK(clock.boot() - free_from <= 700ms);
    CHECK(asks < 12);
}

TEST_CASE("one that waits for a scarce limit doesn't hold up those who don't need it") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    TakeRequest ping = ask("spender");
    ping.buckets = {kThreeASecond, {"POST /leads/ping 1/60s", 1, 60s}};
    spend(budget, clock, 1, ping);
    for (const char* name : {"p1", "p2", "p3"}) {
        ping.waiter = name;
        CHECK_FALSE(budget.take(ping).granted);
    }
    spend(budget, clock, 2, ask("nightly", CallClass::schedule));
}

TEST_CASE("who asks when it was told, gets its token with few questions") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    TakeRequest many = ask();
    many.buckets = {{"90/60s", 90, 60s}};
    for (int n = 0; n < 90; ++n) {
        const Grant grant = budget.take(many);
        REQUIRE(grant.granted);
        clock.advance(50ms);
        budget.release(grant.token, clock.boot());
    }
    many.waiting_since = clock.boot();
    int asks = 0;
    while (!budget.take(many).granted) {
        clock.advance_to(budget.take(many).ask_again);
        ++asks;
    }
    CHECK(asks == 1);
}

TEST_CASE("a limit that the settings add starts with the calls that are known") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    spend(budget, clock, 3);
    clock.advance(500ms);
    TakeRequest changed = ask();
    changed.buckets = {{"5/1s", 5, 1s}};
    spend(budget, clock, 2, changed);
    CHECK_FALSE(budget.take(changed).granted);
}

TEST_CASE("who pushed last is remembered for each account and effect") {
    const TempFolder folder;
    SimClock clock;
    {
        BudgetFile budget(folder / "b.db", clock);
        CHECK_FALSE(budget.last_pusher("bi369", "renewal_task"));
        budget.set_pusher("bi369", "renewal_task", {"store-a", 6});
        budget.set_pusher("bi369", "renewal_task", {"store-a", 7});
    }
    BudgetFile budget(folder / "b.db", clock);
    REQUIRE(budget.last_pusher("bi369", "renewal_task"));
    CHECK(budget.last_pusher("bi369", "renewal_task")->store_id == "store-a");
    CHECK(budget.last_pusher("bi369", "renewal_task")->run == 7);
    CHECK_FALSE(budget.last_pusher("bi369", "other"));
}

TEST_CASE("the file stays small however many tokens were taken") {
    const TempFolder folder;
    SimClock clock;
    BudgetFile budget(folder / "b.db", clock);
    for (int n = 0; n < 1200; ++n) {
        spend(budget, clock, 1);
        clock.advance(350ms);
    }
    CHECK(fs::file_size(folder / "b.db") <= 64 * 1024);
}
