#include "store/sqlite_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/error.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void throw_system(const char* doing, const fs::path& file) {
    const int code = errno;
    throw fs::filesystem_error(doing, file, std::error_code(code, std::generic_category()));
}

// What a statement needs to be undone in part: a row of a table with triggers and indexes changes several of our large pages. Up to so
// much is kept in memory, and beyond it in a file that is made for it. SQLite then writes in pieces of this size, and no piece may have
// more than 17 bits: it would write what is left of them, and call the disk full.
constexpr int kUndoInMemory = 0x1ffff;

// Counting its memory costs SQLite a lock around each allocation, and nobody asks for the counts. Refused once SQLite is in use: then
// it goes on as it did.
void set_up_sqlite() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, kUndoInMemory);
    });
}

// A process that died while it wrote in place (bulk_landing.h) left a journal, and only who may write can roll it back.
void roll_back_unfinished(const fs::path& file) {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyMilliseconds);
    db.execAndGet("PRAGMA schema_version");
}

void harden(SQLite::Database& db) {
    // A typo in double quotes is an error, not a text; views and triggers call no function of ours.
    sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

}  // namespace

// SQLite doesn't always wait by itself.
void switch_to_wal(SQLite::Database& db, const fs::path& file) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
    for (;;) {
        try {
            std::string mode = db.execAndGet("PRAGMA journal_mode").getString();
            if (mode != "wal") mode = db.execAndGet("PRAGMA journal_mode = WAL").getString();
            if (mode == "wal") return;
            throw Error(
                ErrorCode::store, file.string() + " can't use a write-ahead log (journal mode stays '" + mode + "')",
                "keep it on a local disk; network file systems lack the shared memory it needs", Reach::process);
        } catch (const SQLite::Exception& error) {
            if (!is_busy(error) || std::chrono::steady_clock::now() > deadline) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::string account_name(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
    return "#" + std::to_string(uid);
}

std::string owner_of(const fs::path& file) {
    struct stat there {};
    return ::stat(file.c_str(), &there) == 0 ? account_name(there.st_uid) : "its owner";
}

void make_private_folder(const fs::path& file) {
    const fs::path folder = file.parent_path();
    if (folder.empty() || fs::is_directory(folder)) return;
    make_private_folder(folder);
    if (::mkdir(folder.c_str(), 0700) != 0) {
        if (errno == EEXIST) return;  // another process was faster
        throw_system("can't make the folder", folder);
    }
    ::chmod(folder.c_str(), 0700);
}

void create_private_file(const fs::path& file) {
    // One at a time: a thread that closes its descriptor would drop the locks of another one's connection to the new
    // file.
    static std::mutex creating;
    const std::lock_guard guard(creating);
    struct stat there {};
    if (::stat(file.c_str(), &there) == 0) return;
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        if (errno == EEXIST) return;
        throw_system("can't make the file", file);
    }
    ::fchmod(fd, 0600);
    ::close(fd);
}

void keep_private(const fs::path& file) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const std::string name = file.string() + suffix;
        struct stat there {};
        if (::stat(name.c_str(), &there) != 0 || (there.st_mode & 0077) == 0) continue;
        struct stat link {};  // another account's link must not lead root to a file of its own
        if (::geteuid() == 0 && ::lstat(name.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) continue;
        ::chmod(name.c_str(), 0600);  // fails for another's file; then its owner decides
    }
}

void give_to_owner_of(const fs::path& model, const fs::path& file) {
    struct stat there {}, own {};
    if (::geteuid() != 0 || ::stat(model.c_str(), &there) != 0) return;
    if (::lstat(file.c_str(), &own) == 0 && own.st_uid == there.st_uid && own.st_gid == there.st_gid) return;
    if (::lchown(file.c_str(), there.st_uid, there.st_gid) != 0) throw_system("can't hand over the file", file);
}

void sync_folder(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

bool is_blank(SQLite::Database& db, const fs::path& file, const FileKind& kind) {
    // The tables first: a damaged header must look damaged, not like a stranger's.
    const int tables = db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
    const int id = db.execAndGet("PRAGMA application_id").getInt();
    if (id == kind.application_id) return false;
    if (id == 0 && tables == 0) return true;
    throw Error(ErrorCode::store, file.string() + " is a SQLite database, but not a " + kind.name + " of bindery",
                std::string("set `") + kind.name + ":` to a file of its own; this one was left as it was",
                Reach::process);
}

std::unique_ptr<SQLite::Database> open_for_writing(const fs::path& file, const FileKind& kind) {
    make_private_folder(file);
    create_private_file(file);
    keep_private(file);
    set_up_sqlite();
    const int locks = kind.one_thread ? SQLITE_OPEN_NOMUTEX : 0;
    auto db = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE | locks, kBusyMilliseconds);
    harden(*db);
    if (sqlite3_db_readonly(db->getHandle(), "main") == 1)
        throw SQLite::Exception("attempt to write a readonly database", SQLITE_READONLY);
    is_blank(*db, file, kind);  // the first look at the content: here a file that is no database shows itself
    db->exec("PRAGMA page_size = " + std::to_string(kind.page_size));
    switch_to_wal(*db, file);
    db->exec(std::string("PRAGMA synchronous = ") + kind.synchronous);
    db->exec("PRAGMA foreign_keys = ON");
    db->exec("PRAGMA journal_size_limit = 67108864");
    db->exec("PRAGMA wal_autocheckpoint = " + std::to_string(kind.log_pages));
    return db;
}

std::unique_ptr<SQLite::Database> open_for_reading(const fs::path& file) {
    set_up_sqlite();
    auto db = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, kBusyMilliseconds);
    harden(*db);
    try {
        db->execAndGet("PRAGMA schema_version");
    } catch (const SQLite::Exception& error) {
        if (error.getExtendedErrorCode() != SQLITE_READONLY_ROLLBACK) throw;
        roll_back_unfinished(file);
        db->execAndGet("PRAGMA schema_version");
    }
    return db;
}

std::string access_hint(const fs::path& file) {
    struct stat there {};
    fs::path seen = fs::absolute(file);
    while (::stat(seen.c_str(), &there) != 0 && seen.has_relative_path()) seen = seen.parent_path();
    // As root the command would make files that the service can't write, and without the keys of its account.
    if (S_ISDIR(there.st_mode) && there.st_uid == 0 && ::geteuid() != 0 && seen != fs::absolute(file) && ::access(seen.c_str(), W_OK | X_OK) != 0 && errno == EACCES) {
        return (seen == fs::absolute(file).parent_path() ? "its folder belongs to root: " : "its folder isn't there, and can't be made in ") + seen.string() +
               "; make one that belongs to " + account_name(::geteuid()) + " (mkdir, chown), or name another place; of an installed service: sudo bindery-agency AGENCY COMMAND";
    }
    if (S_ISDIR(there.st_mode) && seen == fs::absolute(file)) return "this is a folder; name a file";
    if (::access(seen.c_str(), W_OK) != 0 && errno == EROFS) return "its file system is mounted read-only";
    const bool folder = S_ISDIR(there.st_mode);
    const std::string owner = account_name(there.st_uid);
    if (there.st_uid != ::geteuid() && ::geteuid() != 0) {
        const std::string whose = (folder ? "its folder belongs to " : "this store belongs to ") + owner;
        // A store that root made by mistake is given away rather than worked on by root for ever.
        if (there.st_uid == 0 && !folder) return whose + "; give it to this account, as root: chown " + account_name(::geteuid()) + ": " + seen.string() + "*, or run: sudo -u root bindery …";
        return whose + "; run: sudo -u " + owner + " bindery …";
    }
    if (!folder) {
        if (::access(seen.c_str(), R_OK | W_OK) != 0) return "give yourself access: chmod 600 " + seen.string();
        if (::access(seen.parent_path().c_str(), W_OK | X_OK) != 0)
            return "its folder must be writable too: " + seen.parent_path().string();
    } else if (::access(seen.c_str(), W_OK | X_OK) != 0) {
        return "this folder must be writable: " + seen.string();
    }
    return "check the path, the rights on its folder, and the limit of open files" + (there.st_uid == ::geteuid() ? "" : "; or run: sudo -u " + owner + " bindery …");
}

bool is_busy(const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xff;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

bool is_corrupt(const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
        const ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
        if (got > 0) done += static_cast<std::size_t>(got);
        if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return bytes;
}

std::string to_hex(const std::string& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        hex += kDigits[static_cast<unsigned char>(byte) >> 4];
        hex += kDigits[static_cast<unsigned char>(byte) & 15];
    }
    return hex;
}

}  // namespace bindery
