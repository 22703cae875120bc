#include "engine/sell_deliver.h"

#include <spdlog/logger.h>

#include <deque>

#include "core/exact_json.h"
#include "engine/sell_hand_off.h"
#include "engine/sell_notes.h"

namespace bindery {
namespace {

constexpr int kMostTries = 3;          // of a ping: at once, after 1 s, after 3 s

class Seller {
  public:
    Seller(const Engine& engine, Caller& caller, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery)
        : engine_(engine), caller_(caller), plan_(plan), step_(*plan.step), context_(context), report_(report), delivery_(delivery), ledger_(engine.store), sales_(engine.store), notes_(engine, plan, context) {
        for (const Offer& offer : plan.offers) waiting_.push_back({&offer, 0, 0});
    }

    void sell() {
        resume_doubts();
        try {
            while (true) {
                feed();
                const auto result = caller_.next(context_.deadline);
                if (!result) break;
                take(*result);
            }
        } catch (const std::exception&) {
            drain();
            throw;
        }
        for (const auto& left : waiting_) note(*left.offer, SaleState::waiting, why_not_asked(delivery_, cap_), left.unnoted);
        notes_.write();
    }

  private:
    struct Waiting {
        const Offer* offer;
        int pings, unnoted;
    };

    bool stopped() const { return delivery_.barred || delivery_.down || delivery_.out_of_time; }

    // ---- what begins

    void resume_doubts() {
        for (const EffectRow& row : plan_.doubts) {
            LiveSale live;
            live.effect = row;
            live.earlier_run = row.doubt_run != context_.run;
            live.lost = true;
            if (const auto sale = sales_.find(row.identity)) live.bid.bid_id = sale->bid_id.value_or("");
            const auto persons = plan_.persons_of.find(row.identity);
            if (persons != plan_.persons_of.end()) live.persons = persons->second;
            busy_.insert(live.persons.begin(), live.persons.end());
            const bool for_sale = plan_.for_sale.count(row.identity) != 0 && !row.blanked_at;
            if (live.bid.bid_id.empty()) continue;  // its content is gone: a person's business
            if (doubt_move(for_sale) == DoubtMove::repeat_same_bid) start_post(std::move(live));
            else start_status(std::move(live));
        }
    }

    void feed() {
        while (!waiting_.empty() && caller_.has_room() && !stopped()) {
            cap_ = step_.live ? within_caps(caps_of(step_), plan_.sold_today, std::nullopt) : Bar::none;
            if (cap_ != Bar::none) return;
            const Waiting next = waiting_.front();
            waiting_.pop_front();
            start_ping(next);
        }
    }

    void start_ping(const Waiting& next) {
        const Offer& offer = *next.offer;
        if (engine_.clock.wall() - offer.consent_at >= step_.consent_life) return note(offer, SaleState::passed_over, bar_name(Bar::late_consent), next.unnoted);
        for (const auto& person : offer.persons) {
            if (busy_.count(person) != 0) return note(offer, SaleState::waiting, "another lead of this person is being offered", next.unnoted);
        }
        busy_.insert(offer.persons.begin(), offer.persons.end());
        const std::uint64_t id = ++last_id_;
        LiveSale& live = under_way_[id];
        live.offer = &offer;
        live.effect = offer.effect;
        live.persons = offer.persons;
        live.pings = next.pings;
        live.unnoted_pings = next.unnoted;
        CallSpec spec = ping_call(plan_, id, offer.ping_body);
        spec.before_send = [this, &live] {
            if (++live.tries > kMostTries) throw CallWithdrawn{};
            live.asked = engine_.clock.boot();
        };
        caller_.submit(std::move(spec));
    }

    void start_post(LiveSale begun) {
        const std::uint64_t id = ++last_id_;
        LiveSale& live = under_way_[id];
        live = std::move(begun);
        live.at = LiveSale::At::post;
        CallSpec spec = post_call(plan_, id, live.effect);
        spec.before_send = [this, &live] { intend(live); };
        spec.before_retry = [this, &live](const HttpReply& reply, bool may_have_arrived) { attempt_over(live, reply, may_have_arrived); };
        caller_.submit(std::move(spec));
    }

    // The last look before the first byte.
    void intend(LiveSale& live) {
        if (!live.lost && !in_time(live)) {
            live.late = true;
            throw CallWithdrawn{};
        }
        if (!step_.live) {
            live.taken = sales_.barred(live.persons);
        } else if (live.lost) {
            live.taken = !sales_.begin_repeat(live.effect.identity, context_.run, live.persons);
        } else {
            notes_.write();
            live.taken = !sales_.begin_post(live.effect, notes_.posted_row(live), live.offer->consent, live.persons);
            live.unnoted_pings = 0;
        }
        if (live.taken) throw CallWithdrawn{};
        live.began = step_.live;
    }

    void attempt_over(LiveSale& live, const HttpReply& reply, bool may_have_arrived) {
        if (may_have_arrived) live.lost = true;
        if (!step_.live) return;
        const char* ending = reply.ending == Ending::not_sent ? "not_sent" : reply.ending == Ending::lost ? "lost" : "replied";
        if (may_have_arrived) return ledger_.close_attempt(live.effect.identity, ending, reply.status, reply.problem);
        sales_.release(live.effect.identity, context_.run, ending, reply.status, reply.problem);
        live.began = false;
    }

    void start_status(LiveSale begun) {
        const std::uint64_t id = ++last_id_;
        LiveSale& live = under_way_[id];
        live = std::move(begun);
        live.at = LiveSale::At::status;
        caller_.submit(status_call(plan_, id, live.bid.bid_id));
    }

    // ---- what ends

    void take(const CallResult& result) {
        const auto found = under_way_.find(result.id);
        LiveSale live = std::move(found->second);
        under_way_.erase(found);
        switch (live.at) {
            case LiveSale::At::ping: pinged(live, result); break;
            case LiveSale::At::post: posted(live, result); break;
            case LiveSale::At::status: asked(live, result); break;
        }
    }

    // Something failed on our side: nothing new begins, but what is on the wire has its outcome written down.
    void drain() {
        delivery_.out_of_time = true;
        try {
            while (const auto result = caller_.next(engine_.clock.boot())) take(*result);
            notes_.write();
        } catch (const std::exception& error) {
            engine_.log.error("an outcome couldn't be written down; it's in doubt until the next run: {}", error.what());
        }
    }

    void pinged(LiveSale& live, const CallResult& result) {
        switch (result.ending) {
            case CallEnding::ok: return answered(live, result);
            case CallEnding::refused:
            case CallEnding::unsupported:
                notes_.answer(live, "refused", result.error_message.substr(0, kExcerptOfReply));
                ++report_.refused;
                attend(live, "refused", "the ping breaks a rule of the service: " + result.problem);
                return over(live, SaleState::refused, result.problem);
            case CallEnding::barred: delivery_.barred = bad_key(step_.post.service, result); break;
            case CallEnding::not_sent: delivery_.down = buyer_unreachable(step_.post.service, result); break;
            case CallEnding::out_of_time: delivery_.out_of_time = true; break;
            case CallEnding::in_doubt:
            case CallEnding::withdrawn: notes_.answer(live, "failed", result.problem); break;
        }
        ++report_.waiting;
        over(live, SaleState::waiting, result.problem.empty() ? "no answer" : result.problem);
    }

    void answered(LiveSale& live, const CallResult& result) {
        live.bid = read_bid(step_.call, result.body);
        show_warnings(live.bid.warnings);
        ++live.pings;
        ++live.unnoted_pings;
        ++report_.pings;
        switch (live.bid.kind) {
            case BidReply::Kind::nonsense:
                notes_.answer(live, "failed", "neither a bid nor a decline");
                ++report_.waiting;
                attend(live, "waiting", "the service answered the ping with neither a bid nor a decline");
                return over(live, SaleState::waiting, "neither a bid nor a decline");
            case BidReply::Kind::decline:
                notes_.answer(live, "decline", live.bid.reason);
                ++report_.declined;
                return over(live, SaleState::declined, live.bid.reason);
            case BidReply::Kind::bid: break;
        }
        ++report_.bids;
        notes_.answer(live, "bid", "");
        weigh(live);
    }

    // A bid: is it good, may it be taken today, can it be taken in time?
    void weigh(LiveSale& live) {
        const PriceFloor floor{step_.floor, step_.state_floors};
        if (!price_is_right(floor, live.offer->us_state, live.bid.price)) {
            ++report_.too_low;
            return over(live, SaleState::too_low, "bid below the floor");
        }
        if (const Bar cap = within_caps(caps_of(step_), plan_.sold_today, live.bid.price); cap != Bar::none && step_.live) {
            ++report_.waiting;
            return over(live, SaleState::waiting, bar_name(cap));
        }
        if (!in_time(live)) return bid_ran_out(live);
        live.effect.body = dump_exact(post_body(step_.call ? SaleMedia::call : SaleMedia::lead, live.offer->lead, live.bid.bid_id));
        live.late = live.taken = live.began = false;
        count(live, true);
        start_post(std::move(live));
    }

    bool in_time(const LiveSale& live) const {
        return post_ends_in_time(live.asked, step_.bid_life, plan_.post->timeout.value_or(caller_.account().service->timeout), engine_.clock.boot());
    }

    void bid_ran_out(LiveSale& live) {
        if (after_bid(false, live.pings, step_.pings) == BidStep::ask_again && !stopped()) {
            free_person(live);
            waiting_.push_front({live.offer, live.pings, live.unnoted_pings});
            return;
        }
        ++report_.lapsed;
        over(live, SaleState::lapsed, "the bid ran out before a post could be finished");
    }

    void posted(LiveSale& live, const CallResult& result) {
        PostReply reply;
        const PostAnswer answer = post_answer(plan_, result, reply);
        show_warnings(reply.warnings);
        const PostStep next = after_post(answer, reply.reason, live.lost);
        if (result.ending == CallEnding::barred) delivery_.barred = bad_key(step_.post.service, result);
        if (result.ending == CallEnding::not_sent) delivery_.down = buyer_unreachable(step_.post.service, result);
        if (result.ending == CallEnding::out_of_time) delivery_.out_of_time = true;
        if (!step_.live) return tested(live, next, answer, reply, result);
        switch (next) {
            case PostStep::sold: return sold(live, result, "");
            case PostStep::rejected: return rejected(live, result, reply.reason);
            case PostStep::refused: return refused(live, result);
            case PostStep::leave: return left(live, result);
            case PostStep::ask_status:
                set_down(ledger_, live, "in_doubt", result, context_.run, result.problem.empty() ? "the answer to the post proves nothing: " + reply.reason : result.problem);
                return start_status(std::move(live));
        }
    }

    void asked(LiveSale& live, const CallResult& result) {
        StatusReply reply;
        switch (after_status(status_answer(result, live.bid.bid_id, reply), live.earlier_run)) {
            case DoubtEnd::sold: return sold(live, result, "its status shows it, after a lost reply");
            case DoubtEnd::rejected: return rejected(live, result, "as its status says");
            case DoubtEnd::ask_later: return unclear(live, result, "in_doubt");
            case DoubtEnd::person: return unclear(live, result, "held");
        }
    }

    void sold(LiveSale& live, const CallResult& result, const std::string& how) {
        set_down(ledger_, live, "done", result, context_.run, how);
        ++report_.sold;
        ++delivery_.done;
        const auto sale = sales_.find(live.effect.identity);
        report_.money = money_sum(report_.money, sale ? sale->price.value_or("0") : live.bid.price);
        free_person(live);
        if (sale && sale->transfer_phone) hand_off_now(engine_, step_, *sale, delivery_);
    }

    void rejected(LiveSale& live, const CallResult& result, const std::string& reason) {
        set_down(ledger_, live, "rejected", result, context_.run, reason);
        ++report_.rejected[reason];
        ++delivery_.rejected;
        count(live, false);
        free_person(live);
    }

    void refused(LiveSale& live, const CallResult& result) {
        set_down(ledger_, live, "rejected", result, context_.run, "the post breaks a rule of the service: " + result.problem);
        ++report_.refused;
        ++delivery_.rejected;
        attend(live, "refused", "the post breaks a rule of the service: " + result.problem);
        count(live, false);
        free_person(live);
    }

    // Nothing of the post was looked at.
    void left(LiveSale& live, const CallResult& result) {
        if (live.began) sales_.release(live.effect.identity, context_.run, result.status != 0 ? "replied" : "not_sent", result.status, result.problem);
        count(live, false);
        if (live.late) return bid_ran_out(live);
        ++report_.waiting;
        over(live, SaleState::waiting, live.taken ? "it may not be sold any more" : result.problem);
    }

    void unclear(LiveSale& live, const CallResult& result, const std::string& state) {
        const std::string reason = why_unclear(result);
        set_down(ledger_, live, state, result, context_.run, reason);
        ++report_.unclear;
        attend(live, state, reason);
        if (state == "held") {
            delivery_.held_after_doubt = true;
            ++delivery_.held;
        } else {
            ++delivery_.in_doubt;
        }
    }

    // In mode test nothing is kept at the service, and the ledger is left alone.
    void tested(LiveSale& live, PostStep next, PostAnswer answer, const PostReply& reply, const CallResult& result) {
        count(live, false);
        if (live.late) return bid_ran_out(live);
        if (answer == PostAnswer::lost || answer == PostAnswer::nonsense || next == PostStep::leave || next == PostStep::ask_status) {
            ++report_.waiting;
            return over(live, SaleState::waiting, live.taken ? "it may not be sold any more" : result.problem);
        }
        if (next == PostStep::refused) {
            ++report_.refused;
            attend(live, "refused", "the post breaks a rule of the service: " + result.problem);
            return over(live, SaleState::refused, result.problem);
        }
        ++report_.tested;
        over(live, SaleState::tested, next == PostStep::sold ? "would be sold" : "would be rejected: " + reply.reason);
    }

    // ---- notes

    void over(const LiveSale& live, SaleState state, const std::string& reason) {
        free_person(live);
        notes_.state(live, state, reason);
    }

    void note(const Offer& offer, SaleState state, const std::string& reason, int pings) {
        if (state == SaleState::waiting) ++report_.waiting;
        notes_.state(offer, state, reason, pings);
    }

    // A price counts for the day from the moment that its post may begin.
    void count(LiveSale& live, bool in) {
        if (live.counted == in || live.offer == nullptr) return;
        if (in) plan_.sold_today.add(live.bid.price);
        else plan_.sold_today.take_back(live.bid.price);
        live.counted = in;
    }

    void free_person(const LiveSale& live) {
        for (const auto& person : live.persons) busy_.erase(person);
    }

    void show_warnings(const std::vector<std::string>& warnings) {
        for (const auto& warning : warnings) {
            if (warned_.insert(warning).second && warned_.size() <= 20) delivery_.attention.push_back({step_.post.effect, "", "warning", "the service says: " + warning});
        }
    }

    void attend(const LiveSale& live, const std::string& state, const std::string& reason) {
        engine_.log.warn("sale {} ({}) is {}: {}", live.effect.ref, live.effect.name, state, reason);
        delivery_.attention.push_back({live.effect.name, live.effect.ref, state, reason});
    }

    const Engine& engine_;
    Caller& caller_;
    SalePlan& plan_;
    const SellStep& step_;
    const SaleContext& context_;
    SaleReport& report_;
    Delivery& delivery_;
    Ledger ledger_;
    Sales sales_;
    std::deque<Waiting> waiting_;
    std::map<std::uint64_t, LiveSale> under_way_;  // their addresses stand still
    std::set<std::string> busy_;                   // persons who are being offered
    std::set<std::string> warned_;
    SaleNotes notes_;
    std::uint64_t last_id_ = 0;
    Bar cap_ = Bar::none;
};

}  // namespace

void sell_offers(const Engine& engine, Caller& caller, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery) {
    Seller(engine, caller, plan, context, report, delivery).sell();
}

}  // namespace bindery
