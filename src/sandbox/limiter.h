#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace bindery::sandbox {

// At most `tokens` calls in any window of length `per`.
struct Limit {
  std::size_t tokens;
  std::chrono::nanoseconds per;
};

// What a limit has seen: all calls that came within one window at most, the refused ones too.
struct LimitPeak {
  std::size_t tokens;
  std::chrono::nanoseconds per;
  std::size_t largest;
};

// Sliding windows over exact times. A call that is refused takes no token. Time is an argument and must not go
// back; the caller holds a lock.
class Limiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Limiter(const std::vector<Limit>& limits, bool enforced = true);

  // Nothing when the call is granted; otherwise how long until it would be.
  std::optional<std::chrono::nanoseconds> take(Time now);

  [[nodiscard]] std::size_t refused() const { return refused_; }
  [[nodiscard]] std::vector<LimitPeak> peaks() const;
  void clear();

 private:
  struct Window {
    Limit limit;
    std::deque<Time> granted;
    std::deque<Time> seen;
    std::size_t largest = 0;
  };
  std::vector<Window> windows_;
  bool enforced_;
  std::size_t refused_ = 0;
};

}  // namespace bindery::sandbox
