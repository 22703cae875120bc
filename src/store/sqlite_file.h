#pragma once
// What the store and the budget share in opening a SQLite file: private modes whatever the umask, WAL, waiting for a
// lock. For this folder only. Opens throw SQLite::Exception; callers turn it into Error(store) with
// rethrow_store_error.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace bindery {

inline constexpr int kBusyMilliseconds = 60'000;

// The account's name, or "#" and its number.
std::string account_name(uid_t uid);
std::string owner_of(const std::filesystem::path& file);  // the same of whom it belongs to
// Makes the missing folders of `file`, each 0700.
void make_private_folder(const std::filesystem::path& file);
// An empty file of mode 0600 if there's none. Never opens one that exists: closing it would drop SQLite's own locks on
// it.
void create_private_file(const std::filesystem::path& file);
// Takes group and other bits off the file and its -wal and -shm where we may; they hold personal data.
void keep_private(const std::filesystem::path& file);
// When root writes beside a store that belongs to a service account, the new file shall belong to that account too. One that does is
// left alone: a service may be allowed no change of owners at all.
void give_to_owner_of(const std::filesystem::path& model, const std::filesystem::path& file);

// The folder of `file`, so that a new name in it survives a power cut.
void sync_folder(const std::filesystem::path& file);

// Which of our files it is. The id stands in the header of each, so that another program's database is never taken for
// one.
struct FileKind {
    int application_id;
    const char* name;         // "store"
    const char* synchronous;  // FULL or NORMAL
    int page_size;            // of a new one
    bool one_thread;          // has a connection of it: SQLite needs no lock around each call
    int log_pages = 1000;     // copied back once it holds so many
};
// Records are wide, and an import writes all of them: large pages cost a quarter of the calls. The budget is written a row at a time.
inline constexpr FileKind kStoreFile{0x42696e64, "store", "FULL", 16384, true};
// Its log is copied back seldom: two waits for the disk, between a reply and the next call.
inline constexpr FileKind kBudgetFile{0x42696e62, "budget", "NORMAL", 4096, false, 8000};
inline constexpr FileKind kInboxFile{0x42696e68, "inbox", "FULL", 4096, false};

// True when nothing was ever written into it; Error(store) when it belongs to another program.
bool is_blank(SQLite::Database& db, const std::filesystem::path& file, const FileKind& kind);

// Opens for reading and writing, makes it first if missing; WAL and the busy time-out are set. A stranger's is left as
// it is.
std::unique_ptr<SQLite::Database> open_for_writing(const std::filesystem::path& file, const FileKind& kind);
std::unique_ptr<SQLite::Database> open_for_reading(const std::filesystem::path& file);

// Waits until the file is in nobody else's use for a moment; Error(store) where a write-ahead log can't be had.
void switch_to_wal(SQLite::Database& db, const std::filesystem::path& file);

// "this store belongs to bindery; run: sudo -u bindery bindery …" when another account owns it; else what stands in the
// way.
std::string access_hint(const std::filesystem::path& file);

bool is_busy(const SQLite::Exception& error);
bool is_corrupt(const SQLite::Exception& error);

std::string random_bytes(std::size_t count);  // from the kernel, fit for keys
std::string to_hex(const std::string& bytes);

}  // namespace bindery
