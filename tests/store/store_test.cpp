#include "store/store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>

#include "core/error.h"
#include "store/hmac.h"
#include "support/child_process.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::ChildProcess;
using bindery::test::SimClock;
using bindery::test::TempFolder;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& file) {
    struct stat there {};
    REQUIRE(::stat(file.c_str(), &there) == 0);
    return there.st_mode & 0777;
}

void write_file(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
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

struct Umask {
    explicit Umask(mode_t mask) : before(::umask(mask)) {}
    ~Umask() { ::umask(before); }
    mode_t before;
};

}  // namespace

TEST_CASE("a new store has the tables, a log that survives power cuts, and an identity") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "state/deep/store.db", clock);
    CHECK(store.db().execAndGet("PRAGMA journal_mode").getString() == "wal");
    CHECK(store.db().execAndGet("PRAGMA synchronous").getInt() == 2);
    CHECK(store.db().execAndGet("PRAGMA foreign_keys").getInt() == 1);
    CHECK(store.db().tableExists("effect"));
    CHECK(store.id().size() == 32);
    CHECK(store.now() == "2026-11-23T06:00:00.000Z");
    CHECK(store.keyed_hash("a").size() == 64);
}

TEST_CASE("a store keeps its id and its key, and another store has others") {
    const TempFolder folder;
    const SimClock clock;
    std::string id, hash;
    {
        Store store(folder / "a.db", clock);
        id = store.id();
        hash = store.keyed_hash("renewal");
        CHECK(hash != store.keyed_hash("renewal2"));
    }
    Store again(folder / "a.db", clock);
    CHECK(again.id() == id);
    CHECK(again.keyed_hash("renewal") == hash);
    Store other(folder / "b.db", clock);
    CHECK(other.id() != id);
    CHECK(other.keyed_hash("renewal") != hash);
}

TEST_CASE("a store whose identity key is gone is refused while it knows effects") {
    const TempFolder folder;
    const SimClock clock;
    {
        Store store(folder / "a.db", clock);
        store.db().exec(
            "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, "
            "content_hash,"
            " when_in_doubt, first_run, run, created_at, updated_at) VALUES ('i', 'n', 'r', 'j', 's', 'o', '{}', "
            "'done', 'POST',"
            " '/', '{}', 'h', 'hold', 1, 1, '', '')");
        store.db().exec("DELETE FROM meta WHERE name = 'identity_key'");
    }
    CHECK(error_of([&] { Store(folder / "a.db", clock); }).hint().find("sent once more") != std::string::npos);
}

TEST_CASE("the store, its log and its shared memory are private whatever the umask") {
    const TempFolder folder;
    const SimClock clock;
    const Umask loose(0);
    Store store(folder / "state/store.db", clock);
    store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('x', 'y')"); });
    CHECK(mode_of(folder / "state") == 0700);
    for (const char* name : {"state/store.db", "state/store.db-wal", "state/store.db-shm"})
        CHECK(mode_of(folder / name) == 0600);
}

TEST_CASE("a store that others could read is made private when it is opened") {
    const TempFolder folder;
    const SimClock clock;
    { Store store(folder / "store.db", clock); }
    ::chmod((folder / "store.db").c_str(), 0644);
    Store store(folder / "store.db", clock);
    CHECK(mode_of(folder / "store.db") == 0600);
}

TEST_CASE("a transaction keeps all of its work or nothing") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "store.db", clock);
    const auto rows = [&] { return store.db().execAndGet("SELECT count(*) FROM meta WHERE name LIKE 'x%'").getInt(); };
    store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('x1', '')"); });
    CHECK(rows() == 1);
    CHECK_THROWS_AS(store.transaction([&] {
        store.db().exec("INSERT INTO meta VALUES ('x2', '')");
        throw std::out_of_range("stop");
    }),
                    std::out_of_range);
    CHECK(rows() == 1);
    const Error error =
        error_of([&] { store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('x1', '')"); }); });
    CHECK(error.code() == ErrorCode::store);
    CHECK(std::string(error.what()).find("meta.name") != std::string::npos);
    store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('x3', '')"); });
    CHECK(rows() == 2);
}

TEST_CASE("a transaction within a transaction is a fault that says so") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "store.db", clock);
    const Error error = error_of([&] { store.transaction([&] { store.transaction([] {}); }); });
    CHECK(error.code() == ErrorCode::internal);
    store.transaction([] {});
}

TEST_CASE("a locked store is an error that tells to try later, and an outcome waits on") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "store.db", clock);
    SQLite::Database other((folder / "store.db").string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    store.db().setBusyTimeout(0);
    const Error error = error_of([&] { store.transaction([] {}); });
    CHECK(error.code() == ErrorCode::store);
    CHECK(error.again() == Again::later);

    // The lock goes when SQLite asks the third time: Wait::forever must come back for it after each "busy".
    struct Waits {
        SQLite::Database* holder;
        int asked = 0;
    } waits{&other, 0};
    sqlite3_busy_handler(
        store.db().getHandle(),
        [](void* data, int) {
            auto* seen = static_cast<Waits*>(data);
            if (++seen->asked == 3) seen->holder->exec("COMMIT");
            return 0;
        },
        &waits);
    bool done = false;
    store.transaction([&] { done = true; }, Store::Wait::forever);
    CHECK(done);
    CHECK(waits.asked == 3);
}

TEST_CASE("a full disk is an error with what to do, and undoes the step") {
    const TempFolder folder;
    const SimClock clock;
    Store store(folder / "store.db", clock);
    const int pages = store.db().execAndGet("PRAGMA page_count").getInt();
    store.db().exec("PRAGMA max_page_count = " + std::to_string(pages));
    const Error error = error_of(
        [&] { store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('big', zeroblob(1000000))"); }); });
    CHECK(error.code() == ErrorCode::store);
    CHECK(std::string(error.what()).find("no room left") != std::string::npos);
    CHECK(error.again() == Again::later);
    store.db().exec("PRAGMA max_page_count = 1000000");
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name = 'big'").getInt() == 0);
    store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('small', '')"); });
}

TEST_CASE("a disk that takes no more bytes is an error, and the store is whole afterwards") {
    const TempFolder folder;
    const fs::path file = folder / "store.db";
    ChildProcess child([&] {
        const SimClock clock;
        Store store(file, clock);
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{300'000, 300'000};
        ::setrlimit(RLIMIT_FSIZE, &small);
        try {
            store.transaction([&] { store.db().exec("INSERT INTO meta VALUES ('big', zeroblob(1000000))"); });
        } catch (const Error& error) {
            return error.code() == ErrorCode::store && !error.hint().empty() ? 0 : 2;
        }
        return 1;
    });
    CHECK(child.exit_code() == 0);
    const SimClock clock;
    Store store(file, clock);
    CHECK(store.db().execAndGet("PRAGMA quick_check").getString() == "ok");
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name = 'big'").getInt() == 0);
}

TEST_CASE("what isn't a store is refused and left as it was") {
    const TempFolder folder;
    const SimClock clock;
    const fs::path file = folder / "store.db";
    SECTION("a text file") {
        const std::string text(5000, 'x');
        write_file(file, text);
        CHECK(std::string(error_of([&] { Store(file, clock); }).what()).find("isn't a SQLite database") !=
              std::string::npos);
        CHECK(fs::file_size(file) == text.size());
    }
    SECTION("another program's database") {
        SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE song (id)");
        CHECK(std::string(error_of([&] { Store(file, clock); }).what()).find("not a store of bindery") !=
              std::string::npos);
    }
    SECTION("a folder") {
        fs::create_directory(file);
        CHECK(error_of([&] { Store(file, clock); }).hint().find("folder") != std::string::npos);
    }
    SECTION("a damaged store") {
        { Store store(file, clock); }
        std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
        damage.seekp(100);
        damage << std::string(4000, '\xff');
        damage.close();
        const Error error = error_of([&] { Store(file, clock); });
        CHECK(error.code() == ErrorCode::store);
        CHECK(error.hint().find("backup") != std::string::npos);
    }
}

TEST_CASE("an empty file becomes a store") {
    const TempFolder folder;
    const SimClock clock;
    write_file(folder / "store.db", "");
    CHECK(Store(folder / "store.db", clock).id().size() == 32);
}

TEST_CASE("a reader sees a store that is being written, and can't write") {
    const TempFolder folder;
    const SimClock clock;
    Store writer(folder / "store.db", clock);
    writer.transaction([&] { writer.db().exec("INSERT INTO meta VALUES ('x', 'y')"); });
    SQLite::Database busy((folder / "store.db").string(), SQLite::OPEN_READWRITE);
    busy.exec("BEGIN IMMEDIATE");
    Store reader = Store::open_read_only(folder / "store.db", clock);
    CHECK(reader.id() == writer.id());
    CHECK(reader.keyed_hash("a") == writer.keyed_hash("a"));
    CHECK(reader.db().execAndGet("SELECT value FROM meta WHERE name = 'x'").getString() == "y");
    CHECK_THROWS_AS(reader.db().exec("DELETE FROM meta"), SQLite::Exception);
}

TEST_CASE("a reader of no store at all is told which command makes one, and makes nothing") {
    const TempFolder folder;
    const SimClock clock;
    const Error error = error_of([&] { Store::open_read_only(folder / "no/store.db", clock); });
    CHECK(error.code() == ErrorCode::store);
    CHECK(error.hint().find("bindery sync") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "no"));
    write_file(folder / "empty.db", "");
    CHECK(std::string(error_of([&] { Store::open_read_only(folder / "empty.db", clock); }).what()).find("empty") !=
          std::string::npos);
}

TEST_CASE("a store that belongs to another account names whom to run as", "[rights]") {
    if (::geteuid() != 0) {
        WARN("only root can become another account for a moment: not checked here");
        return;
    }
    const TempFolder folder;
    const fs::path file = folder / "store.db";
    {
        const SimClock clock;
        Store store(file, clock);
    }
    ::chmod(folder.path().c_str(), 0755);
    ChildProcess child([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 3;
        const SimClock clock;
        for (const bool reading : {true, false}) {
            try {
                if (reading)
                    Store::open_read_only(file, clock);
                else
                    Store(file, clock);
                return 1;
            } catch (const Error& error) {
                if (error.hint().find("as root: chown nobody: " + file.string()) == std::string::npos) return 2;
            }
        }
        return 0;
    });
    CHECK(child.exit_code() == 0);
}

TEST_CASE("a store in a folder of root's sends nobody to run as root", "[rights]") {
    if (::geteuid() != 0) {
        WARN("only root can become another account for a moment: not checked here");
        return;
    }
    const TempFolder folder;
    ::chmod(folder.path().c_str(), 0755);
    ChildProcess child([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 3;
        const SimClock clock;
        for (const fs::path& file : {folder / "store.db", folder / "none/store.db"}) {
            try {
                Store store(file, clock);
                return 1;
            } catch (const Error& error) {
                if (error.hint().find("sudo -u root") != std::string::npos || error.hint().find("chown") == std::string::npos) return 2;
            }
        }
        return 0;
    });
    CHECK(child.exit_code() == 0);
}

TEST_CASE("a store file without the right to write is an error that says how to get it", "[rights]") {
    const TempFolder folder;
    const fs::path file = folder / "store.db";
    const bool root = ::geteuid() == 0;
    {
        const SimClock clock;
        Store store(file, clock);
    }
    ::chmod(file.c_str(), 0400);
    if (root) {
        REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
        REQUIRE(::chown(folder.path().c_str(), 65534, 65534) == 0);
    }
    ChildProcess child([&] {
        if (root && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 3;
        const SimClock clock;
        try {
            Store store(file, clock);
        } catch (const Error& error) {
            return error.hint().find("chmod 600") != std::string::npos ? 0 : 2;
        }
        return 1;
    });
    CHECK(child.exit_code() == 0);
}

TEST_CASE("processes that make the same store at the same time agree on one identity") {
    const TempFolder folder;
    const fs::path file = folder / "state/store.db";
    std::vector<ChildProcess> children;
    for (int n = 0; n < 4; ++n) {
        children.emplace_back([&file, &folder, n] {
            const SimClock clock;
            Store store(file, clock);
            store.transaction([&] {
                SQLite::Statement insert(store.db(), "INSERT INTO meta VALUES (?, ?)");
                insert.bind(1, "child" + std::to_string(n));
                insert.bind(2, store.keyed_hash("same"));
                insert.exec();
            });
            return store.id().size() == 32 ? 0 : 1;
        });
    }
    for (ChildProcess& child : children) CHECK(child.exit_code() == 0);
    const SimClock clock;
    Store store(file, clock);
    CHECK(store.db().execAndGet("SELECT count(DISTINCT value) FROM meta WHERE name LIKE 'child%'").getInt() == 1);
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name LIKE 'child%'").getInt() == 4);
    CHECK(store.db().execAndGet("SELECT count(*) FROM migration WHERE number = 1").getInt() == 1);
}

TEST_CASE("A key that is kept hashes each text as one that is given anew") {
    KeyedHash kept("some key");
    for (const std::string text : {"", "a", "a longer text of more than one block of the hash, which has sixty-four bytes", "a", ""}) CHECK(kept.of(text) == hmac_sha256("some key", text));
}
