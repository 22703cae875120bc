#include "store/budget_db.h"

#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr int kVersion = 1;

// Times are nanoseconds of boot time; `base` + the bucket's `per` is when a token returns.
constexpr const char* kSchema = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE bucket (
    id         INTEGER PRIMARY KEY,
    account    TEXT NOT NULL,
    name       TEXT NOT NULL,
    per        INTEGER NOT NULL,
    full_until INTEGER NOT NULL DEFAULT 0,  -- distrusted: nothing is free before
    UNIQUE (account, name)
);
CREATE TABLE taken (
    bucket    INTEGER NOT NULL,
    token     INTEGER NOT NULL,
    base      INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    PRIMARY KEY (bucket, token)
) WITHOUT ROWID;
CREATE TABLE waiter (
    account    TEXT NOT NULL,
    name       TEXT NOT NULL,
    class      INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    process    INTEGER NOT NULL,
    buckets    TEXT NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;
CREATE TABLE pause (
    account    TEXT PRIMARY KEY,
    until      INTEGER NOT NULL,
    until_wall INTEGER NOT NULL,  -- milliseconds UTC: what is left of it after a reboot
    length     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pusher (
    account  TEXT NOT NULL,
    effect   TEXT NOT NULL,
    store_id TEXT NOT NULL,
    run      INTEGER NOT NULL,
    PRIMARY KEY (account, effect)
) WITHOUT ROWID;
)";

ino_t inode_of(const fs::path& file) {
    struct stat there {};
    return ::stat(file.c_str(), &there) == 0 ? there.st_ino : 0;
}

bool has_content(const std::string& file) {
    struct stat there {};
    return ::stat(file.c_str(), &there) == 0 && there.st_size > 0;
}

void run_with(SQLite::Database& db, const char* sql, std::int64_t value) {
    SQLite::Statement statement(db, sql);
    statement.bind(1, value);
    statement.exec();
}

void make_schema(SQLite::Database& db, const Clock& clock, bool lost) {
    db.exec(kSchema);
    db.exec("PRAGMA application_id = " + std::to_string(kBudgetFile.application_id));
    db.exec("PRAGMA user_version = " + std::to_string(kVersion));
    SQLite::Statement boot(db, "INSERT INTO meta (name, value) VALUES ('boot_id', ?)");
    boot.bind(1, clock.boot_id());
    boot.exec();
    if (lost) run_with(db, "INSERT INTO meta (name, value) VALUES ('distrusted_at', ?)", clock.boot().count());
}

// True when it made the file what it is.
bool ensure_schema(SQLite::Database& db, const fs::path& file, const Clock& clock, bool lost) {
    const auto version = [&] { return db.execAndGet("PRAGMA user_version").getInt(); };
    if (version() == kVersion) return false;
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    if (version() == kVersion) return false;  // another process was faster
    if (!is_blank(db, file, kBudgetFile))
        throw Error(ErrorCode::store, file.string() + " was written by a newer bindery",
                    "use that version for all agencies on this machine, or set `budget:` to another file",
                    Reach::process);
    make_schema(db, clock, lost);
    transaction.commit();
    return true;
}

// What is left of a pause, as the wall clock tells it, since boot times of two boots can't be compared.
void carry_pauses_over(SQLite::Database& db, const Clock& clock) {
    struct Row {
        std::string account;
        std::int64_t until;
    };
    std::vector<Row> rows;
    SQLite::Statement query(db, "SELECT account, until_wall, length FROM pause");
    while (query.executeStep()) {
        const Duration left = WallTime(std::chrono::milliseconds(query.getColumn(1).getInt64())) - clock.wall();
        const Duration length(query.getColumn(2).getInt64());
        rows.push_back(
            {query.getColumn(0).getString(), (clock.boot() + std::clamp(left, Duration{0}, length)).count()});
    }
    for (const Row& row : rows) {
        SQLite::Statement update(db, "UPDATE pause SET until = ? WHERE account = ?");
        update.bind(1, row.until);
        update.bind(2, row.account);
        update.exec();
    }
}

// Tokens of another boot count as taken now. `unclean`: the last boot ended without closing the file, so that its last
// moments may be missing: then each bucket counts as full.
void adopt_boot(SQLite::Database& db, const Clock& clock, bool unclean) {
    const auto known = [&] { return db.execAndGet("SELECT value FROM meta WHERE name = 'boot_id'").getString(); };
    if (known() == clock.boot_id()) return;
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    if (known() == clock.boot_id()) return;
    const std::int64_t now = clock.boot().count();
    run_with(db, "UPDATE taken SET base = ?, in_flight = 0", now);
    run_with(db,
             unclean ? "UPDATE bucket SET full_until = ? + per"
                     : "UPDATE bucket SET full_until = ? + per WHERE full_until > 0",
             now);
    run_with(db, "UPDATE meta SET value = ? WHERE name = 'distrusted_at'", now);
    carry_pauses_over(db, clock);
    db.exec("DELETE FROM waiter");
    SQLite::Statement boot(db, "UPDATE meta SET value = ? WHERE name = 'boot_id'");
    boot.bind(1, clock.boot_id());
    boot.exec();
    transaction.commit();
}

// Accounts that nobody asks about any more leave rows behind. A look first: an opening seldom has to write.
void sweep(SQLite::Database& db, std::int64_t now) {
    SQLite::Statement old(
        db,
        "SELECT EXISTS (SELECT 1 FROM taken JOIN bucket ON id = bucket WHERE base + per <= ?1)"
        " OR EXISTS (SELECT 1 FROM waiter WHERE expires <= ?1) OR EXISTS (SELECT 1 FROM pause WHERE until <= ?1)"
        " OR EXISTS (SELECT 1 FROM bucket WHERE full_until BETWEEN 1 AND ?1)");
    old.bind(1, now);
    old.executeStep();
    const bool any = old.getColumn(0).getInt() != 0;
    old.reset();
    if (!any) return;
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    run_with(db, "DELETE FROM taken WHERE base + (SELECT per FROM bucket WHERE id = taken.bucket) <= ?", now);
    run_with(db, "DELETE FROM waiter WHERE expires <= ?", now);
    run_with(db, "DELETE FROM pause WHERE until <= ?", now);
    run_with(db, "UPDATE bucket SET full_until = 0 WHERE full_until BETWEEN 1 AND ?", now);
    transaction.commit();
}

std::unique_ptr<SQLite::Database> open_whole(const fs::path& file, const Clock& clock, bool lost) {
    const bool unclean = has_content(file.string() + "-wal");
    auto db = open_for_writing(file, kBudgetFile);
    if (ensure_schema(*db, file, clock, lost))
        db->exec("PRAGMA wal_checkpoint");  // the schema itself survives a power cut
    // The file is small, so a look at all of it costs next to nothing.
    if (db->execAndGet("PRAGMA quick_check(1)").getString() != "ok")
        throw SQLite::Exception("database disk image is malformed", SQLITE_CORRUPT);
    adopt_boot(*db, clock, unclean);
    sweep(*db, clock.boot().count());
    return db;
}

class AsideLock {
  public:
    explicit AsideLock(const fs::path& file)
        : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (fd_ < 0) throw fs::filesystem_error("can't lock", file, std::error_code(errno, std::generic_category()));
        while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    ~AsideLock() { ::close(fd_); }
    AsideLock(const AsideLock&) = delete;
    AsideLock& operator=(const AsideLock&) = delete;

  private:
    int fd_;
};

}  // namespace

BudgetDb::BudgetDb(fs::path file, const Clock& clock, bool lost) : file_(std::move(file)) {
    for (int attempt = 0;; ++attempt) {
        const ino_t before = inode_of(file_);
        try {
            db_ = open_whole(file_, clock, lost);
            inode_ = inode_of(file_);
            if (before == 0 || before == inode_) return;
        } catch (const SQLite::Exception& error) {
            if (!is_corrupt(error) || attempt == 3) throw;
            set_aside(file_, clock, before);
        }
        db_.reset();  // replaced while it was being opened: once more
    }
}

bool BudgetDb::is_current() const {
    return inode_of(file_) == inode_;
}

SQLite::Statement& BudgetDb::prepared(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(*db_, sql);
    return *statement;
}

void BudgetDb::set_aside(const fs::path& file, const Clock& clock, ino_t damaged) {
    const AsideLock lock(file.string() + ".aside");
    if (inode_of(file) != damaged) return;
    const std::string fresh = file.string() + ".new";
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(fresh + suffix);
    open_whole(fresh, clock, true).reset();  // closed at once: all of it is in the one file
    give_to_owner_of(file, fresh);
    int number = 1;
    while (fs::exists(file.string() + ".corrupt-" + std::to_string(number))) ++number;
    const std::string aside = file.string() + ".corrupt-" + std::to_string(number);
    // A second name first, so that there is a file at any moment: one that comes now finds the damaged one and waits
    // for our lock. The log goes before the new file comes, or SQLite would play the old one into it.
    std::error_code no_links;
    fs::create_hard_link(file, aside, no_links);
    if (no_links) fs::rename(file, aside);
    for (const char* suffix : {"-wal", "-shm"}) {
        if (fs::exists(file.string() + suffix)) fs::rename(file.string() + suffix, aside + suffix);
    }
    fs::rename(fresh, file);
}

}  // namespace bindery
