// Calls: sold within their hours, handed to the phone system at once, followed until they are billable. And consent that is taken back.
#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <thread>

#include "engine/call_job.h"
#include "engine/revoke.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("A call that was sold is handed to the phone system once, and followed until it is billable") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(report.sales.front().sold == 1);
    const json text = json::parse(told(world));
    CHECK(text.at("transfer_phone") == "8775550142");
    CHECK(text.at("dial_in_phone") == "5126551001");
    CHECK(text.at("minimum_call_duration") == 90);
    CHECK(text.at("transfer_before") > "2026-01-15T17:0");
    CHECK(buyer.ping_bodies.front().contains("dial_in_phone") == false);
    for (int i = 0; i < 5; ++i) world.run("calls");  // a minute apart: every three minutes
    CHECK(buyer.statuses == 1);
    CHECK(world.rows("SELECT billable FROM sales") == std::vector<std::string>{"0"});
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what != "status") return std::nullopt;
        return says(200, R"({"bid_id": "bid-1", "status": "accepted", "billable": true, "call_duration": 127, "minimum_call_duration": 90})");
    };
    world.clock.advance(std::chrono::minutes(3));
    CHECK(world.run("calls").sales.front().billable == 1);
    world.clock.advance(std::chrono::minutes(10));
    world.run("calls");
    CHECK(buyer.statuses == 2);
    CHECK(world.rows("SELECT billable, call_seconds, follow_until IS NULL FROM sales") == std::vector<std::string>{"1|127|1"});
    CHECK(told(world) == text.dump());  // once
}

TEST_CASE("A bid that says in no readable way how long its call must last is handed on with that said, never as 0 seconds") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    std::string duration = "\"90\"";
    bool known = true;
    SECTION("a number in a text is one") {}
    SECTION("words are none") { duration = "\"ninety\"", known = false; }
    SECTION("nothing is none") { duration = "null", known = false; }
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "status") return std::nullopt;
        return what == "ping" ? says(200, R"({"status": "bid", "bid_id": "bid-1", "price": "12.40", "transfer_phone": "8775550142", "minimum_call_duration": )" + duration + "}") : says(200, R"({"status": "ok"})");
    };
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(report.sales.front().sold == 1);
    const json text = json::parse(told(world));
    CHECK(text.at("transfer_phone") == "8775550142");
    CHECK(text.at("minimum_call_duration") == (known ? json(90) : json()));
    CHECK(world.rows("SELECT coalesce(least_seconds, 'unknown') FROM sales") == std::vector<std::string>{known ? "90" : "unknown"});
    CHECK((to_text(report).find("the bid didn't say how many seconds the call must last to be paid") == std::string::npos) == known);
}

TEST_CASE("A window that ends while the service is away isn't the end: the last status is asked for until it's heard") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    CHECK(world.run("calls").sales.front().sold == 1);
    world.clock.advance(std::chrono::hours(5));
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(503)) : std::nullopt; };
    world.run("calls");
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        return what == "status" ? std::optional(says(200, R"({"bid_id": "bid-1", "status": "accepted", "billable": true, "call_duration": 127, "minimum_call_duration": 90})")) : std::nullopt;
    };
    world.clock.advance(std::chrono::minutes(5));
    CHECK(world.run("calls").sales.front().billable == 1);
    CHECK(world.rows("SELECT billable, follow_until IS NULL FROM sales") == std::vector<std::string>{"1|1"});
    const std::size_t asked = buyer.statuses;
    world.clock.advance(std::chrono::minutes(5));
    world.run("calls");
    CHECK(buyer.statuses == asked);
}

TEST_CASE("A phone system that fails is named, and a call whose run died is handed over while there's time") {
    World world;
    Buyer buyer;
    SECTION("it fails") {
        prepare_calls(world, buyer, "{command: [/bin/sh, -c, \"cat > /dev/null; exit 3\"]}");
        const RunReport report = world.run("calls");
        CHECK(report.sales.front().sold == 1);
        REQUIRE_FALSE(report.attention.empty());
        CHECK(report.attention.front().reason.find("could not be told") != std::string::npos);
    }
    SECTION("too early in El Paso") {
        prepare_calls(world, buyer);
        world.clock.set_wall(parse_rfc3339("2026-01-15T14:30:00Z"));
        CHECK(world.run("calls").sales.front().passed_over.at("hour") == 1);
        CHECK(buyer.pings == 0);
    }
}

TEST_CASE("A call is neither asked for nor posted once its hour is over, however the run began") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    world.clock.set_wall(parse_rfc3339("2026-01-16T02:59:30Z"));  // 8.59 p.m. in Chicago
    SECTION("a ping that was told to wait") {
        buyer.fault = [&](const std::string&, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            world.clock.set_wall(parse_rfc3339("2026-01-16T02:59:59.500Z"));
            return busy();
        };
        CHECK(world.run("calls").sales.front().waiting == 1);
        CHECK(buyer.pings == 1);
        CHECK(sale_states(world, true).at("lead_1001") == "waiting hour");
    }
    SECTION("a bid that came too late") {
        buyer.fault = [&](const std::string&, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            world.clock.set_wall(parse_rfc3339("2026-01-16T03:00:00Z"));
            return std::nullopt;
        };
        CHECK(world.run("calls").sales.front().waiting == 1);
        CHECK(sale_states(world, true).at("lead_1001") == "waiting hour");
        CHECK(buyer.posts == 0);
        CHECK(world.effects().empty());
        buyer.fault = nullptr;
        world.clock.set_wall(parse_rfc3339("2026-01-16T16:00:00Z"));
        CHECK(world.run("calls").sales.front().sold == 1);
    }
    SECTION("a post whose reply was lost isn't repeated: its status is asked for") {
        buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
            if (what != "post") return std::nullopt;
            world.clock.set_wall(parse_rfc3339("2026-01-16T03:00:00Z"));
            return lost_after();
        };
        CHECK(world.run("calls").sales.front().sold == 1);
        CHECK(buyer.posts == 1);
        CHECK(buyer.statuses >= 1);
    }
}

TEST_CASE("A call whose run died anywhere is handed over by the next one, or named as too late", "[crash]") {
    std::size_t commits = 0;
    {
        World world;
        Buyer buyer;
        prepare_calls(world, buyer);
        world.run("calls");
        commits = world.commits;
    }
    std::size_t may_have_known = 0;
    for (const bool late : {false, true}) {
        for (std::size_t n = 1; n <= commits; ++n) {
            INFO("dies at commit " << n << (late ? ", and runs again too late" : ""));
            World world;
            Buyer buyer;
            prepare_calls(world, buyer, "{command: [/bin/sh, -c, \"cat >> " + (world.folder() / "told").string() + "; echo >> " + (world.folder() / "told").string() + "\"], within: 10m}");
            world.run_or_die("calls", {.at_commit = n});
            const auto told_before = told(world);
            if (late) world.clock.advance(std::chrono::minutes(11));
            std::string attention;
            for (int run = 0; run < 2; ++run) {
                for (const auto& line : world.run("calls").attention) attention += line.reason + "\n";
            }
            CHECK(buyer.sold.size() == 1);
            CHECK(world.rows("SELECT count(*) FROM sales WHERE state = 'sold' AND handed_at IS NOT NULL") == std::vector<std::string>{"1"});
            const bool too_late = world.rows("SELECT hand_trouble IS NOT NULL FROM sales") == std::vector<std::string>{"1"};
            const bool may_know = attention.find("sold, and whether the phone system was told by the run that posted it isn't known") != std::string::npos;
            const bool not_told = attention.find("not handed to the phone system in time: it wasn't known as sold before") != std::string::npos;
            CHECK(too_late == (may_know || not_told));
            if (not_told) CHECK(told_before.empty());
            may_have_known += may_know ? 1 : 0;
            if (!too_late) CHECK(told(world).find("8775550142") != std::string::npos);
            else CHECK(told(world) == told_before);
            if (!late) CHECK_FALSE(too_late);
        }
    }
    CHECK(may_have_known > 0);
}

TEST_CASE("What the phone system says is written down while other calls of the run wait for the service") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    std::string job = call_job(world);
    world.job("calls", job.replace(job.find("steps:"), 0, "time_limit: 10h\n"));  // of the simulated clock: the program that is told runs by the real one
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    // The second ping is told to wait for hours, until the telling of the first call is on file; nothing else ends meanwhile.
    bool on_file = false;
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
        if (what != "ping" || request.body.find("lead_1002") == std::string::npos) return std::nullopt;
        on_file = on_file || world.rows("SELECT count(*) FROM sales WHERE handed_at IS NOT NULL") == std::vector<std::string>{"1"};
        if (on_file) return std::nullopt;
        if (buyer.pings > 2) {  // the program and who waits for it run by the real clock
            for (int looks = 0; told(world).empty() && looks < 10000000; ++looks) std::this_thread::yield();
            for (int turns = 0; turns < 100000; ++turns) std::this_thread::yield();
        }
        Fault wait = busy("3600");
        wait.answer.latency = std::chrono::seconds(2);  // the first call is sold by then
        return wait;
    };
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(on_file);
    CHECK(report.sales.front().sold == 2);
}

TEST_CASE("A phone system that can't be told by the next run either may have been told by the one that died") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer);
    CHECK(world.run("calls").sales.front().sold == 1);
    world.rows("UPDATE sale SET handed_at = NULL");  // as if it had died before it could write that down
    world.job("calls", call_job(world, "{command: [/bin/sh, -c, \"cat > /dev/null; exit 3\"], within: 10m}"));
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    REQUIRE_FALSE(report.attention.empty());
    CHECK(report.attention.front().reason.find("could not be told to transfer the call: ") != std::string::npos);
    CHECK(report.attention.front().reason.find("; whether the run that posted it has told it isn't known: ask there before you transfer") != std::string::npos);
}

namespace {

std::string ten_minutes(const World& world) { return "{command: [/bin/sh, -c, \"cat >> " + (world.folder() / "told").string() + "\"], within: 10m}"; }

// Lists that nobody may be sold by.
std::string keep_back(World& world, Buyer& buyer, const std::string& why) {
    std::string job = call_job(world, ten_minutes(world));
    if (why == "incomplete") {
        job.replace(job.find("    kind: call"), 0, "    needs: complete\n");
        world.elsewhere = [&buyer](const HttpRequest& request, BootTime now) -> std::optional<Answer> {
            if (request.url.find("/crm/leads") != std::string::npos) return Answer{.status = 500};
            return buyer.handle(request, now);
        };
    } else if (why == "guard") {
        job.replace(job.find("steps:"), 0, "guard: {max_effects: 1}\n");
        for (int i = 2; i < 6; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    } else {
        for (int i = 2; i < 6; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
        for (auto& lead : world.services.lists["/crm/leads"]) {
            lead["moved"] = lead["createdAt"];
            lead.erase("createdAt");
        }
    }
    return job;
}

}  // namespace

TEST_CASE("A call that is known as sold only when its caller has hung up isn't handed on, and is named as too late") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer, ten_minutes(world));
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return lost_after();
        return what == "status" ? std::optional(says(503)) : std::nullopt;
    };
    CHECK(world.run("calls").sales.front().unclear == 1);
    buyer.fault = nullptr;
    bool late = true;
    SECTION("hours later") { world.clock.advance(std::chrono::hours(2)); }
    SECTION("a repeat of the post makes it no later") {
        buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> { return what == "status" ? std::optional(says(503)) : lost_after(); };
        world.clock.advance(std::chrono::minutes(8));
        world.run("calls");
        buyer.fault = nullptr;
        world.clock.advance(std::chrono::minutes(2));
    }
    SECTION("within its time") { late = false; }
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(report.sales.front().sold == 1);
    CHECK(told(world).empty() == late);
    CHECK(world.rows("SELECT handed_at IS NOT NULL, hand_trouble LIKE 'too late%' FROM sales") == std::vector<std::string>{late ? "1|1" : "1|"});
    std::string attention;
    for (const auto& line : report.attention) attention += line.reason;
    CHECK((attention.find("not handed to the phone system in time") != std::string::npos) == late);
}

TEST_CASE("A run that may sell nobody hands on and follows what was sold all the same") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer, ten_minutes(world));
    const std::string why = GENERATE(as<std::string>{}, "incomplete", "guard", "mapping");
    INFO(why);
    REQUIRE(world.run("calls").sales.front().sold == 1);
    world.with_engine([](const Engine& engine) { engine.store.transaction([&] { engine.store.db().exec("UPDATE sale SET handed_at = NULL"); }); });  // as a kill before the telling leaves it
    const std::string text = told(world);
    world.job("calls", keep_back(world, buyer, why));
    const RunReport kept = world.run("calls");
    INFO(to_text(kept));
    CHECK(kept.exit != ExitCode::done);
    CHECK(told(world) == text + text);
    CHECK(world.rows("SELECT handed_at IS NOT NULL AND hand_trouble IS NULL FROM sales WHERE state = 'sold'") == std::vector<std::string>{"1"});
    world.clock.advance(std::chrono::minutes(3));
    world.run("calls");
    CHECK(buyer.statuses >= 1);
    CHECK(world.rows("SELECT billable FROM sales WHERE state = 'sold'") == std::vector<std::string>{"0"});
    CHECK(buyer.pings == 1);
    CHECK(buyer.posts == 1);
}

TEST_CASE("A run that may sell nobody asks what became of a post whose reply was lost, and leaves one that nobody knows to a run that may repeat it") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer, ten_minutes(world));
    const std::string why = GENERATE(as<std::string>{}, "incomplete", "guard", "mapping");
    const bool arrived = GENERATE(true, false);
    INFO(why << (arrived ? ", arrived" : ", never arrived"));
    buyer.fault = [&](const std::string& what, std::size_t, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post") return arrived ? lost_after() : lost_before();
        return what == "status" ? std::optional(says(503)) : std::nullopt;
    };
    CHECK(world.run("calls").sales.front().unclear == 1);
    const std::size_t posts = buyer.posts;
    buyer.fault = nullptr;
    world.job("calls", keep_back(world, buyer, why));
    world.run("calls");
    CHECK(world.rows("SELECT state FROM effect WHERE sent_at IS NOT NULL") == std::vector<std::string>{arrived ? "done" : "in_doubt"});
    CHECK(told(world).empty() != arrived);
    CHECK(buyer.posts == posts);
    CHECK(buyer.pings == 1);
}

TEST_CASE("What is to be followed and handed on is found without reading what other jobs have sent") {
    World world;
    Buyer buyer;
    prepare_calls(world, buyer, ten_minutes(world));
    REQUIRE(world.run("calls").sales.front().sold == 1);
    world.with_engine([](const Engine& engine) {
        engine.store.transaction([&] {
            engine.store.db().exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                                   "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, sent_at) "
                                   "SELECT 'other' || i, 'other', 'O' || i, 'others', 'bi369', 'x', '{}', 'done', 'POST', '/x', '', '', 'hold', 1, 1, '2026-01-01', '2026-01-01', '2026-01-01' FROM n");
        });
        int steps = 0;  // thousands of the store's machine
        sqlite3_progress_handler(engine.store.db().getHandle(), 1000, [](void* count) { return ++*static_cast<int*>(count), 0; }, &steps);
        Sales sales(engine.store);
        CHECK(sales.to_follow("call_sale").size() == 1);
        CHECK(sales.to_hand("call_sale").empty());
        sqlite3_progress_handler(engine.store.db().getHandle(), 0, nullptr, nullptr);
        CHECK(steps < 10);
    });
}

TEST_CASE("Who takes back their consent is offered no more, not even to a bid whose reply was lost") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    buyer.fault = [](const std::string& what, std::size_t, const HttpRequest& request) -> std::optional<Fault> {
        if (what == "ping") return request.body.find("lead_1002") != std::string::npos ? std::optional(says(500)) : std::nullopt;
        return lost_before();
    };
    world.run("lead-sales");
    CHECK(sale_states(world) == std::map<std::string, std::string>{{"lead_1001", "unclear"}, {"lead_1002", "waiting"}});
    const std::size_t posts = buyer.posts;
    world.with_engine([](const Engine& engine) {
        const Revoked revoked = revoke(engine.config, engine.store, "lead_1001");
        CHECK(revoked.barred == 2);
        CHECK(revoked.unclear.size() == 1);
        CHECK(revoke(engine.config, engine.store, "(512) 655-1002").barred == 2);
        CHECK(revoke(engine.config, engine.store, "lead_1001").barred == 0);
    });
    buyer.fault = nullptr;
    world.run("lead-sales");
    CHECK(buyer.posts == posts);
    CHECK(buyer.pings == 4);  // one, and three tries of the other
    CHECK(sale_states(world, true).at("lead_1002") == "passed_over do_not_contact");
    CHECK(sale_states(world).at("lead_1001") == "unclear");
}

TEST_CASE("Who was forgotten stays barred, and the proof of a sale stays with it") {
    World world;
    Buyer buyer;
    sell_live(world, buyer);
    world.services.lists["/crm/leads"] = {sale_lead(1)};
    world.run("lead-sales");
    world.with_engine([](const Engine& engine) { forget(engine.config, engine.store, "lead_1001", false, -1); });
    CHECK(world.rows("SELECT count(*) FROM sale_consent") == std::vector<std::string>{"1"});
    CHECK(world.rows("SELECT body FROM effect") == std::vector<std::string>{""});
    // The CRM brings the person back, under another id.
    world.services.lists["/crm/leads"] = {sale_lead(1, {{"id", "lead_9"}})};
    world.clock.advance(std::chrono::hours(24 * 40));
    world.services.lists["/crm/leads"][0]["createdAt"] = rfc3339(world.clock.wall() - std::chrono::hours(1));
    world.run("lead-sales");
    CHECK(sale_states(world, true).at("lead_9") == "passed_over do_not_contact");
    CHECK(buyer.pings == 1);
}
