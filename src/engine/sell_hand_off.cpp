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

std::string tell_address(const Engine& engine, const std::string& url, const std::string& text) {
    const auto wire = engine.make_wire();
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", std::string("bindery/") + BINDERY_VERSION}};
    request.body = text;
    request.timeout = kHandLimit;
    request.max_body = 1u << 16;
    wire->start(1, std::move(request));
    const auto reply = wire->drain(engine.clock.boot() + kHandLimit + std::chrono::seconds(1));
    if (!reply || reply->ending != Ending::replied) return "no answer: " + (reply ? reply->problem : std::string("timed out"));
    return reply->status >= 200 && reply->status < 300 ? "" : "it answered " + std::to_string(reply->status);
}

void hand_off(const Engine& engine, const SellStep& step, const SaleRow& sale, const EffectRow& effect, Delivery& delivery) {
    const std::string text = hand_off_text(step, sale, effect);
    std::string trouble;
    if (!step.hand_command.empty()) trouble = pipe_to(step.hand_command, text, kHandLimit);
    else if (!step.hand_url.empty()) trouble = tell_address(engine, step.hand_url, text);
    else trouble = "the job has no hand_off";
    Sales(engine.store).handed(sale.identity, trouble);
    if (trouble.empty()) return;
    engine.log.warn("call {} was sold and could not be handed to the phone system: {}", sale.ref, trouble);
    delivery.attention.push_back({sale.effect, sale.ref, "done", "sold, and the phone system could not be told to transfer the call: " + trouble});
}

}  // namespace

void hand_off_now(const Engine& engine, const SellStep& step, const SaleRow& sale, Delivery& delivery) {
    const auto effect = Ledger(engine.store).find(sale.identity);
    if (effect) hand_off(engine, step, sale, *effect, delivery);
}

void hand_off_left(const Engine& engine, const SalePlan& plan, Delivery& delivery) {
    Ledger ledger(engine.store);
    Sales sales(engine.store);
    for (const SaleRow& sale : sales.to_hand(plan.step->post.effect)) {
        const auto effect = ledger.find(sale.identity);
        if (!effect) continue;
        if (engine.clock.wall() <= last_moment(*plan.step, *effect)) {
            hand_off(engine, *plan.step, sale, *effect, delivery);
            continue;
        }
        sales.handed(sale.identity, "too late: the run that sold it was cut off");
        delivery.attention.push_back({sale.effect, sale.ref, "done", "sold, and not handed to the phone system in time: the run that sold it was cut off"});
    }
}

}  // namespace bindery
