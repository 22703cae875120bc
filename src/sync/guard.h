#pragma once
// The rails before the first write: how many effects a run may send, how many records a list may remove. Pure. The
// arithmetic of removals is core/removal_limit.h, shared with landing, which keeps them back; here are the words for
// it.
#include <cstdint>
#include <string>

#include "core/removal_limit.h"

namespace bindery {

struct GuardVerdict {
    bool stopped = false;
    std::string message, hint;  // empty unless stopped
};

// The whole plan counts, effects that wait for an earlier reply included. `allow` ≥ 0: --allow-effects N, this once; it
// widens the guard and never narrows it. Stopped: nothing is sent, everything stays pending.
GuardVerdict judge_effects(const std::string& job, std::int64_t planned, std::int64_t max_effects,
                           std::int64_t allow = -1);

// `removals`: proven missing, those gone after their date not counted. Stopped: all of them are withheld, the rest goes
// on.
GuardVerdict judge_removals(const std::string& job, const std::string& dataset, std::int64_t removals,
                            std::int64_t live_before, const RemovalRule& rule);

}  // namespace bindery
