#include "store/migrate.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <openssl/evp.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/error.h"
#include "store/bulk_landing.h"
#include "store/sqlite_file.h"
#include "store/store.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

std::string checksum(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw Error(ErrorCode::internal, "SHA-256 isn't available", {}, Reach::process);
    return to_hex(std::string(digest.begin(), digest.begin() + size));
}

std::string digits(int number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d", number);
    return text.data();
}

[[noreturn]] void refuse(const std::string& message, const std::string& hint) {
    throw Error(ErrorCode::store, message, hint, Reach::process);
}

struct Newest {
    int number = 0;
    std::string by;
};

Newest newest_applied(SQLite::Database& db) {
    SQLite::Statement query(db, "SELECT number, by_version FROM migration ORDER BY number DESC LIMIT 1");
    if (!query.executeStep()) return {};
    return {query.getColumn(0).getInt(), query.getColumn(1).getString()};
}

// How many of the list were applied; throws when the store's past isn't the beginning of the list.
std::size_t count_applied(SQLite::Database& db, const fs::path& file, const std::vector<Migration>& list) {
    if (is_blank(db, file, kStoreFile)) return 0;
    if (!db.tableExists("migration"))
        refuse(file.string() + " has lost the table of its migrations", "restore a backup; see `bindery backup`");
    const Newest newest = newest_applied(db);
    if (newest.number > (list.empty() ? 0 : list.back().number)) {
        refuse(file.string() + " was written by a newer bindery (" + newest.by + ", schema " + digits(newest.number) +
                   "; this is " + BINDERY_VERSION + ", schema " + (list.empty() ? "0000" : digits(list.back().number)) +
                   ")",
               "install bindery " + newest.by + " or later, or go back to the copy " + file.string() +
                   ".before-NNNN that was made before the upgrade");
    }
    SQLite::Statement query(db, "SELECT number, name, checksum FROM migration ORDER BY number");
    std::size_t count = 0;
    while (query.executeStep()) {
        const int number = query.getColumn(0).getInt();
        if (count >= list.size() || list[count].number != number)
            refuse(file.string() + " and this build disagree on migration " +
                       digits(count < list.size() ? std::min(list[count].number, number) : number),
                   "use the build that wrote it, or one that came after it");
        if (checksum(list[count].sql) != query.getColumn(2).getString())
            refuse("migration " + list[count].name + " isn't the one that " + file.string() +
                       " was made with: its text changed",
                   "a migration is never edited once it ran; put the change in a new one, or use the build that wrote "
                   "the store");
        ++count;
    }
    return count;
}

// The caller holds the write lock, so the copy is exactly what the migration starts from.
void back_up(const fs::path& file, int number) {
    const fs::path copy = file.string() + ".before-" + digits(number);
    const fs::path part = copy.string() + ".part";
    try {
        fs::remove(part);
        create_private_file(part);
        {
            SQLite::Database source(file.string(), SQLite::OPEN_READONLY, kBusyMilliseconds);
            SQLite::Database target(part.string(), SQLite::OPEN_READWRITE, kBusyMilliseconds);
            SQLite::Backup backup(target, source);
            backup.executeStep(-1);
        }
        give_to_owner_of(file, part);
        fs::rename(part, copy);
        sync_folder(copy);
    } catch (const std::exception& error) {
        std::error_code ignored;
        fs::remove(part, ignored);
        rethrow_store_error(error, part);
    }
}

void run_sql(SQLite::Database& db, const fs::path& file, const Migration& migration) {
    try {
        db.exec(migration.sql);
        if (sqlite3_get_autocommit(db.getHandle()) != 0)
            throw Error(ErrorCode::internal, "migration " + migration.name + " ends its own transaction", {},
                        Reach::process);
        SQLite::Statement broken(db, "PRAGMA foreign_key_check");
        if (broken.executeStep())
            throw Error(ErrorCode::store, "migration " + migration.name + " leaves rows without their parents", {},
                        Reach::process);
    } catch (const SQLite::Exception& error) {
        const int code = error.getErrorCode() & 0xff;
        if (code != SQLITE_ERROR && code != SQLITE_CONSTRAINT) throw;
        refuse("migration " + migration.name + " failed on " + file.string() + ": " + error.what(),
               "the store is as it was before; use the build that wrote it, and report this");
    }
}

void remember_migration(SQLite::Database& db, const Migration& migration, const std::string& now) {
    SQLite::Statement insert(
        db, "INSERT INTO migration (number, name, checksum, applied_at, by_version) VALUES (?, ?, ?, ?, ?)");
    insert.bind(1, migration.number);
    insert.bind(2, migration.name);
    insert.bind(3, checksum(migration.sql));
    insert.bind(4, now);
    insert.bind(5, BINDERY_VERSION);
    insert.exec();
    db.exec("PRAGMA user_version = " + std::to_string(migration.number));
}

// One migration; false when there was none left to do (another process may have done it meanwhile).
bool apply_next(SQLite::Database& db, const fs::path& file, const std::vector<Migration>& list, const std::string& now,
                bool& backed_up) {
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    const std::size_t applied = count_applied(db, file, list);
    if (applied == list.size()) return false;
    const Migration& next = list[applied];
    if (applied == 0) {
        db.exec("PRAGMA application_id = " + std::to_string(kStoreFile.application_id));
        db.exec(
            "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,"
            " applied_at TEXT NOT NULL, by_version TEXT NOT NULL)");
        backed_up = true;  // nothing to lose yet
    }
    if (!backed_up) back_up(file, next.number);
    backed_up = true;
    run_sql(db, file, next);
    remember_migration(db, next, now);
    transaction.commit();
    return true;
}

}  // namespace

std::vector<Migration> compiled_migrations() {
    std::vector<Migration> list;
    for (const CompiledMigration* row = kCompiledMigrations; row->number != 0; ++row)
        list.push_back({row->number, row->name, std::string(row->sql, row->size)});
    return list;
}

void migrate(SQLite::Database& db, const fs::path& file, const std::vector<Migration>& list, const std::string& now) {
    if (count_applied(db, file, list) == list.size() && !list.empty()) return;
    // A rebuilt table must not take its children with it; foreign_key_check looks before each commit instead.
    db.exec("PRAGMA foreign_keys = OFF");
    const RoomyCache cache(db, {{"main", 64 << 10}});  // an upgrade may go through all that a store has kept for years
    bool backed_up = false;
    while (apply_next(db, file, list, now, backed_up)) {
    }
    db.exec("PRAGMA foreign_keys = ON");
}

void require_migrated(SQLite::Database& db, const fs::path& file, const std::vector<Migration>& list) {
    const std::size_t applied = count_applied(db, file, list);
    if (applied == list.size()) return;
    if (applied == 0) refuse(file.string() + " is empty: no run has filled it yet", "run: bindery sync --job NAME");
    refuse(file.string() + " was written by an older bindery (schema " + digits(list[applied - 1].number) +
               ", this one needs " + digits(list.back().number) + ")",
           "run: bindery sync --job NAME (or restart the service); it makes a copy beside the store, then upgrades it");
}

}  // namespace bindery
