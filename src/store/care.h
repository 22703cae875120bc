#pragma once
// Looking after the store: is the file sound, when was it last looked at, where is its latest backup. What must be known of a
// store that can't be read stands in small files beside it: STORE.last-backup, STORE.damaged.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "store/store.h"

namespace bindery {

// `task`: integrity, backup or purge. In the store itself.
std::optional<WallTime> cared_at(Store& store, const std::string& task);
void note_care(Store& store, const std::string& task);  // joins the caller's transaction

// True when `task` was never done, longer ago than `every`, or in the future (a clock that jumped). Pure.
bool care_is_due(const std::optional<WallTime>& last, WallTime now, Duration every);

// The whole file is read: pages, trees, indexes, constraints. On a connection of its own, and in a snapshot: nobody waits for it.
// What is wrong, in SQLite's words, which name tables and no values; empty: it's sound. Error(interrupted) when `stop` says so.
std::vector<std::string> integrity_problems(const std::filesystem::path& file, const std::function<bool()>& stop = {});

// A check found damage: each run looks before it begins, until a check finds the file sound.
void mark_damaged(const std::filesystem::path& store, const std::string& problem);
void mark_sound(const std::filesystem::path& store);
bool marked_damaged(const std::filesystem::path& store);

// What such a file takes: whole or not at all (what was there stays), 0600, its owner the store's; false: it couldn't be written.
bool write_small_file(const std::filesystem::path& file, const std::filesystem::path& store, const std::string& text);
std::string read_small_file(const std::filesystem::path& file);  // empty when it isn't there

struct LastBackup {
    std::string file, at;
    std::int64_t bytes = 0;
};
// Kept beside the store, best effort: a backup that can't be noted is a backup all the same. False: it couldn't.
bool note_backup(const std::filesystem::path& store, const LastBackup& backup);
std::optional<LastBackup> last_backup(const std::filesystem::path& store);

// What to do with a damaged store; names the latest backup.
std::string restore_hint(const std::filesystem::path& store);

}  // namespace bindery
