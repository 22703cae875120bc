// Secrets that a service gave us, into files that only we can read.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "config/faults.h"
#include "config/secrets.h"
#include "core/error.h"

namespace bindery {

namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& what, int code) {
    throw Error(ErrorCode::config, what.string() + " can't be written: " + std::strerror(code), "let this account write to `secrets_dir`, or set `secrets_dir` in bindery.yaml to a folder of its own", Reach::process);
}

void make_folder(const std::filesystem::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) cannot_write(folder, errno);
}

void sync_directory(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

// An unfinished file is hidden by its dot, and gone when anything fails.
class HalfFile {
  public:
    HalfFile(const std::filesystem::path& folder, const std::string& name) : folder_(folder), path_(folder / ("." + name + "." + std::to_string(::getpid()))) {
        ::unlink(path_.c_str());
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd_ < 0) cannot_write(folder, errno);
        ::fchmod(fd_, 0600);
    }
    ~HalfFile() {
        if (fd_ >= 0) ::close(fd_);
        if (!placed_) ::unlink(path_.c_str());
    }
    HalfFile(const HalfFile&) = delete;
    HalfFile& operator=(const HalfFile&) = delete;

    void write(const std::string& text) const {
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = ::write(fd_, text.data() + done, text.size() - done);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) cannot_write(path_, errno);
            done += static_cast<std::size_t>(n);
        }
        if (::fsync(fd_) != 0) cannot_write(path_, errno);
    }
    void place_as(const std::filesystem::path& target) {
        if (::rename(path_.c_str(), target.c_str()) != 0) cannot_write(target, errno);
        placed_ = true;
        sync_directory(folder_);
    }

  private:
    std::filesystem::path folder_, path_;
    int fd_ = -1;
    bool placed_ = false;
};

void check_name(const std::string& name) {
    if (!is_name(name)) throw Error(ErrorCode::config, "a secret's name has small letters, digits and _, and begins with a letter");
}

}  // namespace

void may_write_secret(const std::string& name, const std::filesystem::path& secrets_dir) {
    check_name(name);
    make_folder(secrets_dir);
    const HalfFile trial(secrets_dir, name);
}

void write_secret(const std::string& name, const std::string& text, const std::filesystem::path& secrets_dir) {
    check_name(name);
    make_folder(secrets_dir);
    HalfFile file(secrets_dir, name);
    file.write(text + "\n");
    file.place_as(secrets_dir / name);
}

}  // namespace bindery
