// What a run says of leads that it offered, on the terminal: counts, why some weren't sold or wait, and where a person looks next.
#include <catch2/catch.hpp>

#include "engine/buyer.h"
#include "engine/call_job.h"
#include "engine/sale_text.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

TEST_CASE("A run says why leads wait, in words, and keeps it") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"{count: 50, money: 250.00}", "{count: 1, money: 250.00}"}});
    for (int i = 1; i <= 3; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    const RunReport report = world.run("lead-sales");
    const std::string text = to_text(report);
    INFO(text);
    CHECK(report.sales.front().waits == std::map<std::string, std::int64_t>{{"cap_count", 2}});
    CHECK_THAT(text, Contains("lead_sale: 3 leads, 3 for sale, ") && Contains("1 sold for $4.20") && Contains("2 wait"));
    CHECK_THAT(text, Contains("    waiting: 2 the day's count is reached (cap_count)\n"));
    CHECK(to_json(report)["sales"][0]["waits"] == json{{"cap_count", 2}});
    CHECK_THAT(text, Contains(sale_text(to_json(report)["sales"][0])));  // as `show` says it of the report that was kept
}

TEST_CASE("The hour of a call is no number that follows a word") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    world.clock.set_wall(parse_rfc3339("2026-01-15T14:30:00Z"));  // El Paso sleeps still
    const RunReport report = world.run("calls");
    CHECK_THAT(to_text(report), Contains("passed over: 1 too early or too late there to call (hour)\n"));
    CHECK(report.sales.front().waits.empty());
}

TEST_CASE("Leads that can't be offered are told with the first fault as one of them, and where all stand") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"customFields", {{"vehicles", json::array()}}}}), sale_lead(2, {{"phone", "214655"}}),
                                          sale_lead(3, {{"customFields", {{"currentlyInsured", "maybe"}}}})};
    const RunReport report = world.run("lead-sales");
    const std::string text = to_text(report);
    INFO(text);
    CHECK_THAT(text, Contains("lead_sale: 3 leads can't be offered; the first, {\"lead_id\":\"lead_1001\"}: vehicles is required") && Contains("each with all that is wrong: bindery show " + std::to_string(report.run)));
    RunOptions options;
    options.kind = "plan";
    CHECK_THAT(to_text(world.run("lead-sales", options)), Contains("`bindery show RUN` of a run lists each"));
    const auto reasons = sale_states(world, true);
    CHECK_THAT(reasons.at("lead_1003"), Contains("currently_insured must be yes or no"));
    CHECK_THAT(reasons.at("lead_1002"), Contains("must be a US phone number of exactly 10 digits"));
}

TEST_CASE("One of each is one") {
    const std::string text = sale_text(json::parse(R"({"effect":"e","kind":"lead","mode":"live","selected":1,"offered":1,"asked":1,"bids":1,"waiting":1,"sold":0,"money":"0.00"})"));
    CHECK(text == "  e: 1 lead, 1 for sale, 1 asked, 1 bid, 1 waits\n");
    CHECK(sale_text(json::object()).find("0 ") != std::string::npos);
}

TEST_CASE("What a service said stays in its line of a report, and makes none that looks like ours") {
    const std::string said = "seen\n  forged: 9 sold\x1b[2J";
    RunReport report;
    report.job = "j";
    report.outcome = "done";
    report.warnings = {said};
    report.attention = {{"e", "BN-1", "rejected", said}, {"e", "", "warning", said}};
    report.error = RunReport::Problem{"service", said, said};
    report.counted["e"]["c"][said] = 1;
    report.passed_over["e"]["d"][said] = 1;
    SaleReport sale;
    sale.effect = "e";
    sale.passed_over[said] = sale.rejected[said] = sale.waits[said] = 1;
    report.sales = {sale};
    PlannedCall call;
    call.changes = {{"f", said, said}};
    report.list = {call};
    const std::string text = to_text(report);
    INFO(text);
    CHECK(text.find("\n  forged") == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    std::size_t times = 0;
    for (auto at = text.find("seen   forged: 9 sold?[2J"); at != std::string::npos; at = text.find("seen   forged", at + 1)) ++times;
    CHECK(times == 12);
}
