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
