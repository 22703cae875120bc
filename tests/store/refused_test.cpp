// What a service refused of one job: the overview asks for each job, so that the rows of others must not be read.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "store/ledger.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

void rejected_effects(Store& store, const std::string& job, int count) {
    SQLite::Transaction all(store.db());
    SQLite::Statement s(store.db(), "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, status) "
                                    "VALUES (?1 || printf('%060d', ?2), 'n', 'BN', ?1, 's', 'o', '{}', 'rejected', 'POST', '/p', '{}', 'h', 'hold', 1, 1, ?3, ?3, 422)");
    for (int i = 0; i < count; ++i) {
        s.bind(1, job);
        s.bind(2, i);
        s.bind(3, "2026-11-" + std::to_string(10 + i % 10) + "T06:00:00.000Z");
        s.exec();
        s.reset();
    }
    all.commit();
}

}  // namespace

TEST_CASE("what was refused of a job is counted without a look at the effects of others") {
    TempFolder folder;
    SystemClock clock;
    Store store(folder / "agency.db", clock);
    rejected_effects(store, "many", 3000);
    rejected_effects(store, "few", 3);
    int hundreds = 0;
    const auto count = [](void* counted) { return ++*static_cast<int*>(counted), 0; };
    sqlite3_progress_handler(store.db().getHandle(), 100, count, &hundreds);
    const auto few = Ledger(store).refused("few");
    sqlite3_progress_handler(store.db().getHandle(), 0, nullptr, nullptr);
    CHECK(hundreds < 5);
    CHECK(few.count == 3);
    CHECK(few.since == "2026-11-10T06:00:00.000Z");
    CHECK(Ledger(store).refused("many").count == 3000);
    CHECK(Ledger(store).refused("none").count == 0);
    CHECK(Ledger(store).refused("none").since.empty());
    CHECK(Ledger(store).refused().count == 3003);
}
