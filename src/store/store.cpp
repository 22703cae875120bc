#include "store/store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <exception>
#include <optional>

#include "core/error.h"
#include "store/care.h"
#include "store/hmac.h"
#include "store/migrate.h"
#include "store/prepared.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kIdentityKeyBytes = 32;

std::optional<std::string> meta_value(SQLite::Database& db, const char* name) {
    SQLite::Statement query(db, "SELECT value FROM meta WHERE name = ?");
    query.bind(1, name);
    if (!query.executeStep()) return std::nullopt;
    const SQLite::Column value = query.getColumn(0);
    return std::string(static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes()));
}

void set_meta(SQLite::Database& db, const char* name, const std::string& value) {
    SQLite::Statement insert(db, "INSERT INTO meta (name, value) VALUES (?, ?)");
    insert.bind(1, name);
    insert.bind(2, value.data(), static_cast<int>(value.size()));
    insert.exec();
}

[[noreturn]] void identity_lost(const fs::path& file) {
    throw Error(ErrorCode::store, file.string() + " has lost the key that its effects are identified with",
                "restore a backup: with a new key everything would be sent once more", Reach::process);
}

// The two things that are made once in a store's life.
void ensure_identity(SQLite::Database& db, const fs::path& file) {
    if (meta_value(db, "identity_key") && meta_value(db, "store_id")) return;
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    if (!meta_value(db, "identity_key")) {
        if (db.execAndGet("SELECT count(*) FROM effect").getInt64() > 0) identity_lost(file);
        set_meta(db, "identity_key", random_bytes(kIdentityKeyBytes));
    }
    if (!meta_value(db, "store_id")) set_meta(db, "store_id", to_hex(random_bytes(16)));
    transaction.commit();
}

std::unique_ptr<SQLite::Database> open_and_migrate(const fs::path& file, const Clock& clock) {
    try {
        auto db = open_for_writing(file, kStoreFile);
        migrate(*db, file, compiled_migrations(), rfc3339(clock.wall()));
        ensure_identity(*db, file);
        return db;
    } catch (const std::exception& error) {
        rethrow_store_error(error, file);
    }
}

std::unique_ptr<SQLite::Database> open_as_it_is(const fs::path& file) {
    std::error_code problem;
    const bool there = fs::exists(file, problem);
    if (!there && !problem)
        throw Error(ErrorCode::store, "there is no store at " + file.string() + " yet",
                    "run: bindery sync --job NAME; or check `store:` in bindery.yaml", Reach::process);
    if (!there)
        throw Error(ErrorCode::store, file.string() + " can't be read: " + problem.message(), access_hint(file),
                    Reach::process);
    try {
        auto db = open_for_reading(file);
        require_migrated(*db, file, compiled_migrations());
        return db;
    } catch (const std::exception& error) {
        rethrow_store_error(error, file);
    }
}

Error error_of_code(int extended, const std::string& text, const fs::path& file) {
    const std::string name = file.string();
    const auto make = [](const std::string& message, const std::string& hint, Reach reach, Again again) {
        return Error(ErrorCode::store, message, hint, reach, again);
    };
    switch (extended & 0xff) {
        case SQLITE_FULL:
            return make("no room left to write " + name, "free space on its disk; the unfinished step was undone",
                        Reach::job, Again::later);
        case SQLITE_IOERR:
            return make("the disk failed to read or write " + name + " (SQLite " + std::to_string(extended) + ")",
                        "check its disk, mount, quota and file size limit; the unfinished step was undone", Reach::job,
                        Again::later);
        case SQLITE_READONLY:
            return make(name + " can't be written", access_hint(file), Reach::process, Again::never);
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return make(name + " can't be opened", access_hint(file), Reach::process, Again::never);
        case SQLITE_NOTADB:
            return make(name + " isn't a SQLite database", "check the path; if it was one, " + restore_hint(file),
                        Reach::process, Again::never);
        case SQLITE_CORRUPT:
            return make(name + " is damaged",
                        restore_hint(file), Reach::process, Again::never);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return make(name + " is locked by another process",
                        "try again when that one is done; `fuser -v " + name + "` names it", Reach::job, Again::later);
        case SQLITE_NOMEM:
            return make("out of memory while using " + name, "", Reach::process, Again::later);
        default:
            break;
    }
    // SQLite's words name tables and columns, never values.
    return make("SQLite refused a statement on " + name + ": " + text, "this is a fault of bindery: please report it",
                Reach::job, Again::never);
}

[[noreturn]] void throw_again(const std::exception& error) {
    if (std::current_exception()) throw;
    throw std::runtime_error(error.what());
}

}  // namespace

Store::Store(const fs::path& file, const Clock& clock) : Store(file, clock, open_and_migrate(file, clock)) {}

Store::Store(fs::path file, const Clock& clock, std::unique_ptr<SQLite::Database> db)
    : file_(std::move(file)), clock_(&clock), db_(std::move(db)), statements_(std::make_unique<StatementCache>()) {
    try {
        const auto key = meta_value(*db_, "identity_key");
        if (!key || key->size() != kIdentityKeyBytes) identity_lost(file_);
        identity_key_ = std::make_unique<KeyedHash>(*key);
    } catch (const std::exception& error) {
        rethrow_store_error(error, file_);
    }
}

Store Store::open_read_only(const fs::path& file, const Clock& clock) {
    return {file, clock, open_as_it_is(file)};
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

void Store::wait_at_most(std::chrono::milliseconds time) {
    try {
        db_->setBusyTimeout(static_cast<int>(time.count()));
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, file_);
    }
}

std::string Store::now() const {
    return rfc3339(clock_->wall());
}

void Store::transaction(const std::function<void()>& work, Wait wait) {
    if (sqlite3_get_autocommit(db_->getHandle()) == 0)
        throw Error(ErrorCode::internal, "a transaction of the store began inside another one");
    try {
        std::optional<SQLite::Transaction> transaction;
        while (!transaction) {
            try {
                transaction.emplace(*db_, SQLite::TransactionBehavior::IMMEDIATE);
            } catch (const SQLite::Exception& error) {
                if (wait == Wait::some || !is_busy(error)) throw;
            }
        }
        work();
        transaction->commit();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, file_);
    }
}

std::string Store::id() {
    try {
        const auto id = meta_value(*db_, "store_id");
        if (!id) throw Error(ErrorCode::store, file_.string() + " has lost its id", "restore a backup", Reach::process);
        return *id;
    } catch (const std::exception& error) {
        rethrow_store_error(error, file_);
    }
}

std::string Store::keyed_hash(const std::string& text) { return identity_key_->of(text); }

void rethrow_store_error(const std::exception& error, const fs::path& file) {
    if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error)) {
        int code = sqlite->getExtendedErrorCode();
        if ((code & 0xff) != (sqlite->getErrorCode() & 0xff)) code = sqlite->getErrorCode();
        throw error_of_code(code, sqlite->what(), file);
    }
    if (const auto* system = dynamic_cast<const fs::filesystem_error*>(&error)) {
        const int code = system->code().value();
        if (code == ENOSPC || code == EDQUOT) throw error_of_code(SQLITE_FULL, {}, file);
        if (code == EACCES || code == EPERM || code == EROFS) throw error_of_code(SQLITE_PERM, {}, file);
        throw Error(ErrorCode::store, file.string() + ": " + system->code().message(), access_hint(file),
                    Reach::process);
    }
    throw_again(error);
}

}  // namespace bindery
