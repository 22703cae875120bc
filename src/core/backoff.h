#pragma once
// How long to wait before an attempt, and when a service is left alone for a while. Pure; randomness is passed in.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/random.h"

namespace bindery {

struct RetryPolicy {
    std::vector<int> statuses{429, 500, 502, 503, 504};
    std::vector<Duration> waits{std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(4)};
    bool jitter_up = true;  // wait + 0 to 25 %; never below what a service's page fixes
    bool retries(int status) const;
};

// The wait before attempt `attempt` + 1 (attempt counts from 1); nullopt: give up.
std::optional<Duration> next_wait(const RetryPolicy& policy, int attempt, Random& random);

// Retry-After: seconds, or an HTTP date held against `now`. nullopt when it's neither. Never negative.
std::optional<Duration> parse_retry_after(const std::string& header, WallTime now);

// Opens after `threshold` failures in a row and lets one call through each `cool_down`, until one succeeds.
class Breaker {
  public:
    explicit Breaker(int threshold = 5, Duration cool_down = std::chrono::seconds(30))
        : threshold_(threshold), cool_down_(cool_down) {}
    bool allows(BootTime now) const { return failures_ < threshold_ || now >= open_until_; }
    BootTime open_until() const { return open_until_; }
    // A call is about to be made: the next one waits for this one's outcome or another cool_down.
    void let_through(BootTime now);
    void failed(BootTime now);
    void succeeded() { failures_ = 0; }

  private:
    int threshold_;
    Duration cool_down_;
    int failures_ = 0;
    BootTime open_until_{0};
};

}  // namespace bindery
