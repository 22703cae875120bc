#include "engine/sell_deliver.h"

#include <spdlog/logger.h>

#include <deque>

#include "core/exact_json.h"
#include "engine/sell_hand_off.h"
#include "engine/sell_outcomes.h"

namespace bindery {
namespace {

constexpr int kMostTries = 3;          // of a ping: at once, after 1 s, after 3 s

class Seller {
  public:
    Seller(const Engine& engine, Caller& caller, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery)
        : engine_(engine), caller_(caller), plan_(plan), step_(*plan.step), context_(context), report_(report), delivery_(delivery), ledger_(engine.store), sales_(engine.store), bids_(sales_.bids_since(plan.step->post.service, rfc3339(engine.clock.wall() - std::chrono::hours(24)))), notes_(engine, plan, context, delivery), ends_(engine, plan, context, report, delivery, busy_, notes_), beside_(engine.store, disk_for(engine, plan)), hands_(engine, step_, delivery, phones_of(engine, step_)) {
        for (const Offer& offer : plan.offers) waiting_.push_back({&offer, 0, 0});
        caller.while_idle = [this](BootTime until) { notes_.write_before(until); };
    }
    ~Seller() { caller_.while_idle = nullptr; }
    Seller(const Seller&) = delete;
    Seller& operator=(const Seller&) = delete;

    void sell() {
        resume_doubts();
        try {
            while (true) {
                if (hands_.collect()) beside_.ask();
                feed();
                if (const auto result = caller_.next(context_.deadline, [this] { return hands_.collect() ? beside_.ask(), hands_.next_look() : hands_.next_look(); })) take(*result);
                else if (!more_room()) break;
            }
        } catch (const std::exception&) {
            drain();
            throw;
        }
        for (const auto& left : waiting_) ends_.not_begun(*left.offer, SaleState::waiting, why_not_asked(delivery_, cap_), left.unnoted);
        notes_.write();
        hands_.wait_for_all();
        beside_.wait();
        tell_of_log();
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
            LiveSale live = doubt_of(plan_, context_, row, sales_);
            busy_.add(live.persons);
            if (live.bid.bid_id.empty()) continue;  // its content is gone: a person's business
            if (plan_.persons_of.count(row.identity) != 0) ends_.looked_at_after_all("unclear");
            if (plan_.withheld) live.earlier_run = false;  // no person is asked before a run that may repeat it has looked
            if (!plan_.withheld && doubt_move(step_.live && plan_.for_sale.count(row.identity) != 0 && !row.blanked_at) == DoubtMove::repeat_same_bid) start_post(std::move(live));
            else start_status(std::move(live));
        }
    }

    void feed() {
        while (!waiting_.empty() && caller_.has_room() && hands_.has_room() && !stopped()) {
            cap_ = step_.live ? within_caps(caps_of(step_), plan_.sold_today, least_price(step_)) : Bar::none;
            if (cap_ != Bar::none) return;
            const Waiting next = waiting_.front();
            waiting_.pop_front();
            start_ping(next);
        }
    }

    // Nothing is under way: leads wait only for hand-offs to end, if they do.
    bool more_room() { return !waiting_.empty() && cap_ == Bar::none && !stopped() && !hands_.has_room() && hands_.wait_for_one(); }

    void start_ping(const Waiting& next) {
        const Offer& offer = *next.offer;
        if (const Bar bar = moment_bar(offer.consent_at, offer.us_state, sale_limits(step_), engine_.clock.wall()); bar != Bar::none) return ends_.not_begun(offer, state_while(bar), bar_name(bar), next.unnoted);
        if (busy_.any_of(offer.persons)) return ends_.not_begun(offer, SaleState::waiting, "another lead of this person is being offered", next.unnoted);
        busy_.add(offer.persons);
        const std::uint64_t id = ++last_id_;
        LiveSale& live = under_way_[id];
        live.offer = &offer;
        live.effect = offer.effect;
        live.persons = offer.persons;
        live.us_state = offer.us_state;
        live.pings = next.pings;
        live.unnoted_pings = next.unnoted;
        CallSpec spec = ping_call(plan_, id, offer.ping_body);
        spec.before_send = [this, &live] {
            live.shut = still_barred(plan_, live, engine_.clock.wall());
            if (++live.tries > kMostTries || live.shut != Bar::none) throw CallWithdrawn{};
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
        spec.may_leave = [this, &live] { return beside_.reached(live.on_disk) && look(live); };
        spec.before_retry = [this, &live](const HttpReply& reply, bool may_have_arrived) { attempt_over(live, reply, may_have_arrived); };
        caller_.submit(std::move(spec));
    }

    // Before the first byte: once more after store, disk or token have kept it waiting.
    bool look(LiveSale& live) {
        live.taken = sales_.barred(live.persons);  // also while it was held
        return may_begin(plan_, live, caller_.account(), engine_.clock) && !live.taken ? true : throw CallWithdrawn{};
    }

    void intend(LiveSale& live) {
        if (!may_begin(plan_, live, caller_.account(), engine_.clock)) throw CallWithdrawn{};
        if (live.intended || !step_.live) return;
        if (live.lost) {
            live.taken = !sales_.begin_repeat(live.effect.identity, context_.run, live.persons);
        } else {
            notes_.begin_post(live);
            if (!live.taken) live.unnoted_pings = 0;
        }
        if (live.taken) throw CallWithdrawn{};
        live.on_disk = beside_.ask();
        live.began = live.intended = true;
    }

    void attempt_over(LiveSale& live, const HttpReply& reply, bool may_have_arrived) {
        live.intended = false;
        live.lost = live.lost || may_have_arrived;
        if (!step_.live) return;
        const char* ending = reply.ending == Ending::not_sent ? "not_sent" : reply.ending == Ending::lost ? "lost" : "replied";
        // One that may have arrived, now or in an earlier attempt or run, stays `sending`: nobody may ask for the person anew.
        if (live.lost) return ledger_.close_attempt(live.effect.identity, ending, reply.status, reply.problem);
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
            case LiveSale::At::ping: return pinged(live, result);  // its notes may be lost
            case LiveSale::At::post: posted(live, result); break;
            case LiveSale::At::status: asked(live, result); break;
        }
        beside_.ask();
    }

    // It holds all that was committed, and is copied back with later commits; but a disk that is full or fails is a person's business.
    void tell_of_log() {
        if (const auto trouble = beside_.copy_trouble()) engine_.log.warn("the store's log can't be copied back into its file; nothing is lost while the log is there: {}", trouble->what());
    }

    // Something failed on our side: nothing new begins, but what is on the wire has its outcome written down.
    void drain() {
        delivery_.out_of_time = true;
        try {
            while (const auto result = caller_.next(engine_.clock.boot())) take(*result);
            notes_.write();
            hands_.wait_for_all();
            beside_.wait();
            tell_of_log();
        } catch (const std::exception& error) {
            engine_.log.error("an outcome couldn't be written down; it's in doubt until the next run: {}", error.what());
        }
    }

    void pinged(LiveSale& live, const CallResult& result) {
        if (result.ending == CallEnding::ok) return answered(live, result);
        if (result.ending == CallEnding::refused || result.ending == CallEnding::unsupported) return ends_.ping_refused(live, result);
        if (result.ending == CallEnding::withdrawn && live.shut != Bar::none) return ends_.not_now(live, result);
        note_stop(step_, result, delivery_);
        if (result.ending == CallEnding::in_doubt || result.ending == CallEnding::withdrawn) ends_.asked(live, "failed", result.problem);
        ends_.over(live, SaleState::waiting, result.problem.empty() ? "no answer" : result.problem);
    }

    void answered(LiveSale& live, const CallResult& result) {
        const std::string nonsense = read_answer(step_, live, result.body, bids_);
        notes_.warn(live.bid.warnings);
        ++live.pings;
        switch (live.bid.kind) {
            case BidReply::Kind::nonsense:
                ends_.asked(live, "failed", nonsense);
                notes_.attend(live, "waiting", kAnsweredPingWith + nonsense);
                return ends_.over(live, SaleState::waiting, nonsense);
            case BidReply::Kind::decline:
                ends_.asked(live, "decline", live.bid.reason);
                return ends_.over(live, SaleState::declined, live.bid.reason);
            case BidReply::Kind::bid: break;
        }
        ++report_.bids;
        ends_.asked(live, "bid", "");
        weigh(live);
    }

    // A bid: is it good, may it be taken today, can it be taken in time?
    void weigh(LiveSale& live) {
        const PriceFloor floor{step_.floor, step_.state_floors};
        if (!price_is_right(floor, live.offer->us_state, live.bid.price)) return ends_.over(live, SaleState::too_low, "bid below the floor");
        if (const Bar cap = within_caps(caps_of(step_), plan_.sold_today, live.bid.price); cap != Bar::none && step_.live) return ends_.over(live, SaleState::waiting, bar_name(cap));
        if (!in_time(plan_, live, caller_.account(), engine_.clock.boot())) return bid_ran_out(live);
        live.effect.body = dump_exact(post_body(step_.call ? SaleMedia::call : SaleMedia::lead, live.offer->lead, live.bid.bid_id));
        ends_.count(live, true);
        start_post(std::move(live));
    }

    void bid_ran_out(LiveSale& live) {
        if (after_bid(false, live.pings, step_.pings) == BidStep::ask_again && !stopped()) {
            busy_.free(live.persons);
            waiting_.push_front({live.offer, live.pings, live.unnoted_pings});
            return;
        }
        ends_.over(live, SaleState::lapsed, "the bid ran out before a post could be finished");
    }

    void posted(LiveSale& live, const CallResult& result) {
        PostReply reply;
        const PostAnswer answer = post_answer(plan_, result, live.bid.bid_id, reply);
        notes_.warn(reply.warnings);
        const PostStep next = after_post(answer, reply.reason, live.lost);
        note_stop(step_, result, delivery_);
        if (!step_.live) return tested(live, next, answer, reply, result);
        switch (next) {
            case PostStep::sold: return sold(live, result, "");
            case PostStep::rejected: return ends_.rejected(live, result, reply.reason);
            case PostStep::refused: return ends_.refused(live, result);
            case PostStep::ask_anew: return bid_refused(live, result, reply.reason, true);
            case PostStep::lapse: return bid_refused(live, result, reply.reason, false);
            case PostStep::leave: return left(live, result);
            case PostStep::ask_status:
                ends_.in_doubt(live, result, result.problem.empty() ? "the answer to the post proves nothing: " + reply.reason : result.problem);
                return start_status(std::move(live));
        }
    }

    void asked(LiveSale& live, const CallResult& result) {
        StatusReply reply;
        switch (after_status(status_answer(result, live.bid.bid_id, reply), live.earlier_run)) {
            case DoubtEnd::sold: return sold(live, result, "its status shows it, after a lost reply");
            case DoubtEnd::rejected: return ends_.rejected(live, result, "as its status says");
            case DoubtEnd::ask_later: return ends_.unclear(live, result, "in_doubt");
            case DoubtEnd::person: return ends_.unclear(live, result, "held");
        }
    }

    void sold(LiveSale& live, const CallResult& result, const std::string& how) {
        const auto call = ends_.sold(live, result, how);
        if (!call) return;
        beside_.wait();  // nobody outside hears of an outcome that isn't on the disk
        hands_.start(*call, caller_.stop_seen());
    }

    // Nothing of the post was looked at.
    void left(LiveSale& live, const CallResult& result) {
        ends_.undone(live, result, result.ending == CallEnding::barred, result.problem);
        if (live.late) return bid_ran_out(live);
        ends_.not_now(live, result);
    }

    // The bid was no good any more, and nothing was said of the person.
    void bid_refused(LiveSale& live, const CallResult& result, const std::string& reason, bool ran_out) {
        ends_.undone(live, result, true, reason);
        if (ran_out) return bid_ran_out(live);
        notes_.attend(live, "lapsed", kBidUnknown);
        ends_.over(live, SaleState::lapsed, kBidUnknown);
    }

    // In mode test nothing is kept at the service, and the ledger is left alone.
    void tested(LiveSale& live, PostStep next, PostAnswer answer, const PostReply& reply, const CallResult& result) {
        ends_.count(live, false);
        if (live.late || next == PostStep::ask_anew) return bid_ran_out(live);
        if (next == PostStep::lapse) return bid_refused(live, result, reply.reason, false);
        if (answer == PostAnswer::lost || answer == PostAnswer::nonsense || next == PostStep::leave || next == PostStep::ask_status) {
            return ends_.not_now(live, result);
        }
        if (next == PostStep::refused) {
            notes_.attend(live, "refused", kPostRefused + result.problem);
            return ends_.over(live, SaleState::refused, result.problem);
        }
        ends_.over(live, SaleState::tested, next == PostStep::sold ? "would be sold" : "would be rejected: " + reply.reason);
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
    std::map<std::string, std::string> bids_;  // whose each is
    std::deque<Waiting> waiting_;
    std::map<std::uint64_t, LiveSale> under_way_;  // their addresses stand still
    BusyPersons busy_;
    SaleNotes notes_;
    SaleOutcomes ends_;                            // after what it shares
    CommitsBeside beside_;                         // a ping that is due doesn't stand behind a post's commits
    HandOffs hands_;
    std::uint64_t last_id_ = 0;
    Bar cap_ = Bar::none;
};

}  // namespace

void sell_offers(const Engine& engine, Caller& caller, SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery) {
    Seller(engine, caller, plan, context, report, delivery).sell();
}

}  // namespace bindery
