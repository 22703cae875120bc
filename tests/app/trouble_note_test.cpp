// What is kept of starts that failed: beside the store, or where nothing can be written there, in memory.
#include "app/trouble_note.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/dates.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

NotedTrouble noted_as(const std::string& text, const std::string& about = "", const std::string& jobs = "") {
    NotedTrouble noted;
    const WallTime at = parse_rfc3339("2026-11-23T06:00:00Z");
    noted.failing = FailingStarts{at, at, true, text, about.empty() ? text : about, jobs};
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
    REQUIRE(note.write(noted_as("a full disk", "store", "leads, quotes")));
    CHECK(fs::exists(places.store.string() + ".cron-trouble"));
    CHECK_FALSE(fs::exists(places.own));
    const auto read = note.read().failing;
    REQUIRE(read);
    CHECK(read->told);
    CHECK(read->text == "a full disk");
    CHECK(read->about == "store");
    CHECK(read->jobs == "leads, quotes");
    CHECK(read->since == parse_rfc3339("2026-11-23T06:00:00Z"));
    NotedTrouble over;
    over.ended = "a full disk";
    REQUIRE(note.write(over));
    CHECK_FALSE(note.read().failing);
    CHECK(note.read().ended == "a full disk");
    note.remove();
    CHECK_FALSE(note.there());
    for (const char* nonsense : {"", "[]", "{\"since\":7}", "{\"since\":\"soon\"}", "\xff"}) {
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

TEST_CASE("One at a time tells people") {
    const TempFolder folder;
    {
        std::optional<FolderLock> first(std::in_place, folder.path());
        CHECK_FALSE(first->taken());
        FolderLock second(folder.path());
        CHECK(second.taken());
        second.try_again();
        CHECK(second.taken());
        first.reset();
        second.try_again();
        CHECK_FALSE(second.taken());
    }
    CHECK_FALSE(FolderLock(folder.path()).taken());
    CHECK_FALSE(FolderLock(folder / "none").taken());  // better told twice than not at all
}
