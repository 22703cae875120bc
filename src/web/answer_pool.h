#pragma once
// A few threads that carry out what is put to them, in order; what is one too many is refused. For listener.cpp only.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bindery::web {

class AnswerPool {
  public:
    AnswerPool(unsigned threads, std::size_t most_waiting);
    ~AnswerPool() { finish(); }
    AnswerPool(const AnswerPool&) = delete;
    AnswerPool& operator=(const AnswerPool&) = delete;

    // False: too many wait, or it has finished. `work` may not throw.
    bool put(std::function<void()> work);
    // Carries out what waits, then ends; what comes after is refused.
    void finish();

  private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    std::size_t most_waiting_;
    bool finished_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace bindery::web
