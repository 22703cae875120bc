#include "engine/ledger_owner.h"

#include <algorithm>

#include "store/forgotten.h"

namespace bindery {
namespace {

std::string which_store(bool same_store, std::int64_t run) { return same_store ? "a later state of this store (run " + std::to_string(run) + ")" : "another store"; }

bool sells(const Config& config, const std::string& effect) {
    return std::any_of(config.jobs.begin(), config.jobs.end(), [&](const auto& job) {
        return std::any_of(job.second.steps.begin(), job.second.steps.end(), [&](const Step& each) {
            const auto* step = std::get_if<SellStep>(&each);
            return step != nullptr && step->post.effect == effect;
        });
    });
}

// Of other effects, since a person who was sold by one isn't sold by another. Effects of another store that no job here has are somebody else's business.
std::map<std::string, BudgetFile::Pusher> unknown_sellers(const Engine& engine, const Account& account, const std::string& own) {
    std::map<std::string, BudgetFile::Pusher> unknown;
    for (const auto& [effect, last] : engine.budget.last_pushers(account.name)) {
        const bool same_store = last.store_id == engine.store.id();
        if (effect == own || (same_store ? Ledger(engine.store).has_pushed(last.run, effect) : !sells(engine.config, effect))) continue;
        if (!Forgotten(engine.store, engine.budget).accepted(account.name, effect, last)) unknown.emplace(effect, last);
    }
    return unknown;
}

// Ends what a person accepted, and says so in the audit trail.
void accept_owner(const Engine& engine, const Account& account, const std::string& effect, std::int64_t run) {
    engine.store.transaction([&] { Ledger(engine.store).audit(run, "accept_ledger", effect, "this store is the one that pushes from now on"); });
    become_ledger_owner(engine, account, effect, run);  // at once: a run that is stopped before it pushes must not ask again
}

}  // namespace

std::optional<std::string> why_not_owner(const Engine& engine, const Account& account, const PushPlan& plan) {
    if (plan.to_send() + plan.then == 0 || plan.operation->repeatable || plan.operation->find) return std::nullopt;
    const std::string& effect = plan.step->effect;
    const auto last = engine.budget.last_pusher(account.name, effect);
    const bool same_store = last && last->store_id == engine.store.id();
    if (!last || (same_store && Ledger(engine.store).has_pushed(last->run, effect))) return std::nullopt;
    return "effect " + effect + " was last pushed by " +
           which_store(same_store, last->run) + (same_store ? ": it looks restored from a backup" : "") +
           "; what that one sent can't be looked up, so sending again could double it";
}

void check_ledger_owner(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept) {
    const auto why = why_not_owner(engine, account, plan);
    if (!why) return;
    const std::string& effect = plan.step->effect;
    if (accept) return accept_owner(engine, account, effect, run);
    throw Error(ErrorCode::guard, *why,
                "go on with the store that pushed; or record what's there as done with `bindery sync --job " + job +
                    " --baseline`; or, if you're sure, pass --accept-ledger once");
}

void check_seller(const Engine& engine, const Account& account, const PushPlan& plan, const std::string& job, std::int64_t run, bool accept) {
    if (plan.to_send() + plan.then == 0) return;
    const std::string& own = plan.step->effect;
    const auto why = why_not_owner(engine, account, plan);
    const auto sellers = unknown_sellers(engine, account, own);
    Forgotten forgotten(engine.store, engine.budget);
    if (accept) {
        if (why) accept_owner(engine, account, own, run);  // first: it may bring another store's revocations
        for (const auto& [effect, last] : sellers) {
            engine.store.transaction([&] { Ledger(engine.store).audit(run, "accept_ledger", effect, "whom it sold isn't known here, and " + own + " goes on"); });
            forgotten.accept(account.name, effect, last);
        }
        if (!forgotten.revocations()) return;
        engine.store.transaction([&] { Ledger(engine.store).audit(run, "accept_ledger", "revocations", "those that this store didn't know were made again"); });
        return forgotten.accept_revocations();
    }
    std::string reasons = why.value_or("");
    for (const auto& [effect, last] : sellers) {
        reasons += (reasons.empty() ? "" : "; ") + std::string("whom effect ") + effect + " sold last, " + which_store(last.store_id == engine.store.id(), last.run) +
                   " knows and this one doesn't, so a person could be sold twice: it looks restored from a backup, or new";
    }
    if (forgotten.revocations()) {
        reasons += (reasons.empty() ? "" : "; ") + std::string("people were revoked or forgotten that this store doesn't know of, since it looks restored from a backup, or came in another one's place: they could be sold");
    }
    if (reasons.empty()) return;
    throw Error(ErrorCode::guard, reasons,
                "go on with the store that knows it; or, in this order: revoke again who took back their consent since (bindery revoke PERSON), record what other jobs sold "
                "meanwhile (bindery sync --job " + job + " --baseline, and so each job that sells), then pass --accept-ledger once");
}

void become_ledger_owner(const Engine& engine, const Account& account, const std::string& effect, std::int64_t run) {
    if (const auto last = engine.budget.last_pusher(account.name, effect)) Forgotten(engine.store, engine.budget).inherit(last->store_id);
    Ledger(engine.store).record_push(run, effect);
    engine.budget.set_pusher(account.name, effect, {engine.store.id(), run});
}

}  // namespace bindery
