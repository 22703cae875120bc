// The lead-sales job: who is offered, what is asked, what is sold, and what a lost reply leaves.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "engine/buyer.h"
#include "engine/lagging_disk.h"
#include "engine/tell_people.h"

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

TEST_CASE("A post goes before the pings that wait for the budget: its bid runs out") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(121)};
    REQUIRE(sale_of(world.run("lead-sales")).sold == 1);  // the limit of posts is known by then
    for (int i = 1; i <= 120; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    buyer.pings = 0;
    buyer.latency = [](const std::string&) -> Duration { return std::chrono::milliseconds(5); };
    buyer.price = [&](const json&) { return buyer.pings == 90 ? "4.20" : ""; };  // the last one that the first second allows
    BootTime asked{0}, posted{0};
    world.elsewhere = [&](const HttpRequest& request, BootTime now) {
        if (request.url.find("/leads/post") != std::string::npos) posted = now;
        if (request.url.find("/leads/ping") != std::string::npos && buyer.pings == 89) asked = now;
        return buyer.handle(request, now);
    };
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    CHECK(buyer.pings == 120);
    CHECK(posted - asked == std::chrono::milliseconds(5));
}

TEST_CASE("A post leaves when the disk has its intent, and pings don't wait for that") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    for (int i = 1; i <= 40; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    buyer.latency = [](const std::string&) -> Duration { return std::chrono::milliseconds(5); };
    buyer.price = [&](const json&) { return buyer.pings == 5 ? "4.20" : ""; };
    const Duration lag = std::chrono::milliseconds(30);
    std::vector<Duration> pings;
    BootTime bid{0}, posted{0};
    world.make_disk = [&] { return std::make_unique<LaggingDisk>(world.store_file(), world.clock, lag); };
    world.elsewhere = [&](const HttpRequest& request, BootTime now) {
        if (request.url.find("/leads/post") != std::string::npos) posted = now;
        if (request.url.find("/leads/ping") != std::string::npos) pings.push_back(now);
        auto answer = buyer.handle(request, now);
        if (buyer.pings == 5 && bid == BootTime{0}) bid = now + std::chrono::milliseconds(5);
        return answer;
    };
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    CHECK(posted - bid >= lag);
    CHECK(posted - bid <= lag + std::chrono::milliseconds(2));
    CHECK(std::count_if(pings.begin(), pings.end(), [&](Duration ping) { return ping > bid && ping < posted; }) > 10);
    CHECK(world.states("lead_sale").size() == 1);
}

TEST_CASE("A log that can't be copied back into the store stops no sale, and is told of") {
    struct FullDisk final : Disk {
        std::uint64_t ask() override { return 1; }
        bool reached(std::uint64_t) override { return true; }
        void wait() override {}
        void log_holds(int) override {}
        std::optional<Error> copy_trouble() override { return Error(ErrorCode::store, "no room left to write the store"); }
    };
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.price = [](const json&) { return "4.20"; };
    world.make_disk = [] { return std::make_unique<FullDisk>(); };
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    INFO(world.log.str());
    CHECK(world.log.str().find("no room left to write the store") != std::string::npos);
}

TEST_CASE("Who takes their consent back while the disk keeps their post waiting isn't posted") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    buyer.price = [](const json& ping) { return ping.at("external_id") == "lead_1001" ? "4.20" : ""; };
    buyer.latency = [](const std::string&) -> Duration { return std::chrono::milliseconds(5); };
    world.make_disk = [&] { return std::make_unique<LaggingDisk>(world.store_file(), world.clock, std::chrono::milliseconds(200), nullptr, [&] {
        Store other(world.store_file(), world.clock);
        other.transaction([&] { Sales(other).bar({"5126551001"}, {}, "revoked"); });
    }); };
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report) << world.log.str());
    CHECK(buyer.posts == 0);
    CHECK(sale_of(report).sold == 0);
    CHECK(world.rows("SELECT state FROM effect") == std::vector<std::string>{"withdrawn"});
    CHECK(sale_of(world.run("lead-sales")).passed_over.at("do_not_contact") == 1);
    CHECK(buyer.posts == 0);
}

TEST_CASE("A plan that would ask doesn't say that there is nothing to send") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    RunOptions options;
    options.kind = "plan";
    CHECK(to_text(world.run("lead-sales", options)).find("nothing to send, 0 calls") != std::string::npos);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    const std::string text = to_text(world.run("lead-sales", options));
    INFO(text);
    CHECK(text.find("nothing to send") == std::string::npos);
    CHECK(text.find("1 ping, then up to 1 post, about") != std::string::npos);
}

TEST_CASE("A baseline offers nothing, and leaves whoever is selected now alone for good") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2, {{"customFields", {{"consentAt", "2026-01-16T00:00:00Z"}}}})};  // the second's time will come
    SECTION("in mode live") {}
    SECTION("in mode test, before the mode is live") { world.shipped("lead-sales"); }
    RunOptions options;
    options.kind = "baseline";
    const RunReport report = world.run("lead-sales", options);
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.done == 2);
    CHECK(buyer.pings + buyer.posts == 0);
    const std::string why = "dropped baseline: recorded as dealt with, nothing was sent";
    CHECK(sale_states(world, true) == std::map<std::string, std::string>{{"lead_1001", why}, {"lead_1002", why}});
    CHECK(world.rows("SELECT count(*) FROM audit WHERE kind = 'baseline'") == std::vector<std::string>{"2"});
    CHECK(world.rows("SELECT DISTINCT us_state, length(phone_key) > 0, length(email_key) > 0 FROM sale") == std::vector<std::string>{"TX|1|1"});
    world.shipped("lead-sales", {{"mode: test ", "mode: live "}});
    world.services.lists["/crm/leads"].push_back(sale_lead(3));
    world.clock.advance(std::chrono::hours(12));
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    CHECK(sale_states(world).at("lead_1003") == "sold");
    CHECK(buyer.pings == 1);
    // Second thoughts about one of them.
    for (const auto& effect : world.effects("lead_sale")) {
        if (effect.once_per.find("lead_1001") != std::string::npos) world.settle(effect, "retry");
    }
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
}

TEST_CASE("A baseline in mode test doesn't make its store the one that sells") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.shipped("lead-sales");
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    RunOptions options;
    options.kind = "baseline";
    CHECK(world.run("lead-sales", options).effects.done == 1);
    world.remove_store();  // the store that sells is another one
    world.shipped("lead-sales", {{"mode: test ", "mode: live "}});
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(sale_of(report).sold == 1);
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
        sale_lead(8, {{"customFields", {{"consentAt", nullptr}}}}),  // made today; when consent was given isn't known
        sale_lead(9, {{"customFields", {{"consentAt", "2026-01-12T12:00:00Z"}}}}),
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
                                                                           {"lead_1006", "unfit vehicles is required and must be a list of 1 to 6"},
                                                                           {"lead_1008", "passed_over no_consent_time"},
                                                                           {"lead_1009", "passed_over late_consent"}});
    CHECK(report.exit == ExitCode::partial);
}

TEST_CASE("A lead whose incident names no driver isn't offered without it, and is quarantined with all its faults") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"incidents: \"{incidents:json}\"", "incidents: [{type: violation, violation_type: speeding}]"}});
    json drivers = sale_lead(1)["customFields"]["drivers"];
    drivers.push_back(drivers[0]);
    drivers[1]["relationship_to_policyholder"] = "spouse";
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"customFields", {{"drivers", drivers}}}}),
                                          sale_lead(2, {{"customFields", {{"drivers", drivers}, {"vehicles", json::array()}}}})};
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(buyer.pings == 0);
    CHECK(sale_of(report).unfit == 2);
    const auto reasons = world.rows("SELECT reason FROM quarantine WHERE dataset = 'effect:lead_sale' ORDER BY length(reason)");
    REQUIRE(reasons.size() == 2);
    CHECK(reasons[0].find("incident") != std::string::npos);
    CHECK(reasons[1].find("incident") != std::string::npos);
    CHECK(reasons[1].find("vehicles is required") != std::string::npos);
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

TEST_CASE("Nobody is asked for while not even the least price would fit under the day's cap by money") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"{count: 50, money: 250.00}", "{count: 50, money: 10.00}"}, {"{any: 2.50}", "{any: 2.50, OK: 1.61}"}});
    for (int i = 1; i < 9; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(sale_of(report).sold == 2);  // 8.40; no bid below 1.61 is taken anywhere
    const std::size_t asked = buyer.pings;
    const RunReport next = world.run("lead-sales");
    CHECK(buyer.pings == asked);
    CHECK(sale_of(next).waiting + sale_of(next).passed_over.at("cap_money") == 6);  // those that had a bid wait with it
    CHECK(world.rows("SELECT DISTINCT reason FROM sales WHERE state = 'waiting'") == std::vector<std::string>{"cap_money"});
    world.clock.advance(std::chrono::hours(17));
    CHECK(sale_of(world.run("lead-sales")).sold == 2);
}

TEST_CASE("A lead whose bid didn't fit under the day's cap isn't asked for again until it would, or the next day") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"{count: 50, money: 250.00}", "{count: 50, money: 7.00}"}});
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    const RunReport report = world.run("lead-sales");
    CHECK(sale_of(report).sold == 1);
    CHECK(sale_of(report).waiting == 1);  // 4.20 twice is more than 7.00, and 2.80 more than the floor
    const std::size_t asked = buyer.pings;
    for (int run = 0; run < 3; ++run) CHECK(sale_of(world.run("lead-sales")).passed_over.at("cap_money") == 1);
    CHECK(buyer.pings == asked);
    CHECK(world.rows("SELECT reason FROM sales WHERE state = 'waiting'") == std::vector<std::string>{"cap_money"});
    SECTION("the next day") { world.clock.advance(std::chrono::hours(17)); }
    SECTION("more room") { sell_live(world, buyer, {{"{count: 50, money: 250.00}", "{count: 50, money: 9.00}"}}); }
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    CHECK(buyer.pings == asked + 1);
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

TEST_CASE("The plan of a job in mode test counts its test posts, and the guard none of them") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.shipped("lead-sales");
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    RunOptions planning;
    planning.kind = "plan";
    const RunReport plan = world.run("lead-sales", planning);
    INFO(sale_of(plan).cost);
    CHECK(sale_of(plan).cost.find("2 test pings, then up to 2 test posts") == 0);
    CHECK(plan.effects.planned == 0);
}

TEST_CASE("A lead whose sale in doubt is looked at by a run counts once in its report, by what became of it") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return lost_after();
        return what == "status" ? std::optional(says(500)) : std::nullopt;
    };
    CHECK(sale_of(world.run("lead-sales")).unclear == 1);
    world.clock.advance(std::chrono::minutes(1));
    const SaleReport again = sale_of(world.run("lead-sales"));
    CHECK(again.unclear == 1);
    CHECK(again.passed_over.count("unclear") == 0);
    world.clock.advance(std::chrono::minutes(1));
    buyer.fault = nullptr;
    const SaleReport sold = sale_of(world.run("lead-sales"));
    CHECK(sold.sold == 1);
    CHECK(sold.selected == 1);
    CHECK(sold.passed_over.empty());
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
        // The page doesn't say how a status of an unknown bid is answered.
        const Answer unknown = GENERATE(as<Answer>{}, Answer{.status = 404, .body = R"({"status":"error","errors":["Not found"]})"}, Answer{.status = 400, .body = R"({"status":"error","errors":["No such bid"]})"},
                                        Answer{.status = 410, .body = ""}, Answer{.status = 200, .body = R"({"status":"error","errors":["Not found"]})"}, Answer{.status = 200, .body = R"({"message":"no such bid"})"});
        buyer.fault = [&unknown](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what == "post") return lost_before();
            return what == "status" ? std::optional(Fault{.answer = unknown}) : std::nullopt;
        };
        world.run("lead-sales");
        const RunReport second = world.run("lead-sales");
        CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "unclear"}});
        CHECK(second.exit == ExitCode::doubt);
        CHECK(world.rows("SELECT state FROM effect") == std::vector<std::string>{"held"});
        const std::size_t posts = buyer.posts;
        world.run("lead-sales");
        CHECK(buyer.posts == posts);  // a person's data isn't sent to a dead bid again and again
        buyer.fault = nullptr;
        world.run("lead-sales");
        CHECK(buyer.pings == 1);
        world.settle(world.effects().front(), "retry");
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.pings == 2);
    }
}

TEST_CASE("A status is taken as it is meant: an id in capitals is the same bid, and what isn't said of billing isn't a no") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    struct Case {
        const char* reply;
        std::string billable;
    };
    const Case c = GENERATE(as<Case>{}, Case{R"({"bid_id": "BID-1", "status": "accepted", "billable": true})", "1"}, Case{R"({"bid_id": "bid-1", "status": "accepted", "billable": "true"})", "1"},
                            Case{R"({"bid_id": "bid-1", "status": "accepted", "billable": false})", "0"}, Case{R"({"bid_id": "bid-1", "status": "rejected"})", "0"}, Case{R"({"bid_id": "bid-1", "status": "accepted"})", ""});
    buyer.fault = [&c](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(200, c.reply)) : std::nullopt; };
    REQUIRE(sale_of(world.run("lead-sales")).sold == 1);
    world.clock.advance(std::chrono::minutes(1));
    world.run("lead-sales");
    INFO(c.reply);
    CHECK(world.rows("SELECT coalesce(billable, ''), follow_until IS NULL FROM sales") == std::vector<std::string>{c.billable + "|1"});
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

TEST_CASE("A key that is refused when only statuses are asked for is told, and they are asked for again") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    REQUIRE(sale_of(world.run("lead-sales")).sold == 1);
    world.clock.advance(std::chrono::hours(2));
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(401)) : std::nullopt; };
    for (int run = 0; run < 2; ++run) {
        const RunReport report = world.run("lead-sales");
        INFO(to_text(report));
        CHECK(report.outcome == "failed");
        CHECK(sale_of(report).followed == 0);
        REQUIRE(report.error);
        CHECK(report.error->hint.find("AUTOBIND_API_KEY") != std::string::npos);
    }
    buyer.fault = nullptr;
    CHECK(sale_of(world.run("lead-sales")).followed == 1);
}

TEST_CASE("Leads that break the service keep no other from being sold, and a moment in which it fails is gone through as its table says") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    const auto hours_old = [](int hours) { return json{{"createdAt", rfc3339(parse_rfc3339("2026-01-15T12:00:00Z") - std::chrono::hours(hours))}}; };
    const auto breaks = [&](int leads) {
        buyer.fault = [leads](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
            if (what != "ping") return std::nullopt;
            const int number = std::stoi(json::parse(request.body).at("external_id").get<std::string>().substr(5)) - 1000;
            return number <= leads ? std::optional(says(500)) : std::nullopt;
        };
    };
    auto& leads = world.services.lists["/crm/leads"];
    leads.clear();
    SECTION("a few, with the oldest consent") {
        for (int i = 1; i <= 11; ++i) leads.push_back(sale_lead(i, hours_old(60 - i)));
        breaks(5);
        const SaleReport sale = sale_of(world.run("lead-sales"));
        CHECK(sale.sold == 6);
        CHECK(sale.waiting == 5);
    }
    SECTION("so many that it seems to be down: those that failed twice come after the others") {
        for (int i = 1; i <= 18; ++i) leads.push_back(sale_lead(i, hours_old(60 - i)));
        breaks(12);
        std::int64_t sold = 0;
        for (int run = 0; run < 4; ++run) {
            sold += sale_of(world.run("lead-sales")).sold;
            world.clock.advance(std::chrono::minutes(10));
        }
        CHECK(sold == 6);
    }
    SECTION("each post fails twice") {
        for (int i = 1; i <= 6; ++i) leads.push_back(sale_lead(i, hours_old(60 - i)));
        std::map<std::string, int> posts;
        buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
            if (what != "post") return std::nullopt;
            return ++posts[json::parse(request.body).at("bid_id")] <= 2 ? std::optional(says(500)) : std::nullopt;
        };
        const BootTime began = world.clock.boot();
        const RunReport report = world.run("lead-sales");
        CHECK(sale_of(report).sold == 6);
        CHECK(report.waited.at("autobind") < 12);
        CHECK(buyer.pings == 6);
    }
}

TEST_CASE("A post whose intent the store kept waiting isn't begun once its bid would run out before its answer") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    bool slow = true;
    world.at_commit = [&] {
        if (buyer.pings == 0 || !slow) return;
        slow = false;
        world.clock.advance(std::chrono::seconds(76));  // a post that begins now may be under way until the 91st second
    };
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report) << world.log.str());
    CHECK(sale_of(report).sold == 1);
    CHECK(buyer.pings == 2);
    CHECK(buyer.posts == 1);
    CHECK(world.rows("SELECT count(*) FROM attempt WHERE ending = 'not_sent'") == std::vector<std::string>{"1"});
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "sold"}});
}

TEST_CASE("A bid that another lead has was made for nobody else: no second person is posted to it, and none is booked") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    buyer.fault = [](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
        return what == "ping" && nth == 2 ? std::optional(says(200, R"({"status": "bid", "bid_id": "BID-1", "price": "4.20"})")) : std::nullopt;
    };
    SECTION("in the same run") { world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)}; }
    SECTION("in the next run") {
        world.services.lists["/crm/leads"] = {sale_lead(1)};
        REQUIRE(sale_of(world.run("lead-sales")).sold == 1);
        world.services.lists["/crm/leads"].push_back(sale_lead(2));
    }
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report) << world.log.str());
    CHECK(buyer.posts == 1);
    CHECK(world.rows("SELECT sold, money FROM sales_by_day") == std::vector<std::string>{"1|4.20"});
    std::multiset<std::string> states;  // of one consent time: which goes first isn't said
    for (const auto& [lead, state] : sale_states(world, true)) states.insert(state);
    CHECK(states == std::multiset<std::string>{"sold ", "waiting a bid that is another lead's"});
    CHECK(sale_of(world.run("lead-sales")).sold == 1);  // with a bid of its own
}

TEST_CASE("A price with a fraction of a cent is no bid, and one that is written otherwise is the same money") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    struct Case {
        const char* price;
        std::string money;  // of the day
    };
    const Case c = GENERATE(as<Case>{}, Case{"12.345", "4.20"}, Case{"4.209", "4.20"}, Case{"12.340", "16.54"}, Case{"12.5", "16.70"}, Case{"10", "14.20"}, Case{"1e1", "14.20"});
    buyer.price = [&](const json& ping) -> std::string { return ping.at("external_id") == "lead_1001" ? "4.20" : c.price; };
    world.run("lead-sales");
    INFO(c.price);
    CHECK(world.rows("SELECT money FROM sales_by_day") == std::vector<std::string>{c.money});
}

TEST_CASE("A reply that speaks of another lead or another bid is no word about this one") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    SECTION("to the ping") {
        const char* id = GENERATE(R"("lead_1002")", R"("")", "7");
        buyer.fault = [id](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
            return what == "ping" && nth == 1 ? std::optional(says(200, std::string(R"({"status": "bid", "bid_id": "bid-1", "price": "4.20", "external_id": )") + id + "}")) : std::nullopt;
        };
        CHECK(sale_of(world.run("lead-sales")).sold == 0);
        CHECK(buyer.posts == 0);
        CHECK(sale_states(world, true).at("lead_1001") == "waiting neither a bid nor a decline");
    }
    SECTION("to the ping, of the right lead, or of none") {
        const char* id = GENERATE(R"("lead_1001")", "null");
        buyer.fault = [id](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what != "ping") return std::nullopt;
            return says(200, std::string(R"({"status": "bid", "bid_id": "bid-1", "price": "4.20", "external_id": )") + id + "}");
        };
        world.run("lead-sales");
        CHECK(buyer.posts == 1);
    }
    SECTION("a bid without a name of its own") {
        const char* id = GENERATE("true", R"(" ")");
        buyer.fault = [id](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            return what == "ping" ? std::optional(says(200, std::string(R"({"status": "bid", "price": "4.20", "bid_id": )") + id + "}")) : std::nullopt;
        };
        world.run("lead-sales");
        CHECK(buyer.posts == 0);
    }
    SECTION("to the post: its status is asked for") {
        buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what != "post") return std::nullopt;
            Fault fault = says(200, R"({"status": "accepted", "bid_id": "bid-77"})");
            fault.acts = true;
            return fault;
        };
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.posts == 1);
        CHECK(buyer.statuses == 1);
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
    CHECK(world.rows("SELECT DISTINCT reason FROM sales").front().find("mend the lead or the job's `lead:` map") != std::string::npos);
    // A ping that was refused isn't sent again as it was, not even when the service would take it now.
    buyer.fault = nullptr;
    CHECK(sale_of(world.run("lead-sales")).passed_over.at("refused_before") == 2);
    world.clock.advance(std::chrono::hours(24));
    const std::size_t pings = buyer.pings;
    CHECK(sale_of(world.run("lead-sales")).passed_over.at("refused_before") == 2);
    CHECK(buyer.pings == pings);
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "refused"}, {"lead_1002", "refused"}});
    world.services.lists["/crm/leads"][0]["zip"] = "75202";
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
    world.shipped("lead-sales", {{"mode: test ", "mode: live "}, {"campaign: agency-website", "campaign: agency-auto"}});
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
}

TEST_CASE("A buyer's no to a lead is nobody's trouble, a post that wasn't taken is") {
    for (const int status : {200, 400}) {
        World world;
        Buyer buyer;
        sell_live(world, buyer);
        world.services.lists["/crm/leads"] = {sale_lead(1)};
        buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            return what == "post" ? std::optional(says(status, R"({"status":"rejected","reason":"duplicate_phone"})")) : std::nullopt;
        };
        world.run("lead-sales");
        INFO(status);
        CHECK(world.count_by_state()["rejected"] == 1);
        world.with_engine([&](const Engine& engine) { CHECK(troubles_of(engine.config, engine.store, engine.clock.wall()).contains("rejected") == (status == 400)); });
    }
}

TEST_CASE("A post that the service found fault with is told by each run until somebody settles it") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) { return what == "post" ? std::optional(says(400, R"({"status":"error","errors":["no"]})")) : std::nullopt; };
    CHECK(world.run("lead-sales").exit == ExitCode::partial);
    const auto effects = world.effects("lead_sale");
    REQUIRE(effects.size() == 1);
    for (int run = 0; run < 2; ++run) {
        const RunReport report = world.run("lead-sales");
        CHECK(report.exit == ExitCode::partial);
        CHECK(report.effects.rejected == 1);
        REQUIRE(report.attention.size() == 1);
        CHECK(report.attention.front().ref == effects.front().ref);
    }
    world.settle(effects.front(), "drop");
    CHECK(world.run("lead-sales").exit == ExitCode::done);
}

TEST_CASE("A post whose only trouble was its bid says nothing of the person: the lead is asked anew, within a limit") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    std::size_t no_good = 1;
    std::string reason = "bid_expired";
    buyer.fault = [&](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
        return what == "post" && nth <= no_good ? std::optional(says(200, R"({"status":"rejected","reason":")" + reason + R"("})")) : std::nullopt;
    };
    SECTION("once") {
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(buyer.pings == 2);
        CHECK(world.rows("SELECT state, bid_id, price FROM sales") == std::vector<std::string>{"sold|bid-2|4.20"});
        CHECK(world.rows("SELECT ending, status FROM attempt ORDER BY id") == std::vector<std::string>{"replied|200", "replied|200"});
    }
    SECTION("always, then it may be offered after a day") {
        no_good = 3;
        CHECK(sale_of(world.run("lead-sales")).lapsed == 1);
        CHECK(buyer.pings == 3);
        CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "lapsed"}});
        CHECK(sale_of(world.run("lead-sales")).passed_over.at("tried_lately") == 1);
        world.clock.advance(std::chrono::hours(24));
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
    }
    SECTION("a bid that the service doesn't know is told of, and not asked for again in this run") {
        reason = "invalid_bid";
        const RunReport report = world.run("lead-sales");
        CHECK(sale_of(report).lapsed == 1);
        CHECK(buyer.pings == 1);
        REQUIRE(report.attention.size() == 1);
        CHECK(report.attention.front().reason.find("invalid_bid") != std::string::npos);
        world.clock.advance(std::chrono::hours(24));
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
    }
    CHECK(buyer.sold_times("lead_1001") == 1);
}

TEST_CASE("A post that is answered with a redirect may have sold the person: its status is asked for, and no other bid") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    const int status = GENERATE(300, 301, 302, 303, 304, 307, 308);
    INFO(status);
    const bool elsewhere = status == 307 || status == 308;  // this very request is to be sent there: nothing was done here
    buyer.fault = [&](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
        if (what != "post" || nth > 1) return std::nullopt;
        return Fault{.answer = {.status = status}, .acts = !elsewhere};
    };
    CHECK(sale_of(world.run("lead-sales")).sold == (elsewhere ? 0 : 1));
    CHECK(sale_states(world).at("lead_1001") == (elsewhere ? "waiting" : "sold"));
    world.run("lead-sales");
    CHECK(buyer.sold_times("lead_1001") == 1);
    CHECK(buyer.pings == (elsewhere ? 2 : 1));
}

TEST_CASE("After a lost post a duplicate may be our own sale: the status is asked for before it counts as turned down") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    bool known = true, arrives = true;
    buyer.fault = [&](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return nth == 1 ? (arrives ? lost_after() : lost_before()) : says(200, R"({"status":"rejected","reason":"duplicate_phone"})");
        return what == "status" && !known ? std::optional(says(404)) : std::nullopt;
    };
    SECTION("it was") {
        CHECK(sale_of(world.run("lead-sales")).sold == 1);
        CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "sold"}});
    }
    SECTION("nobody knows: unclear, then a person's business") {
        known = arrives = false;
        CHECK(sale_of(world.run("lead-sales")).unclear == 1);
        CHECK(world.run("lead-sales").exit == ExitCode::doubt);
        CHECK(world.rows("SELECT state FROM effect") == std::vector<std::string>{"held"});
    }
    CHECK(buyer.posts <= 3);
    CHECK(buyer.pings == 1);
}

TEST_CASE("A sale in doubt stays so whatever its repeat meets: no mode and no busy service sells the person to another bid") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return lost_after();
        return what == "status" ? std::optional(says(500)) : std::nullopt;
    };
    CHECK(sale_of(world.run("lead-sales")).unclear == 1);
    world.clock.advance(std::chrono::minutes(1));
    SECTION("mode test only asks for its status") {
        buyer.fault = nullptr;
        world.shipped("lead-sales");
        world.run("lead-sales");
        CHECK(buyer.posted_bids("lead_1001") == 1);
    }
    SECTION("a busy service leaves it as it was") {
        buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            return what == "post" || what == "status" ? std::optional(busy()) : std::nullopt;
        };
        world.run("lead-sales");
        CHECK(world.rows("SELECT state FROM effect") == std::vector<std::string>{"in_doubt"});
    }
    world.clock.advance(std::chrono::minutes(1));
    buyer.fault = nullptr;
    sell_live(world, buyer);
    world.run("lead-sales");
    CHECK(sale_states(world).at("lead_1001") == "sold");
    CHECK(buyer.pings == 1);
    CHECK(buyer.sold.size() == 1);
}

TEST_CASE("A run by webhook offers nobody while the step needs whole lists, and makes no noise of it") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    RunOptions options;
    options.kind = "webhook";
    options.hints = HintedReads{{"bi369.leads", {""}}};
    const RunReport hinted = world.run("lead-sales", options);
    INFO(to_text(hinted));
    CHECK(buyer.pings == 0);
    CHECK(hinted.exit == ExitCode::done);
    CHECK(sale_of(world.run("lead-sales")).sold == 1);
}
