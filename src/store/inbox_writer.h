#pragma once
// Keeps webhook events for many threads at once: those that come while the disk is busy with others go with it together the next time
// (one sync for all of them). Counts what came of each request.
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/inbox.h"

namespace bindery {

class InboxWriter {
  public:
    InboxWriter(const std::filesystem::path& store, const Clock& clock) : clock_(clock), inbox_(store, clock) {}
    ~InboxWriter();
    InboxWriter(const InboxWriter&) = delete;
    InboxWriter& operator=(const InboxWriter&) = delete;

    // Durable when it returns. False: its id is known. Error(store): it isn't kept.
    bool keep(InboxEvent event);
    // Counts a request of which nothing is kept. Written with the next event, and at most once in some seconds without one. True: it
    // isn't written yet, and is by the next event or flush().
    bool note(const std::string& service, const std::string& result);
    void flush();

  private:
    struct Batch {
        std::vector<InboxEvent> events;
        std::vector<bool> fresh;
        bool done = false;
        std::exception_ptr problem;
    };
    void write(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Batch>& batch);
    void flush(std::unique_lock<std::mutex>& lock);

    const Clock& clock_;
    Inbox inbox_;  // of whoever holds `writing_`
    std::mutex mutex_;
    std::condition_variable changed_;
    bool writing_ = false;
    std::shared_ptr<Batch> next_;
    InboxTallies tallies_;
    BootTime flushed_{0};
};

}  // namespace bindery
