// How calls of a Caller begin: token, intent, wire.
#include <algorithm>

#include "core/error.h"
#include "services/caller.h"

namespace bindery {

// What is worth nothing later goes before what waits for a token; `wake` no later than when it's to be tried again.
void Caller::urgent_first(BootTime& wake) {
    const BootTime now = clock_.boot();
    std::stable_partition(queue_.begin(), queue_.end(), [&](const Waiting& call) { return call.spec.urgent && call.not_before <= now; });
    for (const Waiting& call : queue_) {
        if (call.spec.urgent && call.not_before > now) wake = std::min(wake, call.not_before);
    }
}

// Puts on the wire what may go now; returns when it's worth looking again.
BootTime Caller::start_what_can(BootTime deadline) {
    // What is under way ends by its own time-out, whatever the deadline says: its outcome must be known.
    BootTime wake = queue_.empty() && stop_seen_ == BootTime{0} ? BootTime::max() : deadline;
    wait_reason_ = "retry";
    BootTime soonest = BootTime::max();
    start_held(wake);
    urgent_first(wake);
    for (std::size_t looked = queue_.size(); looked > 0 && !queue_.empty(); --looked) {
        if (busy_lines() >= static_cast<std::size_t>(account_.service->in_flight)) return wake;
        const BootTime now = clock_.boot();
        if (!breaker_.allows(now)) {
            wait_reason_ = "service down";
            return std::min(wake, breaker_.open_until());
        }
        if (probing_ && tripped()) return wake;
        Waiting call = std::move(queue_.front());
        queue_.pop_front();
        if (call.not_before > now) {
            wake = std::min(wake, call.not_before);
            if (call.not_before < soonest) asked_for_ = call.asked_for;
            if (call.not_before < soonest) wait_reason_ = call.paused ? "pause" : "retry";
            soonest = std::min(soonest, call.not_before);
            queue_.push_back(std::move(call));
            continue;
        }
        call.paused = false;
        if (!take_and_start(call, wake)) {
            if (wait_reason_ != std::string_view("pause")) {
                queue_.push_front(std::move(call));
                return wake;
            }
            // Its endpoint is shut; those of others may go.
            call.paused = true;
            call.not_before = refused_->ask_again;  // what refused it, a moment ago
            soonest = std::min(soonest, call.not_before);
            queue_.push_back(std::move(call));
            continue;
        }
        probing_ = probing_ || (tripped() && !under_way_.empty());
    }
    return wake;
}

std::optional<Grant> Caller::take(const CallSpec& spec, BootTime& wake) {
    TakeRequest request;
    request.account = account_.name;
    request.buckets = buckets_for(*account_.service, spec.method, spec.path);
    request.timeout = spec.timeout.value_or(account_.service->timeout);
    request.call_class = class_;
    request.waiting_since = waiting_since_;
    request.waiter = waiter_;
    if (!refused_ || clock_.boot() >= refused_->ask_again || refused_->buckets != request.buckets) {
        Grant grant = budget_.take(request);
        if (grant.granted) {
            waiting_since_ = BootTime{0};
            refused_.reset();  // our place in the line went with it
            return grant;
        }
        if (waiting_since_ == BootTime{0}) waiting_since_ = clock_.boot();
        refused_ = Refusal{std::move(request.buckets), clock_.boot(), grant.ask_again, grant.paused};
    }
    wake = std::min(wake, refused_->ask_again);
    wait_reason_ = refused_->paused ? "pause" : "token";
    return std::nullopt;
}

// Nothing of its call left.
void Caller::give_back(const Grant& grant) {
    refused_.reset();
    try {
        budget_.give_back(grant.token);
    } catch (const Error&) {
        // The call matters more than its token, which returns by its time-out. The next take tells what is wrong.
    }
}

// Token, then the intent, then the wire. False: no token yet, and `wake` says when to ask again.
bool Caller::take_and_start(Waiting& call, BootTime& wake) {
    std::optional<Grant> grant;
    try {
        grant = take(call.spec, wake);
        if (!grant) return false;
        if (call.spec.before_send && (!call.intent_told || call.spec.urgent)) {
            if (!unless_withdrawn(call, *grant, call.spec.before_send)) return true;
            call.intent_told = true;
        }
        if (!call.spec.may_leave) return send(call, *grant, wake);
    } catch (const std::exception&) {
        queue_.push_front(std::move(call));  // it stays known, whatever is thrown
        throw;
    }
    held_.push_back({std::move(call), *grant});
    leave_or_hold(held_.size() - 1, wake);
    return true;
}

// False: the call is over, as what was asked about it wants.
bool Caller::unless_withdrawn(Waiting& call, const Grant& grant, const std::function<void()>& asked) {
    try {
        asked();
        return true;
    } catch (const CallWithdrawn&) {
        give_back(grant);
        finish(std::move(call), CallEnding::withdrawn);
        return false;
    }
}

// True: it's held no more.
bool Caller::leave_or_hold(std::size_t nth, BootTime& wake) {
    Held& held = held_[nth];
    bool leaves = false;
    const bool wanted = unless_withdrawn(held.call, held.grant, [&] { leaves = held.call.spec.may_leave(); });
    if (wanted && !leaves) {
        wake = std::min(wake, clock_.boot() + kLookAtHeld);
        return false;
    }
    const bool stays = wanted && !send(held.call, held.grant, wake);
    if (stays) queue_.push_front(std::move(held.call));
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(nth));
    return true;
}

// What had its token and told its intent: off with those whose intent is kept by now. For a service that fails they stand in line like others,
// so that one call alone finds out whether it's back.
void Caller::start_held(BootTime& wake) {
    if (tripped()) return let_go_of_held();
    for (std::size_t i = 0; i < held_.size();) {
        if (!leave_or_hold(i, wake)) ++i;
    }
}

// Back into the queue: it hasn't left, and its intent is told.
void Caller::let_go_of_held() {
    for (Held& held : held_) {
        give_back(held.grant);
        queue_.push_back(std::move(held.call));
    }
    held_.clear();
}

// False: the token had grown old meanwhile, and there's none now.
bool Caller::send(Waiting& call, Grant grant, BootTime& wake) {
    if (clock_.boot() - grant.taken > kTokenFreshness) {
        // Recording the intent took long (a busy store): the token may no longer cover the moment of the send.
        give_back(grant);
        const auto fresh = take(call.spec, wake);
        if (!fresh) return false;
        grant = *fresh;
    }
    call.intent_told = false;
    const std::uint64_t wire_id = next_wire_id_++;
    ++call.attempts;
    ++stats_.requests;
    call.last.attempts = call.attempts;
    call.last.requested = clock_.wall();
    HttpRequest request = request_for(call.spec);
    const CallSpec& spec = call.spec;
    const std::int64_t noted = log == nullptr ? 0 : log->began(*account_.service, {spec.method, spec.path, spec.query, spec.page, call.attempts, call.last.requested});
    const auto begun = under_way_.emplace(wire_id, UnderWay{std::move(call), grant.token, tripped(), noted, clock_.boot()}).first;
    try {
        wire_.start(wire_id, std::move(request));
    } catch (const std::exception&) {
        call = std::move(begun->second.call);
        under_way_.erase(begun);
        throw;
    }
    return true;
}

HttpRequest Caller::request_for(const CallSpec& spec) const {
    const Service& service = *account_.service;
    HttpRequest request;
    request.method = spec.method;
    request.url = service.base_url + spec.path + (spec.query.empty() ? "" : "?" + spec.query);
    request.headers = {{"User-Agent", account_.user_agent}, {"Accept", "application/json"}};
    if (!account_.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + account_.key);
    if (!spec.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (!spec.idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", spec.idempotency_key);
    for (const auto& header : service.headers) request.headers.emplace_back(header.first, header.second);
    request.body = spec.body;
    request.connect_timeout = service.connect_timeout;
    request.timeout = spec.timeout.value_or(service.timeout);
    request.max_body = service.max_body;
    return request;
}

}  // namespace bindery
