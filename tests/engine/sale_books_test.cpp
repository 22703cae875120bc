// The sale_books job: income from sold leads as drafts, a day each, and a note on each lead.
#include <catch2/catch.hpp>

#include "engine/buyer.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("What was sold becomes one draft invoice a day that is over, and one note on each lead, also when a reply is lost") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    std::vector<json> invoices;
    bool loses = false;
    world.elsewhere = [&](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
        if (request.method != "POST" || request.url.find("/finance/invoices") == std::string::npos) return buyer.handle(request, now);
        json invoice = json::parse(request.body);
        invoices.push_back(invoice);
        invoice["id"] = "inv_" + std::to_string(invoices.size());
        world.services.lists["/finance/invoices"].push_back(invoice);
        if (loses) return Answer{.ending = Ending::lost};
        return Answer{.status = 201, .body = json{{"data", invoice}}.dump()};
    };
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2, {{"notes", "Called twice."}}), sale_lead(3, {{"status", "qualified"}})};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 2);
    world.run("lead-sales");  // asks what they came to
    SECTION("undisturbed") {}
    SECTION("the reply to the invoice is lost") { loses = true; }
    RunReport report = world.run("sale_books");
    INFO(to_text(report));
    CHECK(invoices.empty());  // the day isn't over
    REQUIRE(world.services.patches.size() == 2);
    std::map<std::string, std::string> notes;
    for (const auto& patch : world.services.patches) notes[patch.path] = patch.body.at("notes");
    CHECK(notes.at("/crm/leads/lead_1001").find("Sold to Autobind on 2026-01-15 for $4.20 (BN-") == 0);
    CHECK(notes.at("/crm/leads/lead_1002").find("Called twice.\nSold to Autobind on 2026-01-15") == 0);
    world.clock.advance(std::chrono::hours(24));
    for (int run = 0; run < 3; ++run) CHECK(world.run("sale_books").exit == ExitCode::done);
    REQUIRE(invoices.size() == 1);
    CHECK(invoices[0].at("invoiceNumber") == "AUTOBIND-2026-01-15");
    CHECK(invoices[0].at("status") == "Draft");
    REQUIRE(invoices[0].at("lineItems").size() == 2);
    CHECK(invoices[0].at("lineItems")[0].at("unitPrice").dump().substr(0, 3) == "4.2");
    CHECK(world.services.patches.size() == 2);
}

TEST_CASE("A day whose last status wasn't heard waits for it a day longer before it is booked") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    std::size_t invoices = 0;
    world.elsewhere = [&](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
        if (request.method != "POST" || request.url.find("/finance/invoices") == std::string::npos) return buyer.handle(request, now);
        ++invoices;
        return Answer{.status = 201, .body = R"({"data":{"id":"inv_1"}})"};
    };
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    world.shipped("sale_books");
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(503)) : std::nullopt; };
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    world.run("lead-sales");
    world.clock.advance(std::chrono::hours(20));  // the next day in Chicago
    world.run("sale_books");
    CHECK(invoices == 0);
    world.clock.advance(std::chrono::hours(24));
    world.run("sale_books");
    CHECK(invoices == 1);
}
