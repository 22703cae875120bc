#pragma once
// A call that was sold must be transferred: the agency's phone system is told where to, how long the call must last, and until when,
// by a program or an address of the job's choice (tell_phones.h). Each sale is told of once, by a run that dies meanwhile and the next one
// twice; what can't be told is named to a person.
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "engine/deliver.h"
#include "engine/sell_decide.h"
#include "engine/tell_phones.h"

namespace bindery {

// Hand-offs under way. Each has its own thread, which only talks to the phone system: a slow one delays no reply and no bid. What came
// of it is written down by the caller's thread, in collect(), as soon as it's known. A process that dies before that leaves the sale to
// hand_off_left(), which can't know whether the phone system was told.
class HandOffs {
  public:
    HandOffs(const Engine& engine, const SellStep& step, Delivery& delivery, TellPhones tell) : engine_(engine), step_(step), delivery_(delivery), tell_(std::move(tell)) {}

    // Right after the post was taken. Never throws for what the phone system does. When it's too late, the sale is only named to a person.
    // `stop_seen`: when the run was told to stop, else 0.
    // `cut_off`: the run that posted it died, or left it in doubt and a person has settled it: the phone system may have been told already.
    void start(const SaleRow& sale, BootTime stop_seen = BootTime{0}, bool cut_off = false);
    // No call should be sold that can't be handed on at once.
    bool has_room() const { return under_way_.size() < kMostHandOffs; }
    // Those that are over. Doesn't wait.
    bool collect();  // true: something was written down
    // When to collect() again at the latest, while another waits; the end of time when none is under way.
    BootTime next_look() const { return under_way_.empty() ? BootTime::max() : engine_.clock.boot() + kLookWithin; }
    // Waits for the first that ends; false when there is none. Each takes little more than kTellWithin at most.
    bool wait_for_one();
    void wait_for_all();

  private:
    static constexpr std::size_t kMostHandOffs = 16;
    static constexpr Duration kLookWithin = std::chrono::milliseconds(100);
    struct Bell {
        std::mutex mutex;
        std::condition_variable rings;  // one is over
    };
    struct HandOff {
        SaleRow sale;
        bool cut_off = false;
        std::shared_future<std::string> trouble;  // read again where writing it down failed
        std::jthread thread;
        bool is_over() const { return trouble.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
    };
    void write_down(HandOff& ended);
    void too_late(const SaleRow& sale, bool cut_off);

    const Engine& engine_;
    const SellStep& step_;
    Delivery& delivery_;
    TellPhones tell_;
    Bell bell_;
    std::deque<HandOff> under_way_;
};

// Calls that an earlier run sold and died over: told of if there's still time, else named. Waits for the phone system.
void hand_off_left(const Engine& engine, const SellStep& step, Delivery& delivery);

}  // namespace bindery
