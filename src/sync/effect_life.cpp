#include "sync/effect_life.h"

#include <array>

namespace bindery {
namespace {

constexpr std::array<const char*, 8> kNames{"pending",  "sending", "done",      "rejected",
                                            "in_doubt", "held",    "withdrawn", "dropped"};

}  // namespace

const char* state_name(EffectState state) {
    return kNames.at(static_cast<std::size_t>(state));
}

std::optional<EffectState> effect_state(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (name == kNames[i]) return static_cast<EffectState>(i);
    }
    return std::nullopt;
}

Decision decide(const std::optional<KnownEffect>& known, std::string_view content_hash) {
    if (!known) return Decision::create;
    switch (known->state) {
        case EffectState::pending:
            return known->frozen ? Decision::keep_pending : Decision::refresh;
        case EffectState::sending:
        case EffectState::in_doubt:
            return Decision::still_in_doubt;
        case EffectState::done:
            return Decision::already_done;
        case EffectState::rejected:
            return known->content_hash == content_hash ? Decision::still_rejected : Decision::revive;
        case EffectState::held:
            return Decision::still_held;
        case EffectState::withdrawn:
            return Decision::revive;
        case EffectState::dropped:
            return Decision::still_dropped;
    }
    return Decision::still_held;
}

bool will_send(Decision decision) {
    return decision == Decision::create || decision == Decision::refresh || decision == Decision::keep_pending ||
           decision == Decision::revive;
}

DoubtStep next_step(const Doubt& doubt) {
    if (doubt.repeatable) {
        // Nothing needs a repeat that the record no longer asks for: it arrived, or somebody has changed the record since.
        if (!doubt.still_selected) return DoubtStep::over;
        return doubt.this_run ? DoubtStep::wait : DoubtStep::send_again;
    }
    if (doubt.findable) {
        if (doubt.looks < kLooks) return DoubtStep::look;
        return doubt.still_selected ? DoubtStep::send_again : DoubtStep::hold;
    }
    if (doubt.retries > 0) return DoubtStep::hold;
    if (!doubt.retry) return DoubtStep::stay;
    if (!doubt.still_selected) return DoubtStep::hold;
    return doubt.this_run ? DoubtStep::wait : DoubtStep::send_again;
}

}  // namespace bindery
