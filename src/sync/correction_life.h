#pragma once
// What becomes of a correction after it was decided: the value of one field that one record should take. Pure. A reply is no
// proof that a book took it: only a reading is. Rules: docs/reconcile.md.
#include <string>

#include "sync/effect_life.h"

namespace bindery {

enum class Shown { wanted, had, other };  // by the latest reading of the record

// A correction under way to a service, as its effect stands. Times are RFC 3339 UTC, so that they compare as text.
struct Underway {
    EffectState state = EffectState::pending;
    std::string answered_at;   // of a done effect: when the service said yes
    std::string read_at;       // when the reading of the record began
    std::string complete_at;   // when the last complete list began; empty: none yet
    std::string missed_at;     // the complete list that missed it last; empty: none
    int missed = 0;            // complete lists after the reply that didn't show it
    Shown shown = Shown::had;
    bool same_wish = true;     // the merge still wants this value here
};

enum class CorrectionStep {
    confirmed,  // a reading shows it
    free,       // nothing is under way: what is wanted is decided anew
    carried,    // stays with its effect: answered and unconfirmed, in doubt, refused or held; isn't decided anew
    missed,     // carried, and one more complete list didn't show it
    not_kept,   // a second list didn't: held for a person
    overtaken   // the record shows a third value, or something else is wanted: decided anew
};
inline constexpr int kListsThatMiss = 2;
CorrectionStep next_step(const Underway& correction);

// A field that was corrected to one value and changed back, again and again, is a quarrel with another writer: a third
// correction to the same value within kBrakeDays isn't sent.
inline constexpr int kBrakeDays = 30;
inline constexpr int kCorrectionsToBrake = 2;
inline bool braked(int same_corrections_taken) { return same_corrections_taken >= kCorrectionsToBrake; }

}  // namespace bindery
