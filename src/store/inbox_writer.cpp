#include "store/inbox_writer.h"

#include "core/error.h"

namespace bindery {
namespace {

constexpr auto kFlushEvery = std::chrono::seconds(5);

}  // namespace

InboxWriter::~InboxWriter() {
    try {
        flush();
    } catch (const Error&) {
        // Counts are lost, events aren't.
    }
}

bool InboxWriter::keep(InboxEvent event) {
    std::unique_lock lock(mutex_);
    if (!next_) next_ = std::make_shared<Batch>();
    const std::shared_ptr<Batch> batch = next_;
    const std::size_t place = batch->events.size();
    batch->events.push_back(std::move(event));
    // Who finds the disk free writes for all who came since.
    changed_.wait(lock, [&] { return batch->done || !writing_; });
    if (!batch->done) write(lock, batch);
    if (batch->problem) std::rethrow_exception(batch->problem);
    return batch->fresh[place];
}

void InboxWriter::write(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Batch>& batch) {
    writing_ = true;
    next_.reset();
    const InboxTallies tallies = std::exchange(tallies_, {});
    lock.unlock();
    try {
        batch->fresh = inbox_.keep(batch->events, tallies);
    } catch (...) {
        batch->problem = std::current_exception();
    }
    lock.lock();
    if (batch->problem) {
        for (const auto& [what, count] : tallies) tallies_[what] += count;
    }
    flushed_ = clock_.boot();
    batch->done = true;
    writing_ = false;
    changed_.notify_all();
}

bool InboxWriter::note(const std::string& service, const std::string& result) {
    std::unique_lock lock(mutex_);
    ++tallies_[{service, result}];
    if (writing_ || clock_.boot() - flushed_ < kFlushEvery) return true;
    try {
        flush(lock);
    } catch (const Error&) {
        flushed_ = clock_.boot();  // they stay counted, and are written later
    }
    return !tallies_.empty();
}

void InboxWriter::flush() {
    std::unique_lock lock(mutex_);
    flush(lock);
}

void InboxWriter::flush(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return !writing_; });
    if (tallies_.empty()) return;
    const auto batch = next_ ? next_ : std::make_shared<Batch>();
    write(lock, batch);
    if (batch->problem) std::rethrow_exception(batch->problem);
}

}  // namespace bindery
