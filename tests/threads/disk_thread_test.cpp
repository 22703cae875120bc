// The thread that brings a store's commits to the disk. Run under the thread sanitizer as well.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "core/error.h"
#include "store/disk.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

void write_to(Store& store, const std::string& name) {
    store.transaction([&] { store.db().exec("INSERT INTO meta (name, value) VALUES ('" + name + "', zeroblob(100000))"); });
}

}  // namespace

TEST_CASE("The thread beside reaches all that it was asked for, and copies a log back that has grown") {
    TempFolder folder;
    SimClock clock;
    Store store(folder / "bindery.db", clock);
    const auto size = [&] { return std::filesystem::file_size(folder / "bindery.db"); };
    {
        CommitsBeside beside(store, std::make_unique<DiskThread>(store.file()));
        std::uint64_t last = 0;
        for (int i = 0; i < 200; ++i) {
            write_to(store, "n" + std::to_string(i));
            const std::uint64_t asked = beside.ask();
            CHECK(asked > last);
            last = asked;
        }
        beside.wait();
        CHECK(beside.reached(last));
        write_to(store, "last");
        beside.wait();
        CHECK(size() > 10'000'000);  // 20 MB went through a log that is copied back each 16
    }
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name GLOB 'n*'").getInt() == 200);
    CHECK_THROWS_AS(DiskThread(folder / "none" / "bindery.db"), Error);
}
