#include "engine/sell_hand_off.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/exact_json.h"

namespace bindery {
namespace {

// Counted from the first byte of the post, also when only a repeat or its status showed that it was sold.
WallTime last_moment(const SellStep& step, const SaleRow& sale) {
    const auto sent = read_rfc3339(sale.asked_at.value_or(""));
    return sent.value_or(WallTime{}) + std::chrono::floor<std::chrono::milliseconds>(step.hand_within);
}

std::string hand_off_text(const SellStep& step, const SaleRow& sale, const EffectRow& effect) {
    const json body = effect.body.empty() ? json::object() : parse_exact(effect.body);
    const auto phone = body.find("dial_in_phone");
    return dump_exact({{"effect", sale.effect}, {"ref", sale.ref}, {"lead", parse_exact(sale.once_per)}, {"bid_id", sale.bid_id.value_or("")},
                       {"dial_in_phone", phone == body.end() ? json() : *phone}, {"transfer_phone", sale.transfer_phone.value_or("")},
                       {"minimum_call_duration", sale.least_seconds ? json(*sale.least_seconds) : json()}, {"transfer_before", rfc3339(last_moment(step, sale))}});
}

std::string trouble_of(const TellPhones& tell, const Telling& telling) {
    try {
        return tell(telling);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

void HandOffs::start(const SaleRow& sale, BootTime stop_seen, bool cut_off) {
    const auto effect = Ledger(engine_.store).find(sale.identity);
    if (!effect) return;
    if (engine_.clock.wall() > last_moment(step_, sale)) return too_late(sale, cut_off);
    std::promise<std::string> outcome;
    HandOff begun{sale, cut_off, outcome.get_future(), {}};
    begun.thread = std::jthread([&bell = bell_, outcome = std::move(outcome), tell = tell_, telling = Telling{hand_off_text(step_, sale, *effect), sale.ref, tell_within(stop_seen, engine_.clock.boot())}]() mutable {
        std::string trouble = trouble_of(tell, telling);
        {
            const std::lock_guard lock(bell.mutex);
            outcome.set_value(std::move(trouble));
        }
        bell.rings.notify_all();
    });
    under_way_.push_back(std::move(begun));
}

void HandOffs::too_late(const SaleRow& sale, bool cut_off) {
    Sales(engine_.store).handed(sale.identity, cut_off ? "too late: whether the phone system was told by the run that posted it isn't known; ask there before you transfer" : "too late: it wasn't known as sold before");
    delivery_.untold = true;
    delivery_.attention.push_back({sale.effect, sale.ref, "done", cut_off ? "sold, and whether the phone system was told by the run that posted it isn't known (it was cut off, or a person said since that it was sold): ask there before you transfer the call"
                                                                           : "sold, and not handed to the phone system in time: it wasn't known as sold before"});
}

bool HandOffs::collect() {
    bool any = false;
    for (auto hand = under_way_.begin(); hand != under_way_.end();) {
        if (!hand->is_over()) {
            ++hand;
            continue;
        }
        write_down(*hand);
        hand = under_way_.erase(hand);
        any = true;
    }
    return any;
}

bool HandOffs::wait_for_one() {
    if (under_way_.empty()) return false;
    auto first = under_way_.end();
    {
        std::unique_lock lock(bell_.mutex);
        bell_.rings.wait(lock, [&] { return (first = std::find_if(under_way_.begin(), under_way_.end(), [](const HandOff& one) { return one.is_over(); })) != under_way_.end(); });
    }
    write_down(*first);
    under_way_.erase(first);
    return true;
}

void HandOffs::wait_for_all() {
    while (wait_for_one()) {}
}

void HandOffs::write_down(HandOff& ended) {
    std::string trouble = ended.trouble.get();
    if (!trouble.empty() && ended.cut_off) trouble += "; whether the run that posted it has told it isn't known: ask there before you transfer";
    const SaleRow& sale = ended.sale;
    Sales(engine_.store).handed(sale.identity, trouble);
    if (trouble.empty()) {
        if (!sale.least_seconds) delivery_.attention.push_back({sale.effect, sale.ref, "warning", "sold and handed on, but the bid didn't say how many seconds the call must last to be paid: keep it on the line, and ask Autobind"});
        return;
    }
    delivery_.untold = true;
    engine_.log.warn("call {} was sold and could not be handed to the phone system: {}", sale.ref, trouble);
    delivery_.attention.push_back({sale.effect, sale.ref, "done", "sold, and the phone system could not be told to transfer the call: " + trouble});
}

void hand_off_left(const Engine& engine, const SellStep& step, Delivery& delivery) {
    const auto left = Sales(engine.store).to_hand(step.post.effect);
    if (left.empty()) return;
    HandOffs hands(engine, step, delivery, phones_of(engine, step));
    for (const SaleRow& sale : left) {
        if (!hands.has_room()) hands.wait_for_one();
        if (engine.stop_asked && engine.stop_asked()) break;  // the next run has them
        hands.start(sale, BootTime{0}, true);
    }
    hands.wait_for_all();
}

}  // namespace bindery
