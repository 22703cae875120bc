#include "store/care.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr int kProblemsShown = 20;
constexpr int kStepsBetweenLooks = 1000;

fs::path beside(const fs::path& store, const char* suffix) { return store.string() + suffix; }

int look_for_stop(void* data) { return (*static_cast<const std::function<bool()>*>(data))() ? 1 : 0; }

void gather(SQLite::Database& db, std::vector<std::string>& problems) {
    SQLite::Statement check(db, "PRAGMA integrity_check(" + std::to_string(kProblemsShown) + ")");
    while (check.executeStep()) {
        if (const std::string line = check.getColumn(0).getString(); line != "ok") problems.push_back(line);
    }
    SQLite::Statement orphans(db, "PRAGMA foreign_key_check");
    if (orphans.executeStep()) problems.push_back("rows of " + orphans.getColumn(0).getString() + " lack their parents");
}

}  // namespace

bool write_small_file(const fs::path& file, const fs::path& store, const std::string& text) {
    const fs::path part = file.string() + ".part";
    ::unlink(part.c_str());
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    ::close(fd);
    bool good = written;
    try {
        give_to_owner_of(store, part);
    } catch (const fs::filesystem_error&) {
        good = false;
    }
    if (good && ::rename(part.c_str(), file.c_str()) == 0) return true;
    ::unlink(part.c_str());
    return false;
}

std::string read_small_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<WallTime> cared_at(Store& store, const std::string& task) {
    try {
        SQLite::Statement select(store.db(), "SELECT at FROM care WHERE task = ?");
        select.bind(1, task);
        if (!select.executeStep()) return std::nullopt;
        return read_rfc3339(select.getColumn(0).getString());
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

void note_care(Store& store, const std::string& task) {
    SQLite::Statement put(store.db(), "INSERT INTO care (task, at) VALUES (?, ?) ON CONFLICT (task) DO UPDATE SET at = excluded.at");
    put.bind(1, task);
    put.bind(2, store.now());
    put.exec();
}

bool care_is_due(const std::optional<WallTime>& last, WallTime now, Duration every) {
    return !last || *last > now || now - *last >= every;
}

std::vector<std::string> integrity_problems(const fs::path& file, const std::function<bool()>& stop) {
    std::vector<std::string> problems;
    try {
        const auto db = open_for_reading(file);
        if (stop) sqlite3_progress_handler(db->getHandle(), kStepsBetweenLooks, look_for_stop, const_cast<std::function<bool()>*>(&stop));
        gather(*db, problems);
    } catch (const SQLite::Exception& error) {
        if ((error.getErrorCode() & 0xff) == SQLITE_INTERRUPT)
            throw Error(ErrorCode::interrupted, "stopped while the store was checked; nothing was changed", "", Reach::process, Again::later);
        if (!is_corrupt(error)) rethrow_store_error(error, file);
        problems.emplace_back(error.what());
    }
    return problems;
}

void mark_damaged(const fs::path& store, const std::string& problem) { write_small_file(beside(store, ".damaged"), store, problem + "\n"); }

void mark_sound(const fs::path& store) { ::unlink(beside(store, ".damaged").c_str()); }

bool marked_damaged(const fs::path& store) {
    std::error_code ignored;
    return fs::exists(beside(store, ".damaged"), ignored);
}

bool note_backup(const fs::path& store, const LastBackup& backup) {
    const nlohmann::json line{{"file", backup.file}, {"at", backup.at}, {"bytes", backup.bytes}};
    return write_small_file(beside(store, ".last-backup"), store, line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::optional<LastBackup> last_backup(const fs::path& store) {
    const auto line = nlohmann::json::parse(read_small_file(beside(store, ".last-backup")), nullptr, false);
    if (!line.is_object() || !line.contains("file") || !line["file"].is_string()) return std::nullopt;
    LastBackup found;
    found.file = line["file"].get<std::string>();
    if (const auto at = line.find("at"); at != line.end() && at->is_string()) found.at = at->get<std::string>();
    if (const auto bytes = line.find("bytes"); bytes != line.end() && bytes->is_number_integer()) found.bytes = bytes->get<std::int64_t>();
    return found;
}

std::string restore_hint(const fs::path& store) {
    const std::string begin = "stop bindery and keep the file, then put a backup in its place (docs/store.md, \"Restoring\")";
    if (const auto backup = last_backup(store)) return begin + "; the latest is " + backup->file + (backup->at.empty() ? "" : ", made " + backup->at);
    return begin + "; `bindery backup` noted none, so look where yours are kept, or try: sqlite3 FILE .recover";
}

}  // namespace bindery
