#include "app/trouble_note.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/dates.h"
#include "store/care.h"
#include "store/hmac.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

// systemd's for this service alone (RuntimeDirectory); else what the account has, and what all have.
std::vector<fs::path> memory_places(const Environment& environment) {
    if (const std::string own = value_of(environment, "RUNTIME_DIRECTORY"); !own.empty()) return {own.substr(0, own.find(':'))};
    std::vector<fs::path> places;
    if (const std::string session = value_of(environment, "XDG_RUNTIME_DIR"); !session.empty()) places.emplace_back(session);
    places.emplace_back("/dev/shm");
    places.emplace_back("/tmp");
    return places;
}

// Anybody may write to /tmp: what another account has put there under our name is nothing of ours.
bool is_own_folder(const fs::path& folder) {
    struct stat there {};
    return ::lstat(folder.c_str(), &there) == 0 && S_ISDIR(there.st_mode) && there.st_uid == ::geteuid() && (there.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

std::string text_at(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<ToldTrouble> told_of(const json& note) {
    std::vector<ToldTrouble> told;
    const auto list = note.find("troubles");
    if (list == note.end() || !list->is_array()) return told;
    for (const json& one : *list) {
        const auto at = one.is_object() ? read_rfc3339(text_at(one, "at")) : std::nullopt;
        if (at) told.push_back({text_at(one, "about"), text_at(one, "text"), *at, one.contains("over") && one["over"] == true});
    }
    return told;
}

}  // namespace

TroubleNote::TroubleNote(const std::optional<fs::path>& store, const fs::path& config, const std::string& suffix, const Environment& environment) {
    if (store) files_.push_back({store->string() + suffix, *store, false});
    const std::string name = hmac_sha256("bindery", config.string()).substr(0, 24) + suffix;
    for (const fs::path& place : memory_places(environment)) {
        const fs::path folder = place / ("bindery-" + std::to_string(::geteuid()));
        files_.push_back({folder / name, folder, true});
    }
}

bool TroubleNote::there() const {
    std::error_code ignored;
    for (const File& file : files_) {
        if ((!file.in_memory || is_own_folder(file.owner_like)) && fs::exists(file.file, ignored)) return true;
    }
    return false;
}

NotedTrouble TroubleNote::read() const {
    const File* latest = nullptr;
    fs::file_time_type written{};
    for (const File& file : files_) {
        std::error_code none;
        const auto at = fs::last_write_time(file.file, none);
        if (none || (file.in_memory && !is_own_folder(file.owner_like)) || (latest != nullptr && at <= written)) continue;
        latest = &file;
        written = at;
    }
    NotedTrouble noted;
    const json object = latest == nullptr ? json() : json::parse(read_small_file(latest->file), nullptr, false);
    if (!object.is_object()) return noted;
    noted.ended = text_at(object, "ended");
    noted.told = told_of(object);
    const auto since = read_rfc3339(text_at(object, "since"));
    if (!since) return noted;
    const FailingStarts failing{*since, read_rfc3339(text_at(object, "last")).value_or(*since), object.contains("told") && object["told"] == true, text_at(object, "text")};
    noted.failing = failing;
    return noted;
}

bool TroubleNote::write(const NotedTrouble& noted) const {
    json object = json::object();
    if (const auto& failing = noted.failing) {
        object = {{"since", rfc3339(failing->since)}, {"last", rfc3339(failing->last)}, {"told", failing->told}, {"text", failing->text}};
    }
    if (!noted.ended.empty()) object["ended"] = noted.ended;
    for (const ToldTrouble& one : noted.told) object["troubles"].push_back({{"about", one.about}, {"text", one.text}, {"at", rfc3339(one.at)}, {"over", one.over}});
    const std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    bool written = false;
    for (const File& file : files_) {
        if (!written && file.in_memory) ::mkdir(file.owner_like.c_str(), 0700);
        if (file.in_memory && !is_own_folder(file.owner_like)) continue;
        if (written) ::unlink(file.file.c_str());  // older
        else written = write_small_file(file.file, file.owner_like, text);
    }
    return written;
}

void TroubleNote::remove() const {
    for (const File& file : files_) {
        if (!file.in_memory || is_own_folder(file.owner_like)) ::unlink(file.file.c_str());
    }
}

int TroubleNote::open_lock() const {
    for (const File& file : files_) {
        if (file.in_memory) ::mkdir(file.owner_like.c_str(), 0700);
        if (file.in_memory && !is_own_folder(file.owner_like)) continue;
        const std::string lock = file.file.string() + ".lock";
        int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) fd = ::open(lock.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);  // of a disk that is read-only now
        if (fd < 0) continue;
        ::fchmod(fd, 0600);
        try {
            give_to_owner_of(file.owner_like, lock);
        } catch (const fs::filesystem_error&) {
            ::close(fd);
            continue;
        }
        return fd;
    }
    return -1;
}

NoteLock::NoteLock(const TroubleNote& note) : fd_(note.open_lock()) { try_again(); }

void NoteLock::try_again() {
    taken_ = false;
    while (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        taken_ = errno == EWOULDBLOCK;
        break;
    }
}

NoteLock::~NoteLock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace bindery
