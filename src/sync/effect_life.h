#pragma once
// The life of an effect as pure decisions: pending → sending → done | rejected | in_doubt | held | withdrawn | dropped.
// Rules: docs/effects.md. Nothing here does I/O.
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

enum class EffectState { pending, sending, done, rejected, in_doubt, held, withdrawn, dropped };
const char* state_name(EffectState state);
std::optional<EffectState> effect_state(std::string_view name);

// What the store knows of an effect that a select brought again.
struct KnownEffect {
    EffectState state = EffectState::pending;
    std::string content_hash;
    bool frozen = false;  // a request may have left: the body stays as it is
};

enum class Decision {
    create,        // new: becomes pending
    refresh,       // pending and not frozen: takes the new content
    keep_pending,  // pending and frozen
    revive,        // rejected with other content now, or withdrawn and wanted again: pending with the new content
    already_done,
    still_rejected,
    still_in_doubt,
    still_held,
    still_dropped,
};
Decision decide(const std::optional<KnownEffect>& known, std::string_view content_hash);
bool will_send(Decision decision);

// What is done about an effect in doubt when its turn comes.
enum class DoubtStep {
    look,        // ask the service whether it's there
    send_again,  // the operation is repeatable, two looks didn't find it, or the job chose `retry`
    wait,        // `retry` and repeatable calls wait for the next run
    stay,        // stays in doubt until a person settles it (when_in_doubt: hold)
    hold,        // becomes held: a second doubt, or nobody wants it any more
    over,        // a repeatable call that the record no longer asks for: withdrawn
};
struct Doubt {
    bool repeatable = false;
    bool findable = false;
    bool retry = false;          // when_in_doubt: retry
    bool still_selected = true;  // the job's select still wants it
    bool this_run = false;       // it fell in doubt in the present run
    int looks = 0;               // finished looks in this run that didn't find it
    int retries = 0;             // sends after a doubt that nothing could settle
};
inline constexpr int kLooks = 2;  // lists lag
DoubtStep next_step(const Doubt& doubt);

}  // namespace bindery
