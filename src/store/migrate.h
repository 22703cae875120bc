#pragma once
// Brings a store to the schema that this build knows. Migrations run in the order of their numbers, each in a
// transaction of its own, and are remembered with a checksum; a store of a newer build, or one whose past differs, is
// refused. Safe when several processes come at once: each step looks again under the write lock. The list is an
// argument, so that tests bring their own.
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace SQLite {
class Database;
}

namespace bindery {

struct CompiledMigration {
    int number;
    const char* name;
    const char* sql;
    std::size_t size;
};
extern const CompiledMigration kCompiledMigrations[];  // made by embed.cmake; a row with number 0 ends it

struct Migration {
    int number = 0;
    std::string name;  // 0001_store
    std::string sql;
};

std::vector<Migration> compiled_migrations();

// `list` is in order. Before the first one that changes a store with content, a copy FILE.before-NNNN is made beside
// it.
void migrate(SQLite::Database& db, const std::filesystem::path& file, const std::vector<Migration>& list,
             const std::string& now);

// For readers: Error(store) unless the store is exactly at the end of the list.
void require_migrated(SQLite::Database& db, const std::filesystem::path& file, const std::vector<Migration>& list);

}  // namespace bindery
