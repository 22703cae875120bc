#pragma once
// What came of a session's last button, kept until its next page shows it: never in an address, where anybody could put other words,
// and where a value would stay in the browser's history. In memory only; of the oldest sessions none is kept when there are many.
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace bindery::web {

class Notices {
  public:
    void put(const std::string& session, std::string text) {
        const std::lock_guard lock(mutex_);
        drop(session);
        if (kept_.size() == kMost) kept_.pop_front();
        kept_.emplace_back(session, std::move(text));
    }
    // Empty when there's none; a second look finds none.
    std::string take(const std::string& session) {
        const std::lock_guard lock(mutex_);
        return drop(session);
    }

  private:
    static constexpr std::size_t kMost = 64;

    std::string drop(const std::string& session) {
        for (auto entry = kept_.begin(); entry != kept_.end(); ++entry) {
            if (entry->first != session) continue;
            std::string text = std::move(entry->second);
            kept_.erase(entry);
            return text;
        }
        return {};
    }

    std::mutex mutex_;
    std::deque<std::pair<std::string, std::string>> kept_;
};

}  // namespace bindery::web
