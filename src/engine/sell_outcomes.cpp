#include "engine/sell_outcomes.h"

namespace bindery {

// What isn't here is counted when it's decided, or by the ledger.
void SaleOutcomes::add(SaleState state) {
    switch (state) {
        case SaleState::waiting: ++report_.waiting; break;
        case SaleState::refused: ++report_.refused; break;
        case SaleState::declined: ++report_.declined; break;
        case SaleState::too_low: ++report_.too_low; break;
        case SaleState::lapsed: ++report_.lapsed; break;
        case SaleState::tested: ++report_.tested; break;
        default: break;
    }
}

void SaleOutcomes::not_begun(const Offer& offer, SaleState state, const std::string& reason, int pings) {
    add(state);
    notes_.state(offer, state, reason, pings);
}

void SaleOutcomes::over(const LiveSale& live, SaleState state, const std::string& reason) {
    add(state);
    busy_.free(live.persons);
    notes_.state(live, state, reason);
}

void SaleOutcomes::not_now(const LiveSale& live, const CallResult& result) {
    over(live, live.shut == Bar::none ? SaleState::waiting : state_while(live.shut), why_left(live, result));
}

void SaleOutcomes::asked(LiveSale& live, const std::string& answer, const std::string& reason) {
    ++live.unnoted_pings;
    ++report_.pings;
    notes_.answer(live, answer, reason);
}

void SaleOutcomes::ping_refused(LiveSale& live, const CallResult& result) {
    if (!fault_is_in_body(result)) {
        asked(live, "failed", result.problem);
        notes_.attend(live, "waiting", kPingNotTaken + result.problem);
        delivery_.untaken = true;
        return over(live, SaleState::waiting, kPingNotTaken + result.problem);
    }
    add(SaleState::refused);
    asked(live, "refused", result.error_message.substr(0, kExcerptOfReply));
    notes_.attend(live, "refused", kPingRefused + result.problem);
    notes_.refused_ping(live, result);
    busy_.free(live.persons);
}

void SaleOutcomes::looked_at_after_all(const std::string& reason) {
    const auto found = report_.passed_over.find(reason);
    if (found != report_.passed_over.end() && --found->second == 0) report_.passed_over.erase(found);
}

std::optional<SaleRow> SaleOutcomes::sold(const LiveSale& live, const CallResult& result, const std::string& how) {
    const auto before = ledger_.find(live.effect.identity);
    if (before && before->state != "sending" && before->state != "in_doubt" && before->state != "done") {
        notes_.attend(live, "done", "a person settled it meanwhile (" + before->reason.value_or(before->state) + "), and its status calls it accepted: it was sold");
    }
    set_down(ledger_, live, "done", result, context_.run, how);
    ++report_.sold;
    ++delivery_.done;
    auto sale = sales_.find(live.effect.identity);
    report_.money = money_sum(report_.money, sale ? sale->price.value_or("0") : live.bid.price);
    busy_.free(live.persons);
    if (sale && !sale->transfer_phone) sale.reset();
    return sale;
}

// A person has decided, and what was heard proves nothing against their word.
void SaleOutcomes::settled_meanwhile(LiveSale& live) {
    ++report_.passed_over["offered_before"];
    count(live, false);
    busy_.free(live.persons);
}

void SaleOutcomes::rejected(LiveSale& live, const CallResult& result, const std::string& reason) {
    if (turned_down(live, result, reason)) ++report_.rejected[reason];
}

void SaleOutcomes::refused(LiveSale& live, const CallResult& result) {
    if (!turned_down(live, result, kPostRefused + result.problem)) return;
    add(SaleState::refused);
    notes_.attend(live, "refused", kPostRefused + result.problem);
}

bool SaleOutcomes::turned_down(LiveSale& live, const CallResult& result, const std::string& reason) {
    if (!set_down(ledger_, live, "rejected", result, context_.run, reason)) return settled_meanwhile(live), false;
    ++delivery_.rejected;
    count(live, false);
    busy_.free(live.persons);
    return true;
}

void SaleOutcomes::in_doubt(const LiveSale& live, const CallResult& result, const std::string& why) { set_down(ledger_, live, "in_doubt", result, context_.run, why); }

void SaleOutcomes::unclear(LiveSale& live, const CallResult& result, const std::string& state) {
    const std::string reason = why_unclear(result);
    if (!set_down(ledger_, live, state, result, context_.run, reason)) return settled_meanwhile(live);
    ++report_.unclear;
    notes_.attend(live, state, reason);
    if (state == "held") {
        delivery_.held_after_doubt = true;
        ++delivery_.held;
    } else {
        ++delivery_.in_doubt;
    }
}

void SaleOutcomes::undone(LiveSale& live, const CallResult& result, bool replied, const std::string& why) {
    if (live.began) sales_.release(live.effect.identity, context_.run, replied ? "replied" : "not_sent", replied ? result.status : 0, why);
    count(live, false);
}

void SaleOutcomes::count(LiveSale& live, bool in) {
    if (live.counted == in || live.offer == nullptr) return;
    if (in) plan_.sold_today.add(live.bid.price);
    else plan_.sold_today.take_back(live.bid.price);
    live.counted = in;
}

}  // namespace bindery
