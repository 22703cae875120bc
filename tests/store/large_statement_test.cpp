// One statement may change more than is kept in memory to undo it.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <catch2/catch.hpp>

#include "store/store.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::SimClock;
using bindery::test::TempFolder;

TEST_CASE("A statement that changes megabytes of the store in place is written, and undone where it fails at its end") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "s.db", clock);
    store.transaction([&] {
        store.db().exec("CREATE TABLE wide (key INTEGER PRIMARY KEY, name TEXT UNIQUE, pad TEXT)");
        store.db().exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) INSERT INTO wide SELECT i, printf('n%05d', i), printf('%.*c', 1000, 'a') FROM n");
    });
    store.transaction([&] {
        store.db().exec("INSERT INTO wide VALUES (0, 'first', '')");
        store.db().exec("UPDATE wide SET name = name || '-', pad = printf('%.*c', 1000, 'b')");
        CHECK_THROWS_WITH(store.db().exec("UPDATE wide SET pad = 'c', name = CASE WHEN key = 8000 THEN 'first--' ELSE name || '-' END"), Catch::Contains("UNIQUE"));
    });
    CHECK(store.db().execAndGet("SELECT count(*) FROM wide WHERE pad LIKE 'b%' AND name LIKE '%-' AND name NOT LIKE '%--'").getInt() == 8001);
}
