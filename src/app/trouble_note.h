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
};

// A trouble of what cron starts that people were told of.
struct ToldTrouble {
    std::string about;  // what makes two of them the same
    std::string text;
    WallTime at{};
    bool over = false;  // people were told so; kept for a while, lest one that comes and goes is told each time
};

struct NotedTrouble {
    std::optional<FailingStarts> failing;
    std::string ended;  // of this people were told, and not yet that it is over
    std::vector<ToldTrouble> told;
};

class TroubleNote {
  public:
    // `store`: nullopt when nobody knows where it is. `suffix` of the file beside it. `config`: bindery.yaml, by which it is known in memory.
    TroubleNote(const std::optional<std::filesystem::path>& store, const std::filesystem::path& config, const std::string& suffix, const Environment& environment);
    bool there() const;
    NotedTrouble read() const;                   // of the latest file; nothing when there is none, or it holds nonsense
    bool write(const NotedTrouble& noted) const;  // false: nowhere
    void remove() const;
    int open_lock() const;  // a file beside it that only this account can open, and so lock; -1: nowhere

  private:
    struct File {
        std::filesystem::path file, owner_like;  // whose owner it gets
        bool in_memory = false;
    };
    std::vector<File> files_;  // the better places first
};

// Held while people are told, so that what cron starts at one minute tells them once.
class NoteLock {
  public:
    explicit NoteLock(const TroubleNote& note);
    ~NoteLock();
    NoteLock(const NoteLock&) = delete;
    NoteLock& operator=(const NoteLock&) = delete;
    bool taken() const { return taken_; }  // by another process
    void try_again();

  private:
    int fd_;
    bool taken_ = false;
};

}  // namespace bindery
