#include "store/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "store/sqlite_file.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

// A job's name is checked where it's read; whatever comes here, the lock stays beside the store.
fs::path lock_file(const fs::path& store, const std::string& job) {
    std::string name = store.string() + ".lock-";
    for (const char c : job) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.';
        if (plain)
            name += c;
        else
            name += '%' + to_hex(std::string(1, c));
    }
    return name;
}

[[noreturn]] void fail(const fs::path& file, int code) {
    throw Error(ErrorCode::store, "can't lock " + file.string() + ": " + std::generic_category().message(code),
                access_hint(file), Reach::process);
}

// Beside the flock, for those who only look: a lock of this kind can be asked for without being tried. It goes with the descriptor too.
void show_lock(int fd) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) errno = 0;  // an odd file system: then nobody sees it, and the flock still holds
}

void write_pid(int fd) {
    // For people only: what counts is the lock, so a full disk does no harm here.
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

std::optional<JobLock> JobLock::take(const fs::path& store, const std::string& job) {
    const fs::path file = lock_file(store, job);
    try {
        make_private_folder(file);
    } catch (const fs::filesystem_error& error) {
        fail(file, error.code().value());
    }
    // Closed on exec, or a child that outlives us would keep the job locked.
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) fail(file, errno);
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int code = errno;
        if (code == EINTR) continue;
        ::close(fd);
        if (code == EWOULDBLOCK) return std::nullopt;
        fail(file, code);
    }
    show_lock(fd);
    ::fchmod(fd, 0600);
    try {
        give_to_owner_of(store, file);
    } catch (const fs::filesystem_error& error) {
        ::close(fd);
        const std::string owner = owner_of(store);
        throw Error(ErrorCode::store, "can't give " + file.string() + " to " + owner + ", whose store it is: " + error.code().message(), "remove that file, and run as " + owner + " instead of root", Reach::process);
    }
    write_pid(fd);
    return JobLock(fd);
}

JobLock::JobLock(JobLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

JobLock::~JobLock() {
    if (fd_ < 0) return;
    // The file stays: to remove it while another waits to open it would let two hold "the" lock.
    if (::ftruncate(fd_, 0) != 0) errno = 0;
    ::close(fd_);
}

bool JobLock::held(const fs::path& store, const std::string& job) {
    const int fd = ::open(lock_file(store, job).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return false;
    struct flock whole {};
    whole.l_type = F_RDLCK;
    whole.l_whence = SEEK_SET;
    const bool taken = ::fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    ::close(fd);
    return taken;
}

bool JobLock::held_elsewhere(const fs::path& store, const std::string& job) {
    return held(store, job) && holder(store, job) != ::getpid();
}

long JobLock::holder(const fs::path& store, const std::string& job) {
    const int fd = ::open(lock_file(store, job).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return 0;
    std::array<char, 32> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    ::close(fd);
    long pid = 0;
    if (size > 0) std::from_chars(text.data(), text.data() + size, pid);
    return pid;
}

}  // namespace bindery
