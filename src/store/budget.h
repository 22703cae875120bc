#pragma once
// The token budget of accounts: a small SQLite file (synchronous=NORMAL, 0600) shared by every process on the account. One
// IMMEDIATE transaction a take; all limits that match are taken together or not at all. Nothing is reserved: take() grants, or
// says when to ask again; the caller waits. Rules: docs/budget.md. Time is boot time with the boot id: tokens written in
// another boot count as taken at opening. Also remembers, for each account and effect name, which store pushed last.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/limits.h"

namespace SQLite {
class Database;
}

namespace bindery {

// Smaller goes first; one that has waited 60 s rises a class (and again after 120 s).
enum class CallClass { on_demand = 0, webhook = 1, schedule = 2 };

struct Bucket {
    std::string name;  // Limit::name
    int usable = 1;    // after keep_back
    Duration per{0};
    bool operator==(const Bucket&) const = default;
};

struct TakeRequest {
    std::string account;
    std::vector<Bucket> buckets;  // all that match the call
    Duration timeout{0};          // of the call: a killed process's token returns at now + timeout + per
    CallClass call_class = CallClass::on_demand;
    BootTime waiting_since{0};    // when this caller began to wait for this account; 0: now
    std::string waiter;           // identifies the caller: one row a waiter
};

struct Grant {
    bool granted = false;
    std::int64_t token = 0;   // for release(); valid when granted
    BootTime taken{0};
    BootTime ask_again{0};    // when not granted
    bool paused = false;      // not granted because a 429 paused a bucket
    std::string short_of;     // the bucket that had none
};

struct BucketState {
    std::string account, name;
    int tokens_out = 0;   // taken and not returned yet
    BootTime next_return{0};
    BootTime paused_until{0};
};

class BudgetFile {
  public:
    BudgetFile(const std::filesystem::path& file, const Clock& clock);  // makes its folder (0700) and itself
    ~BudgetFile();
    BudgetFile(BudgetFile&&) noexcept;

    Grant take(const TakeRequest& request);
    // The reply arrived (or the call ended) at `ended`: the token returns at ended + per in each of its buckets.
    void release(std::int64_t token, BootTime ended);
    // Nothing left the machine and the token may be used at once (taken, but never sent).
    void give_back(std::int64_t token);
    // A 429 all the same: nobody takes from these buckets before `until`; none: from the whole account. Never shortens a pause.
    void pause(const std::string& account, BootTime until, const std::vector<Bucket>& buckets = {});
    void forget_waiter(const std::string& account, const std::string& waiter);
    std::vector<BucketState> state(const std::string& account);

    // The store that pushed an effect last; see docs/effects.md (a restored store is noticed).
    struct Pusher {
        std::string store_id;
        std::int64_t run = 0;
    };
    std::optional<Pusher> last_pusher(const std::string& account, const std::string& effect);
    std::map<std::string, Pusher> last_pushers(const std::string& account);  // by effect
    void set_pusher(const std::string& account, const std::string& effect, const Pusher& pusher);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bindery
