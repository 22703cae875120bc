// The sale_books job: income from sold leads as drafts, a day each, and a note on each lead.
#include <catch2/catch.hpp>
#include <fstream>

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

namespace {

json invoice_of(const std::string& id, const std::string& number, const std::string& status, double total) {
    return {{"id", id}, {"invoiceNumber", number}, {"customerName", "Autobind"}, {"customerEmail", "billing@autobind.ai"}, {"invoiceDate", "2026-01-11"}, {"dueDate", "2026-02-11"},
            {"currency", "USD"}, {"status", status}, {"lineItems", {{{"description", "lead"}, {"quantity", 1}, {"unitPrice", total}}}}, {"total", total}};
}

// Invoices, payments on file, and a service that takes payments: each that it took.
struct Till {
    World world;
    std::vector<std::pair<std::string, json>> paid;  // invoice, body
    Till() {
        world.shipped("sale_books");
        no_lists(world.services);
        world.services.lists["/finance/invoices"] = {invoice_of("inv_1", "AUTOBIND-2026-01-10", "Sent", 10.5), invoice_of("inv_2", "AUTOBIND-2026-01-11", "Draft", 5), invoice_of("inv_3", "RENT-1", "Sent", 9),
                                                     invoice_of("inv_4", "AUTOBIND-2026-01-12", "Overdue", 8)};
        std::filesystem::create_directories(world.folder() / "config/inbox");
        std::ofstream(world.folder() / "config/inbox/autobind-payments-1.csv") << "Payment ID,Invoice,Amount,Paid On,Method\n"
                                                                                   "pay-1,AUTOBIND-2026-01-10,$10.50,1/14/2026,ach\n"
                                                                                   "pay-2,AUTOBIND-2026-01-11,5.00,2026-01-14,ach\n"
                                                                                   "pay-3,RENT-1,9.00,2026-01-14,ach\n"
                                                                                   "pay-4,AUTOBIND-2026-01-12,80.00,2026-01-14,ach\n"
                                                                                   "pay-5,AUTOBIND-2026-01-12,8.00,,ach\n";
        world.elsewhere = [this](const HttpRequest& request, BootTime) -> std::optional<Answer> {
            const auto at = request.url.find("/finance/invoices/inv_");
            if (request.method != "PATCH" || at == std::string::npos) return std::nullopt;
            const std::string id = request.url.substr(at + 18, 5);
            paid.emplace_back(id, json::parse(request.body));
            for (auto& invoice : world.services.lists["/finance/invoices"]) {
                if (invoice.at("id") == id) invoice["status"] = "Paid";
            }
            return Answer{.status = 200, .body = json{{"data", {{"id", id}, {"status", "Paid"}}}}.dump()};
        };
    }
    std::string state() {
        const auto effects = world.effects("sale_payment");
        return effects.size() == 1 ? effects.front().state : std::to_string(effects.size()) + " effects";
    }
};

}  // namespace

TEST_CASE("A payment on file is recorded on the invoice that was sent for it, once, and others say why not") {
    Till till;
    const RunReport report = till.world.run("sale_books");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    REQUIRE(till.paid.size() == 1);
    CHECK(till.paid[0].first == "inv_1");
    CHECK(till.paid[0].second == json{{"amount", 10.5}, {"paymentDate", "2026-01-14"}, {"method", "ach"}});
    CHECK(report.passed_over.at("sale_payment").at("book.sale_payments") ==
          std::map<std::string, std::int64_t>{{"its invoice is a draft still", 1}, {"no invoice of this job has its number", 1}, {"more than its invoice", 1}, {"without an amount or a date", 1}});
    // A person sends the draft; the same file comes once more.
    till.world.services.lists["/finance/invoices"][1]["status"] = "Sent";
    std::filesystem::copy_file(till.world.folder() / "config/inbox/done/autobind-payments-1.csv", till.world.folder() / "config/inbox/autobind-payments-2.csv");
    for (int run = 0; run < 2; ++run) CHECK(till.world.run("sale_books").exit == ExitCode::done);
    REQUIRE(till.paid.size() == 2);
    CHECK(till.paid[1].first == "inv_2");
    CHECK(till.world.run("sale_books").passed_over.at("sale_payment").at("book.sale_payments").count("its invoice is paid or voided") == 0);
}

TEST_CASE("A payment whose run died anywhere is never recorded twice, and one that may be missing waits for a person", "[crash]") {
    Death most;
    {
        Till till;
        till.world.run("sale_books");
        most = {till.world.commits, till.world.starts, till.world.replies};
    }
    std::vector<Death> deaths;
    for (std::size_t n = 1; n <= most.at_commit; ++n) deaths.push_back({.at_commit = n});
    for (std::size_t n = 1; n <= most.at_start; ++n) deaths.push_back({.at_start = n});
    for (std::size_t n = 1; n <= most.at_reply; ++n) deaths.push_back({.at_reply = n});
    for (const auto& death : deaths) {
        INFO("dies at commit " << death.at_commit << ", request " << death.at_start << ", reply " << death.at_reply);
        Till till;
        till.world.run_or_die("sale_books", death);
        for (int run = 0; run < 2; ++run) till.world.run("sale_books");
        const std::string state = till.state();
        CHECK(till.paid.size() <= 1);
        CHECK((state == "done" || state == "in_doubt" || state == "held"));
        if (state == "done") CHECK(till.paid.size() == 1);
        if (till.paid.empty()) {  // a person looks it up: it isn't there
            till.world.settle(till.world.effects("sale_payment").front(), "retry");
            till.world.run("sale_books");
            CHECK(till.paid.size() == 1);
            CHECK(till.state() == "done");
        }
    }
}
