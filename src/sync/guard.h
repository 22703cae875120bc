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

// How many of the pairs that a reconcile holds against each other may be corrected in one run, on either side.
struct CorrectionRule {
    std::int64_t max = 0;     // pairs
    double max_percent = -1;  // ≥ 0: of the pairs; counts instead of `max`, and lets kFewCorrections pass in any book
};
inline constexpr std::int64_t kFewCorrections = 20;
std::int64_t correction_limit(const CorrectionRule& rule, std::int64_t pairs);

struct CorrectionCounts {
    std::int64_t pairs = 0, theirs = 0, ours = 0;  // pairs; records corrected at theirs, written in a book of our own
};

// A wrong column in a file changes nearly every record of a book, and no more than that: `max_effects` needn't see it. Stopped:
// nothing is sent and nothing is written into our book; effects stay pending. `allow` as above.
GuardVerdict judge_corrections(const std::string& job, const std::string& ours, const std::string& theirs, const CorrectionCounts& counts,
                               const CorrectionRule& rule, std::int64_t allow = -1);

}  // namespace bindery
