// Leads and calls that can't be offered as they are: each is told with all its faults, and counted.
#include <catch2/catch.hpp>

#include "engine/call_job.h"

using namespace bindery;
using namespace bindery::test;

namespace {

std::int64_t all_parts(const SaleReport& sale) {
    std::int64_t parts = sale.offered + sale.unfit;
    for (const auto& [reason, leads] : sale.passed_over) parts += leads;
    return parts;
}

std::string with(std::string text, const std::vector<std::pair<std::string, std::string>>& replaced) {
    for (const auto& [from, to] : replaced) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    }
    return text;
}

}  // namespace

TEST_CASE("A call whose state is missing or wrong is quarantined with all its faults, and one of a state without a known time is passed over") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    world.job("calls", with(call_job(world), {{"lead_id, state,", "lead_id, CASE key WHEN 'lead_1002' THEN 'Oz' ELSE state END AS state,"}}));
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"state", nullptr}}), sale_lead(2, {{"phone", "12"}}), sale_lead(3, {{"state", "AE"}})};
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(buyer.pings == 0);
    CHECK(report.exit == ExitCode::partial);
    const SaleReport& sale = report.sales.front();
    CHECK(sale.unfit == 2);
    CHECK(sale.passed_over == std::map<std::string, std::int64_t>{{"no_zone", 1}});
    CHECK(all_parts(sale) == sale.selected);
    const auto states = sale_states(world, true);
    CHECK(states.at("lead_1001").find("unfit state_abbreviation is required") == 0);
    CHECK(states.at("lead_1002").find("unfit state_abbreviation must be the code of a US state") == 0);
    CHECK(states.at("lead_1002").find("dial_in_phone") != std::string::npos);
    CHECK(states.at("lead_1003") == "passed_over no_zone");
    CHECK(world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'effect:call_sale'") == std::vector<std::string>{"2"});
}

TEST_CASE("A row whose lead can't be made, and a second row of one lead, are counted as unfit, and the first has its state") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    world.job("calls", with(call_job(world), {{"language: en", "language: en, drivers: \"{drivers:json}\""},
                                              {"SELECT key AS lead_id,", "SELECT replace(key, '1004', '1001') AS lead_id, CASE key WHEN 'lead_1002' THEN 'not json' WHEN 'lead_1003' THEN '[{' ELSE '[]' END AS drivers,"}}));
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2), sale_lead(3), sale_lead(4)};
    const RunReport report = world.run("calls");
    const std::string text = to_text(report);
    INFO(text);
    const SaleReport& sale = report.sales.front();
    CHECK(sale.selected == 4);
    CHECK(sale.unfit == 3);
    CHECK(sale.offered == 1);
    CHECK(all_parts(sale) == sale.selected);
    CHECK(report.exit == ExitCode::partial);
    CHECK(text.find("3 calls can't be offered; the first, {\"lead_id\":\"lead_1002\"}") != std::string::npos);
    const auto states = sale_states(world, true);
    CHECK(states.size() == 3);
    CHECK(sale_states(world).at("lead_1001") == "sold");
    CHECK(states.at("lead_1002").find("unfit the body can't be made") == 0);
    CHECK(states.at("lead_1003").find("unfit") == 0);
    CHECK(world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'effect:call_sale'") == std::vector<std::string>{"3"});
    // What is broken only after the sale takes nothing from it.
    world.job("calls", with(call_job(world), {{"language: en", "language: en, drivers: \"{drivers:json}\""}, {"SELECT key AS lead_id,", "SELECT key AS lead_id, 'not json' AS drivers,"}}));
    const RunReport later = world.run("calls");
    CHECK(all_parts(later.sales.front()) == later.sales.front().selected);
    CHECK(sale_states(world).at("lead_1001") == "sold");
}

TEST_CASE("Incidents that the CRM has beside the drivers are sold under theirs by the shipped job, and one that names no driver isn't left out in silence") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    json drivers = sale_lead(2)["customFields"]["drivers"];
    drivers.push_back(drivers[0]);
    drivers[1]["relationship_to_policyholder"] = "spouse";
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"customFields", {{"incidents", {{{"type", "DUI"}}}}}}}),
                                          sale_lead(2, {{"customFields", {{"drivers", drivers}, {"incidents", {{{"type", "DUI"}}}}}}})};
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    REQUIRE(buyer.ping_bodies.size() == 1);
    CHECK(buyer.ping_bodies.front().at("drivers").at(0).at("incidents") == json::parse(R"([{"type": "violation", "violation_type": "driving_under_the_influence"}])"));
    CHECK(sale_states(world, true).at("lead_1002") == "unfit incidents[0].driver must be the number of a driver, 1 or 2: an incident belongs to a driver");
}
