// The lead-sales job: who is offered, what is asked, what is sold, and what a lost reply leaves.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/buyer.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const SaleReport& sale_of(const RunReport& report) {
    REQUIRE(report.sales.size() == 1);
    return report.sales.front();
}

}  // namespace

TEST_CASE("A lead with its consent is asked for without personal data, and sold at a good price with its proof on file") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report) << world.log.str());
    CHECK(report.exit == ExitCode::done);
    CHECK(sale_of(report).sold == 1);
    CHECK(sale_of(report).money == "4.20");
    REQUIRE(buyer.sold.size() == 1);
    CHECK(buyer.sold.begin()->second.at("first_name") == "Ann");
    CHECK(buyer.sold.begin()->second.at("contact_phone") == "5126551001");
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "sold"}});
    CHECK(world.rows("SELECT certificate, words, address, agent, given_at FROM sale_consent") ==
          std::vector<std::string>{"https://cert.trustedform.com/abc1001|I agree to be called.|73.162.100.50|Mozilla/5.0|2026-01-14T18:00:00.000Z"});
    CHECK(world.rows("SELECT answer, price FROM sale_ask") == std::vector<std::string>{"bid|4.20"});
    // Never again, and its status is asked for once.
    const RunReport next = world.run("lead-sales");
    CHECK(buyer.pings == 1);
    CHECK(buyer.posts == 1);
    CHECK(sale_of(next).billable == 1);
    world.run("lead-sales");
    CHECK(buyer.statuses == 1);
    CHECK(world.rows("SELECT billable FROM sales") == std::vector<std::string>{"1"});
}

TEST_CASE("In mode test all goes to the test environment, and a lead that was tested is sold once the mode is live") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.shipped("lead-sales");
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(sale_of(report).tested == 1);
    CHECK(buyer.sold.empty());
    CHECK(buyer.bids.at("bid-1").test);
    CHECK(world.effects().empty());
    CHECK(sale_states(world, true) == std::map<std::string, std::string>{{"lead_1001", "tested would be sold"}});
    world.shipped("lead-sales", {{"mode: test ", "mode: live "}});
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "sold"}});
}

TEST_CASE("Who may not be sold isn't asked for, and each lead says why") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {
        sale_lead(1, {{"customFields", {{"trustedFormCertUrl", nullptr}}}}),
        sale_lead(2, {{"createdAt", "2026-01-12T12:00:00Z"}}),
        sale_lead(3),
        sale_lead(4, {{"customFields", {{"doNotContact", true}}}}),
        sale_lead(5),
        sale_lead(6, {{"customFields", {{"vehicles", json::array()}}}}),
        sale_lead(7, {{"status", "qualified"}}),
    };
    world.services.lists["/clients"] = {client(3, {{"phone", sale_lead(3)["phone"]}})};
    world.with_engine([&](const Engine& engine) {
        engine.store.transaction([&] { Sales(engine.store).bar({}, {"ann1005@lead.example"}, "revoked"); });
    });
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(buyer.pings == 0);
    CHECK(sale_states(world, true) == std::map<std::string, std::string>{{"lead_1001", "passed_over no_consent"},
                                                                           {"lead_1002", "passed_over late_consent"},
                                                                           {"lead_1003", "passed_over client"},
                                                                           {"lead_1004", "passed_over do_not_contact"},
                                                                           {"lead_1005", "passed_over do_not_contact"},
                                                                           {"lead_1006", "unfit vehicles is required and must be a list of 1 to 6"}});
    CHECK(report.exit == ExitCode::partial);
}

TEST_CASE("Bids are held against the floor of their state, and the day's caps by count and by money are kept") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"{any: 2.50}", "{any: 2.50, OK: 4.21}"}, {"{count: 50, money: 250.00}", "{count: 3, money: 250.00}"}});
    auto& leads = world.services.lists["/crm/leads"];
    leads = {sale_lead(1, {{"state", "OK"}, {"createdAt", "2026-01-13T14:00:00Z"}})};
    for (int i = 2; i < 9; ++i) leads.push_back(sale_lead(i));
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(sale_of(report).sold == 3);
    CHECK(sale_of(report).money == "12.60");
    CHECK(sale_of(report).too_low == 1);
    CHECK(sale_of(report).waiting == 4);
    REQUIRE_FALSE(buyer.ping_bodies.empty());
    CHECK(buyer.ping_bodies.front().at("external_id") == "lead_1001");  // the oldest consent goes first
    CHECK(sale_of(world.run("lead-sales")).sold == 0);
    world.clock.advance(std::chrono::hours(17));  // the next day in Chicago
    CHECK(sale_of(world.run("lead-sales")).sold == 3);
}

TEST_CASE("A day's report counts what was asked, sold and turned down, by reason, with its money") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    buyer.price = [](const json& ping) -> std::string { return ping.at("external_id") == "lead_1003" ? "" : "4.20"; };
    buyer.refusal = [](const json& post) { return post.at("contact_phone") == "5126551004" ? "duplicate_phone" : ""; };
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2), sale_lead(3), sale_lead(4)};
    world.run("lead-sales");
    CHECK(world.rows("SELECT day, mode, asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, money FROM sales_by_day") ==
          std::vector<std::string>{"2026-01-15|live|4|3|1|0|2|1|duplicate_phone 1|0|8.40"});
}

TEST_CASE("One person in two leads is sold once") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"createdAt", "2026-01-14T17:00:00Z"}}), sale_lead(2, {{"phone", sale_lead(1)["phone"]}})};
    world.run("lead-sales");
    CHECK(buyer.sold.size() == 1);
    world.run("lead-sales");
    CHECK(buyer.sold.size() == 1);
    CHECK(sale_states(world, true).at("lead_1002") == "passed_over sold_lately");
}

TEST_CASE("A plan shows the pings that a run would send and what they cost, and sends none") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    RunOptions planning;
    planning.kind = "plan";
    const RunReport plan = world.run("lead-sales", planning);
    CHECK(buyer.pings == 0);
    REQUIRE(plan.list.size() == 2);
    CHECK(plan.list[0].path == "/leads/ping");
    CHECK(plan.list[0].body.find("5126551") == std::string::npos);
    CHECK(sale_of(plan).cost.find("2 pings, then up to 2 posts") == 0);
    CHECK(plan.effects.planned == 2);
}

TEST_CASE("The guard stops a run that might sell too many") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"max_effects: 200", "max_effects: 1"}});
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    CHECK(world.run("lead-sales").exit == ExitCode::guard);
    CHECK(buyer.pings == 0);
}

TEST_CASE("After a lost reply to a post the same bid goes again, and its status is asked for, and a bid that ran out meanwhile proves nothing") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    SECTION("the repeat is answered as the first would have been") {
        buyer.fault = [](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
            return what == "post" && nth == 1 ? std::optional(lost_after()) : std::nullopt;
        };
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.posts == 2);
        CHECK(buyer.pings == 1);
    }
    SECTION("three times lost: the status shows the sale") {
        buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "post" ? std::optional(lost_after()) : std::nullopt; };
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.posts == 3);
        CHECK(buyer.statuses == 1);
    }
    SECTION("never arrived, and nobody knows: unclear, and no other bid is asked for") {
        buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "post" ? std::optional(lost_before()) : std::nullopt; };
        const RunReport first = world.run("lead-sales");
        CHECK(sale_of(first).unclear == 1);
        CHECK(first.exit == ExitCode::doubt);
        world.clock.advance(std::chrono::minutes(5));
        buyer.fault = nullptr;
        CHECK(sale_of(world.run("lead-sales")).unclear == 0);  // rejected now: bid_expired is an answer that the status repeats
        CHECK(buyer.pings == 1);
        CHECK(buyer.sold.empty());
    }
    SECTION("the service forgets the bid: held for a person, who says that it wasn't sold") {
        buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what == "post") return lost_before();
            return what == "status" ? std::optional(says(404)) : std::nullopt;
        };
        world.run("lead-sales");
        const RunReport second = world.run("lead-sales");
        CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "unclear"}});
        CHECK(second.exit == ExitCode::doubt);
        buyer.fault = nullptr;
        world.run("lead-sales");
        CHECK(buyer.pings == 1);
        world.settle(world.effects().front(), "retry");
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.pings == 2);
    }
}

TEST_CASE("A post that is told to wait goes to the same bid while it lives, then the lead is asked for anew, within a limit") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"not_again:", "bid_life: 20s\n    not_again:"}});  // a post may begin within 5 s of it
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    const auto busy_posts = [&](std::size_t most) {
        buyer.fault = [most](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> { return what == "post" && nth <= most ? std::optional(busy()) : std::nullopt; };
    };
    SECTION("two seconds") {
        busy_posts(1);
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.pings == 1);
    }
    SECTION("ten seconds") {
        busy_posts(4);
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.pings == 2);
        CHECK(buyer.posted_bids("lead_1001") == 1);
    }
    SECTION("always") {
        busy_posts(1000);
        CHECK(sale_of(world.run("lead-sales")).lapsed == 1);
        CHECK(buyer.pings == 3);
        CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "lapsed"}});
    }
}

TEST_CASE("A key that is refused, a service that is away and a ping that is refused are said, and no lead is lost") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    int status = 401;
    buyer.fault = [&](const std::string&, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        return status == 0 ? no_connection() : says(status, R"({"status":"error","errors":["'zip' is required"]})");
    };
    CHECK(world.run("lead-sales").error->code == "UNAUTHORIZED");
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "waiting"}, {"lead_1002", "waiting"}});
    status = 0;
    CHECK(world.run("lead-sales").exit == ExitCode::failed);
    status = 500;
    CHECK(sale_of(world.run("lead-sales")).waiting == 2);
    status = 400;
    CHECK(world.run("lead-sales").exit == ExitCode::partial);
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "refused"}, {"lead_1002", "refused"}});
    buyer.fault = nullptr;
    world.clock.advance(std::chrono::hours(24));
    CHECK(sale_of(world.run("lead-sales")).sold == 2);
}
