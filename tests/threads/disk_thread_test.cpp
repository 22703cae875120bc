// The thread that brings a store's commits to the disk. Run under the thread sanitizer as well.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/error.h"
#include "store/disk.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// SQLite's own way to its files while this lives, with a note of what of the log went to the disk, and a disk that says no when it's told to.
class NotedFiles {
  public:
    NotedFiles() {
        {
            const TempFolder folder;  // the first that opens a store sets SQLite up, which must not be in use then
            const SimClock clock;
            const Store first(folder / "first.db", clock);
        }
        plain_ = sqlite3_vfs_find(nullptr);
        noted_ = *plain_;
        noted_.zName = "noted";
        noted_.xOpen = &NotedFiles::open;
        plain_log_ = plain_file_ = nullptr;
        written = there = undo_files = 0;
        log_says = file_says = SQLITE_OK;
        sqlite3_vfs_register(&noted_, 1);
    }
    ~NotedFiles() { sqlite3_vfs_unregister(&noted_); }
    NotedFiles(const NotedFiles&) = delete;
    NotedFiles& operator=(const NotedFiles&) = delete;

    static inline std::atomic<std::int64_t> written{0}, there{0};  // bytes of the log: so many, and of these so many synced
    static inline std::atomic<std::int64_t> undo_files{0};         // made for a statement that may have to be undone in part
    static inline std::atomic<int> log_says{SQLITE_OK}, file_says{SQLITE_OK};

  private:
    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* opened) {
        if ((flags & SQLITE_OPEN_SUBJOURNAL) != 0) ++undo_files;
        const int code = plain_->xOpen(plain_, name, file, flags, opened);
        if (code != SQLITE_OK) return code;
        if ((flags & SQLITE_OPEN_WAL) != 0) note(file, plain_log_, log_, &NotedFiles::write_log, &NotedFiles::sync_log);
        if ((flags & SQLITE_OPEN_MAIN_DB) != 0) note(file, plain_file_, file_, &NotedFiles::write_file, nullptr);
        return code;
    }
    static void note(sqlite3_file* file, const sqlite3_io_methods*& plain, sqlite3_io_methods& noted, decltype(sqlite3_io_methods::xWrite) write, decltype(sqlite3_io_methods::xSync) sync) {
        if (plain == nullptr) {
            plain = file->pMethods;
            noted = *plain;
            noted.xWrite = write;
            if (sync != nullptr) noted.xSync = sync;
        }
        file->pMethods = &noted;
    }
    static int write_log(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
        written = std::max<std::int64_t>(written, at + count);
        return plain_log_->xWrite(file, bytes, count, at);
    }
    static int sync_log(sqlite3_file* file, int flags) {
        const std::int64_t upto = written;
        if (log_says != SQLITE_OK) return log_says;
        const int code = plain_log_->xSync(file, flags);
        there = upto;
        return code;
    }
    static int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
        return file_says != SQLITE_OK ? file_says.load() : plain_file_->xWrite(file, bytes, count, at);
    }

    static inline sqlite3_vfs* plain_ = nullptr;
    static inline sqlite3_vfs noted_{};
    static inline const sqlite3_io_methods *plain_log_ = nullptr, *plain_file_ = nullptr;
    static inline sqlite3_io_methods log_{}, file_{};
};

void write_to(Store& store, const std::string& name, int bytes = 100'000) {
    store.transaction([&] { store.db().exec("INSERT INTO meta (name, value) VALUES ('" + name + "', zeroblob(" + std::to_string(bytes) + "))"); });
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
        CHECK_FALSE(beside.copy_trouble());
    }
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name GLOB 'n*'").getInt() == 200);
    CHECK_THROWS_AS(DiskThread(folder / "none" / "bindery.db"), Error);
}

TEST_CASE("What the thread beside has reached was synced, and the commit itself had not waited for it") {
    TempFolder folder;
    SimClock clock;
    const NotedFiles files;
    Store store(folder / "bindery.db", clock);
    CommitsBeside beside(store, std::make_unique<DiskThread>(store.file()));
    for (const char* name : {"a", "b", "c"}) {
        write_to(store, name);
        const std::int64_t written = NotedFiles::written;
        CHECK(NotedFiles::there < written);
        const std::uint64_t asked = beside.ask();
        while (!beside.reached(asked)) std::this_thread::yield();
        CHECK(NotedFiles::there == written);
    }
    write_to(store, "d");
    beside.wait();
    CHECK(NotedFiles::there == NotedFiles::written);
}

TEST_CASE("A log that can't be synced is an error for whoever asks") {
    TempFolder folder;
    SimClock clock;
    const NotedFiles files;
    Store store(folder / "bindery.db", clock);
    CommitsBeside beside(store, std::make_unique<DiskThread>(store.file()));
    NotedFiles::log_says = SQLITE_IOERR_FSYNC;
    write_to(store, "a");
    CHECK_THROWS_WITH(beside.wait(), Catch::Contains("the disk failed"));
    NotedFiles::log_says = SQLITE_OK;
    CHECK_THROWS_AS(beside.reached(1), Error);  // the kernel tells of a failed sync once
}

TEST_CASE("A log that can't be copied back loses nothing, and is told of") {
    TempFolder folder;
    SimClock clock;
    const NotedFiles files;
    Store store(folder / "bindery.db", clock);
    CommitsBeside beside(store, std::make_unique<DiskThread>(store.file()));
    NotedFiles::file_says = SQLITE_FULL;
    write_to(store, "a", 20'000'000);
    beside.wait();
    CHECK(NotedFiles::there == NotedFiles::written);
    REQUIRE(beside.copy_trouble());
    CHECK(beside.copy_trouble()->what() == "no room left to write " + (folder / "bindery.db").string());
    NotedFiles::file_says = SQLITE_OK;
    write_to(store, "b");  // and it's tried again
    beside.wait();
    CHECK_FALSE(beside.copy_trouble());
    CHECK(std::filesystem::file_size(folder / "bindery.db") > 20'000'000);
    CHECK(store.db().execAndGet("SELECT count(*) FROM meta WHERE name IN ('a', 'b')").getInt() == 2);
}

TEST_CASE("A row of a table with a trigger and many indexes makes no temporary file") {
    TempFolder folder;
    SimClock clock;
    const NotedFiles files;
    Store store(folder / "bindery.db", clock);
    SQLite::Database& db = store.db();
    db.exec("CREATE TABLE wide (a NOT NULL, b, c, d, e, f)");
    for (const char* column : {"a", "b", "c", "d", "e", "f"}) db.exec(std::string("CREATE INDEX wide_") + column + " ON wide (" + column + ")");
    db.exec("CREATE TRIGGER wide_is_noted AFTER INSERT ON wide BEGIN UPDATE wide SET a = a + 1 WHERE rowid = NEW.rowid; END");
    for (int i = 0; i < 3; ++i) store.transaction([&] { db.exec("INSERT INTO wide VALUES (1, 2, 3, 4, 5, 6)"); });
    CHECK(NotedFiles::undo_files == 0);
}
