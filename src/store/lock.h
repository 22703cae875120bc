#pragma once
// A job's lock: flock on STORE.lock-JOB, freed by the kernel when the process dies, so that a crash leaves none behind.
#include <filesystem>
#include <optional>
#include <string>

namespace bindery {

// Locks that aren't a job's; no job has a name with a dot. Held for as long as a daemon runs, and while people are being told.
inline constexpr const char* kDaemonLock = "daemon.";
inline constexpr const char* kTellingLock = "notify.";

class JobLock {
  public:
    // nullopt when another process (or another JobLock of this one) holds it.
    static std::optional<JobLock> take(const std::filesystem::path& store, const std::string& job);
    JobLock(JobLock&& other) noexcept;
    JobLock& operator=(JobLock&&) = delete;
    ~JobLock();
    // Does a process hold it, or another one than this? The kernel is asked; the process id in the file is for people: after a crash or
    // a boot it may be anybody's. The lock isn't tried: a look must never keep a run from beginning.
    static bool held(const std::filesystem::path& store, const std::string& job);
    static bool held_elsewhere(const std::filesystem::path& store, const std::string& job);
    // The process id that wrote itself into the lock file, for messages; 0 when unknown.
    static long holder(const std::filesystem::path& store, const std::string& job);

  private:
    explicit JobLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace bindery
