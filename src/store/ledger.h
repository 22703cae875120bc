#pragma once
// Outbox and ledger of effects, their attempts, and the audit trail. Each function that changes something is one durable
// transaction unless it says that it joins the caller's. Which change is right is decided in sync/effect_life.h.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct EffectRow {
    std::string identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, order_key,
        when_in_doubt;
    bool frozen = false;
    int attempts = 0, retries = 0;
    std::int64_t first_run = 0, run = 0;
    std::optional<std::int64_t> doubt_run;
    std::string created_at, updated_at;
    std::optional<std::string> sent_at, replied_at, reply_id, reply, reason;
    std::optional<std::string> blanked_at;  // its content was purged or forgotten then: it can't be sent as it was
    std::optional<int> status;
};

// What decides whether it is sent once more.
struct EffectStand {
    std::string state, content_hash;
    bool frozen = false;
    std::optional<int> status;
};

// Of what a person decides about: another one once the effect has moved on or was tried again.
std::string mark_of(const EffectRow& effect);

struct AttemptRow {
    std::int64_t run = 0;
    std::string started_at;
    std::optional<std::string> ended_at, ending, problem;
    std::optional<int> status;
};

// What a finished effect is written down as.
struct Outcome {
    std::string state;   // done | rejected | in_doubt | held | pending
    std::string ending;  // of the attempt: replied | not_sent | lost | stopped | found
    int status = 0;
    std::string reply_id, reply, reason;
    bool nothing_left = false;  // certainly nothing of this attempt left: it doesn't count
    bool after_doubt = false;   // the attempt followed a doubt
    bool looked_up = false;     // no attempt's: what looking for an effect in doubt has shown
};

class Ledger {
  public:
    explicit Ledger(Store& store) : store_(store) {}

    // Keyed hash of the name and the canonical once_per values.
    std::string identity(const std::string& name, const std::string& once_per);
    static std::string short_ref(const std::string& identity);  // BN-1A2B3C4D5E

    std::optional<EffectRow> find(const std::string& identity);
    std::optional<EffectStand> stand_of(const std::string& identity);
    // By identity, unique prefix of one (8 digits or more), or short reference; Error(not_found) else.
    EffectRow find_by_person(const std::string& id);
    enum class Which { all, turned_down, others };  // a buyer's no to a lead, whose state is `rejected`; all but those
    std::vector<EffectRow> list(const std::string& job, const std::string& name, const std::vector<std::string>& states,
                                std::int64_t limit = -1, Which which = Which::all);
    std::vector<std::string> pending(const std::string& job, const std::string& name);  // identities, in the order of list()
    std::vector<EffectRow> of_run(std::int64_t run);  // that it decided, sent or settled last; at most 1000
    // Whose once_per holds one of the values.
    std::vector<EffectRow> about(const std::vector<std::string>& values);
    std::map<std::string, std::int64_t> count_by_state(const std::string& job = {}, const std::string& effect = {});
    std::vector<AttemptRow> attempts(const std::string& identity);
    // What a service refused of a job (empty: of all) and nobody has settled since, a buyer's plain no apart; `since` the oldest, RFC 3339.
    struct Refused {
        std::int64_t count = 0;
        std::string since;
    };
    Refused refused(const std::string& job = {}, std::int64_t most = -1);  // counts no more than `most`
    std::int64_t turned_down(const std::string& job = {}, const std::string& effect = {});  // the buyers' plain no
    // Names that have ledger rows, with the job each belongs to.
    std::map<std::string, std::string> names();

    // These join the caller's transaction: a step's decisions are committed together with its place in the run.
    void put(const EffectRow& effect);  // inserts, or replaces content, run and state of a row that isn't frozen
    // Of many, that weren't there when they were decided: their indexes are written in few statements.
    void put_new(const std::vector<const EffectRow*>& effects);
    void touch(const std::string& identity, std::int64_t run);
    void withdraw(const std::string& identity, std::int64_t run);
    // Whether the service ever answered one of a name with 2xx; a person's word and a reading prove no such thing.
    bool was_accepted(const std::string& job, const std::string& name);
    // A reading shows what an effect in doubt, held or rejected, was to write.
    void confirm(const std::string& identity, std::int64_t run);
    void hold(const std::string& identity, std::int64_t run, const std::string& reason);
    // Held or rejected, and nobody wants it any more.
    void withdraw_held(const std::string& identity, std::int64_t run);
    // After a crash: the process ended before the reply. How many there were.
    std::int64_t sending_to_doubt(const std::string& job, std::int64_t run);
    void audit(std::optional<std::int64_t> run, const std::string& kind, const std::string& subject, const std::string& detail);

    // That `run` pushes `effect`: durable before the budget file is told, so that a store which lacks what the budget file names
    // is an older copy.
    void record_push(std::int64_t run, const std::string& effect);
    bool has_pushed(std::int64_t run, const std::string& effect);

    // Durable before the first byte leaves. `after_doubt`: this send follows a doubt that nothing could settle.
    // False, and nothing is done, when somebody settled it meanwhile.
    bool mark_sending(const std::string& identity, std::int64_t run, bool after_doubt);
    // The attempt may have arrived and a repeatable call goes on: only the attempt is closed.
    void close_attempt(const std::string& identity, const std::string& ending, int status, const std::string& problem);
    // Waits for the store's lock without limit: an outcome must not be lost. False, and nothing is changed, when a person settled meanwhile
    // what was looked for; only that it was done after all stands over their word.
    bool finish(const std::string& identity, std::int64_t run, const Outcome& outcome);
    // A person decides: done, retry (pending again), drop or held. Error(usage) when the state doesn't allow it, or when `seen`
    // isn't the mark of what it is now.
    void settle(const std::string& identity, const std::string& as, const std::optional<std::string>& seen = std::nullopt);
    // As `done`, without being sent; `as` dropped: of a sale, which isn't said to have been made.
    void record_baseline(const EffectRow& effect, const std::string& as = "done");

  private:
    bool stays(const EffectRow& effect);
    void insert(const EffectRow* const* effects, std::size_t count);
    Store& store_;
};

std::string current_user();  // for the audit trail

}  // namespace bindery
