// What a ping says of a lead, and what it doesn't.
#include <catch2/catch.hpp>

#include "engine/buyer.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("What a page's address or the words of consent say of a person doesn't go into the ping, and a ping that can't do without isn't sent") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    const json named = {{"landingPage", "https://agency.example/quote?email=ann1001%40lead.example&phone=5126551001"}, {"consentText", "I, Ann Roeb, agree to be called at (512) 655-1001."}};
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"customFields", named}})};
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    REQUIRE(buyer.ping_bodies.size() == 1);
    CHECK(buyer.ping_bodies.front().at("landing_page") == "https://agency.example/quote");
    CHECK_FALSE(buyer.ping_bodies.front().contains("tcpa_language"));
    REQUIRE(buyer.sold.size() == 1);
    CHECK(buyer.sold.begin()->second.at("tcpa_language") == named.at("consentText"));
    CHECK(world.rows("SELECT words, page FROM sale_consent") == std::vector<std::string>{named.at("consentText").get<std::string>() + "|" + named.at("landingPage").get<std::string>()});
    CHECK(to_text(report).find("left out of pings, since they say who the lead is: landing_page (from its ? on), tcpa_language") != std::string::npos);
    world.services.lists["/crm/leads"] = {sale_lead(2, {{"customFields", {{"userAgent", "Mozilla/5.0 (ann1002@lead.example)"}}}})};
    CHECK(world.run("lead-sales").exit == ExitCode::partial);
    CHECK(buyer.pings == 1);
    CHECK(sale_states(world, true).at("lead_1002") == "unfit user_agent must not hold the person's e-mail: it goes into the ping, which doesn't say who the lead is");
}

TEST_CASE("A service that takes no ping at all makes its leads wait, for its address is at fault and not they") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    const int status = GENERATE(404, 405, 410);
    buyer.fault = [status](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "ping" ? std::optional(says(status)) : std::nullopt; };
    const RunReport report = world.run("lead-sales");
    const std::string text = to_text(report);
    INFO(text);
    CHECK(report.exit == ExitCode::partial);
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "waiting"}, {"lead_1002", "waiting"}});
    CHECK(text.find("base_url") != std::string::npos);
    CHECK(text.find("mend the lead") == std::string::npos);
    buyer.fault = nullptr;
    CHECK(world.run("lead-sales").sales.front().sold == 2);
}

TEST_CASE("A run's report and its day count the same questions, also those without an answer") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    for (int n = 1; n <= 4; ++n) world.services.lists["/crm/leads"].push_back(sale_lead(n));
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
        if (what != "ping") return std::nullopt;
        if (request.body.find("lead_1002") != std::string::npos) return says(500);
        if (request.body.find("lead_1003") != std::string::npos) return says(400, R"({"error":"zip is wrong"})");
        return request.body.find("lead_1004") != std::string::npos ? std::optional(says(200, "{}")) : std::nullopt;
    };
    const SaleReport sale = world.run("lead-sales").sales.front();
    CHECK(sale.sold == 1);
    CHECK(world.rows("SELECT asked FROM sales_by_day") == std::vector<std::string>{std::to_string(sale.pings)});
    CHECK(world.rows("SELECT sum(pings) FROM sales") == std::vector<std::string>{std::to_string(sale.pings)});
}

TEST_CASE("What to do about a post that was refused is said as it works for a sale") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "post" ? std::optional(says(400, R"({"error":"zip is wrong"})")) : std::nullopt; };
    world.run("lead-sales");
    buyer.fault = nullptr;
    const std::string text = to_text(world.run("lead-sales"));
    INFO(text);
    CHECK(text.find("bindery settle REF --as retry") != std::string::npos);
    CHECK(text.find("sent again by itself") == text.find("isn't sent again by itself") + 6);
    CHECK(buyer.posts == 1);
}
