// What an effect keeps of its attempts.
#include <catch2/catch.hpp>

#include "store/ledger.h"
#include "pulls.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("Of attempts that left nothing an effect keeps the last of each kind, however long an outage is, and all others") {
    Agency agency;
    Ledger ledger(agency.store);
    EffectRow row;
    row.identity = "one";
    row.name = "n";
    row.ref = "BN-1";
    row.state = "pending";
    row.once_per = "{}";
    agency.store.transaction([&] { ledger.put(row); });
    const auto attempt = [&](const std::string& state, const std::string& ending, int status) {
        REQUIRE(ledger.mark_sending("one", 1, false));
        Outcome outcome;
        outcome.state = state;
        outcome.ending = ending;
        outcome.status = status;
        outcome.nothing_left = state == "pending";
        CHECK(ledger.finish("one", 1, outcome));
    };
    attempt("in_doubt", "lost", 0);
    for (int n = 0; n < 50; ++n) attempt("pending", "not_sent", 0);
    for (int n = 0; n < 30; ++n) attempt("pending", "replied", 401);
    attempt("pending", "replied", 429);
    const auto kinds = [&] { return agency.one("SELECT group_concat(kind, '; ') FROM (SELECT ending || ' ' || coalesce(status, '') || ' ' || count(*) AS kind FROM attempt GROUP BY ending, status ORDER BY 1)"); };
    CHECK(kinds() == "lost  1; not_sent  10; replied 401 10; replied 429 1");
    attempt("done", "replied", 200);
    CHECK(kinds() == "lost  1; not_sent  10; replied 200 1; replied 401 10; replied 429 1");
}
