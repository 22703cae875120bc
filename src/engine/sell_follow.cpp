#include "engine/sell_follow.h"

#include <deque>

namespace bindery {
namespace {

constexpr const char* kCallsItRejected = "it was taken, and the service now calls it rejected";

bool is_due(const SaleRow& sale, Duration every, WallTime now) {
    const auto last = read_rfc3339(sale.followed_at ? *sale.followed_at : sale.asked_at.value_or(""));  // the latter: when it was posted
    return !last || *last > now || now - *last >= every;  // a clock that was set back keeps nobody waiting
}

// Since the end of its window.
Duration past_window(const SaleRow& sale, WallTime now) {
    const auto until = read_rfc3339(sale.follow_until.value_or(""));
    return until ? now - *until : kFollowPast;
}

std::string too_late_for_books(const SaleRow& sale, LateWord word, bool taken) {
    const std::string invoice = "the invoice of " + sale.posted_day.value_or("its day");
    if (word == LateWord::no) return std::string(taken ? "it isn't billable" : kCallsItRejected) + ", which was heard only now: look whether " + invoice + " has it, and take it off";
    if (word == LateWord::unheard) return "what came of it couldn't be heard for 7 days: look it up at the service, and whether " + invoice + " is right";
    return "it is billable, which was heard only now: look whether " + invoice + " has it";
}

}  // namespace

void follow_sales(const Engine& engine, Caller& caller, const SalePlan& plan, const SaleContext& context, SaleReport& report, Delivery& delivery) {
    Sales sales(engine.store);
    const WallTime now = engine.clock.wall();
    std::deque<SaleRow> due;
    for (auto& sale : sales.to_follow(plan.step->post.effect)) {
        if (is_due(sale, plan.step->follow_every, now)) due.push_back(std::move(sale));
    }
    std::map<std::uint64_t, SaleRow> under_way;
    std::uint64_t last_id = 0;
    while (true) {
        while (!due.empty() && caller.has_room()) {
            caller.submit(status_call(plan, ++last_id, due.front().bid_id.value_or("")));
            under_way.emplace(last_id, std::move(due.front()));
            due.pop_front();
        }
        const auto result = caller.next(context.deadline);
        if (!result) return;
        if (result->ending == CallEnding::barred) {  // a refused key: nothing was heard, and the run says so
            note_stop(*plan.step, *result, delivery);
            due.clear();
            continue;
        }
        const SaleRow sale = under_way.at(result->id);
        StatusReply reply;
        const StatusAnswer answer = status_answer(*result, sale.bid_id.value_or(""), reply);
        if (result->ending == CallEnding::out_of_time) continue;
        ++report.followed;
        const bool told = answer == StatusAnswer::accepted || answer == StatusAnswer::rejected;
        const bool billable = answer == StatusAnswer::accepted && reply.billable.value_or(false);
        if (billable) ++report.billable;
        const Duration past = past_window(sale, engine.clock.wall());
        const FollowStep next = after_follow(answer, billable, plan.step->call, past);
        const LateWord late = late_word(answer, reply.billable, plan.step->call, past);
        if (answer == StatusAnswer::rejected) {
            sales.taken_back(sale.identity, context.run, result->status, reply.call_seconds);
            ++report.rejected[kTakenBack];
            if (late == LateWord::none) delivery.attention.push_back({sale.effect, sale.ref, "rejected", kCallsItRejected});
        } else {
            sales.followed(sale.identity, told ? reply.billable : std::nullopt, reply.call_seconds, next != FollowStep::go_on);
        }
        if (late == LateWord::none) continue;
        delivery.unheard = true;
        delivery.attention.push_back({sale.effect, sale.ref, answer == StatusAnswer::rejected ? "rejected" : "done", too_late_for_books(sale, late, answer == StatusAnswer::accepted)});
    }
}

}  // namespace bindery
