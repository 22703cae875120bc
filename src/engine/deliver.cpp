#include "engine/deliver.h"

#include <spdlog/logger.h>

#include <algorithm>
#include <deque>
#include <set>

#include "core/exact_json.h"

namespace bindery {
namespace {

constexpr std::size_t kExcerpt = 2000;
constexpr std::size_t kOddInARow = 3;  // after so many "I don't take this" one after the other it's the write that isn't taken

std::string reply_id_of(const Operation& operation, const std::string& body) {
    if (operation.reply_id.empty() || body.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    const json document = parse_exact(body);  // the caller has checked that it is JSON
    const json* id = find_pointer(document, operation.reply_id);
    return id == nullptr ? std::string{} : scalar_text(*id).value_or("");
}

// A 2xx whose text isn't JSON is no proof that the service did it: a proxy may have answered.
std::string check_write_reply(const HttpReply& reply) {
    if (reply.body.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    try {
        parse_exact(reply.body);
        return {};
    } catch (const Error&) {
        return "the answer isn't JSON (a proxy's page, or cut short)";
    }
}

class Sender {
  public:
    Sender(const Engine& engine, Caller& caller, const Operation& operation, const DeliveryContext& context, bool after_doubt,
           Delivery& delivery)
        : engine_(engine),
          caller_(caller),
          operation_(operation),
          context_(context),
          after_doubt_(after_doubt),
          delivery_(delivery),
          ledger_(engine.store) {}

    void send(const std::vector<EffectRow>& rows) {
        std::deque<const EffectRow*> waiting;
        for (const auto& row : rows) waiting.push_back(&row);
        block_orders_in_doubt(rows);
        try {
            while (true) {
                feed(waiting);
                const auto result = caller_.next(context_.deadline);
                if (!result) break;
                take(*result);
                if (engine_.progress) engine_.progress(rows.front().name + ": " + std::to_string(delivery_.done) + " of " + std::to_string(rows.size()) + " sent");
            }
        } catch (const std::exception&) {
            drain();
            throw;
        }
        delivery_.left_pending += static_cast<std::int64_t>(waiting.size());
        if (!delivery_.unsupported.empty()) hold_rest(waiting);
    }

  private:
    void take(const CallResult& result) {
        const auto found = under_way_.find(result.id);
        const EffectRow& row = *found->second;
        under_way_.erase(found);
        settle(row, result);
    }

    // Something failed on our side: nothing new begins, but what is on the wire has its outcome written down.
    void drain() {
        try {
            while (const auto result = caller_.next(engine_.clock.boot())) take(*result);
        } catch (const std::exception& error) {
            engine_.log.error("an outcome couldn't be written down; it's in doubt until the next run: {}", error.what());
        }
    }

    bool stopped() const { return delivery_.barred || !delivery_.unsupported.empty() || delivery_.out_of_time || delivery_.down; }

    void block_orders_in_doubt(const std::vector<EffectRow>& rows) {
        if (rows.empty()) return;
        for (const auto& row : ledger_.list(context_.job->name, rows.front().name, {"in_doubt", "sending"})) {
            if (!row.order_key.empty() && !after_doubt_) busy_.insert(row.order_key);
        }
    }

    // A person may settle an effect while the run goes on: their word counts.
    bool settled_meanwhile(const EffectRow& row) {
        const auto now = ledger_.find(row.identity);
        return !now || now->state != row.state;
    }

    // Hands the caller as many as may be on the wire at once, and none whose order key is taken.
    void feed(std::deque<const EffectRow*>& waiting) {
        for (auto next = waiting.begin(); next != waiting.end() && !stopped() && caller_.has_room();) {
            const EffectRow& row = **next;
            if (settled_meanwhile(row)) {
                next = waiting.erase(next);
                continue;
            }
            if (!row.order_key.empty() && !busy_.insert(row.order_key).second) {
                ++next;
                continue;
            }
            next = waiting.erase(next);
            const std::uint64_t id = ++last_id_;
            under_way_[id] = &row;
            caller_.submit(spec_for(id, row));
        }
    }

    CallSpec spec_for(std::uint64_t id, const EffectRow& row) {
        CallSpec spec;
        spec.id = id;
        spec.method = row.method;
        spec.path = row.path;
        spec.body = row.body;
        spec.idempotency_key = row.identity;
        spec.repeatable = operation_.repeatable;
        spec.unsupported = operation_.unsupported;
        spec.timeout = operation_.timeout;
        spec.retry = operation_.retry;
        spec.check = check_write_reply;
        spec.before_send = [this, &row] {
            const bool again = marked_.count(row.identity) == 0 && after_doubt_;
            if (!ledger_.mark_sending(row.identity, context_.run, again)) throw CallWithdrawn{};
            marked_.insert(row.identity);
        };
        spec.before_retry = [this, &row](const HttpReply& reply, bool may_have_arrived) {
            const std::string ending = reply.ending == Ending::not_sent ? "not_sent" : reply.ending == Ending::lost ? "lost" : "replied";
            if (may_have_arrived) {
                ledger_.close_attempt(row.identity, ending, reply.status, reply.problem);
                return;
            }
            finish_unsent(row, ending, reply.status, reply.problem);
            marked_.erase(row.identity);
        };
        return spec;
    }

    void finish_unsent(const EffectRow& row, const std::string& ending, int status, const std::string& problem) {
        Outcome outcome;
        outcome.state = after_doubt_ ? "in_doubt" : "pending";
        outcome.ending = ending;
        outcome.status = status;
        outcome.reason = problem;
        outcome.nothing_left = true;
        outcome.after_doubt = after_doubt_;
        ledger_.finish(row.identity, context_.run, outcome);
    }

    static Error redirected(const EffectRow& row, const CallResult& result, const std::string& what) {
        return Error(ErrorCode::service, row.service + " didn't take the write: " + result.problem,
                     "write the address that it leads to into base_url of the service file, then run the job again; " + what);
    }

    void settle(const EffectRow& row, const CallResult& result) {
        Outcome outcome;
        outcome.ending = result.status != 0 ? "replied" : "lost";
        outcome.status = result.status;
        outcome.reason = result.problem;
        outcome.reply = result.body.substr(0, kExcerpt);
        outcome.after_doubt = after_doubt_;
        bool in_order_free = true;
        switch (result.ending) {
            case CallEnding::ok:
                outcome.state = "done";
                outcome.reason.clear();
                odd_.clear();
                odd_in_a_row_ = 0;
                outcome.reply_id = reply_id_of(operation_, result.body);
                ++delivery_.done;
                if (after_doubt_ && !operation_.repeatable && !operation_.find) {
                    outcome.reason = "sent again after a lost reply: it may be there twice";
                    delivery_.attention.push_back({row.name, row.ref, "done", outcome.reason + "; look for the reference there"});
                }
                break;
            case CallEnding::refused:
                if (row.method == "DELETE" && (result.status == 404 || result.status == 410)) {
                    outcome.state = "done";
                    outcome.reason = "it was gone already";
                    ++delivery_.done;
                    break;
                }
                refuse(outcome, result);
                break;
            case CallEnding::withdrawn:
                return;  // settled by a person while it waited for its turn
            case CallEnding::unsupported:
                if (is_odd_one(row)) {
                    refuse(outcome, result);
                    ++odd_in_a_row_;
                    if (outcome.state == "rejected") odd_.push_back(&row);
                    break;
                }
                hold_odd();
                outcome.state = "held";
                outcome.reason = "the service doesn't take this write: " + result.problem;
                delivery_.unsupported = row.method + " " + operation_.name + ": " + result.problem;
                ++delivery_.held;
                break;
            case CallEnding::in_doubt:
                in_order_free = false;
                outcome.state = "in_doubt";
                if (result.status >= 300 && result.status < 400) delivery_.barred = redirected(row, result, "this write may have been carried out: `bindery effects --state in_doubt`");
                if (after_doubt_ && !operation_.repeatable && !operation_.find) {
                    outcome.state = "held";
                    outcome.reason = "in doubt a second time: " + result.problem;
                    delivery_.held_after_doubt = true;
                    ++delivery_.held;
                } else {
                    ++delivery_.in_doubt;
                }
                break;
            case CallEnding::barred:
                delivery_.barred = result.status < 400
                                       ? redirected(row, result, "nothing was lost")
                                       : Error(ErrorCode::unauthorized, row.service + " refused the write: " + result.problem,
                                               "check that " + key_and_place(engine_, row.service) + " is valid and may write (its scope), then run the job again; nothing was lost");
                return settle_unsent(row, result);
            case CallEnding::not_sent:
                delivery_.down = Error(ErrorCode::service, row.service + " can't be reached: " + result.problem,
                                       "the effects stay pending and go out with the job's next run", Reach::job, Again::later);
                return settle_unsent(row, result);
            case CallEnding::out_of_time:
                delivery_.out_of_time = true;
                return settle_unsent(row, result);
        }
        ledger_.finish(row.identity, context_.run, outcome);
        if (in_order_free && !row.order_key.empty()) busy_.erase(row.order_key);
        if (outcome.state != "done") note(row, outcome);
    }

    // A no to the second request proves nothing about the first ("duplicate" may mean that it's there).
    void refuse(Outcome& outcome, const CallResult& result) {
        if (!result.error_message.empty()) outcome.reply = result.error_message.substr(0, kExcerpt);
        const bool perhaps_there = after_doubt_ && !operation_.repeatable;
        outcome.state = perhaps_there ? "held" : "rejected";
        if (perhaps_there) outcome.reason = "refused when sent again after a lost reply; the first may be there: " + result.problem;
        delivery_.held_after_doubt = delivery_.held_after_doubt || perhaps_there;
        ++(perhaps_there ? delivery_.held : delivery_.rejected);
    }

    // "I don't take this" by a service that has taken such a write before is about this one: its record went while the list was read
    // (404), or something on the way had a bad moment (405). Said to one after the other it means the write itself.
    bool is_odd_one(const EffectRow& row) {
        if (!delivery_.unsupported.empty() || odd_in_a_row_ + 1 >= kOddInARow) return false;
        return delivery_.done > 0 || ledger_.was_accepted(context_.job->name, row.name);
    }

    void hold_odd() {
        for (const EffectRow* row : odd_) {
            ledger_.hold(row->identity, context_.run, "the service doesn't take this write");
            --delivery_.rejected;
            ++delivery_.held;
            for (auto& attention : delivery_.attention) {
                if (attention.ref == row->ref) attention.state = "held";
            }
        }
        odd_.clear();
    }

    // Nothing of it arrived: as if it had never been tried. Not even a commit when it wasn't marked.
    void settle_unsent(const EffectRow& row, const CallResult& result) {
        ++delivery_.left_pending;
        if (marked_.count(row.identity) == 0) return;
        finish_unsent(row, result.status != 0 ? "replied" : "not_sent", result.status, result.problem);
        marked_.erase(row.identity);
    }

    void hold_rest(std::deque<const EffectRow*>& waiting) {
        for (const EffectRow* row : waiting) {
            if (settled_meanwhile(*row)) continue;
            Outcome outcome;
            outcome.state = "held";
            outcome.ending = "not_sent";
            outcome.reason = "the service doesn't take this write";
            ledger_.finish(row->identity, context_.run, outcome);
            ++delivery_.held;
            --delivery_.left_pending;
        }
    }

    void note(const EffectRow& row, const Outcome& outcome) {
        engine_.log.warn("effect {} ({}) is {}: {}", row.ref, row.name, outcome.state, outcome.reason);
        delivery_.attention.push_back({row.name, row.ref, outcome.state, outcome.reason});
    }

    const Engine& engine_;
    Caller& caller_;
    const Operation& operation_;
    const DeliveryContext& context_;
    bool after_doubt_;
    Delivery& delivery_;
    Ledger ledger_;
    std::map<std::uint64_t, const EffectRow*> under_way_;
    std::set<std::string> busy_;    // order keys that are taken
    std::set<std::string> marked_;  // identities that stand as `sending`
    std::vector<const EffectRow*> odd_;  // refused alone, one after the other; without those that were held
    std::size_t odd_in_a_row_ = 0;
    std::uint64_t last_id_ = 0;
};

}  // namespace

void send_effects(const Engine& engine, Caller& caller, const Operation& operation, const DeliveryContext& context,
                  const std::vector<EffectRow>& rows, bool after_doubt, Delivery& delivery) {
    Sender(engine, caller, operation, context, after_doubt, delivery).send(rows);
}

}  // namespace bindery
