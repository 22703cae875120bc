#include "sandbox/limiter.h"

#include <algorithm>

namespace bindery::sandbox {

namespace {

void drop_old(std::deque<Limiter::Time>& times, Limiter::Time now, std::chrono::nanoseconds per) {
  while (!times.empty() && now - times.front() >= per) {
    times.pop_front();
  }
}

}  // namespace

Limiter::Limiter(const std::vector<Limit>& limits, bool enforced) : enforced_(enforced) {
  for (const Limit& limit : limits) {
    windows_.push_back(Window{limit, {}, {}, 0});
  }
}

std::optional<std::chrono::nanoseconds> Limiter::take(Time now) {
  std::chrono::nanoseconds wait{0};
  bool full = false;
  for (Window& window : windows_) {
    drop_old(window.granted, now, window.limit.per);
    drop_old(window.seen, now, window.limit.per);
    window.seen.push_back(now);
    window.largest = std::max(window.largest, window.seen.size());
    if (enforced_ && window.granted.size() >= window.limit.tokens) {
      full = true;
      const Time leaves = window.granted[window.granted.size() - window.limit.tokens] + window.limit.per;
      wait = std::max(wait, std::chrono::duration_cast<std::chrono::nanoseconds>(leaves - now));
    }
  }
  if (full) {
    ++refused_;
    return wait;
  }
  for (Window& window : windows_) {
    window.granted.push_back(now);
  }
  return std::nullopt;
}

std::vector<LimitPeak> Limiter::peaks() const {
  std::vector<LimitPeak> all;
  for (const Window& window : windows_) {
    all.push_back(LimitPeak{window.limit.tokens, window.limit.per, window.largest});
  }
  return all;
}

void Limiter::clear() {
  refused_ = 0;
  for (Window& window : windows_) {
    window.granted.clear();
    window.seen.clear();
    window.largest = 0;
  }
}

}  // namespace bindery::sandbox
