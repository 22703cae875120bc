#include "services/caller.h"

#include <algorithm>

#include "core/error.h"
#include "core/exact_json.h"
#include "services/envelope.h"

namespace bindery {
namespace {

// A 2xx reply must be JSON: a proxy's page is no proof that the service did anything. A write may be answered with nothing.
std::string check_json(const CallSpec& spec, const HttpReply& reply) {
    if (reply.body.find_first_not_of(" \t\r\n") == std::string::npos) {
        return spec.method == "GET" ? "the reply is empty" : "";
    }
    try {
        parse_exact(reply.body);
        return {};
    } catch (const Error&) {
        return "the answer isn't JSON (a proxy's page, or cut short)";
    }
}

std::string status_text(int status) { return "the service answered " + std::to_string(status); }

// Only 307 and 308 ask for this very request at another address, which would double it if it had been carried out. Any other redirect
// may be the way to what was just made.
bool done_elsewhere(const CallSpec& spec, int status) {
    return spec.method != "GET" && !spec.repeatable && status >= 300 && status < 400 && status != 307 && status != 308;
}

}  // namespace

Caller::Caller(Account account, Wire& wire, BudgetFile& budget, const Clock& clock, Random random, CallClass call_class,
               std::string waiter)
    : account_(std::move(account)),
      wire_(wire),
      budget_(budget),
      clock_(clock),
      random_(random),
      class_(call_class),
      waiter_(std::move(waiter)),
      breaker_(account_.service->breaker_failures, account_.service->breaker_cool_down) {}

Caller::~Caller() { leave_line(); }

// Who waits no longer must not stand before others.
void Caller::leave_line() {
    refused_.reset();
    if (waiting_since_ == BootTime{0}) return;
    waiting_since_ = BootTime{0};
    try {
        budget_.forget_waiter(account_.name, waiter_);
    } catch (const std::exception&) {
        // The row expires by itself.
    }
}

const RetryPolicy& Caller::policy(const CallSpec& spec) const { return spec.retry ? *spec.retry : account_.service->retry; }

bool Caller::has_room() const {
    return busy_lines() + queue_.size() < static_cast<std::size_t>(account_.service->in_flight);
}

void Caller::submit(CallSpec spec) {
    Waiting call;
    call.last.id = spec.id;
    call.spec = std::move(spec);
    if (down_) {
        call.last.problem = "the service is down; nothing more is sent to it in this run";
        finish(std::move(call), CallEnding::not_sent);
        return;
    }
    queue_.push_back(std::move(call));
}

std::optional<CallResult> Caller::next(BootTime deadline, const std::function<BootTime()>& meanwhile) {
    while (true) {
        if (!done_.empty()) {
            CallResult result = std::move(done_.front());
            done_.pop_front();
            return result;
        }
        if (queue_.empty() && busy_lines() == 0) return std::nullopt;
        const BootTime now = clock_.boot();
        if (wire_.stop_asked()) {
            end_queued(CallEnding::out_of_time, "stopped");
            if (stop_seen_ == BootTime{0}) stop_seen_ = now;
            deadline = stop_seen_ + kStopGrace;
        } else if (now >= deadline) {
            end_queued(CallEnding::out_of_time, "the run's time limit came first");
        }
        if (!done_.empty()) continue;
        BootTime wake = start_what_can(deadline);
        if (!done_.empty()) continue;
        const bool idle = busy_lines() == 0;
        if (idle && is_hopeless(deadline)) {
            end_queued(CallEnding::out_of_time, "the service asked for a pause that ends after the run's time limit");
            continue;
        }
        if (meanwhile) wake = std::min(wake, meanwhile());
        if (on_wait) on_wait(idle ? wait_reason_ : "reply", wake);
        if (idle && while_idle) while_idle(wake);
        const BootTime before = clock_.boot();
        std::optional<HttpReply> reply = stop_seen_ == BootTime{0} ? wire_.wait(wake) : wire_.drain(wake);
        if (idle) stats_.waited += clock_.boot() - before;
        if (idle && log != nullptr) log->waited(account_.service->name, wait_reason_ == std::string_view("retry") && asked_for_ ? "retry_after" : wait_reason_, clock_.wall(), clock_.boot() - before);
        if (reply) {
            const auto found = under_way_.find(reply->id);
            if (found == under_way_.end()) continue;
            UnderWay call = std::move(found->second);
            under_way_.erase(found);
            ended(std::move(call), *reply);
        } else if (stop_seen_ != BootTime{0} && clock_.boot() >= stop_seen_ + kStopGrace) {
            for (auto& [id, call] : under_way_) {
                call.call.last.problem = "stopped before the reply came";
                finish(std::move(call.call), CallEnding::in_doubt);
            }
            under_way_.clear();
        }
    }
}

// Nothing that waits may go before the deadline: another service's calls can have the time.
bool Caller::is_hopeless(BootTime deadline) const {
    if (queue_.empty() || stop_seen_ != BootTime{0}) return false;
    return std::all_of(queue_.begin(), queue_.end(), [&](const Waiting& call) { return call.not_before > deadline; });
}

void Caller::ended(UnderWay call, const HttpReply& reply) {
    if (refused_ && reply.ended < refused_->at) refused_.reset();  // it took this reply for one to come
    try {
        budget_.release(call.token, reply.ended);
    } catch (const Error&) {
        // A reply in hand is worth more than the token, which returns by its time-out. The next take tells what is wrong.
    }
    if (log != nullptr) log->ended(call.noted, reply, reply.ended - call.began);
    if (call.probe) probing_ = false;
    Waiting& waiting = call.call;
    waiting.last.status = reply.status;
    waiting.last.problem = reply.problem;
    if (reply.status != 0) ++stats_.by_status[reply.status];
    const bool told_no = reply.status >= 300 && reply.status < 500 && reply.status != 408 && !done_elsewhere(waiting.spec, reply.status);
    if (reply.ending == Ending::replied || (reply.ending == Ending::lost && told_no)) {
        // A refusal is a refusal even if its text was cut short.
        judge_reply(std::move(waiting), reply);
    } else if (reply.ending == Ending::stopped) {
        finish(std::move(waiting), CallEnding::in_doubt);
    } else {
        breaker_.failed(clock_.boot());
        const bool may_repeat = reply.ending == Ending::not_sent || waiting.spec.repeatable;
        failed(std::move(waiting), reply, may_repeat);
    }
    if (call.probe && tripped()) {
        down_ = true;
        end_queued(CallEnding::not_sent, "the service is down; nothing more is sent to it in this run");
    }
}

void Caller::judge_reply(Waiting call, const HttpReply& reply) {
    const int status = reply.status;
    if (status >= 200 && status < 300) return judge_success(std::move(call), reply);
    read_error(call, reply);
    call.last.body = reply.body.substr(0, 4096);
    if (status < 400) call.last.problem = status_text(status) + " (a redirect, which is never followed: check base_url)";
    else call.last.problem = status_text(status) + (call.last.error_code.empty() ? "" : " (" + call.last.error_code + ")");
    if (status < 500) breaker_.succeeded();
    if (status == 429) return busy(std::move(call), reply);
    if (const auto& list = call.spec.unsupported; std::find(list.begin(), list.end(), status) != list.end()) {
        return finish(std::move(call), CallEnding::unsupported);
    }
    if (done_elsewhere(call.spec, status)) return finish(std::move(call), CallEnding::in_doubt);
    if (status == 401 || status == 403 || status == 407 || (status >= 300 && status < 400)) {
        return finish(std::move(call), CallEnding::barred);
    }
    if (status >= 400 && status < 500 && status != 408) return finish(std::move(call), CallEnding::refused);
    breaker_.failed(clock_.boot());
    const bool may_repeat = call.spec.repeatable && (status == 408 || policy(call.spec).retries(status));
    failed(std::move(call), reply, may_repeat);
}

void Caller::judge_success(Waiting call, const HttpReply& reply) {
    call.last.body.clear();  // of an earlier attempt
    call.last.error_code.clear();
    call.last.error_message.clear();
    const std::string problem = call.spec.check ? call.spec.check(reply) : check_json(call.spec, reply);
    const bool read = call.spec.method == "GET";
    if (problem.empty() && read && call.spec.check) {
        call.last.body = reply.body;
        breaker_.succeeded();
        return finish(std::move(call), CallEnding::ok);
    }
    // Some services say no inside a 200. Without an envelope the member may be a state of the record itself.
    const bool said_no = !account_.service->envelope.data.empty() && read_error(call, reply);
    if (said_no) {
        call.last.problem = call.last.error_code.empty() ? "the service answered with an error inside a success"
                                                         : "the service answered with error " + call.last.error_code;
    } else if (!problem.empty()) {
        call.last.problem = problem;
    }
    if (!problem.empty() || (said_no && read)) {
        breaker_.failed(clock_.boot());
        const bool may_repeat = call.spec.repeatable;
        return failed(std::move(call), reply, may_repeat);
    }
    call.last.body = reply.body;
    breaker_.succeeded();
    finish(std::move(call), said_no ? CallEnding::refused : CallEnding::ok);
}

// True when the envelope holds an error.
bool Caller::read_error(Waiting& call, const HttpReply& reply) const {
    EnvelopeError error = envelope_error(account_.service->envelope, reply.body);
    call.last.error_code = std::move(error.code);
    call.last.error_message = std::move(error.message);
    return error.present;
}

// 429 although we count: somebody else uses the key. Everyone who takes from its buckets pauses; the call waits, and never gives up
// before the run's time limit, since being out of budget is no failure. Where the service names no time, the wait grows to the
// longest of its table and of the limits' spans: after such a span there are tokens again, if anyone but us lets them be.
void Caller::busy(Waiting call, const HttpReply& reply) {
    ++call.busy;
    const std::vector<Bucket> buckets = buckets_for(*account_.service, call.spec.method, call.spec.path);
    Duration wait = std::chrono::seconds(1);
    if (const auto own = next_wait(policy(call.spec), call.busy, random_)) {
        wait = *own;
    } else if (!policy(call.spec).waits.empty()) {
        const Duration last = policy(call.spec).waits.back();
        Duration most = std::max(last, buckets.empty() ? Duration(std::chrono::seconds(60)) : Duration{0});
        for (const Bucket& bucket : buckets) most = std::max(most, bucket.per);
        const auto doublings = std::min<int>(call.busy - static_cast<int>(policy(call.spec).waits.size()), 6);
        wait = std::min(last * (1 << std::max(0, doublings)), most);
    }
    call.asked_for = asked_by(reply) >= wait;
    const BootTime until = clock_.boot() + std::max(wait, asked_by(reply));
    refused_.reset();
    try {
        budget_.pause(account_.name, until, buckets);
    } catch (const Error&) {
        // This call waits all the same; the next take tells what is wrong.
    }
    retry_at(std::move(call), reply, until);
}

// What the service's Retry-After asks for; 0 without one.
Duration Caller::asked_by(const HttpReply& reply) const {
    const std::string* header = reply.header("retry-after");
    return header == nullptr ? Duration{0} : parse_retry_after(*header, clock_.wall()).value_or(Duration{0});
}

void Caller::retry_at(Waiting call, const HttpReply& reply, BootTime when) {
    if (call.spec.before_retry) call.spec.before_retry(reply, call.may_have_arrived);
    call.not_before = when;
    queue_.push_back(std::move(call));
}

void Caller::failed(Waiting call, const HttpReply& reply, bool may_repeat) {
    if (reply.ending != Ending::not_sent) call.may_have_arrived = true;
    auto wait = may_repeat ? next_wait(policy(call.spec), call.attempts - call.busy, random_) : std::nullopt;
    if (wait) call.asked_for = asked_by(reply) >= *wait;
    if (wait) wait = std::max(*wait, asked_by(reply));
    if (wait && !down_) return retry_at(std::move(call), reply, clock_.boot() + *wait);
    const bool doubt = call.may_have_arrived;
    finish(std::move(call), doubt ? CallEnding::in_doubt : CallEnding::not_sent);
}

void Caller::finish(Waiting call, CallEnding ending) {
    call.last.ending = ending;
    done_.push_back(std::move(call.last));
}

void Caller::abandon() {
    leave_line();
    queue_.clear();
    held_.clear();
    under_way_.clear();
    done_.clear();
    probing_ = false;
}

void Caller::end_queued(CallEnding ending, const std::string& problem) {
    leave_line();
    let_go_of_held();
    while (!queue_.empty()) {
        Waiting call = std::move(queue_.front());
        queue_.pop_front();
        if (call.attempts == 0 || call.last.problem.empty()) call.last.problem = problem;
        // What was tried and may have arrived is in doubt; what was told 429 or never left is not.
        const bool doubt = call.may_have_arrived;
        finish(std::move(call), doubt ? CallEnding::in_doubt : ending);
    }
}

}  // namespace bindery
