#include "engine/sell_life.h"

#include <algorithm>

#include "core/exact_json.h"
#include "core/template.h"
#include "core/text.h"

namespace bindery {
namespace {

void complete(const SalePlan& plan, CallSpec& spec, const Operation& operation) {
    spec.method = operation.call.method;
    spec.path = operation.call.path;
    spec.timeout = operation.timeout;
    spec.retry = operation.retry;
    spec.repeatable = true;  // a ping changes nothing, and a bid gives its post one answer
    if (!plan.step->live) spec.query = kTestQuery;
}

Error bad_key(const std::string& service, const CallResult& result) {
    return Error(ErrorCode::unauthorized, service + " refused: " + result.problem, "check the key (or base_url, after a redirect), then run the job again; nothing was lost");
}

Error buyer_unreachable(const std::string& service, const CallResult& result) {
    return Error(ErrorCode::service, service + " can't be reached: " + result.problem, "the leads wait for the job's next run", Reach::job, Again::later);
}

}  // namespace

bool BusyPersons::any_of(const std::vector<std::string>& persons) const {
    return std::any_of(persons.begin(), persons.end(), [&](const std::string& person) { return busy_.count(person) != 0; });
}

void BusyPersons::free(const std::vector<std::string>& persons) {
    for (const auto& person : persons) busy_.erase(person);
}

std::unique_ptr<Disk> disk_for(const Engine& engine, const SalePlan& plan) {
    return engine.make_disk && (!plan.offers.empty() || !plan.doubts.empty()) ? engine.make_disk() : nullptr;
}

LiveSale doubt_of(const SalePlan& plan, const SaleContext& context, const EffectRow& row, Sales& sales) {
    LiveSale live;
    live.effect = row;
    live.earlier_run = row.doubt_run != context.run;
    live.lost = true;
    if (const auto sale = sales.find(row.identity)) {
        live.bid.bid_id = sale->bid_id.value_or("");
        live.us_state = sale->us_state;
    }
    live.persons = sales.persons_of(row.identity);
    if (const auto now = plan.persons_of.find(row.identity); now != plan.persons_of.end()) live.persons.insert(live.persons.end(), now->second.begin(), now->second.end());
    return live;
}

Bar still_barred(const SalePlan& plan, const LiveSale& live, WallTime now) {
    std::optional<WallTime> consent_at;  // of a doubt: looked at when the run decided
    if (live.offer != nullptr) consent_at = live.offer->consent_at;
    return moment_bar(consent_at, live.us_state, sale_limits(*plan.step), now);
}

bool may_begin(const SalePlan& plan, LiveSale& live, const Account& account, const Clock& clock) {
    live.late = !live.lost && !in_time(plan, live, account, clock.boot());
    live.shut = still_barred(plan, live, clock.wall());
    return !live.late && live.shut == Bar::none;
}

bool fault_is_in_body(const CallResult& result) { return result.status == 400 || result.status == 422 || result.status < 300; }

SaleState state_while(Bar bar) { return passes_soon(bar) ? SaleState::waiting : SaleState::passed_over; }

std::string why_left(const LiveSale& live, const CallResult& result) {
    if (live.shut != Bar::none) return bar_name(live.shut);
    if (live.foreign_bid) return kBidOfAnother;
    return live.taken ? "it may not be sold any more" : result.problem;
}

CallSpec ping_call(const SalePlan& plan, std::uint64_t id, const std::string& body) {
    CallSpec spec;
    spec.id = id;
    complete(plan, spec, *plan.ping);
    spec.body = body;
    return spec;
}

CallSpec post_call(const SalePlan& plan, std::uint64_t id, const EffectRow& effect) {
    CallSpec spec;
    spec.id = id;
    complete(plan, spec, *plan.post);
    spec.urgent = true;  // its bid runs out
    spec.body = effect.body;
    spec.idempotency_key = plan.step->live ? effect.identity : "";
    return spec;
}

CallSpec status_call(const SalePlan& plan, std::uint64_t id, const std::string& bid_id) {
    CallSpec spec;
    spec.id = id;
    Values places;
    const auto open = plan.status->get->path.find('{'), close = plan.status->get->path.find('}');
    places[plan.status->get->path.substr(open + 1, close - open - 1)] = bid_id;
    spec.path = render_path(plan.status->get->path, places);
    return spec;
}

std::string read_answer(const SellStep& step, LiveSale& live, const std::string& body, std::map<std::string, std::string>& bids) {
    const auto named = live.offer->lead.find("external_id");
    live.bid = read_bid(step.call, body, named == live.offer->lead.end() ? std::string() : scalar_text(*named).value_or(""));
    if (live.bid.kind != BidReply::Kind::bid) return "neither a bid nor a decline";
    if (!step.live || bids.emplace(lower(live.bid.bid_id), live.effect.identity).first->second == live.effect.identity) return {};
    live.bid.kind = BidReply::Kind::nonsense;
    return kBidOfAnother;
}

PostAnswer post_answer(const SalePlan& plan, const CallResult& result, const std::string& bid_id, PostReply& reply) {
    switch (result.ending) {
        case CallEnding::ok:
            reply = read_post(plan.step->call, result.body, bid_id);
            if (reply.kind == PostReply::Kind::nonsense) return PostAnswer::nonsense;
            return reply.kind == PostReply::Kind::accepted ? PostAnswer::accepted : PostAnswer::rejected;
        case CallEnding::refused:
        case CallEnding::unsupported: return PostAnswer::bad_request;
        case CallEnding::barred: return result.status >= 300 && result.status < 400 ? redirected(result.status) : PostAnswer::barred;
        case CallEnding::in_doubt: return PostAnswer::lost;
        case CallEnding::not_sent:
        case CallEnding::out_of_time:
        case CallEnding::withdrawn: return PostAnswer::not_sent;
    }
    return PostAnswer::lost;
}

bool set_down(Ledger& ledger, const LiveSale& live, const std::string& state, const CallResult& result, std::int64_t run, const std::string& reason) {
    Outcome outcome;
    outcome.state = state;
    outcome.ending = live.at == LiveSale::At::status ? "found" : result.status != 0 ? "replied" : "lost";
    outcome.status = result.status;
    outcome.reason = reason;
    outcome.reply = result.body.substr(0, kExcerptOfReply);
    outcome.looked_up = live.at == LiveSale::At::status || !live.began;
    if (state == "done") outcome.reply_id = live.bid.bid_id;
    return ledger.finish(live.effect.identity, run, outcome);
}

std::string why_not_asked(const Delivery& delivery, Bar cap) {
    if (delivery.barred) return "the service refused the key";
    if (cap != Bar::none) return bar_name(cap);
    return delivery.down ? "the service can't be reached" : "no time was left in the run";
}

std::string why_unclear(const CallResult& result) {
    const std::string says = result.status == 404 ? "the service knows no sale of this bid" : result.problem.empty() ? "its status names no sale" : result.problem;
    return "whether it was sold isn't known: " + says;
}

void note_stop(const SellStep& step, const CallResult& result, Delivery& delivery) {
    if (result.ending == CallEnding::barred) delivery.barred = bad_key(step.post.service, result);
    if (result.ending == CallEnding::not_sent) delivery.down = buyer_unreachable(step.post.service, result);
    if (result.ending == CallEnding::out_of_time) delivery.out_of_time = true;
}

bool in_time(const SalePlan& plan, const LiveSale& live, const Account& account, BootTime now) {
    return post_ends_in_time(live.asked, plan.step->bid_life, plan.post->timeout.value_or(account.service->timeout), now);
}

StatusAnswer status_answer(const CallResult& result, const std::string& bid_id, StatusReply& reply) {
    // Its page doesn't say how an unknown bid is answered: whatever refuses the question knows no sale of it.
    if (result.ending == CallEnding::refused) return StatusAnswer::unknown_bid;
    if (result.ending != CallEnding::ok) return StatusAnswer::no_answer;
    reply = read_status(result.body, bid_id);
    if (reply.kind == StatusReply::Kind::none) return StatusAnswer::unknown_bid;
    if (reply.kind == StatusReply::Kind::nonsense) return StatusAnswer::no_answer;
    return reply.kind == StatusReply::Kind::accepted ? StatusAnswer::accepted : StatusAnswer::rejected;
}

}  // namespace bindery
