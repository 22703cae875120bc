#include "engine/ledger_owner.h"

namespace bindery {

std::optional<std::string> why_not_owner(const Engine& engine, const Account& account, const PushPlan& plan) {
    if (plan.to_send() + plan.then == 0 || plan.operation->repeatable || plan.operation->find) return std::nullopt;
    const std::string& effect = plan.step->effect;
    const auto last = engine.budget.last_pusher(account.name, effect);
    const bool same_store = last && last->store_id == engine.store.id();
    if (!last || (same_store && Ledger(engine.store).has_pushed(last->run, effect))) return std::nullopt;
    return "effect " + effect + " was last pushed by " +
           (same_store ? "a later state of this store (run " + std::to_string(last->run) + "): it looks restored from a backup" : "another store") +
           "; what that one sent can't be looked up, so sending again could double it";
}

void check_ledger_owner(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept) {
    const auto why = why_not_owner(engine, account, plan);
    if (!why) return;
    const std::string& effect = plan.step->effect;
    if (accept) {
        engine.store.transaction([&] { Ledger(engine.store).audit(run, "accept_ledger", effect, "this store is the one that pushes from now on"); });
        become_ledger_owner(engine, account, effect, run);  // at once: a run that is stopped before it pushes must not ask again
        return;
    }
    throw Error(ErrorCode::guard, *why,
                "go on with the store that pushed; or record what's there as done with `bindery sync --job " + job +
                    " --baseline`; or, if you're sure, pass --accept-ledger once");
}

void become_ledger_owner(const Engine& engine, const Account& account, const std::string& effect, std::int64_t run) {
    Ledger(engine.store).record_push(run, effect);
    engine.budget.set_pusher(account.name, effect, {engine.store.id(), run});
}

}  // namespace bindery
