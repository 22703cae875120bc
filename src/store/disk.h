#pragma once
// Commits that don't wait for the disk themselves: a thread beside does, for who has something better to do meanwhile. A disk answers
// in milliseconds, a log that grows in many; a ping that is due must not stand behind that.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/error.h"
#include "store/store.h"

namespace bindery {

// Brings a store's log to the disk. An interface because the process ends here: DiskThread is the real one, tests have one that is as
// slow, and forgets as much, as they like.
class Disk {
  public:
    virtual ~Disk() = default;
    // Whatever the store has committed by now is to be brought there. A number for it, from 1, rising.
    virtual std::uint64_t ask() = 0;
    virtual bool reached(std::uint64_t asked) = 0;  // Error(store) when the disk said no
    virtual void wait() = 0;                        // for all that was asked for, and a log that is being copied back; Error(store) likewise
    virtual void log_holds(int pages) = 0;          // after a commit: that much isn't in the store's file yet
    // What first kept the log from being copied back. It loses nothing, since the log is on the disk: for a person to hear of.
    virtual std::optional<Error> copy_trouble() { return std::nullopt; }
};

// One thread, with a connection of its own; it also copies the log back into the file once that has grown.
class DiskThread final : public Disk {
  public:
    explicit DiskThread(const std::filesystem::path& store);
    ~DiskThread() override;
    std::uint64_t ask() override;
    bool reached(std::uint64_t asked) override;
    void wait() override;
    void log_holds(int pages) override;
    std::optional<Error> copy_trouble() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// While this lives, commits of `store` return before they are on the disk: what must not be lost asks, and waits until it's reached. The
// log is one, so what is there has all before it there as well. `disk`: nullptr: each commit waits by itself, as ever.
class CommitsBeside {
  public:
    CommitsBeside(Store& store, std::unique_ptr<Disk> disk);
    ~CommitsBeside();
    CommitsBeside(const CommitsBeside&) = delete;
    CommitsBeside& operator=(const CommitsBeside&) = delete;

    std::uint64_t ask() { return disk_ ? disk_->ask() : 0; }
    bool reached(std::uint64_t asked) { return !disk_ || disk_->reached(asked); }
    void wait();  // until all that was committed is there
    std::optional<Error> copy_trouble() { return disk_ ? disk_->copy_trouble() : std::nullopt; }

  private:
    Store& store_;
    std::unique_ptr<Disk> disk_;
    int usual_ = 0;  // synchronous
};

}  // namespace bindery
