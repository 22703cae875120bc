#pragma once
// The metered, retrying caller of one service: the only way a request leaves Bindery. Each attempt takes its tokens first;
// 429 pauses the account; reads and repeatable calls are tried again as the service file says; a write that isn't
// repeatable is tried again only when certainly nothing of it was sent. A breaker stops hammering a service that is down.
// Single-threaded: submit() queues, next() drives everything and returns finished calls in the order they end.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/backoff.h"
#include "core/clock.h"
#include "core/exact_json.h"
#include "core/random.h"
#include "net/http.h"
#include "services/account.h"
#include "services/call_log.h"
#include "store/budget.h"

namespace bindery {

// Thrown by before_send: what was to be sent isn't wanted any more.
struct CallWithdrawn {};

struct CallSpec {
    std::uint64_t id = 0;  // the submitter's own
    std::string method = "GET";
    std::string path;   // below base_url, places filled in
    std::string query;  // without '?', encoded
    int page = 0;       // of a list, for people; 0: it's none
    std::string body;   // JSON; empty: none
    std::string idempotency_key;
    bool repeatable = true;  // a read, or a write that the service promises to take twice
    bool urgent = false;     // goes before what waits for a token: it's worth nothing later
    std::vector<int> unsupported;
    std::optional<Duration> timeout;
    std::optional<RetryPolicy> retry;
    // Runs after the tokens were taken and before the first byte of each attempt: a write records its intent here. May throw
    // CallWithdrawn: then nothing is sent, and the call ends `withdrawn`. Of an urgent call it runs once more when a fresh token had to be waited for.
    std::function<void()> before_send;
    // Asked after before_send, and again each millisecond, until it says yes: whether what before_send recorded is durable. Other calls go
    // on meanwhile; this one has its token and its place. Empty: it's durable when before_send returns. May throw CallWithdrawn as well.
    std::function<bool()> may_leave;
    // Runs when an attempt is over and another will follow. `may_have_arrived`: false after 429, DNS and connect failures.
    std::function<void(const HttpReply&, bool may_have_arrived)> before_retry;
    // For 2xx replies: a problem text when the reply is no good (not JSON, cut short). A read is tried again like after a 502,
    // a write that isn't repeatable is in doubt. Without one, the reply must be JSON (to a write: or empty).
    std::function<std::string(const HttpReply&)> check;
};

// How a call ended, all attempts considered. Closed: callers branch on it.
enum class CallEnding {
    ok,           // 2xx and a good reply
    refused,      // a 4xx (or an error envelope): the service read the request and said no
    unsupported,  // a status that the operation declares: the service doesn't take this write
    barred,       // 401, 403, 407 or a redirect: nothing will work until somebody mends the key, its scope or the address
    not_sent,     // certainly nothing arrived: may be tried in a later run
    in_doubt,     // the request may have arrived; for reads: failed after all tries
    out_of_time,  // not started before the deadline, or a stop was asked for
    withdrawn,    // before_send said so; nothing of this attempt left
};

struct CallResult {
    std::uint64_t id = 0;
    CallEnding ending = CallEnding::in_doubt;
    int status = 0;  // of the last attempt; 0: none
    std::string body;
    std::string error_code;     // of the envelope; only letters, digits and _ . - : safe for logs
    std::string error_message;  // may name a client: for the store, never for a log
    std::string problem;        // for the operator, safe for logs
    WallTime requested{};       // when the last attempt began
    int attempts = 0;
};

struct CallStats {
    std::int64_t requests = 0;  // attempts that left, or may have left
    Duration waited{0};         // for tokens, pauses and back-off, with nothing under way
    std::map<int, std::int64_t> by_status;
};

class Caller {
  public:
    // `random` seeds jitter. `waiter` identifies this process among those that wait for the account.
    Caller(Account account, Wire& wire, BudgetFile& budget, const Clock& clock, Random random, CallClass call_class,
           std::string waiter);
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    void submit(CallSpec spec);
    // The next call that ends; nullopt when nothing is queued or under way. Calls that haven't begun by `deadline` end
    // out_of_time. After a stop was asked for, what is under way gets kStopGrace to end, then counts as in doubt.
    // `meanwhile` is asked before each wait when to ask it again at the latest: for what else its submitter has under way.
    std::optional<CallResult> next(BootTime deadline, const std::function<BootTime()>& meanwhile = {});
    // Forgets all calls, and with them what they hold of their submitter, who is going; tokens of what is under way return by
    // its time-out.
    void abandon();
    std::size_t waiting() const { return queue_.size(); }
    std::size_t pending() const { return queue_.size() + busy_lines() + done_.size(); }
    bool has_room() const;  // a further call could go on the wire at once
    bool down() const { return down_; }
    BootTime stop_seen() const { return stop_seen_; }  // when next() saw that a stop was asked for; 0: it didn't
    const CallStats& stats() const { return stats_; }
    const Account& account() const { return account_; }
    // Called each time before this waits, with what for ("token", "reply", "pause", "retry") and until when.
    std::function<void(const char* what, BootTime until)> on_wait;
    // Called before a wait with nothing under way, with how long nothing is due: time for what else there is to do.
    std::function<void(BootTime until)> while_idle;
    // Where calls and waits are noted for people; nullptr: nowhere. Outlives this.
    CallLog* log = nullptr;

  private:
    struct Waiting {
        CallSpec spec;
        int attempts = 0;
        int busy = 0;               // 429s so far
        bool intent_told = false;   // before_send ran for the attempt to come
        bool may_have_arrived = false;
        BootTime not_before{0};
        bool asked_for = false;     // that wait was the service's wish (Retry-After)
        bool paused = false;        // it is the bucket's pause that it waits for
        CallResult last;
    };
    struct UnderWay {
        Waiting call;
        std::int64_t token = 0;
        bool probe = false;  // the one call that a tripped breaker lets through
        std::int64_t noted = 0;  // its number in the log
        BootTime began{0};
    };

    struct Held {  // until its intent is durable
        Waiting call;
        Grant grant;
    };
    struct Refusal {  // what the budget said last, if that was no
        std::vector<Bucket> buckets;
        BootTime at{0}, ask_again{0};
        bool paused = false;
    };

    bool is_hopeless(BootTime deadline) const;
    void urgent_first(BootTime& wake);
    BootTime start_what_can(BootTime deadline);
    bool take_and_start(Waiting& call, BootTime& wake);
    void start_held(BootTime& wake);
    bool leave_or_hold(std::size_t nth, BootTime& wake);
    bool unless_withdrawn(Waiting& call, const Grant& grant, const std::function<void()>& asked);
    void let_go_of_held();
    bool send(Waiting& call, Grant grant, BootTime& wake);
    std::size_t busy_lines() const { return under_way_.size() + held_.size(); }
    std::optional<Grant> take(const CallSpec& spec, BootTime& wake);
    void give_back(const Grant& grant);
    HttpRequest request_for(const CallSpec& spec) const;
    void ended(UnderWay call, const HttpReply& reply);
    void judge_reply(Waiting call, const HttpReply& reply);
    void judge_success(Waiting call, const HttpReply& reply);
    void busy(Waiting call, const HttpReply& reply);
    void failed(Waiting call, const HttpReply& reply, bool may_repeat);
    void retry_at(Waiting call, const HttpReply& reply, BootTime when);
    bool read_error(Waiting& call, const HttpReply& reply) const;
    Duration asked_by(const HttpReply& reply) const;
    void leave_line();
    bool tripped() const { return !breaker_.allows(BootTime::min()); }
    void finish(Waiting call, CallEnding ending);
    void end_queued(CallEnding ending, const std::string& problem);
    const RetryPolicy& policy(const CallSpec& spec) const;

    Account account_;
    Wire& wire_;
    BudgetFile& budget_;
    const Clock& clock_;
    Random random_;
    CallClass class_;
    std::string waiter_;
    Breaker breaker_;
    bool probing_ = false;
    bool down_ = false;
    std::deque<Waiting> queue_;
    std::vector<Held> held_;
    std::map<std::uint64_t, UnderWay> under_way_;
    std::deque<CallResult> done_;
    std::uint64_t next_wire_id_ = 1;
    BootTime waiting_since_{0};
    std::optional<Refusal> refused_;  // it holds until its time, unless we ourselves change what it was reckoned from
    BootTime stop_seen_{0};
    const char* wait_reason_ = "reply";
    bool asked_for_ = false;       // the service wished for it
    CallStats stats_;
};

inline constexpr Duration kStopGrace = std::chrono::seconds(6);
// A token this old is taken anew before the request leaves.
inline constexpr Duration kTokenFreshness = std::chrono::seconds(1);
inline constexpr Duration kLookAtHeld = std::chrono::milliseconds(1);

}  // namespace bindery
