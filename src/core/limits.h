#pragma once
// The arithmetic of token limits. A bucket holds `tokens`; a token returns `per` after the reply of the call that took it
// arrived. So no window of that length at the service can hold more than `tokens` calls. Pure: store/budget.h keeps state.
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

// One limit of a service: `tokens` calls in any window of `per`. `methods`/`path` narrow it to some calls (empty: all).
struct Limit {
    std::string name;  // unique in its service: "100/60s", "POST /leads/ping 100/1s"
    int tokens = 1;
    Duration per{0};
    std::string method;       // empty: any
    std::string path_prefix;  // empty: any
    bool matches(const std::string& call_method, const std::string& call_path) const;
};

// What is left to us after keeping back a share (0 to 1) for others on the key: rounded down, never below one.
int usable_tokens(int tokens, double keep_back);

// When a waiter with `ahead` better-placed waiters may have a token: now if enough are free, else the moment the right
// one returns. `returns` are the return times of taken tokens, in any order.
BootTime available_at(std::vector<BootTime> returns, int usable, int ahead, BootTime now);

}  // namespace bindery
