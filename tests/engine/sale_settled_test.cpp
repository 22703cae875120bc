// Posts whose outcome isn't known, and what a person or the ledger says of them meanwhile.
#include <SQLiteCpp/Database.h>

#include <catch2/catch.hpp>

#include "core/error.h"
#include "engine/call_job.h"
#include "engine/revoke.h"
#include "store/ledger.h"

using namespace bindery;
using namespace bindery::test;

namespace {

void settle_sale(World& world, const std::string& as) {
    world.with_engine([&](const Engine& engine) {
        Ledger ledger(engine.store);
        ledger.settle(ledger.list("lead-sales", "lead_sale", {}).front().identity, as);
    });
}

// The post is lost; somebody settles it while its status is asked for, and the status then says what `known` does.
RunReport settled_while_asked(World& world, Buyer& buyer, const std::string& as, bool known) {
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    bool settled = false;
    buyer.fault = [&world, &settled, as, known](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return known ? lost_after() : lost_before();
        if (what == "status" && !settled) {
            settle_sale(world, as);
            settled = true;
        }
        return what == "status" && !known ? std::optional(says(500)) : std::nullopt;
    };
    const RunReport report = world.run("lead-sales");
    REQUIRE(settled);
    buyer.fault = nullptr;
    return report;
}

std::string reasons(const RunReport& report) {
    std::string text;
    for (const auto& line : report.attention) text += line.reason + "\n";
    return text;
}

}  // namespace

TEST_CASE("What a person settles while the status is asked for stands, when the status proves nothing") {
    World world;
    Buyer buyer;
    const std::string word = GENERATE(as<std::string>{}, "drop", "done", "held");
    INFO(word);
    const RunReport report = settled_while_asked(world, buyer, word, false);
    INFO(to_text(report));
    const std::string state = word == "drop" ? "dropped" : word;
    CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{state});
    CHECK(report.sales.front().unclear == 0);
    const std::size_t posts = buyer.posts;
    world.run("lead-sales");
    world.run("lead-sales");
    CHECK(buyer.posts == posts);
    CHECK(buyer.pings == 1);
    CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{state});
}

TEST_CASE("A sale that its status shows stands over a person's word that it wasn't one, and both are told") {
    World world;
    Buyer buyer;
    const RunReport report = settled_while_asked(world, buyer, GENERATE(as<std::string>{}, "drop", "retry"), true);
    CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{"done"});
    CHECK(report.sales.front().sold == 1);
    CHECK(reasons(report).find("a person settled it meanwhile") != std::string::npos);
    CHECK(buyer.sold.size() == 1);
    world.run("lead-sales");
    CHECK(buyer.sold.size() == 1);
}

TEST_CASE("A person settles a sale before a run repeats it, so nothing is posted and their word stands") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    for (int n = 1; n <= 6; ++n) world.services.lists["/crm/leads"].push_back(sale_lead(n));  // more than may be under way at once
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return lost_before();
        return what == "status" ? std::optional(says(404)) : std::nullopt;
    };
    REQUIRE(world.run("lead-sales").sales.front().unclear == 6);
    const std::size_t posts = buyer.posts;
    bool settled = false;
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post" && !settled) {
            settled = true;
            world.with_engine([&](const Engine& engine) {
                Ledger ledger(engine.store);
                ledger.settle(ledger.list("lead-sales", "lead_sale", {"in_doubt"}).back().identity, "drop");
            });
        }
        return what == "status" ? std::optional(says(404)) : std::nullopt;
    };
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    REQUIRE(settled);
    CHECK(buyer.posts == posts + 5);
    CHECK(report.sales.front().sold == 5);
    CHECK(world.rows("SELECT state, count(*) FROM effect WHERE name = 'lead_sale' GROUP BY state ORDER BY state") == std::vector<std::string>{"done|5", "dropped|1"});
}

TEST_CASE("A doubtful post isn't repeated once somebody whom its own body names took back their consent") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return lost_before();
        return what == "status" ? std::optional(says(500)) : std::nullopt;
    };
    REQUIRE(world.run("lead-sales").sales.front().unclear == 1);
    const std::size_t posts = buyer.posts;
    world.with_engine([](const Engine& engine) { CHECK(revoke(engine.config, engine.store, "5126551001").barred >= 1); });
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"phone", "(214) 655-4444"}, {"email", "new@lead.example"}})};
    buyer.fault = nullptr;
    world.run("lead-sales");
    CHECK(buyer.posts == posts);
    CHECK(buyer.sold.empty());
}

TEST_CASE("A post that was let go of leaves no plan and no body that is kept for good") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "post" ? std::optional(says(200, R"({"status":"rejected","reason":"bid_expired"})")) : std::nullopt; };
    world.run("lead-sales");
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "lapsed"}});
    CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{"withdrawn"});
    buyer.fault = nullptr;
    world.clock.advance(std::chrono::hours(25));
    CHECK(world.run("lead-sales").sales.front().sold == 1);
    CHECK(buyer.sold.size() == 1);
}

TEST_CASE("A sale that is settled as retry is no plan once its lead is sold no more, and is sold when it may be") {
    World world;
    Buyer buyer;
    settled_while_asked(world, buyer, "retry", false);
    CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{"pending"});
    SECTION("its consent is too old") {
        world.clock.advance(std::chrono::hours(24 * 4));
        world.run("lead-sales");
        CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{"withdrawn"});
    }
    SECTION("its lead may be sold") {
        world.clock.advance(std::chrono::hours(25));
        world.run("lead-sales");
        CHECK(world.rows("SELECT state FROM effect WHERE name = 'lead_sale'") == std::vector<std::string>{"done"});
        CHECK(buyer.posted_bids("lead_1001") <= 2);
    }
}

TEST_CASE("A run that fails after a sale says that it sold, and whom the phone system wasn't told of") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer, "{command: [/bin/sh, -c, \"cat > /dev/null; exit 3\"]}");
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "status") throw Error(ErrorCode::store, "the store is busy");
        return std::nullopt;
    };
    REQUIRE(world.run("calls").sales.front().sold == 1);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    world.clock.advance(std::chrono::minutes(5));
    const RunReport report = world.run("calls");  // the first one's status is asked for now
    INFO(to_text(report));
    CHECK(report.exit != ExitCode::done);
    CHECK(report.sales.front().sold == 1);
    CHECK(report.effects.done == 1);
    CHECK(reasons(report).find("the phone system could not be told") != std::string::npos);
}

TEST_CASE("A job that is set to mode test hands on and follows what it had sold") {
    World world;
    Buyer buyer;
    const std::string hand_off = "{within: 10m, command: [/bin/sh, -c, \"cat >> " + (world.folder() / "told").string() + "\"]}";
    prepare_calls(world, buyer, hand_off);
    REQUIRE(world.run("calls").sales.front().sold == 1);
    world.with_engine([](const Engine& engine) { engine.store.transaction([&] { engine.store.db().exec("UPDATE sale SET handed_at = NULL"); }); });  // as a kill before the telling leaves it
    const std::string text = told(world);
    std::string job = call_job(world, hand_off);
    job.replace(job.find("mode: live"), 10, "mode: test");
    world.job("calls", job);
    world.run("calls");
    CHECK(told(world) == text + text);
    world.clock.advance(std::chrono::minutes(5));
    world.run("calls");
    CHECK(buyer.statuses >= 1);
    CHECK(world.rows("SELECT billable FROM sales WHERE state = 'sold'") == std::vector<std::string>{"0"});
}
