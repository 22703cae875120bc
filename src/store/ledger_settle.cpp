// What a person decides about an effect.
#include <SQLiteCpp/SQLiteCpp.h>

#include "core/error.h"
#include "store/ledger.h"
#include "store/sqlite_file.h"

namespace bindery {

std::string mark_of(const EffectRow& effect) { return effect.state + "-" + std::to_string(effect.attempts) + "-" + effect.content_hash; }

void Ledger::settle(const std::string& identity, const std::string& as, const std::optional<std::string>& seen) {
    if (as != "done" && as != "retry" && as != "drop" && as != "held") throw Error(ErrorCode::usage, "`" + as + "` says nothing about an effect", "done, retry, drop or held");
    store_.transaction([&] {
        const auto row = find(identity);
        if (!row) throw Error(ErrorCode::not_found, "there is no such effect");
        if (row->state == "sending") {
            throw Error(ErrorCode::usage, "effect " + row->ref + " is being sent right now", "wait until its run has ended");
        }
        const bool done_already = row->state == "done";
        if (done_already) {
            throw Error(ErrorCode::usage, "effect " + row->ref + " is done; it is never sent again", "nothing is left to settle");
        }
        if (seen && *seen != mark_of(*row)) {
            throw Error(ErrorCode::usage, "effect " + row->ref + " is " + row->state + " now: it has changed since that page was made", "look at it again, then decide");
        }
        if (as == "retry" && row->blanked_at) {
            throw Error(ErrorCode::usage, "effect " + row->ref + " can't be sent again: its content was removed on " + row->blanked_at->substr(0, 10),
                        "settle it as done or drop");
        }
        const std::string state = as == "done" ? "done" : as == "retry" ? "pending" : as == "drop" ? "dropped" : "held";
        SQLite::Statement s(store_.db(), "UPDATE effect SET state = ?1, updated_at = ?2, retries = 0, reason = ?3 WHERE identity = ?4");
        s.bind(1, state);
        s.bind(2, store_.now());
        s.bind(3, "settled by " + current_user() + " as " + as);
        s.bind(4, identity);
        s.exec();
        audit(std::nullopt, "settle", identity, "from " + row->state + " as " + as);
    });
}

void Ledger::record_baseline(const EffectRow& effect, const std::string& as) {
    EffectRow row = effect;
    row.state = as;
    put(row);
    const std::string what = as == "done" ? "recorded as done without being sent" : "recorded as dealt with, nothing was sent";
    SQLite::Statement s(store_.db(), "UPDATE effect SET state = ?1, reason = ?2 WHERE identity = ?3 AND state IN ('pending', ?1)");
    s.bind(1, as);
    s.bind(2, "baseline: " + what);
    s.bind(3, effect.identity);
    s.exec();
    audit(effect.run, "baseline", effect.identity, what);
}

}  // namespace bindery
