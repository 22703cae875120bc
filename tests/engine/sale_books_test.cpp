// The sale_books job: income from sold leads as drafts, a day each, and a note on each lead.
#include <SQLiteCpp/Database.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <set>

#include "engine/call_job.h"

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

TEST_CASE("A run of the books says of each sale why it is on no invoice yet") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.elsewhere = [&](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
        if (request.method != "POST" || request.url.find("/finance/invoices") == std::string::npos) return buyer.handle(request, now);
        return Answer{.status = 201, .body = R"({"data":{"id":"inv_1"}})"};
    };
    std::string word;  // of the status of the second lead
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
        const bool second = request.url.find("bid-2") != std::string::npos;
        if (what == "status" && second && word == "not billable") return says(200, R"({"bid_id": "bid-2", "status": "accepted", "billable": false})");
        return what == "status" && second && word.empty() ? std::optional(says(503)) : std::nullopt;
    };
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 2);
    world.run("lead-sales");
    using Reasons = std::map<std::string, std::int64_t>;
    const auto why = [&](const std::string& effect) {
        const RunReport report = world.run("sale_books");
        INFO(to_text(report));
        return report.passed_over.at(effect).at("sales");
    };
    CHECK(why("sale_invoice") == Reasons{{"its day isn't over", 2}});
    CHECK(why("sale_note").empty());
    world.clock.advance(std::chrono::hours(20));  // the next day in Chicago
    CHECK(why("sale_invoice") == Reasons{{"what came of it isn't known yet", 1}, {"waits for another sale of its day", 1}});
    CHECK(world.effects("sale_invoice").empty());
    world.services.lists["/crm/leads"].erase(world.services.lists["/crm/leads"].begin());
    SECTION("it is billable") {
        word = "billable";
        world.run("lead-sales");
        CHECK(why("sale_invoice").empty());
        CHECK(world.effects("sale_invoice").size() == 1);
    }
    SECTION("it isn't") {
        word = "not billable";
        world.run("lead-sales");
        CHECK(why("sale_invoice") == Reasons{{"not billable", 1}});
        CHECK(world.effects("sale_invoice").size() == 1);
        CHECK(why("sale_invoice").empty());  // its day has its invoice
    }
    SECTION("whether one was sold isn't known") {
        const auto sold = world.effects("lead_sale").front();
        world.with_engine([&](const Engine& engine) { engine.store.transaction([&] { Ledger(engine.store).hold(sold.identity, 1, "a test"); }); });
        const Reasons reasons = why("sale_invoice");
        CHECK(reasons.at("whether it was sold isn't known") == 1);
        CHECK(reasons.size() == 2);
    }
}

TEST_CASE("A note is added to what the lead's notes say now, and to none that can't be read now") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"notes", "Called twice."}})};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    json& person = world.services.lists["/crm/leads"].front();
    const std::string written = "Called twice.\nWants a call on Monday.";
    SECTION("the CRM's list fails") {
        person["notes"] = written;
        world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
            return request.url.find("/crm/leads?") != std::string::npos ? std::optional(says(503)) : std::nullopt;
        };
        world.run("sale_books");
        REQUIRE(world.services.patches.size() == 1);
        CHECK(person.at("notes").get<std::string>().find(written + "\nSold to Autobind") == 0);
    }
    SECTION("all of the CRM fails, and answers again") {
        person["notes"] = written;
        world.services.on_read = [](const HttpRequest&, std::size_t) -> std::optional<Fault> { return says(503); };
        world.run("sale_books");
        CHECK(world.services.patches.empty());
        world.services.on_read = nullptr;
        world.clock.advance(std::chrono::minutes(10));
        world.run("sale_books");
        REQUIRE(world.services.patches.size() == 1);
        CHECK(person.at("notes").get<std::string>().find(written + "\nSold to Autobind") == 0);
    }
    SECTION("somebody writes while the job reads its lists") {
        world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
            if (request.url.find("/finance/invoices?") != std::string::npos) world.services.lists["/crm/leads"].front()["notes"] = written;
            return std::nullopt;
        };
        world.run("sale_books");
        REQUIRE(world.services.patches.size() == 1);
        CHECK(person.at("notes").get<std::string>().find(written + "\nSold to Autobind") == 0);
    }
    world.services.on_read = nullptr;
    person["notes"] = "Somebody took it all out.";
    for (int run = 0; run < 2; ++run) world.run("sale_books");
    CHECK(world.services.patches.size() == 1);
    CHECK(person.at("notes") == "Somebody took it all out.");
}

TEST_CASE("A note that was planned is applied to no notes that may have been written to since") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"notes", "Called twice."}})};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    RunOptions options;
    options.kind = "plan";
    const PlanFile plan = plan_of(world.run("sale_books", options));
    REQUIRE(plan.calls.size() == 1);
    json& person = world.services.lists["/crm/leads"].front();
    person["notes"] = "Called twice.\nWants a call on Monday.";
    world.clock.advance(std::chrono::minutes(10));
    options.kind = "apply";
    options.plan = plan;
    CHECK(world.run("sale_books", options).exit == ExitCode::guard);
    CHECK(world.services.patches.empty());
    options.plan.reset();
    options.kind = "sync";
    world.run("sale_books", options);
    CHECK(person.at("notes").get<std::string>().find("Called twice.\nWants a call on Monday.\nSold to Autobind") == 0);
}

TEST_CASE("A note whose reply was lost is neither repeated over what somebody wrote since, nor written twice") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"notes", "Called twice."}})};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    bool acts = true;
    SECTION("it arrived") {}
    SECTION("it didn't") { acts = false; }
    int patches = 0;
    world.services.on_write = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        patches += request.method == "PATCH" ? 1 : 0;
        return request.method == "PATCH" ? std::optional(acts ? lost_after() : lost_before()) : std::nullopt;
    };
    world.run("sale_books");
    CHECK(patches == 1);  // not again in this run either: a person may write at any moment
    world.services.on_write = nullptr;
    json& person = world.services.lists["/crm/leads"].front();
    const std::string had = person.at("notes");
    person["notes"] = had + "\nWants a call on Monday.";
    for (int run = 0; run < 3; ++run) {
        world.clock.advance(std::chrono::minutes(10));
        world.run("sale_books");
    }
    const std::string notes = person.at("notes");
    INFO(notes);
    CHECK(notes.find(had + "\nWants a call on Monday.") == 0);
    const auto first = notes.find("Sold to Autobind");
    CHECK((first == std::string::npos || notes.find("Sold to Autobind", first + 1) == std::string::npos));
    CHECK(acts == (had != "Called twice."));
}

TEST_CASE("Notes are written, and named where they aren't, whatever other jobs begin meanwhile") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/finance/invoices"];
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    world.shipped("sale_books");
    REQUIRE(world.run("lead-sales").sales.front().sold == 2);
    SECTION("another job's run begins while the job reads") {
        bool begun = false;
        world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
            if (begun || request.url.find("/finance/invoices") == std::string::npos) return std::nullopt;
            begun = true;
            world.with_engine([](const Engine& engine) {
                const std::string later = rfc3339(engine.clock.wall() + std::chrono::seconds(5));
                engine.store.transaction([&] { engine.store.db().exec("INSERT INTO run (job, kind, state, phase, now, today, timezone, started_at, pid) VALUES ('leads', 'webhook', 'running', 'pull', '', '', 'UTC', '" + later + "', 1)"); });
            });
            return std::nullopt;
        };
        world.run("sale_books");
        REQUIRE(begun);
        CHECK(world.services.patches.size() == 2);
    }
    SECTION("one of the leads can't be read") {
        world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
            return request.url.find("/crm/leads?") != std::string::npos || request.url.find("lead_1002") != std::string::npos ? std::optional(says(503)) : std::nullopt;
        };
        const RunReport report = world.run("sale_books");
        INFO(to_text(report));
        CHECK(world.services.patches.size() == 1);
        CHECK(report.passed_over.at("sale_note").at("sales") == std::map<std::string, std::int64_t>{{"its lead couldn't be read in this run", 1}});
    }
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

// Two calls that were sold, and the books of them. The first one is billable soon; of the second the service says `status`.
struct CallBooks {
    World world;
    Buyer buyer;
    std::vector<json> invoices;
    std::optional<Fault> status = says(503);
    CallBooks() {
        prepare_calls(world, buyer);
        world.shipped("sale_books");
        world.services.lists["/finance/invoices"];
        world.services.lists["/crm/leads"].push_back(sale_lead(2));
        world.elsewhere = [this](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
            if (request.method != "POST" || request.url.find("/finance/invoices") == std::string::npos) return buyer.handle(request, now);
            invoices.push_back(json::parse(request.body));
            return Answer{.status = 201, .body = R"({"data":{"id":"inv_1"}})"};
        };
        buyer.fault = [this](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
            if (what != "status") return std::nullopt;
            return request.url.find("bid-1") != std::string::npos ? billable("bid-1") : status;
        };
        CHECK(world.run("calls").sales.front().sold == 2);
        world.clock.advance(std::chrono::minutes(3));
        CHECK(world.run("calls").sales.front().billable == 1);
    }
    // Both jobs, at the end of that time.
    RunReport after(std::chrono::hours time) {
        world.clock.advance(time);
        RunReport report = world.run("calls");
        world.run("sale_books");
        return report;
    }
    static Fault billable(const std::string& bid) { return says(200, R"({"bid_id": ")" + bid + R"(", "status": "accepted", "billable": true, "call_duration": 127, "minimum_call_duration": 90})"); }
    // What the day's report says that it earned is what its invoice comes to.
    void agree() {
        std::int64_t cents = 0;
        for (const auto& item : invoices.at(0).at("lineItems")) cents += std::llround(item.at("unitPrice").get<double>() * 100);
        CHECK(world.rows("SELECT CAST(replace(earned, '.', '') AS INTEGER) FROM sales_by_day WHERE mode = 'live' AND effect = 'call_sale'") == std::vector<std::string>{std::to_string(cents)});
    }
    std::vector<std::string> followed() { return world.rows("SELECT follow_until IS NOT NULL FROM sales WHERE bid_id = 'bid-2'"); }
};

std::string attention_of(const RunReport& report) {
    std::string text;
    for (const auto& line : report.attention) text += line.reason + "\n";
    return text;
}

}  // namespace

TEST_CASE("A billable call is on its day's invoice though its status wasn't heard for days") {
    CallBooks books;
    SECTION("the service is away") {}
    SECTION("it doesn't know the bid") { books.status = says(404); }
    SECTION("it refuses the key") { books.status = says(401); }
    SECTION("it has no connection") { books.status = no_connection(); }
    for (int day = 1; day <= 6; ++day) {
        const RunReport report = books.after(std::chrono::hours(24));
        CHECK(books.invoices.empty());
        CHECK(attention_of(report).find("billable") == std::string::npos);
    }
    books.status = CallBooks::billable("bid-2");
    const RunReport heard = books.after(std::chrono::hours(1));
    CHECK(heard.sales.front().billable == 1);
    CHECK(attention_of(heard).find("invoice") == std::string::npos);
    REQUIRE(books.invoices.size() == 1);
    CHECK(books.invoices[0].at("lineItems").size() == 2);
    books.agree();
    const std::size_t asked = books.buyer.statuses;
    books.after(std::chrono::hours(1));
    CHECK(books.buyer.statuses == asked);
}

TEST_CASE("A sale whose status isn't heard for a week is given up and named, and one that is billable after that is named too") {
    CallBooks books;
    SECTION("never heard") {
        books.after(std::chrono::hours(24 * 7));  // of which the window was 4 hours
        CHECK(books.followed() == std::vector<std::string>{"1"});
        const RunReport report = books.after(std::chrono::hours(4));
        CHECK(attention_of(report).find("what came of it couldn't be heard for 7 days") != std::string::npos);
        CHECK(report.exit == ExitCode::partial);
        REQUIRE(books.invoices.size() == 1);
        CHECK(books.invoices[0].at("lineItems").size() == 1);
        books.agree();
    }
    SECTION("heard after its day was booked") {
        books.status = CallBooks::billable("bid-2");
        const RunReport report = books.after(std::chrono::hours(24 * 8));  // nothing ran
        CHECK(report.sales.front().billable == 1);
        CHECK(attention_of(report).find("it is billable, which was heard only now: look whether the invoice of 2026-01-15 has it") != std::string::npos);
    }
    CHECK(books.followed() == std::vector<std::string>{"0"});
    const std::size_t asked = books.buyer.statuses;
    CHECK(attention_of(books.after(std::chrono::hours(1))).find("heard") == std::string::npos);
    CHECK(books.buyer.statuses == asked);
}

TEST_CASE("A lead that isn't billable after all, heard after its day may have been booked, is named") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    std::optional<Fault> status = says(503);
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? status : std::nullopt; };
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    world.run("lead-sales");
    world.clock.advance(std::chrono::hours(30));
    std::string said = "isn't billable, which was heard only now: look whether the invoice of 2026-01-15 has it, and take it off";
    SECTION("not billable") { status = says(200, R"({"bid_id": "bid-1", "status": "accepted", "billable": false})"); }
    SECTION("rejected") {
        status = says(200, R"({"bid_id": "bid-1", "status": "rejected", "billable": false})");
        said = "the service now calls it rejected, which was heard only now: look whether the invoice of 2026-01-15 has it, and take it off";
    }
    SECTION("billable, as the invoice has it") {
        status = says(200, R"({"bid_id": "bid-1", "status": "accepted", "billable": true})");
        said.clear();
    }
    const RunReport report = world.run("lead-sales");
    INFO(attention_of(report));
    CHECK(attention_of(report).find(said) != std::string::npos);
    CHECK(report.attention.size() == (said.empty() ? 0u : 1u));
    CHECK(report.exit == (said.empty() ? ExitCode::done : ExitCode::partial));
    CHECK(world.run("lead-sales").attention.empty());
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

TEST_CASE("A payment that somebody must look at is named in each report, with what stands in the file") {
    Till till;
    std::ofstream(till.world.folder() / "config/inbox/autobind-payments-2.csv") << "Payment ID,Invoice,Amount,Paid On,Method\npay-6,AUTOBIND-2026-01-12,eight,soon,ach\n";
    const auto named = [&](const RunReport& report) {
        std::set<std::string> lines;
        for (const auto& line : report.attention) lines.insert(line.ref + ": " + line.state + ": " + line.reason);
        return lines;
    };
    const std::set<std::string> all{
        "payment pay-3: passed over: no invoice of this job has its number, invoice \"RENT-1\", amount \"9.00\", paid on \"2026-01-14\"",
        "payment pay-4: passed over: more than its invoice, invoice \"AUTOBIND-2026-01-12\", amount \"80.00\", paid on \"2026-01-14\"",
        "payment pay-5: passed over: without an amount or a date, invoice \"AUTOBIND-2026-01-12\", amount \"8.00\", paid on \"\"",
        "payment pay-6: passed over: without an amount or a date, invoice \"AUTOBIND-2026-01-12\", amount \"eight\", paid on \"soon\""};
    const RunReport first = till.world.run("sale_books");
    INFO(to_text(first));
    CHECK(named(first) == all);  // not pay-2, whose draft only has to be sent
    std::string warnings;
    for (const auto& warning : first.warnings) warnings += warning + "\n";
    CHECK(warnings.find("amount: 1 value can't be read as money: line 2") != std::string::npos);
    CHECK(warnings.find("paid_on: 1 value can't be read as a date: line 2") != std::string::npos);
    CHECK(named(till.world.run("sale_books")) == all);
    CHECK(to_text(first).find("look at payment pay-3 (sale_payment, passed over): no invoice of this job has its number") != std::string::npos);
}

TEST_CASE("An invoice isn't paid twice by what the bank and the buyer call by two names") {
    Till till;
    std::ofstream(till.world.folder() / "config/inbox/autobind-payments-2.csv") << "Payment ID,Invoice,Amount,Paid On,Method\nwire-1,AUTOBIND-2026-01-10,10.50,1/13/2026,ach\n";
    const auto passed_over = [](const RunReport& report) {
        const auto& reasons = report.passed_over.at("sale_payment").at("book.sale_payments");
        const auto found = reasons.find("more than its invoice together");
        return found == reasons.end() ? 0 : found->second;
    };
    SECTION("in one run") {
        CHECK(passed_over(till.world.run("sale_books")) == 1);
        REQUIRE(till.paid.size() == 1);
        CHECK(till.paid[0].first == "inv_1");
    }
    SECTION("the first one's reply is lost, and the invoice stays open") {
        const auto till_takes = till.world.elsewhere;
        till.world.elsewhere = [&](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
            if (request.method != "PATCH" || request.url.find("/finance/invoices/inv_1") == std::string::npos) return till_takes(request, now);
            till.paid.emplace_back("inv_1", json::parse(request.body));
            return Answer{.ending = Ending::lost};
        };
        for (int run = 0; run < 3; ++run) CHECK(passed_over(till.world.run("sale_books")) == 1);
        CHECK(till.paid.size() == 1);
        CHECK(till.world.effects("sale_payment").size() == 1);
    }
    SECTION("one that was refused makes room for the other") {
        till.world.elsewhere = [&](const HttpRequest& request, BootTime) -> std::optional<Answer> {
            if (request.method != "PATCH" || request.url.find("/finance/invoices/inv_1") == std::string::npos) return std::nullopt;
            till.paid.emplace_back("inv_1", json::parse(request.body));
            return till.paid.size() == 1 ? Answer{.status = 422} : Answer{.status = 200, .body = R"({"data":{"id":"inv_1"}})"};
        };
        till.world.run("sale_books");
        till.world.run("sale_books");
        CHECK(till.paid.size() == 2);
        CHECK(passed_over(till.world.run("sale_books")) == 1);  // the refused one
        CHECK(till.paid.size() == 2);
    }
}

TEST_CASE("A payment is recorded when it's an amount that somebody can pay, and else named with what is wrong with it") {
    struct Case {
        const char *amount, *reason;
    };
    for (const Case& c : std::initializer_list<Case>{{"0.005", "an amount with a fraction of a cent"},
                                                     {"10.499", "an amount with a fraction of a cent"},
                                                     {"-0.001", "an amount with a fraction of a cent"},
                                                     {"0.00", "an amount that isn't above 0"},
                                                     {"-3.00", "an amount that isn't above 0"},
                                                     {"(3.00)", "an amount that isn't above 0"},
                                                     {"", "without an amount or a date"},
                                                     {"3.50", ""},
                                                     {"3.5000", ""},
                                                     {"0.01", ""}}) {
        INFO(c.amount);
        Till till;
        std::filesystem::remove(till.world.folder() / "config/inbox/autobind-payments-1.csv");
        std::ofstream(till.world.folder() / "config/inbox/autobind-payments-2.csv") << "Payment ID,Invoice,Amount,Paid On,Method\npay-1,AUTOBIND-2026-01-10," << c.amount << ",2026-01-14,ach\n";
        const RunReport report = till.world.run("sale_books");
        INFO(to_text(report));
        const bool good = std::string(c.reason).empty();
        CHECK(till.paid.size() == (good ? 1 : 0));
        if (good) continue;
        CHECK(report.passed_over.at("sale_payment").at("book.sale_payments") == std::map<std::string, std::int64_t>{{c.reason, 1}});
        CHECK(to_text(report).find("look at payment pay-1 (sale_payment, passed over): " + std::string(c.reason)) != std::string::npos);
    }
}

TEST_CASE("Two payments that make up an invoice are both recorded") {
    Till till;
    std::ofstream(till.world.folder() / "config/inbox/autobind-payments-1.csv") << "Payment ID,Invoice,Amount,Paid On,Method\n"
                                                                               "a,AUTOBIND-2026-01-10,10.00,2026-01-14,ach\nb,AUTOBIND-2026-01-10,0.50,2026-01-14,ach\nc,AUTOBIND-2026-01-10,0.01,2026-01-15,ach\n";
    CHECK(till.world.run("sale_books").passed_over.at("sale_payment").at("book.sale_payments") == std::map<std::string, std::int64_t>{{"more than its invoice together", 1}});
    CHECK(till.paid.size() == 2);
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
