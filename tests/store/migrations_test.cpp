#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <functional>

#include "core/error.h"
#include "store/migrate.h"
#include "store/sqlite_file.h"
#include "store/store.h"
#include "support/child_process.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::ChildProcess;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

constexpr const char* kNow = "2026-11-23T06:00:00.000Z";
const Migration kPeople{1, "0001_people",
                        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT); -- it's a \"start\""};
const Migration kAges{2, "0002_ages", "ALTER TABLE person ADD COLUMN age INTEGER; UPDATE person SET age = 40;"};
const Migration kPets{3, "0003_pets", "CREATE TABLE pet (owner INTEGER REFERENCES person (id));"};

void bring_to(const fs::path& file, const std::vector<Migration>& list) {
    auto db = open_for_writing(file, kStoreFile);
    migrate(*db, file, list, kNow);
}

void insert_person(const fs::path& file) {
    SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec("INSERT INTO person (name) VALUES ('Ann')");
}

Error error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    FAIL("no Error was thrown");
    throw std::logic_error("unreachable");
}

int version_of(const fs::path& file) {
    return SQLite::Database(file.string(), SQLite::OPEN_READWRITE).execAndGet("PRAGMA user_version").getInt();
}

}  // namespace

TEST_CASE("the migrations in the program are the files, byte for byte") {
    const std::vector<Migration> list = compiled_migrations();
    REQUIRE_FALSE(list.empty());
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(BINDERY_SOURCE_DIR) / "migrations")) {
        if (entry.path().extension() == ".sql") ++files;
    }
    CHECK(list.size() == files);
    for (std::size_t n = 0; n < list.size(); ++n) {
        CHECK(list[n].number == static_cast<int>(n) + 1);
        const fs::path file = fs::path(BINDERY_SOURCE_DIR) / "migrations" / (list[n].name + ".sql");
        REQUIRE(fs::exists(file));
        CHECK(fs::file_size(file) == list[n].sql.size());
    }
}

TEST_CASE("a new store gets all migrations, and no copy of nothing") {
    const TempFolder folder;
    bring_to(folder / "s.db", {kPeople, kAges, kPets});
    CHECK(version_of(folder / "s.db") == 3);
    CHECK_FALSE(fs::exists(folder / "s.db.before-0001"));
    CHECK_FALSE(fs::exists(folder / "s.db.before-0002"));
    bring_to(folder / "s.db", {kPeople, kAges, kPets});
    CHECK(version_of(folder / "s.db") == 3);
}

TEST_CASE("an upgrade keeps the rows, and a private copy of the store as it was") {
    const TempFolder folder;
    const fs::path file = folder / "s.db";
    bring_to(file, {kPeople});
    insert_person(file);
    const mode_t before = ::umask(0);
    bring_to(file, {kPeople, kAges, kPets});
    ::umask(before);
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
    CHECK(db.execAndGet("SELECT age FROM person WHERE name = 'Ann'").getInt() == 40);

    const fs::path copy = folder / "s.db.before-0002";
    struct stat there {};
    REQUIRE(::stat(copy.c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
    CHECK_FALSE(fs::exists(copy.string() + ".part"));
    CHECK_FALSE(fs::exists(folder / "s.db.before-0003"));
    CHECK(version_of(copy) == 1);
    CHECK(SQLite::Database(copy.string(), SQLite::OPEN_READWRITE).execAndGet("SELECT count(*) FROM person").getInt() ==
          1);
}

TEST_CASE("a migration whose text changed after it ran is refused") {
    const TempFolder folder;
    bring_to(folder / "s.db", {kPeople});
    Migration edited = kPeople;
    edited.sql += " ";
    const Error error = error_of([&] { bring_to(folder / "s.db", {edited, kAges}); });
    CHECK(error.code() == ErrorCode::store);
    CHECK(std::string(error.what()).find("0001_people") != std::string::npos);
    CHECK(version_of(folder / "s.db") == 1);
}

TEST_CASE("a store of a newer build is refused with what to do") {
    const TempFolder folder;
    bring_to(folder / "s.db", {kPeople, kAges});
    const Error error = error_of([&] { bring_to(folder / "s.db", {kPeople}); });
    CHECK(std::string(error.what()).find("newer") != std::string::npos);
    CHECK(error.hint().find("install") != std::string::npos);
    CHECK(version_of(folder / "s.db") == 2);
}

TEST_CASE("a build that lacks a migration in the middle is refused") {
    const TempFolder folder;
    bring_to(folder / "s.db", {kPeople, kAges});
    CHECK(std::string(error_of([&] {
                          bring_to(folder / "s.db", {kPeople, kPets});
                      }).what())
              .find("0002") != std::string::npos);
}

TEST_CASE("a migration that fails leaves the store at the one before, and can be done once it is right") {
    const TempFolder folder;
    const fs::path file = folder / "s.db";
    bring_to(file, {kPeople});
    insert_person(file);
    SECTION("an error in its SQL") {
        const Migration wrong{2, "0002_wrong", "ALTER TABLE person ADD COLUMN age; INSERT INTO nowhere VALUES (1);"};
        const Error error = error_of([&] { bring_to(file, {kPeople, wrong}); });
        CHECK(std::string(error.what()).find("0002_wrong") != std::string::npos);
    }
    SECTION("one that ends its transaction") {
        const Migration wrong{2, "0002_wrong", "CREATE TABLE x (id); COMMIT;"};
        CHECK(error_of([&] { bring_to(file, {kPeople, wrong}); }).code() == ErrorCode::internal);
        SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec("DROP TABLE x");
    }
    SECTION("one that leaves orphans") {
        const Migration wrong{2, "0002_wrong", kPets.sql + "INSERT INTO pet VALUES (77);"};
        CHECK(error_of([&] { bring_to(file, {kPeople, wrong}); }).code() == ErrorCode::store);
    }
    CHECK(version_of(file) == 1);
    bring_to(file, {kPeople, kAges});
    CHECK(version_of(file) == 2);
}

TEST_CASE("no room for the copy before an upgrade stops the upgrade") {
    const TempFolder folder;
    const fs::path file = folder / "s.db";
    bring_to(file, {kPeople});
    insert_person(file);
    fs::create_directory(folder / "s.db.before-0002.part");
    std::error_code ignored;
    fs::create_directory(folder / "s.db.before-0002.part/x", ignored);
    CHECK(error_of([&] { bring_to(file, {kPeople, kAges}); }).code() == ErrorCode::store);
    CHECK(version_of(file) == 1);
}

TEST_CASE("readers are told which command upgrades an older store, and which build reads a newer one") {
    const TempFolder folder;
    const fs::path file = folder / "s.db";
    bring_to(file, {kPeople, kAges});
    auto db = open_for_reading(file);
    require_migrated(*db, file, {kPeople, kAges});
    const Error older = error_of([&] { require_migrated(*db, file, {kPeople, kAges, kPets}); });
    CHECK(older.hint().find("bindery sync") != std::string::npos);
    const Error newer = error_of([&] { require_migrated(*db, file, {kPeople}); });
    CHECK(newer.hint().find("install") != std::string::npos);
}

TEST_CASE("processes that upgrade the same store at the same time run each migration once") {
    const TempFolder folder;
    const fs::path file = folder / "s.db";
    bring_to(file, {kPeople});
    insert_person(file);
    std::vector<ChildProcess> children;
    for (int n = 0; n < 4; ++n) {
        children.emplace_back([&] {
            bring_to(file, {kPeople, kAges, kPets});
            return 0;
        });
    }
    for (ChildProcess& child : children) CHECK(child.exit_code() == 0);
    CHECK(version_of(file) == 3);
    CHECK(version_of(folder / "s.db.before-0002") == 1);
    CHECK_FALSE(fs::exists(folder / "s.db.before-0003"));
}
