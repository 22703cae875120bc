#include "sync/correction_life.h"

namespace bindery {
namespace {

// The service said yes. Until a later reading shows the value it is neither believed nor sent again.
CorrectionStep answered(const Underway& c) {
    if (!c.same_wish) return CorrectionStep::overtaken;
    if (c.read_at <= c.answered_at) return CorrectionStep::carried;
    if (c.shown == Shown::other) return CorrectionStep::overtaken;
    const bool fresh_list = c.complete_at > c.answered_at && c.complete_at > c.missed_at;
    if (!fresh_list) return CorrectionStep::carried;
    const int missed = c.missed_at > c.answered_at ? c.missed : 0;
    return missed + 1 >= kListsThatMiss ? CorrectionStep::not_kept : CorrectionStep::missed;
}

}  // namespace

CorrectionStep next_step(const Underway& c) {
    if (c.shown == Shown::wanted) return CorrectionStep::confirmed;
    switch (c.state) {
        case EffectState::done:
            return answered(c);
        case EffectState::sending:
        case EffectState::in_doubt:
        case EffectState::rejected:
        case EffectState::held:
            return c.same_wish && c.shown == Shown::had ? CorrectionStep::carried : CorrectionStep::overtaken;
        default:
            return c.same_wish && c.shown == Shown::had ? CorrectionStep::free : CorrectionStep::overtaken;
    }
}

}  // namespace bindery
