#pragma once
// What people were told of starts that failed, between one start and the next. It stands beside the store; where nothing can be written
// there (a full disk, one that is mounted read-only), in a folder of this account's in memory, which is gone after a boot.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/clock.h"

namespace bindery {

struct FailingStarts {
    WallTime since{}, last{};
    bool told = false;
    std::string text;
    std::string about;  // what makes two of them the same trouble
    std::string jobs;   // that were to run; empty: it is over when anything begins
};

struct NotedTrouble {
    std::optional<FailingStarts> failing;
    std::string ended;  // of this people were told, and not yet that it is over
};

class TroubleNote {
  public:
    // `store`: nullopt when nobody knows where it is. `suffix` of the file beside it. `config`: bindery.yaml, by which it is known in memory.
    TroubleNote(const std::optional<std::filesystem::path>& store, const std::filesystem::path& config, const std::string& suffix, const Environment& environment);
    bool there() const;
    NotedTrouble read() const;                   // of the latest file; nothing when there is none, or it holds nonsense
    bool write(const NotedTrouble& noted) const;  // false: nowhere
    void remove() const;

  private:
    struct File {
        std::filesystem::path file, owner_like;  // whose owner it gets
        bool in_memory = false;
    };
    std::vector<File> files_;  // the better places first
};

// Held while people are told, so that what cron starts at one minute tells them once. Also on a disk that can't be written.
class FolderLock {
  public:
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    bool taken() const { return taken_; }  // by another process
    void try_again();

  private:
    int fd_;
    bool taken_ = false;
};

}  // namespace bindery
