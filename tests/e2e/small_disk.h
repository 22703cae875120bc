#pragma once
// A disk of a test's own, which can be full or mounted read-only.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support.h"

namespace bindery::e2e {

// A file system in memory of some megabytes, on a folder, in a mount namespace that a sleeping child keeps open.
class SmallDisk {
  public:
    SmallDisk(const fs::path& folder, const std::string& size) : folder_(folder) {
        fs::create_directories(folder);
        int ready[2];
        REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
        const bool root = ::geteuid() == 0;
        const std::string uid = std::to_string(::geteuid()), options = "size=" + size;
        pid_ = ::fork();
        if (pid_ == 0) {
            char good = 'n';
            if (::unshare(root ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0) {
                if (!root) std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
                if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 && ::mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) == 0) good = 'y';
            }
            if (::write(ready[1], &good, 1) == 1 && good == 'y') {
                ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;) ::pause();
            }
            ::_exit(0);
        }
        ::close(ready[1]);
        char good = 'n';
        there_ = ::read(ready[0], &good, 1) == 1 && good == 'y';
        ::close(ready[0]);
    }
    ~SmallDisk() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool there() const { return there_; }
    // For a program that is to see it.
    std::function<void()> enter() const {
        const std::string ns = "/proc/" + std::to_string(pid_) + "/ns/";
        const std::string at = folder_.parent_path().parent_path().string();
        return [ns, at, root = ::geteuid() == 0] {
            const int user = root ? -1 : ::open((ns + "user").c_str(), O_RDONLY | O_CLOEXEC), mounts = ::open((ns + "mnt").c_str(), O_RDONLY | O_CLOEXEC);
            if ((user >= 0 && ::setns(user, CLONE_NEWUSER) != 0) || ::setns(mounts, CLONE_NEWNS) != 0 || ::chdir(at.c_str()) != 0) ::_exit(97);
        };
    }
    // Its files as this process can reach them.
    fs::path seen(const std::string& name) const { return "/proc/" + std::to_string(pid_) + "/root" + (folder_ / name).string(); }
    void fill() const {
        std::ofstream filler(seen("filler"), std::ios::binary);
        const std::string page(4096, 'x');
        while (filler.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
        }
    }
    void clear() const { fs::remove(seen("filler")); }
    void read_only(bool only) const {
        const pid_t child = ::fork();
        if (child == 0) {
            enter()();
            ::_exit(::mount(nullptr, folder_.c_str(), nullptr, only ? MS_REMOUNT | MS_RDONLY : static_cast<unsigned long>(MS_REMOUNT), nullptr) == 0 ? 0 : 1);
        }
        int status = 1;
        ::waitpid(child, &status, 0);
        REQUIRE(status == 0);
    }

  private:
    fs::path folder_;
    pid_t pid_ = -1;
    bool there_ = false;
};

}  // namespace bindery::e2e
