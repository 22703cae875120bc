#include "csv/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {

namespace {

constexpr std::size_t kChunk = 256U << 10U;

[[noreturn]] void refuse_open(const std::string& name, int error) {
    if (error == ENOENT || error == ENOTDIR) throw Error(ErrorCode::usage, "there is no file " + name, "check the path");
    if (error == EACCES || error == EPERM) throw Error(ErrorCode::usage, name + " can't be read: no permission", "let this user read it, with chmod or chown");
    throw Error(ErrorCode::usage, name + " can't be opened: " + std::strerror(error), "check the path and the disk it's on");
}

void check_kind(const std::string& name, const struct stat& found) {
    if (S_ISDIR(found.st_mode)) throw Error(ErrorCode::usage, name + " is a directory", "give a CSV file in it");
    if (!S_ISREG(found.st_mode))
        throw Error(ErrorCode::usage, name + " isn't a regular file", "save what comes from a pipe or device to a file first: an import reads it more than once");
    if (found.st_size == 0) throw Error(ErrorCode::usage, name + " is empty", "export it again; an empty file is never taken for an empty book");
}

// A read lease is refused as long as anyone has the file open for writing. Not every file system has them: then nobody can tell.
bool is_being_written(int descriptor) {
    fcntl(descriptor, F_SETSIG, SIGURG);  // ignored by default, as the usual signal for a broken lease is not
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return false;
}

bool same_time(const struct timespec& a, const struct timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

InputFile InputFile::open(const std::filesystem::path& path) {
    const std::string name = path.string();
    struct stat before {};
    // Looked at first: opening a pipe waits for its other end.
    if (::stat(path.c_str(), &before) != 0) refuse_open(name, errno);
    check_kind(name, before);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) refuse_open(name, errno);
    InputFile file(descriptor, name);
    if (::fstat(descriptor, &file.stat_) != 0) refuse_open(name, errno);
    check_kind(name, file.stat_);
    if (is_being_written(descriptor))
        throw Error(ErrorCode::usage, name + " is being written: another program has it open", "wait until that has ended, then run this again");
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)), stat_(other.stat_) {}

InputFile::~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t InputFile::read_at(std::uint64_t offset, char* to, std::size_t n) const {
    std::size_t done = 0;
    while (done < n) {
        const ssize_t got = ::pread(descriptor_, to + done, n - done, static_cast<off_t>(offset + done));
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Error(ErrorCode::store, "reading " + name_ + " failed: " + std::strerror(errno), "check the disk it's on, then run this again");
        done += static_cast<std::size_t>(got);
    }
    return done;
}

WallTime InputFile::modified() const {
    const auto since_epoch = std::chrono::seconds(stat_.st_mtim.tv_sec) + std::chrono::nanoseconds(stat_.st_mtim.tv_nsec);
    return WallTime(std::chrono::floor<std::chrono::milliseconds>(since_epoch));
}

std::string InputFile::hash() const {
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    std::vector<char> chunk(kChunk);
    for (std::uint64_t offset = 0;;) {
        const std::size_t got = read_at(offset, chunk.data(), chunk.size());
        if (got == 0) break;
        XXH3_128bits_update(&state, chunk.data(), got);
        offset += got;
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(&state);
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, hash);
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes.digest) {
        text += kHex[byte >> 4U];
        text += kHex[byte & 0xFU];
    }
    return text;
}

void InputFile::check_unchanged() const {
    struct stat now {};
    struct stat path {};
    const bool there = ::fstat(descriptor_, &now) == 0 && ::stat(name_.c_str(), &path) == 0;
    if (there && path.st_dev == stat_.st_dev && path.st_ino == stat_.st_ino && now.st_size == stat_.st_size && same_time(now.st_mtim, stat_.st_mtim)) return;
    throw Error(ErrorCode::mapping, name_ + " changed while it was read", "run this again when it's written; nothing was taken from it");
}

}  // namespace bindery
