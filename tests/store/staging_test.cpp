#include "store/staging.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>

#include "core/error.h"
#include "store/pulls.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

struct Desk {
    TempFolder folder;
    SimClock clock;
    Mapping mapping = policies();
    std::unique_ptr<Staging> staging;

    Desk() { open(); }
    void open() { staging = std::make_unique<Staging>(folder / "store.db", "policies", mapping, clock); }
    PageFacts page(int number, const std::vector<std::string>& ids, std::optional<std::int64_t> total = {}) {
        std::vector<std::string> documents;
        for (const std::string& id : ids) documents.push_back(id.empty() ? R"({"status":"x"})" : Policy{id}.json());
        return staging->add_page(number, clock.wall(), views(documents), total);
    }
    std::string keys_of(const std::string& table = "item") {
        SQLite::Database db(staging->file().string());
        return db
            .execAndGet("SELECT coalesce(group_concat(key || ':' || page, ' '), '') FROM (SELECT key, page FROM " +
                        table + " ORDER BY key)")
            .getString();
    }
    std::int64_t documents() {
        SQLite::Database db(staging->file().string());
        return db.execAndGet("SELECT count(*) FROM document").getInt64();
    }
};

}  // namespace

TEST_CASE("A page tells how many keys it brought, repeated and lacked") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    const PageFacts first = desk.page(1, {"a", "b", "a", ""});
    CHECK(first.rows == 4);
    CHECK(first.new_keys == 2);
    CHECK(first.repeated == 1);
    CHECK(first.keyless == 1);
    const PageFacts second = desk.page(2, {"b", "c"});
    CHECK(second.new_keys == 1);
    CHECK(second.repeated == 1);
    const StagedPull facts = desk.staging->facts();
    CHECK(facts.rows == 6);
    CHECK(facts.keys == 3);
    CHECK(facts.repeated == 2);
    CHECK(facts.keyless == 1);
    CHECK(facts.pages == std::vector<int>{1, 2});
    CHECK_FALSE(facts.resumed);
}

TEST_CASE("Facts count the rows that carried each field") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    std::vector<std::string> documents{Policy{"a"}.json(), Policy{"b"}.json(),
                                       R"({"id":"c","premium":null,"status":""})"};
    desk.staging->add_page(1, desk.clock.wall(), views(documents), {});
    const StagedPull facts = desk.staging->facts();
    CHECK(facts.present.at("premium") == 2);
    CHECK(facts.present.at("status") == 2);
    CHECK(facts.present.at("expires") == 2);
}

TEST_CASE("The total is the first one told, and a second one that differs is noticed") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a"}, 3);
    desk.page(2, {"b"}, 3);
    CHECK(desk.staging->facts().total == 3);
    CHECK_FALSE(desk.staging->facts().total_moved);
    desk.page(3, {"c"}, 4);
    CHECK(desk.staging->facts().total == 3);
    CHECK(desk.staging->facts().total_moved);
}

TEST_CASE("A page with a document that isn't JSON is refused whole") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a"});
    std::vector<std::string> torn{Policy{"b"}.json(), R"({"id":"c",)"};
    try {
        desk.staging->add_page(2, desk.clock.wall(), views(torn), {});
        FAIL("the page was taken");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::service);
    }
    CHECK(desk.staging->facts().pages == std::vector<int>{1});
    CHECK(desk.keys_of() == "a:1");
    // The service sends it again and again: its other records count, and that one is kept for quarantine.
    const PageFacts kept = desk.staging->add_page(2, desk.clock.wall(), views(torn), {}, Staging::Unreadable::keep_unreadable);
    CHECK(kept.keyless == 1);
    CHECK(kept.new_keys == 1);
    CHECK(desk.keys_of() == "a:1 b:2");
}

TEST_CASE("A stopped pull goes on from its pages while they are young") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    const WallTime began = desk.clock.wall();
    desk.page(1, {"a", "b"}, 5);
    desk.clock.advance(1min);
    desk.page(2, {"b", ""}, 5);
    const StagedPull before = desk.staging->facts();
    desk.open();  // the process died
    desk.clock.advance(9min);
    const auto resumed = desk.staging->resume(11min);
    REQUIRE(resumed);
    CHECK(resumed->resumed);
    CHECK(resumed->began == began);
    CHECK(resumed->pages == before.pages);
    CHECK(resumed->total == before.total);
    CHECK(resumed->rows == before.rows);
    CHECK(resumed->keys == before.keys);
    CHECK(resumed->repeated == before.repeated);
    CHECK(resumed->keyless == before.keyless);
    CHECK(resumed->present == before.present);
    CHECK(desk.page(3, {"c"}, 5).new_keys == 1);
}

TEST_CASE("What a stopped pull left is thrown away when it can't be trusted") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a", "b"});
    const auto file = desk.staging->file();
    SECTION("its oldest page is too old") {
        desk.clock.advance(11min);
    }
    SECTION("the machine was started again: nothing was synced to the disk") {
        desk.clock.reboot("another boot", 1s);
    }
    SECTION("the clock was set back") {
        desk.clock.set_wall(desk.clock.wall() - 1h);
    }
    SECTION("the mapping changed") {
        desk.mapping.fields[1].type = FieldType::text;
    }
    SECTION("the file is torn") {
        std::fstream torn(file, std::ios::in | std::ios::out | std::ios::binary);
        torn.write("garbage garbage garbage", 23);
    }
    SECTION("the file isn't one of ours") {
        std::filesystem::remove(file);
        SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE x (y)");
    }
    SECTION("the file is empty") {
        std::ofstream(file, std::ios::trunc);
    }
    desk.open();
    CHECK_FALSE(desk.staging->resume(10min));
    CHECK_FALSE(std::filesystem::exists(file));
    desk.staging->begin(desk.clock.wall());
    CHECK(desk.page(1, {"a"}).new_keys == 1);
}

TEST_CASE("A pull that had no page yet begins anew") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.open();
    CHECK_FALSE(desk.staging->resume(1h));
}

TEST_CASE("Staged pages are readable by their owner alone") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a"});
    struct stat facts {};
    REQUIRE(::stat(desk.staging->file().c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("Staged pages belong to whom the store belongs, when root makes them") {
    if (::geteuid() != 0) return;
    Desk desk;
    std::ofstream(desk.folder / "store.db");
    REQUIRE(::chown((desk.folder / "store.db").c_str(), 12345, 12346) == 0);
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a"});
    struct stat facts {};
    REQUIRE(::stat(desk.staging->file().c_str(), &facts) == 0);
    CHECK(facts.st_uid == 12345);
    CHECK(facts.st_gid == 12346);
}

TEST_CASE("A key that comes again keeps the later reading, whatever order the pages arrive in") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    const WallTime early = desk.clock.wall(), late = early + 10s;
    const std::vector<std::string> old_one{Policy{.id = "a", .status = "old"}.json()};
    const std::vector<std::string> new_one{Policy{.id = "a", .status = "new"}.json()};
    SECTION("in order") {
        desk.staging->add_page(1, early, views(old_one), {});
        desk.staging->add_page(2, late, views(new_one), {});
        CHECK(desk.keys_of() == "a:2");
        CHECK(desk.keys_of("older") == "a:1");
    }
    SECTION("out of order") {
        desk.staging->add_page(2, late, views(new_one), {});
        CHECK(desk.staging->add_page(1, early, views(old_one), {}).repeated == 1);
        CHECK(desk.keys_of() == "a:2");
        CHECK(desk.keys_of("older") == "a:1");
    }
    CHECK(desk.staging->facts().repeated == 1);
}

TEST_CASE("Dropping pages brings back what an earlier page had told of a repeated key") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a", "b"}, 4);
    desk.page(2, {"b", "c", ""}, 4);
    desk.page(3, {"b", "d", "d"}, 5);
    desk.staging->drop_pages_after(2);
    CHECK(desk.keys_of() == "a:1 b:2 c:2");
    CHECK(desk.keys_of("older") == "b:1");
    desk.staging->drop_pages_after(1);
    CHECK(desk.keys_of() == "a:1 b:1");
    CHECK(desk.keys_of("older").empty());
    CHECK(desk.documents() == 2);
    const StagedPull facts = desk.staging->facts();
    CHECK(facts.pages == std::vector<int>{1});
    CHECK(facts.rows == 2);
    CHECK(facts.repeated == 0);
    CHECK(facts.keyless == 0);
    CHECK_FALSE(facts.total_moved);
}

TEST_CASE("A staged page with the same keys is recognised, and staging it again replaces it") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a", "b"});
    desk.page(2, {"b", "c"});
    const auto documents = [](std::vector<std::string> ids) {
        std::vector<std::string> list;
        for (const std::string& id : ids) list.push_back(Policy{.id = id, .status = "later"}.json());
        return list;
    };
    const auto same = documents({"c", "b"}), other = documents({"c", "d"}), fewer = documents({"c"});
    CHECK(desk.staging->same_keys(2, views(same)));
    CHECK(desk.staging->same_keys(1, views(documents({"a", "b"}))));  // though page 2 brought b again
    CHECK_FALSE(desk.staging->same_keys(2, views(other)));
    CHECK_FALSE(desk.staging->same_keys(2, views(fewer)));
    CHECK_FALSE(desk.staging->same_keys(3, views(fewer)));
    const PageFacts facts = desk.staging->add_page(2, desk.clock.wall() + 1s, views(same), {});
    CHECK(facts.new_keys == 1);
    CHECK(facts.repeated == 1);
    CHECK(desk.staging->facts().rows == 4);
    CHECK(desk.staging->facts().repeated == 1);
    CHECK(desk.staging->facts().keys == 3);
    CHECK(desk.documents() == 4);
}

TEST_CASE("Clearing removes the file") {
    Desk desk;
    desk.staging->begin(desk.clock.wall());
    desk.page(1, {"a"});
    desk.staging->clear();
    CHECK_FALSE(std::filesystem::exists(desk.staging->file()));
    CHECK(desk.staging->facts().rows == 0);
}
