#include "store/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "store/care.h"
#include "store/sqlite_file.h"
#include "store/store.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr int kPagesAStep = 512;

[[noreturn]] void refuse(const std::string& message, const std::string& hint) { throw Error(ErrorCode::usage, message, hint); }

[[noreturn]] void fail(const fs::path& target, int code) {
    throw Error(ErrorCode::store, "can't write the backup " + target.string() + ": " + std::strerror(code),
                "check the folder, its permissions and the free space; an earlier file of that name is as it was");
}

// What the header of a SQLite file says: whose it is, and that no write-ahead log belongs to it.
bool is_earlier_backup(const fs::path& file) {
    std::array<unsigned char, 100> header{};
    std::ifstream in(file, std::ios::binary);
    if (!in.read(reinterpret_cast<char*>(header.data()), header.size())) return false;
    if (std::memcmp(header.data(), "SQLite format 3", 16) != 0) return false;
    const int id = static_cast<int>(header[68] << 24 | header[69] << 16 | header[70] << 8 | header[71]);
    return id == kStoreFile.application_id && header[18] == 1 && header[19] == 1;
}

// A slip of the hand must not cost a store, a budget, a configuration, or the only good backup.
void refuse_what_is_no_backup(const fs::path& target, bool replace) {
    const std::string name = target.filename().string(), hint = "name a file of its own, such as bindery-2026-11-25.backup";
    std::error_code problem;
    const auto there = fs::symlink_status(target, problem);
    for (const char* end : {"-wal", "-shm", "-journal"}) {
        if (name.ends_with(end)) refuse(target.string() + " would be taken for a part of another database", hint);
    }
    if (fs::is_directory(target, problem)) refuse(target.string() + " is a folder", "name the file: " + (target / "bindery.backup").string());
    if (name.empty()) refuse("a backup needs a file's name", hint);
    if (!fs::exists(there)) {
        if (!fs::is_directory(target.parent_path(), problem)) refuse("there is no folder " + target.parent_path().string(), "make it, or mount its disk, and try again");
        return;
    }
    if (!fs::is_regular_file(there) || !is_earlier_backup(target)) refuse(target.string() + " is there and is no backup of a store", hint);
    if (!replace) refuse(target.string() + " is there already", "pass --replace, or give each backup its own name, such as by the date");
}

// The file that the copy grows in. Locked while this lives, so that two backups of one name can't mix; gone with it.
class Part {
  public:
    Part(const fs::path& target, const fs::path& store) : file_(target.string() + ".part"), target_(target) {
        while (!lock()) {
        }
        remove_beside();
        if (::ftruncate(fd_, 0) != 0 || ::fchmod(fd_, 0600) != 0) fail(target_, errno);
        give_to_owner_of(store, file_);
    }
    ~Part() {
        remove_beside();
        if (!named_) ::unlink(file_.c_str());
        ::close(fd_);
    }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    const fs::path& file() const { return file_; }

    void name_it(bool replace) {
        if (::fsync(fd_) != 0) fail(target_, errno);
        // Nobody who made the file meanwhile shall lose it; where the file system can't promise that, the look above has to do.
        int done = replace ? ::rename(file_.c_str(), target_.c_str()) : ::renameat2(AT_FDCWD, file_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
        if (done != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) done = ::rename(file_.c_str(), target_.c_str());
        if (done != 0 && errno == EEXIST) refuse(target_.string() + " is there already", "somebody made it meanwhile; pick another name");
        if (done != 0) fail(target_, errno);
        named_ = true;
        sync_folder(target_);
    }

  private:
    // False: the file got another name between opening and locking it.
    bool lock() {
        fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd_ < 0) fail(target_, errno);
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            ::close(fd_);
            throw Error(ErrorCode::running_elsewhere, "another process is writing the backup " + target_.string(), "wait until it has ended, or name another file", Reach::job, Again::later);
        }
        struct stat held {}, there {};
        if (::fstat(fd_, &held) == 0 && ::stat(file_.c_str(), &there) == 0 && held.st_ino == there.st_ino && held.st_dev == there.st_dev) return true;
        ::close(fd_);
        return false;
    }
    void remove_beside() const {
        for (const char* suffix : {"-wal", "-shm", "-journal"}) ::unlink((file_.string() + suffix).c_str());
    }
    fs::path file_, target_;
    int fd_ = -1;
    bool named_ = false;
};

[[noreturn]] void interrupted() {
    throw Error(ErrorCode::interrupted, "stopped before the backup was whole; none was made", "run it again", Reach::process, Again::later);
}

void copy_pages(const BackupRequest& request, const fs::path& part) {
    const auto source = open_for_reading(request.store);
    is_blank(*source, request.store, kStoreFile);
    // One snapshot for the whole copy: writers go on, and none of what they write makes it begin anew.
    source->exec("BEGIN");
    source->execAndGet("SELECT count(*) FROM sqlite_schema");
    SQLite::Database target(part.string(), SQLite::OPEN_READWRITE, kBusyMilliseconds);
    target.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");  // made durable as a whole, when it's whole
    SQLite::Backup backup(target, *source);
    for (;;) {
        if (request.stop && request.stop()) interrupted();
        const int step = backup.executeStep(kPagesAStep);
        if (step == SQLITE_DONE) return;
        if (step != SQLITE_OK) sqlite3_sleep(10);
        if (request.progress) request.progress(backup.getTotalPageCount() - backup.getRemainingPageCount(), backup.getTotalPageCount());
    }
}

// One file without a log beside it, so that a copy of it is a copy of all of it.
BackupReport close_copy(const BackupRequest& request, const fs::path& part) {
    BackupReport report;
    {
        SQLite::Database copy(part.string(), SQLite::OPEN_READWRITE, kBusyMilliseconds);
        if (copy.execAndGet("PRAGMA journal_mode = DELETE").getString() != "delete") throw Error(ErrorCode::internal, "the copy keeps its write-ahead log");
        report.pages = copy.execAndGet("PRAGMA page_count").getInt64();
    }
    const auto problems = integrity_problems(part, request.stop);
    if (!problems.empty()) {
        throw Error(ErrorCode::store, "the copy isn't sound (" + problems.front() + "), and was thrown away",
                    "look at the store itself: bindery check --integrity; an earlier backup is as it was", Reach::process);
    }
    report.bytes = static_cast<std::int64_t>(fs::file_size(part));
    return report;
}

}  // namespace

BackupReport back_up(const BackupRequest& request) {
    std::error_code problem;
    if (!fs::exists(request.store, problem)) throw Error(ErrorCode::store, "there is no store at " + request.store.string() + " yet", "run: bindery sync --job NAME; or check `store:` in bindery.yaml", Reach::process);
    const fs::path target = fs::absolute(request.target).lexically_normal();
    if (fs::equivalent(target, request.store, problem)) refuse(target.string() + " is the store itself", "name a file of its own");
    refuse_what_is_no_backup(target, request.replace);
    try {
        Part part(target, request.store);
        copy_pages(request, part.file());
        BackupReport report = close_copy(request, part.file());
        part.name_it(request.replace);
        report.file = target;
        return report;
    } catch (const SQLite::Exception& error) {
        if (is_corrupt(error)) rethrow_store_error(error, request.store);
        rethrow_store_error(error, target);
    } catch (const fs::filesystem_error& error) {
        rethrow_store_error(error, target);
    }
}

}  // namespace bindery
