#include "engine/sell_hand_off.h"

#include <spdlog/logger.h>

#include "core/exact_json.h"
#include "engine/pipe_to.h"

namespace bindery {
namespace {

constexpr std::chrono::seconds kHandLimit(10);

WallTime last_moment(const SellStep& step, const EffectRow& effect) {
    const auto sent = read_rfc3339(effect.sent_at.value_or(""));
    return sent.value_or(WallTime{}) + std::chrono::floor<std::chrono::milliseconds>(step.hand_within);
}

std::string hand_off_text(const SellStep& step, const SaleRow& sale, const EffectRow& effect) {
    const json body = effect.body.empty() ? json::object() : parse_exact(effect.body);
    const auto phone = body.find("dial_in_phone");
    return dump_exact({{"effect", sale.effect}, {"ref", sale.ref}, {"lead", parse_exact(sale.once_per)}, {"bid_id", sale.bid_id.value_or("")},
                       {"dial_in_phone", phone == body.end() ? json() : *phone}, {"transfer_phone", sale.transfer_phone.value_or("")},
                       {"minimum_call_duration", sale.least_seconds.value_or(0)}, {"transfer_before", rfc3339(last_moment(step, effect))}});
}

std::string tell_address(Wire& wire, const Clock& clock, const std::string& url, const std::string& text) {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", std::string("bindery/") + BINDERY_VERSION}};
    request.body = text;
    request.timeout = kHandLimit;
    request.max_body = 1u << 16;
    wire.start(1, std::move(request));
    const auto reply = wire.drain(clock.boot() + kHandLimit + std::chrono::seconds(1));
    if (!reply || reply->ending != Ending::replied) return "no answer: " + (reply ? reply->problem : std::string("timed out"));
    return reply->status >= 200 && reply->status < 300 ? "" : "it answered " + std::to_string(reply->status);
}

std::future<std::string> without_waiting(std::function<std::string()> tell) {
    return std::async(std::launch::async, [tell = std::move(tell)]() -> std::string {
        try {
            return tell();
        } catch (const std::exception& error) {
            return error.what();
        }
    });
}

}  // namespace

void HandOffs::start(const SaleRow& sale) {
    const auto effect = Ledger(engine_.store).find(sale.identity);
    if (!effect) return;
    const std::string text = hand_off_text(step_, sale, *effect);
    HandOff begun{sale, {}};
    if (!step_.hand_command.empty()) {
        begun.trouble = without_waiting([command = step_.hand_command, text] { return pipe_to(command, text, kHandLimit); });
    } else if (!step_.hand_url.empty()) {
        const std::shared_ptr<Wire> wire = engine_.make_wire();
        begun.trouble = without_waiting([wire, &clock = engine_.clock, url = step_.hand_url, text] { return tell_address(*wire, clock, url, text); });
    } else {
        std::promise<std::string> none;
        none.set_value("the job has no hand_off");
        begun.trouble = none.get_future();
    }
    under_way_.push_back(std::move(begun));
}

void HandOffs::collect() {
    for (auto hand = under_way_.begin(); hand != under_way_.end();) {
        if (hand->trouble.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            ++hand;
            continue;
        }
        write_down(*hand);
        hand = under_way_.erase(hand);
    }
}

bool HandOffs::wait_for_one() {
    if (under_way_.empty()) return false;
    write_down(under_way_.front());
    under_way_.pop_front();
    return true;
}

void HandOffs::wait_for_all() {
    while (wait_for_one()) {}
}

void HandOffs::write_down(HandOff& ended) {
    const std::string trouble = ended.trouble.get();
    const SaleRow& sale = ended.sale;
    Sales(engine_.store).handed(sale.identity, trouble);
    if (trouble.empty()) return;
    engine_.log.warn("call {} was sold and could not be handed to the phone system: {}", sale.ref, trouble);
    delivery_.attention.push_back({sale.effect, sale.ref, "done", "sold, and the phone system could not be told to transfer the call: " + trouble});
}

void hand_off_left(const Engine& engine, const SalePlan& plan, HandOffs& hands, Delivery& delivery) {
    Ledger ledger(engine.store);
    Sales sales(engine.store);
    for (const SaleRow& sale : sales.to_hand(plan.step->post.effect)) {
        const auto effect = ledger.find(sale.identity);
        if (!effect) continue;
        if (engine.clock.wall() <= last_moment(*plan.step, *effect)) {
            if (!hands.has_room()) hands.wait_for_one();
            hands.start(sale);
            continue;
        }
        sales.handed(sale.identity, "too late: the run that sold it was cut off");
        delivery.attention.push_back({sale.effect, sale.ref, "done", "sold, and not handed to the phone system in time: the run that sold it was cut off"});
    }
}

}  // namespace bindery
