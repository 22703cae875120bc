#pragma once
// The life of a lead that is offered: what is done next, and in which state it ends. Pure. A ping is a question and may be asked
// again; a post hands a person over, to one bid for good: after a post that may have arrived only that same bid is ever posted
// again, until its outcome is known. States: docs/autobind.md.
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace bindery {

enum class SaleState {
    waiting,      // may be offered, and hasn't had its answer: asked in the next run
    passed_over,  // may not be sold; the reason is a Bar
    unfit,        // breaks the service's rules: quarantined with all its faults
    refused,      // the service found fault with our request
    declined,     // no bid
    too_low,      // a bid below the floor
    lapsed,       // its bids ran out before a post could be finished in time, or weren't known any more
    tested,       // mode: test; nothing was sold
    posting,      // a post may be on the wire
    sold,
    rejected,     // the service looked at the person and said no
    unclear,      // whether it was sold isn't known: the service or a person settles it
    dropped       // a person said that it wasn't sold, and is to stay so
};
const char* sale_state_name(SaleState state);

// ---- after a bid
inline constexpr int kMostPings = 3;  // bids asked for one lead in one run

// A post that begins now is answered, or given up, before the bid ends. `asked`: before the first byte of its ping.
bool post_ends_in_time(BootTime asked, Duration bid_life, Duration post_timeout, BootTime now);

enum class BidStep { post, ask_again, lapse };
BidStep after_bid(bool in_time, int pings, int most_pings);

// ---- after a post's attempts are over
enum class PostAnswer {
    accepted,
    rejected,     // with a reason
    nonsense,     // a 2xx that says neither
    bad_request,  // 400: our request breaks the service's rules
    barred,       // 401, 403: the key
    not_sent,     // nothing of the last attempt arrived (429, no connection, no time left to begin)
    lost          // the last attempt may have arrived
};
enum class PostStep {
    sold,
    rejected,
    refused,
    ask_anew,    // its bid had run out, and nothing was sold: as a bid that ran out before its post
    lapse,       // the service doesn't know its own bid (another key, another kind): one more bid would fare no better in this run
    leave,       // nothing of it was looked at: the lead may be asked for anew
    ask_status   // it may be sold: the service is asked
};
// `lost_before`: an earlier attempt for this bid may have arrived.
PostStep after_post(PostAnswer answer, std::string_view reason, bool lost_before);

// What a redirect (3xx) says: 307 and 308 ask for this very request at another address, so nothing was done; any other may be the way
// to what was just sold.
PostAnswer redirected(int status);

// ---- a sale in doubt: what the service says of the bid
enum class StatusAnswer { accepted, rejected, unknown_bid, no_answer };
enum class DoubtEnd {
    sold,
    rejected,
    ask_later,  // in doubt until the next run
    person      // held: only a person can find out
};
// That a repeat of the post was answered bid_expired proves nothing about the first one, so an unknown bid goes to a person.
// `earlier_run`: it fell in doubt before this run.
DoubtEnd after_status(StatusAnswer answer, bool earlier_run);

// ---- what a sale came to, asked for until it's heard
inline constexpr Duration kFollowPast = std::chrono::hours(24 * 7);  // so long after its window; the days' invoices of jobs/sale_books.yaml wait as long
enum class FollowStep { go_on, over, give_up };
// Only accepted and rejected are heard. `past`: since the end of the window; below 0 within it. A lead's status is final at once; a call
// becomes billable when it has lasted.
FollowStep after_follow(StatusAnswer answer, bool billable, bool call, Duration past);

// ---- the day's invoice (jobs/sale_books.yaml), which waits for a call's last word for kFollowPast after its window, and for a lead's for a day
inline constexpr Duration kLeadFollowPast = std::chrono::hours(24);
enum class LateWord {
    none,
    unheard,  // given up: whether the invoice is right isn't known
    yes,      // a call that is billable after all: it isn't on the invoice
    no        // a lead that isn't billable, or isn't called accepted any more: it may be on the invoice
};
LateWord late_word(StatusAnswer answer, std::optional<bool> billable, bool call, Duration past);

// What the next run does first with a post whose outcome it doesn't know: the same bid once more, unless the person may not be
// sold any more, or the job is in mode test; then only the status is asked for.
enum class DoubtMove { repeat_same_bid, ask_status_only };
DoubtMove doubt_move(bool still_for_sale);

}  // namespace bindery
