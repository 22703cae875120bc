// What is kept of starts that failed: beside the store, or where nothing can be written there, in memory.
#include "app/trouble_note.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "app/start_trouble.h"
#include "core/dates.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

NotedTrouble noted_as(const std::string& text) {
    NotedTrouble noted;
    const WallTime at = parse_rfc3339("2026-11-23T06:00:00Z");
    noted.failing = FailingStarts{at, at, true, text};
    noted.told = {{"store: full", text, at, true}};
    return noted;
}

struct Places {
    TempFolder folder;
    Environment environment{{"RUNTIME_DIRECTORY", (folder / "run").string()}};
    fs::path store = folder / "disk/agency.db", own = folder / "run" / ("bindery-" + std::to_string(::geteuid()));
    Places() {
        fs::create_directory(folder / "run");
        fs::create_directory(folder / "disk");
    }
    TroubleNote note(const std::string& config = "/etc/acme/bindery.yaml") const { return {store, config, ".cron-trouble", environment}; }
};

}  // namespace

TEST_CASE("A note of a start that failed is read as it was written, and stands beside the store where it can") {
    const Places places;
    const TroubleNote note = places.note();
    CHECK_FALSE(note.there());
    CHECK_FALSE(note.read().failing);
    REQUIRE(note.write(noted_as("a full disk")));
    CHECK(fs::exists(places.store.string() + ".cron-trouble"));
    CHECK_FALSE(fs::exists(places.own));
    const auto read = note.read().failing;
    REQUIRE(read);
    CHECK(read->told);
    CHECK(read->text == "a full disk");
    const auto told = note.read().told;
    REQUIRE(told.size() == 1);
    CHECK(told.front().about == "store: full");
    CHECK(told.front().text == "a full disk");
    CHECK(told.front().at == parse_rfc3339("2026-11-23T06:00:00Z"));
    CHECK(told.front().over);
    CHECK(read->since == parse_rfc3339("2026-11-23T06:00:00Z"));
    NotedTrouble over;
    over.ended = "a full disk";
    REQUIRE(note.write(over));
    CHECK_FALSE(note.read().failing);
    CHECK(note.read().ended == "a full disk");
    note.remove();
    CHECK_FALSE(note.there());
    for (const char* nonsense : {"", "[]", "{\"troubles\":[7,{\"at\":7}]}", "{\"since\":7}", "{\"since\":\"soon\"}", "\xff"}) {
        std::ofstream(places.store.string() + ".cron-trouble") << nonsense;
        CHECK_FALSE(note.read().failing);
    }
}

TEST_CASE("Where nothing can be written beside the store a note is kept in memory, one of each bindery.yaml, until it can") {
    const Places places;
    fs::remove(places.folder / "disk");
    REQUIRE(places.note().write(noted_as("first")));
    REQUIRE(places.note("/etc/other/bindery.yaml").write(noted_as("second")));
    CHECK(places.note().read().failing->text == "first");
    CHECK(places.note("/etc/other/bindery.yaml").read().failing->text == "second");
    fs::create_directory(places.folder / "disk");
    REQUIRE(places.note().write(noted_as("third")));
    CHECK(fs::exists(places.store.string() + ".cron-trouble"));
    CHECK(std::distance(fs::directory_iterator(places.own), fs::directory_iterator()) == 1);  // the other's
    CHECK(places.note().read().failing->text == "third");
    places.note().remove();
    CHECK_FALSE(places.note().there());
    CHECK(places.note("/etc/other/bindery.yaml").there());
}

TEST_CASE("A folder in memory that isn't this account's alone is neither read nor written") {
    const Places places;
    fs::remove(places.folder / "disk");
    REQUIRE(places.note().write(noted_as("mine")));
    REQUIRE(::chmod(places.own.c_str(), 0770) == 0);
    CHECK_FALSE(places.note().there());
    CHECK_FALSE(places.note().read().failing);
    CHECK_FALSE(places.note().write(noted_as("again")));
    REQUIRE(::chmod(places.own.c_str(), 0700) == 0);
    CHECK(places.note().read().failing->text == "mine");
    fs::rename(places.own, places.folder / "elsewhere");
    fs::create_directory_symlink(places.folder / "elsewhere", places.own);
    CHECK_FALSE(places.note().there());
    CHECK_FALSE(places.note().write(noted_as("again")));
    fs::remove(places.own);
    std::ofstream(places.own) << "";
    CHECK_FALSE(places.note().write(noted_as("again")));
}

TEST_CASE("Nothing is removed from a folder in memory that isn't this account's alone") {
    const Places places;
    fs::create_directory(places.folder / "else");
    REQUIRE(TroubleNote(std::nullopt, "/etc/acme/bindery.yaml", ".cron-trouble", places.environment).write(noted_as("theirs")));
    fs::rename(places.own, places.folder / "theirs");
    fs::create_directory_symlink(places.folder / "theirs", places.own);
    const auto files = [&] { return std::distance(fs::directory_iterator(places.folder / "theirs"), fs::directory_iterator()); };
    REQUIRE(files() == 1);
    places.note().remove();
    CHECK(files() == 1);
    REQUIRE(places.note().write(noted_as("mine")));
    CHECK(files() == 1);
}

TEST_CASE("One at a time tells people, and nobody else can lock what they lock") {
    const Places places;
    {
        std::optional<NoteLock> first(std::in_place, places.note());
        CHECK_FALSE(first->taken());
        NoteLock second(places.note());
        CHECK(second.taken());
        second.try_again();
        CHECK(second.taken());
        first.reset();
        second.try_again();
        CHECK_FALSE(second.taken());
    }
    const fs::path lock = places.store.string() + ".cron-trouble.lock";
    CHECK((fs::status(lock).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    const int folder = ::open(places.store.parent_path().c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(::flock(folder, LOCK_EX | LOCK_NB) == 0);
    CHECK_FALSE(NoteLock(places.note()).taken());
    ::close(folder);
    fs::remove_all(places.folder / "disk");
    CHECK_FALSE(NoteLock(places.note()).taken());
    CHECK(fs::exists(places.own));
    fs::remove_all(places.folder / "run");
    CHECK_FALSE(NoteLock(places.note()).taken());  // better told twice than not at all
}

TEST_CASE("What is wrong with a store is told apart, however it is put, and a mistake is the same by whichever path") {
    CHECK(store_trouble("no room left to write /a/b.db") == "full");
    CHECK(store_trouble("can't lock /a/b.db.lock-x: No space left on device") == "full");
    CHECK(store_trouble("/a/b.db is damaged (page 3): no job runs on it") == "damaged");
    CHECK(store_trouble("/a/b.db isn't a SQLite database") == "damaged");
    CHECK(store_trouble("/a/b.db is locked by another process") == "locked");
    CHECK(store_trouble("/a/b.db can't be written") == "can't be used");
    for (const std::string typed : {"config/bindery.yaml", "./bindery.yaml", "bindery.yaml", "/etc/acme/bindery.yaml"}) {
        CAPTURE(typed);
        CHECK(without_folder(typed + ":1:1: unknown key\n" + typed + ":2:1: is empty", typed) == "bindery.yaml:1:1: unknown key\nbindery.yaml:2:1: is empty");
    }
}
