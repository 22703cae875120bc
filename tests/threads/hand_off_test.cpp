// Sold calls are handed on beside the selling, each in a thread of its own. Run under the thread sanitizer as well.
#include "engine/sell_hand_off.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "engine/call_job.h"
#include "engine/tell_people.h"
#include "support/raw_server.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// Calls that were sold, as the hand-off finds them; nobody was told of them.
std::vector<SaleRow> sold_calls(World& world, Buyer& buyer, int count) {
    prepare_calls(world, buyer, "{command: [/bin/sh, -c, \"cat > /dev/null\"]}");
    world.services.lists["/crm/leads"].clear();
    for (int i = 1; i <= count; ++i) world.services.lists["/crm/leads"].push_back(sale_lead(i));
    REQUIRE(world.run("calls").sales.front().sold == count);
    std::vector<SaleRow> rows;
    world.with_engine([&](const Engine& engine) {
        for (const auto& effect : Ledger(engine.store).list("", "call_sale", {})) {
            rows.push_back(Sales(engine.store).find(effect.identity).value());
            rows.back().asked_at = rfc3339(engine.clock.wall());  // there's still time
        }
    });
    world.rows("UPDATE sale SET handed_at = NULL");
    return rows;
}

const SellStep& sell_step(const Engine& engine) { return std::get<SellStep>(engine.config.job("calls").steps.back()); }

}  // namespace

TEST_CASE("A phone system that takes its time holds up no other sale") {
    World world;
    Buyer buyer;
    // It answers only when the second call's post is on the wire.
    const auto sign = world.folder() / "second_post";
    prepare_calls(world, buyer, "{command: [/bin/sh, -c, \"cat > /dev/null; while [ ! -e " + sign.string() + " ]; do sleep 0.02; done\"]}");
    world.services.lists["/crm/leads"] = {sale_lead(1), sale_lead(2)};
    std::size_t asked = 0;
    buyer.latency = [&](const std::string& what) -> Duration { return std::chrono::milliseconds(what == "ping" && ++asked == 2 ? 1500 : 50); };
    buyer.fault = [&](const std::string& what, std::size_t nth, const HttpRequest&) -> std::optional<Fault> {
        if (what == "post" && nth == 2) std::ofstream(sign) << "now";
        return std::nullopt;
    };
    const RunReport report = world.run("calls");
    INFO(to_text(report));
    CHECK(report.sales.front().sold == 2);
    CHECK(report.attention.empty());
    CHECK(world.rows("SELECT count(*) FROM sales WHERE handed_at IS NOT NULL AND hand_trouble IS NULL") == std::vector<std::string>{"2"});
}

TEST_CASE("Sixteen calls are handed on at a time, and what came of each is written down by the run's own thread") {
    World world;
    Buyer buyer;
    const auto calls = sold_calls(world, buyer, 16);
    world.with_engine([&](const Engine& engine) {
        Delivery delivery;
        std::promise<void> all;
        std::atomic<int> begun{0};
        const auto go = all.get_future().share();
        HandOffs hands(engine, sell_step(engine), delivery, [&begun, &all, go, odd = calls.at(3).ref](const Telling& telling) -> std::string {
            if (++begun == 16) all.set_value();
            go.wait();  // side by side, or this never ends
            if (telling.ref == odd) throw std::runtime_error("no telephone");
            return json::parse(telling.text).at("ref") == telling.ref ? "" : "another call's text";
        });
        for (const auto& call : calls) {
            CHECK(hands.has_room());
            hands.start(call);
        }
        CHECK_FALSE(hands.has_room());
        hands.wait_for_all();
        CHECK(hands.has_room());
        CHECK(delivery.untold);
        REQUIRE(delivery.attention.size() == 1);
        CHECK(delivery.attention.front().reason.find("no telephone") != std::string::npos);
        CHECK(troubles_of(engine.config, engine.store, engine.clock.wall()).contains("hand_off"));
        CHECK_FALSE(troubles_of(engine.config, engine.store, engine.clock.wall() + std::chrono::hours(72)).contains("hand_off"));
    });
    CHECK(world.rows("SELECT count(*), sum(hand_trouble IS NOT NULL) FROM sales WHERE handed_at IS NOT NULL") == std::vector<std::string>{"16|1"});
}

TEST_CASE("Addresses are told over wires of their own, at the same time") {
    const CurlRuntime runtime;
    World world;
    Buyer buyer;
    auto calls = sold_calls(world, buyer, 6);
    world.job("calls", call_job(world, "{url: \"http://127.0.0.1:1/transfer\"}"));
    const RawServer::Script yes = [](RawServer::Peer& peer) { peer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); };
    const RawServer::Script no = [](RawServer::Peer& peer) { peer.serve("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"); };
    RawServer phones({yes, no, yes, yes, no, yes});
    world.with_engine([&](const Engine& engine) {
        SystemClock clock;
        const StopFlag never;
        SellStep step = sell_step(engine);
        step.hand_url = phones.url("/transfer");
        const Engine real{engine.config, engine.environment, engine.store, engine.budget, clock, engine.log, [&] { return make_curl_wire(clock, never); }};
        Delivery delivery;
        HandOffs hands(real, step, delivery, phones_of(real, step));
        for (auto& call : calls) {
            call.asked_at = rfc3339(clock.wall());
            hands.start(call);
        }
        hands.wait_for_all();
        CHECK(delivery.attention.size() == 2);
        CHECK(phones.requests().size() == 6);
    });
}
