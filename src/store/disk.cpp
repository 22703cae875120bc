#include "store/disk.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "store/sqlite_file.h"

namespace bindery {
namespace {

constexpr int kPagesToCopyBack = 1000;  // as SQLite's own rule has it
constexpr int kMostPages = 4 * kPagesToCopyBack;  // then it's copied back before anything else
constexpr int kSyncNormal = 1;          // PRAGMA synchronous: a commit doesn't wait, a checkpoint does

// The log as this connection has it open.
sqlite3_file* log_of(SQLite::Database& db) {
    sqlite3_file* log = nullptr;
    if (sqlite3_file_control(db.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || log == nullptr || log->pMethods == nullptr)
        throw SQLite::Exception("the store's log isn't open", SQLITE_IOERR);
    return log;
}

int on_commit_beside(void* disk, sqlite3*, const char*, int pages) {
    static_cast<Disk*>(disk)->log_holds(pages);
    return SQLITE_OK;
}

}  // namespace

struct DiskThread::Impl {
    explicit Impl(const std::filesystem::path& store) : file(store), db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyMilliseconds) {
        db.execAndGet("PRAGMA schema_version");  // opens the log
        log_of(db);
        thread = std::thread([this] { work(); });
    }
    ~Impl() {
        {
            const std::lock_guard guard(mutex);
            over = true;
        }
        changed.notify_all();
        thread.join();
    }

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return over || asked > done || pages >= kPagesToCopyBack; });
            if (over) return;
            const std::uint64_t upto = asked;
            const bool sync = asked > done && pages < kMostPages;  // somebody waits for it
            copying = !sync;
            if (copying) pages = 0;
            lock.unlock();
            std::exception_ptr failed;
            bool busy = false;  // another process copies just now
            try {
                if (sync) bring();
                else db.execAndGet("PRAGMA wal_checkpoint(PASSIVE)");  // stands in no writer's way; what it can't copy now it copies next time
            } catch (const SQLite::Exception& error) {
                busy = !sync && is_busy(error);
                if (!busy) failed = std::current_exception();
            } catch (const std::exception&) {
                failed = std::current_exception();
            }
            lock.lock();
            copying = false;
            if (sync) done = upto;
            if (sync && !trouble) trouble = failed;
            if (!sync && !busy) copy_trouble = failed;  // one that works makes it good
            reached.notify_all();
        }
    }

    void bring() {
        sqlite3_file* const log = log_of(db);
        const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
        if (code != SQLITE_OK) throw SQLite::Exception("the store's log can't be brought to the disk", code);
    }

    void look(const std::exception_ptr& failed) const {
        if (!failed) return;
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& error) {
            rethrow_store_error(error, file);
        }
    }

    const std::filesystem::path file;
    SQLite::Database db;
    std::mutex mutex;
    std::condition_variable changed, reached;
    std::uint64_t asked = 0, done = 0;
    int pages = 0;
    bool copying = false, over = false;
    std::exception_ptr trouble, copy_trouble;  // the first sync that failed; of the last copy
    std::thread thread;  // the last: it uses the others
};

DiskThread::DiskThread(const std::filesystem::path& store) {
    try {
        impl_ = std::make_unique<Impl>(store);
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store);
    }
}

DiskThread::~DiskThread() = default;

std::uint64_t DiskThread::ask() {
    std::uint64_t number = 0;
    {
        const std::lock_guard guard(impl_->mutex);
        number = ++impl_->asked;
    }
    impl_->changed.notify_one();
    return number;
}

bool DiskThread::reached(std::uint64_t asked) {
    const std::lock_guard guard(impl_->mutex);
    impl_->look(impl_->trouble);
    return impl_->done >= asked;
}

void DiskThread::wait() {
    std::unique_lock lock(impl_->mutex);
    impl_->reached.wait(lock, [this] { return impl_->done >= impl_->asked && !impl_->copying && impl_->pages < kPagesToCopyBack; });
    impl_->look(impl_->trouble);
}

void DiskThread::log_holds(int pages) {
    const std::lock_guard guard(impl_->mutex);
    impl_->pages = pages;
    if (pages >= kPagesToCopyBack) impl_->changed.notify_one();
}

std::optional<Error> DiskThread::copy_trouble() {
    const std::lock_guard guard(impl_->mutex);
    try {
        impl_->look(impl_->copy_trouble);
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

CommitsBeside::CommitsBeside(Store& store, std::unique_ptr<Disk> disk) : store_(store), disk_(std::move(disk)) {
    if (!disk_) return;
    try {
        usual_ = store_.db().execAndGet("PRAGMA synchronous").getInt();
        if (usual_ > kSyncNormal) store_.db().exec("PRAGMA synchronous = NORMAL");
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
    sqlite3_wal_hook(store_.db().getHandle(), on_commit_beside, disk_.get());
}

CommitsBeside::~CommitsBeside() {
    if (!disk_) return;
    sqlite3_wal_autocheckpoint(store_.db().getHandle(), kPagesToCopyBack);
    sqlite3_exec(store_.db().getHandle(), ("PRAGMA synchronous = " + std::to_string(usual_)).c_str(), nullptr, nullptr, nullptr);
}

void CommitsBeside::wait() {
    if (!disk_) return;
    disk_->ask();
    disk_->wait();
}

}  // namespace bindery
