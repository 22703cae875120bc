#pragma once
// The store file: opening, migrating, transactions. One Store a thread. Everything else in this folder works on a Store.
// Every SQLite failure leaves here as Error(store) with what to do (disk full, read-only, corrupt, newer version, not ours).
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/clock.h"

namespace SQLite {
class Database;
}

namespace bindery {

class KeyedHash;
class StatementCache;

class Store {
  public:
    // Opens or creates (0600, WAL, synchronous=FULL), runs a quick integrity check of the header, migrates (each migration in
    // a transaction, checksummed, with a backup copy STORE.before-NNNN beside it when the store held something).
    Store(const std::filesystem::path& file, const Clock& clock);
    // For status, show, why…: never writes, never migrates; Error(store) when there's none yet or its version is another.
    static Store open_read_only(const std::filesystem::path& file, const Clock& clock);
    ~Store();
    Store(Store&&) noexcept;

    SQLite::Database& db() { return *db_; }
    StatementCache& statements() { return *statements_; }  // prepared.h
    const Clock& clock() const { return *clock_; }
    const std::filesystem::path& file() const { return file_; }
    std::string now() const;  // RFC 3339 UTC, milliseconds

    // Runs `work` in one IMMEDIATE transaction. Waits up to `busy` for the lock; Wait::forever for an outcome that must not
    // be lost. No network call may happen inside. Rolls back when `work` throws.
    enum class Wait { some, forever };
    void transaction(const std::function<void()>& work, Wait wait = Wait::some);

    // From here on a transaction waits for the lock no longer than this, not a minute: for who has a person waiting.
    void wait_at_most(std::chrono::milliseconds time);

    std::string id();                        // random, made with the store
    // Keyed hash (HMAC-SHA256 with the store's random identity key), 64 hex digits.
    std::string keyed_hash(const std::string& text);

  private:
    Store(std::filesystem::path file, const Clock& clock, std::unique_ptr<SQLite::Database> db);
    std::filesystem::path file_;
    const Clock* clock_;
    std::unique_ptr<SQLite::Database> db_;
    std::unique_ptr<StatementCache> statements_;  // goes before the database
    std::unique_ptr<KeyedHash> identity_key_;
};

// Turns a SQLite failure into Error(store); used at this folder's edges.
[[noreturn]] void rethrow_store_error(const std::exception& error, const std::filesystem::path& file);

}  // namespace bindery
