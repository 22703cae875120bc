// What turns out only at a post or after it: that somebody else's lead was posted to the bid, that the buyer turns down what it took.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "engine/call_job.h"
#include "engine/tell_people.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// A lead of another job, posted to a bid by another process.
void post_of_another_job(const World& world, const std::string& bid, const std::string& state) {
    SQLite::Database db(world.store_file().string(), SQLite::OPEN_READWRITE, 1000);
    db.exec("INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, sent_at) "
            "VALUES ('other', 'web_sale', 'BN-OTHER', 'web', 'autobind', 'post', '{}', '" + state + "', 'POST', '/', '', '', 'hold', 1, 1, '2026-01-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z')");
    db.exec("INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, bid_id, price, posted_day, first_run, run, first_at, updated_at) "
            "VALUES ('other', 'web_sale', 'BN-OTHER', 'web', 'lead', 'live', '{\"lead_id\":\"other\"}', 'posting', '" + bid + "', '4.20', '2026-01-15', 1, 1, '', '')");
}

std::string words_of(const RunReport& report) {
    std::string words;
    for (const auto& line : report.attention) words += line.state + ": " + line.reason + "\n";
    return words;
}

std::vector<std::string> figures(World& world) { return world.rows("SELECT sold, rejected, rejected_by_reason, billable, money FROM sales_by_day"); }

// A lead that is sold, and whose status is asked for with the answer `said`.
struct Taken {
    World world;
    Buyer buyer;
    std::vector<json> invoices;
    std::string said;
    explicit Taken(const std::string& answer) : said(answer) {
        sell_live(world, buyer);
        world.elsewhere = [this](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
            if (request.method != "POST" || request.url.find("/finance/invoices") == std::string::npos) return buyer.handle(request, now);
            json invoice = json::parse(request.body);
            invoices.push_back(invoice);
            invoice["id"] = "inv_" + std::to_string(invoices.size());
            invoice["total"] = 4.2;
            world.services.lists["/finance/invoices"].push_back(invoice);
            return Answer{.status = 201, .body = json{{"data", invoice}}.dump()};
        };
        buyer.fault = [this](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            return what == "status" && !said.empty() ? std::optional(says(200, said)) : std::nullopt;
        };
        world.services.lists["/finance/invoices"];
        world.services.lists["/crm/leads"] = {sale_lead(1)};
        world.shipped("sale_books");
        const RunReport report = world.run("lead-sales");
        INFO(to_text(report));
        REQUIRE(report.sales.front().sold == 1);
    }
};

constexpr const char* kNo = R"({"bid_id": "bid-1", "status": "rejected", "billable": false})";

}  // namespace

TEST_CASE("A bid to which another job has posted meanwhile is not posted to, and the lead waits for one of its own") {
    const std::string state = GENERATE("sending", "in_doubt", "held", "done", "rejected", "dropped");
    INFO(state);
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    bool posted = false;
    world.elsewhere = [&](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
        const bool ping = request.url.find("/leads/ping") != std::string::npos;
        if (ping && !posted) post_of_another_job(world, "BID-1", state);  // while this run waits for its answer
        posted = posted || ping;
        return buyer.handle(request, now);
    };
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report) << world.log.str());
    CHECK(buyer.posts == 0);
    CHECK(report.sales.front().waiting == 1);
    CHECK(words_of(report) == "waiting: the service answered the ping with a bid that is another lead's\n");
    CHECK(sale_states(world, true).at("lead_1001") == "waiting a bid that is another lead's");
    CHECK(world.effects("lead_sale").empty());
    CHECK(world.rows("SELECT count(*) FROM sale_consent") == std::vector<std::string>{"0"});
    CHECK(world.run("lead-sales").sales.front().sold == 1);
    CHECK(sale_states(world).at("lead_1001") == "sold");
}

TEST_CASE("A sale that its buyer turns down after all is in no figure of sold, says so everywhere, and makes no invoice") {
    Taken taken(kNo);
    World& world = taken.world;
    CHECK(figures(world) == std::vector<std::string>{"1|0||0|4.20"});
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.sales.front().rejected == std::map<std::string, std::int64_t>{{"taken_back", 1}});
    CHECK(words_of(report) == "rejected: it was taken, and the service now calls it rejected\n");
    CHECK(to_text(report).find("rejected: 1 taken at first, and turned down later (taken_back)") != std::string::npos);
    CHECK(figures(world) == std::vector<std::string>{"0|1|taken_back 1|0|0.00"});
    CHECK(sale_states(world, true).at("lead_1001") == "rejected taken_back");
    CHECK(world.count_by_state() == std::map<std::string, std::int64_t>{{"rejected", 1}});
    world.with_engine([&](const Engine& engine) { CHECK_FALSE(troubles_of(engine.config, engine.store, engine.clock.wall()).contains("rejected")); });
    CHECK(world.rows("SELECT kind, detail FROM audit WHERE kind = 'taken_back'") == std::vector<std::string>{"taken_back|its status calls it rejected"});
    // It is neither asked for nor offered again, and isn't booked.
    const std::size_t asked = taken.buyer.statuses;
    for (int day = 0; day < 3; ++day) {
        world.clock.advance(std::chrono::hours(24));
        CHECK(world.run("lead-sales").attention.empty());
        world.run("sale_books");
    }
    CHECK(taken.buyer.statuses == asked);
    CHECK(taken.buyer.posts == 1);
    CHECK(taken.invoices.empty());
    CHECK(world.services.patches.empty());  // no note that it was sold
}

TEST_CASE("A sale that was turned down after all leaves room under the day's cap") {
    World world;
    Buyer buyer;
    sell_live(world, buyer, {{"count: 50", "count: 1"}});
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(200, kNo)) : std::nullopt; };
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    REQUIRE(world.run("lead-sales").sales.front().sold == 1);
    world.services.lists["/crm/leads"].push_back(sale_lead(2));
    CHECK(world.run("lead-sales").sales.front().sold == 0);  // the cap is reached; what came of the first one is asked for after that
    CHECK(world.run("lead-sales").sales.front().sold == 1);
}

TEST_CASE("A sale that was turned down when its day may have been booked is out of the figures, and named with its invoice") {
    Taken taken("{}");  // no word
    World& world = taken.world;
    for (int day = 0; day < 2; ++day) {
        world.run("lead-sales");
        world.run("sale_books");
        world.clock.advance(std::chrono::hours(20));
    }
    world.run("sale_books");
    REQUIRE(taken.invoices.size() == 1);
    taken.said = kNo;
    const RunReport report = world.run("lead-sales");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::partial);
    CHECK(words_of(report) == "rejected: it was taken, and the service now calls it rejected, which was heard only now: look whether the invoice of 2026-01-15 has it, and take it off\n");
    CHECK(figures(world) == std::vector<std::string>{"0|1|taken_back 1|0|0.00"});
    // The books say which invoice has it, as long as that is open.
    const RunReport books = world.run("sale_books");
    INFO(to_text(books));
    CHECK(words_of(books).find("turned down by its buyer since, look whether it was taken off, AUTOBIND-2026-01-15") != std::string::npos);
    world.services.lists["/finance/invoices"][0]["status"] = "Voided";
    CHECK(world.run("sale_books").attention.empty());
    CHECK(taken.invoices.size() == 1);
}
