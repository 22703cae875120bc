// Commits that don't wait for the disk: those that ask hear of it, and afterwards the store is as ever. The thread: tests/threads.
#include "store/disk.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>

#include "core/error.h"
#include "store/sqlite_file.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// Says what was asked of it; the disk of a machine that has none to say no otherwise.
struct NotingDisk final : Disk {
    std::vector<int>& pages;
    bool broken;
    NotingDisk(std::vector<int>& pages_, bool broken_) : pages(pages_), broken(broken_) {}
    std::uint64_t ask() override { return 1; }
    bool reached(std::uint64_t) override {
        if (broken) throw Error(ErrorCode::store, "the disk failed");
        return true;
    }
    void wait() override { reached(1); }
    void log_holds(int holds) override { pages.push_back(holds); }
};

int synchronous(Store& store) { return store.db().execAndGet("PRAGMA synchronous").getInt(); }

void write(Store& store, const std::string& name) {
    store.transaction([&] { store.db().exec("INSERT INTO meta (name, value) VALUES ('" + name + "', zeroblob(100000))"); });
}

}  // namespace

TEST_CASE("Commits beside don't wait for the disk, and afterwards they do again") {
    TempFolder folder;
    SimClock clock;
    Store store(folder / "bindery.db", clock);
    REQUIRE(synchronous(store) == 2);
    std::vector<int> pages;
    {
        CommitsBeside beside(store, std::make_unique<NotingDisk>(pages, false));
        CHECK(synchronous(store) == 1);
        write(store, "a");
        CHECK(beside.reached(beside.ask()));
    }
    CHECK(synchronous(store) == 2);
    REQUIRE(pages.size() == 1);
    CHECK(pages.front() > 5);
    write(store, "b");
    CHECK(pages.size() == 1);
    {
        CommitsBeside without(store, nullptr);
        CHECK(synchronous(store) == 2);
        CHECK(without.reached(without.ask()));
        without.wait();
    }
    CommitsBeside broken(store, std::make_unique<NotingDisk>(pages, true));
    CHECK_THROWS_AS(broken.reached(broken.ask()), Error);
    CHECK_THROWS_AS(broken.wait(), Error);
}

TEST_CASE("A store that waits for no disk isn't made to") {
    TempFolder folder;
    SimClock clock;
    Store store(folder / "bindery.db", clock);
    store.db().exec("PRAGMA synchronous = OFF");
    std::vector<int> pages;
    {
        CommitsBeside beside(store, std::make_unique<NotingDisk>(pages, false));
        CHECK(synchronous(store) == 0);
    }
    CHECK(synchronous(store) == 0);
}
