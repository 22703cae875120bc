#pragma once
// A disk that has a commit only a while after it was asked for, and forgets the rest when the machine stops: what a process that dies
// leaves then is the store as it stood there.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include "store/disk.h"
#include "support/world.h"

namespace bindery::test {

// What is left of a store after a power cut.
struct PowerCut {
    bool happened = false;
    std::string file, log;

    void restore(const std::filesystem::path& store) {
        if (!happened) return;
        happened = false;
        std::filesystem::remove(store.string() + "-shm");
        std::ofstream(store, std::ios::binary | std::ios::trunc) << file;
        std::ofstream(store.string() + "-wal", std::ios::binary | std::ios::trunc) << log;
    }
};

// `forgets`: a process that dies takes the machine with it. `meanwhile`: done once, while the first commit is on its way.
class LaggingDisk final : public Disk {
  public:
    LaggingDisk(std::filesystem::path store, const Clock& clock, Duration lag, PowerCut* forgets = nullptr, std::function<void()> meanwhile = {})
        : store_(std::move(store)), clock_(clock), lag_(lag), forgets_(forgets), meanwhile_(std::move(meanwhile)), dying_(std::uncaught_exceptions()), there_(log_size()) {}
    ~LaggingDisk() override {
        if (forgets_ == nullptr || std::uncaught_exceptions() == dying_) return;
        *forgets_ = {true, read(store_), read(store_.string() + "-wal").substr(0, there_)};
    }
    std::uint64_t ask() override {
        asked_.push_back({clock_.boot() + lag_, log_size()});
        return asked_.size();
    }
    bool reached(std::uint64_t asked) override {
        if (const auto once = std::exchange(meanwhile_, nullptr)) once();
        while (done_ < asked_.size() && asked_[done_].when <= clock_.boot()) there_ = asked_[done_++].size;
        return done_ >= asked;
    }
    void wait() override {
        if (!asked_.empty()) there_ = asked_.back().size;
        done_ = asked_.size();
    }
    void log_holds(int) override {}

  private:
    struct Asked {
        BootTime when;
        std::size_t size;  // of the log, which only grows while nobody copies it back
    };
    std::size_t log_size() const {
        std::error_code none;
        const auto size = std::filesystem::file_size(store_.string() + "-wal", none);
        return none ? 0 : static_cast<std::size_t>(size);
    }
    static std::string read(const std::filesystem::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    const std::filesystem::path store_;
    const Clock& clock_;
    const Duration lag_;
    PowerCut* const forgets_;
    std::function<void()> meanwhile_;
    const int dying_;
    std::size_t there_;
    std::vector<Asked> asked_;
    std::size_t done_ = 0;
};

}  // namespace bindery::test
