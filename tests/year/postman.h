#pragma once
// Carries the services' events to the daemon as the internet does: some are lost on the way, come twice, hours later, or after others
// that were sent later; now and then a stranger posts one. A service that gets no yes tries once more, and no more.
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "core/clock.h"
#include "sandbox/webhooks.h"

namespace bindery::test {

class Postman final : public sandbox::EventPost {
  public:
    Postman(std::function<WallTime()> time, unsigned seed) : time_(std::move(time)), random_(seed) {}

    void post(sandbox::Delivery delivery) override;
    std::optional<WallTime> next() const { return under_way_.empty() ? std::nullopt : std::optional(under_way_.begin()->first); }
    // What is due by now. `receive`: the daemon's answer; 0 when nobody is there.
    void hand_over(const std::function<int(const sandbox::Delivery&)>& receive);

    bool quiet = false;  // each comes once, in a moment
    struct Counts {
        std::size_t posted = 0, lost = 0, repeated = 0, late = 0, forged = 0, never_taken = 0;
        std::map<int, std::size_t> answers;
    } counts;

  private:
    struct Letter {
        sandbox::Delivery what;
        int tries = 0;
    };
    int roll(int from, int to) { return from + static_cast<int>(random_() % static_cast<unsigned>(to - from + 1)); }
    bool chance(unsigned of) { return !quiet && random_() % of == 0; }
    void send(const sandbox::Delivery& delivery, std::chrono::milliseconds after) { under_way_.emplace(time_() + delivery_delay(delivery) + after, Letter{delivery, 0}); }
    static std::chrono::milliseconds delivery_delay(const sandbox::Delivery& delivery) { return std::chrono::ceil<std::chrono::milliseconds>(delivery.delay); }

    std::function<WallTime()> time_;
    std::mt19937 random_;
    std::multimap<WallTime, Letter> under_way_;
};

}  // namespace bindery::test
