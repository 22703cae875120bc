#include "store/bulk_landing.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/child_process.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::ChildProcess;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

constexpr const char* kOne = "INSERT INTO care VALUES ('one', 'then')";
constexpr const char* kMany = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO care SELECT 'task ' || i, hex(randomblob(100)) FROM n";

std::string answer(Store& store, const std::string& sql) { return store.db().execAndGet(sql).getString(); }

}  // namespace

TEST_CASE("a store that nobody else has open is written in place, and by way of its log again when that is done") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "bindery.db", clock);
    {
        const InPlace in_place(store, true);
        CHECK(in_place.active());
        CHECK(answer(store, "PRAGMA journal_mode") == "delete");
        store.transaction([&] { store.db().exec(kOne); });
        CHECK_FALSE(fs::exists(folder / "bindery.db-wal"));
        CHECK_THROWS(store.transaction([&] {
            store.db().exec(kMany);
            throw std::runtime_error("no");
        }));
    }
    CHECK(answer(store, "PRAGMA journal_mode") == "wal");
    CHECK(answer(store, "PRAGMA synchronous") == "2");
    CHECK(answer(store, "SELECT count(*) FROM care") == "1");
    const InPlace unwanted(store, false);
    CHECK_FALSE(unwanted.active());
    CHECK(answer(store, "PRAGMA journal_mode") == "wal");
}

TEST_CASE("a store that another has open too goes by way of its log, and the other reads meanwhile") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "bindery.db", clock);
    Store other = Store::open_read_only(folder / "bindery.db", clock);
    const InPlace in_place(store, true);
    CHECK_FALSE(in_place.active());
    store.transaction([&] {
        store.db().exec(kMany);
        CHECK(answer(other, "SELECT count(*) FROM care") == "0");
    });
    CHECK(answer(other, "SELECT count(*) FROM care") == "20000");
    CHECK(answer(store, "PRAGMA journal_mode") == "wal");
}

TEST_CASE("what a process that was killed has written in place is undone by who opens the store next, if only to read") {
    const TempFolder folder;
    const SimClock clock;
    const fs::path file = folder / "bindery.db";
    ChildProcess killed([&] {
        Store store(file, clock);
        store.transaction([&] { store.db().exec(kOne); });
        const InPlace in_place(store, true);
        const RoomyCache small(store.db(), {{"main", 64}});  // so that most of it is in the file before the end
        store.transaction([&] {
            store.db().exec(kMany);
            ::_exit(7);
        });
        return 0;
    });
    REQUIRE(killed.exit_code() == 7);
    REQUIRE(fs::file_size(folder / "bindery.db-journal") > 0);
    REQUIRE(fs::file_size(file) > 2'000'000);
    {
        Store reader = Store::open_read_only(file, clock);
        CHECK(answer(reader, "SELECT count(*) FROM care") == "1");
    }
    Store store(file, clock);
    CHECK(answer(store, "PRAGMA journal_mode") == "wal");
    CHECK(answer(store, "PRAGMA integrity_check") == "ok");
    CHECK(answer(store, "SELECT count(*) FROM care") == "1");
    CHECK_FALSE(fs::exists(folder / "bindery.db-journal"));
}
