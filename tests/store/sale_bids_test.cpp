// A bid is posted to for one lead, whoever asks: looked up within the transaction that writes a post's intent, by an index.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "store/sales.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

EffectRow post_of(const std::string& lead, const std::string& service = "autobind") {
    EffectRow effect;
    effect.identity = lead;
    effect.name = "lead_sale";
    effect.ref = "BN-" + lead;
    effect.job = "j";
    effect.service = service;
    effect.operation = "post";
    effect.once_per = "{}";
    effect.state = "pending";
    effect.method = "POST";
    effect.path = "/leads/post";
    effect.content_hash = "h";
    effect.when_in_doubt = "hold";
    effect.run = 1;
    return effect;
}

SaleRow row_of(const std::string& lead, const std::string& bid) {
    SaleRow row;
    row.identity = lead;
    row.effect = "lead_sale";
    row.ref = "BN-" + lead;
    row.job = "j";
    row.mode = "live";
    row.once_per = "{}";
    row.state = "posting";
    row.bid_id = bid;
    row.posted_day = "2026-01-15";
    row.run = 1;
    return row;
}

PostBegin begin(Store& store, const std::string& lead, const std::string& bid, const std::string& service = "autobind") {
    PostBegin begun = PostBegin::not_free;
    store.transaction([&] { begun = Sales(store).begin_post(post_of(lead, service), row_of(lead, bid), {}, {}); });
    return begun;
}

}  // namespace

TEST_CASE("A bid that was posted to for one lead is posted to for no other, whatever became of that post") {
    TempFolder folder;
    SimClock clock;
    Store store(folder / "s.db", clock), another(folder / "s.db", clock);
    REQUIRE(begin(store, "a", "Bid-1") == PostBegin::begun);
    for (const std::string state : {"sending", "in_doubt", "held", "done", "rejected", "dropped", "pending"}) {
        INFO(state);
        store.db().exec("UPDATE effect SET state = '" + state + "' WHERE identity = 'a'");
        CHECK(begin(another, "b", "bID-1") == PostBegin::bid_of_another);
        CHECK_FALSE(Ledger(store).find("b"));
        CHECK_FALSE(Sales(store).find("b"));
    }
    CHECK(begin(another, "a", "bid-1") == PostBegin::begun);            // the lead itself, which is free again
    CHECK(begin(another, "b", "bid-2") == PostBegin::begun);
    CHECK(begin(another, "c", "bid-1", "another") == PostBegin::begun);  // another buyer's
    // A bid that was only offered to somebody says nothing: nobody was posted to it.
    SaleRow asked = row_of("d", "bid-3");
    asked.state = "waiting";
    asked.posted_day.reset();
    store.transaction([&] { Sales(store).note(asked); });
    CHECK(begin(store, "e", "bid-3") == PostBegin::begun);
}

TEST_CASE("Whose a bid is is found without a walk over all that was ever sold") {
    TempFolder folder;
    SimClock clock;
    Store store(folder / "s.db", clock);
    const auto plan_of = [&](const std::string& sql) {
        SQLite::Statement plan(store.db(), "EXPLAIN QUERY PLAN " + sql);
        std::string steps;
        while (plan.executeStep()) steps += plan.getColumn(3).getString() + "\n";
        return steps;
    };
    const std::string bid = plan_of("SELECT 1 FROM sale AS s INDEXED BY sale_posted_bid CROSS JOIN effect AS e ON e.identity = s.identity WHERE lower(s.bid_id) = ?1 AND s.bid_id IS NOT NULL AND s.posted_day IS NOT NULL");
    INFO(bid);
    CHECK(bid.find("SEARCH s USING INDEX sale_posted_bid") != std::string::npos);
    CHECK(bid.find("SCAN") == std::string::npos);
    // Nor does that index draw other questions to itself, which it would answer in no order.
    const std::string days = plan_of("SELECT s.ref FROM sales AS s WHERE s.state = 'sold' AND s.mode = 'live' AND s.posted_day >= '2026-01-01'");
    INFO(days);
    CHECK(days.find("sale_posted_bid") == std::string::npos);
}
