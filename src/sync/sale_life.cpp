#include "sync/sale_life.h"

#include <array>

namespace bindery {
namespace {

constexpr std::array<const char*, 13> kSaleStates{"waiting", "passed_over", "unfit",    "refused", "declined", "too_low", "lapsed",
                                                  "tested",  "posting",     "sold",     "rejected", "unclear", "dropped"};

// Or may be said because of it: a person that an earlier attempt sold is a duplicate to the next one.
bool says_nothing_of_an_earlier_post(std::string_view reason) {
    return reason == "bid_expired" || reason == "invalid_bid" || reason == "duplicate_phone" || reason == "duplicate_call";
}

// The only post of its bid was turned down. What speaks of the bid says nothing of the person, and nothing was sold.
PostStep after_first_refusal(std::string_view reason) {
    if (reason == "bid_expired") return PostStep::ask_anew;
    return reason == "invalid_bid" ? PostStep::lapse : PostStep::rejected;
}

}  // namespace

const char* sale_state_name(SaleState state) { return kSaleStates.at(static_cast<std::size_t>(state)); }

bool post_ends_in_time(BootTime asked, Duration bid_life, Duration post_timeout, BootTime now) { return now + post_timeout <= asked + bid_life; }

BidStep after_bid(bool in_time, int pings, int most_pings) {
    if (in_time) return BidStep::post;
    return pings < most_pings ? BidStep::ask_again : BidStep::lapse;
}

PostStep after_post(PostAnswer answer, std::string_view reason, bool lost_before) {
    switch (answer) {
        case PostAnswer::accepted: return PostStep::sold;
        case PostAnswer::rejected:
            if (!lost_before) return after_first_refusal(reason);
            return says_nothing_of_an_earlier_post(reason) ? PostStep::ask_status : PostStep::rejected;
        case PostAnswer::bad_request: return lost_before ? PostStep::ask_status : PostStep::refused;
        case PostAnswer::barred:
        case PostAnswer::not_sent: return lost_before ? PostStep::ask_status : PostStep::leave;
        case PostAnswer::nonsense:
        case PostAnswer::lost: return PostStep::ask_status;
    }
    return PostStep::ask_status;
}

PostAnswer redirected(int status) { return status == 307 || status == 308 ? PostAnswer::barred : PostAnswer::lost; }

DoubtEnd after_status(StatusAnswer answer, bool earlier_run) {
    switch (answer) {
        case StatusAnswer::accepted: return DoubtEnd::sold;
        case StatusAnswer::rejected: return DoubtEnd::rejected;
        case StatusAnswer::unknown_bid: return earlier_run ? DoubtEnd::person : DoubtEnd::ask_later;
        case StatusAnswer::no_answer: return DoubtEnd::ask_later;
    }
    return DoubtEnd::ask_later;
}

FollowStep after_follow(StatusAnswer answer, bool billable, bool call, Duration past) {
    if (answer == StatusAnswer::rejected) return FollowStep::over;
    if (answer == StatusAnswer::accepted) return billable || !call || past >= Duration::zero() ? FollowStep::over : FollowStep::go_on;
    return past >= kFollowPast ? FollowStep::give_up : FollowStep::go_on;
}

LateWord late_word(StatusAnswer answer, std::optional<bool> billable, bool call, Duration past) {
    const bool accepted = answer == StatusAnswer::accepted, rejected = answer == StatusAnswer::rejected;
    if (!accepted && !rejected) return past >= kFollowPast ? LateWord::unheard : LateWord::none;
    if (call) return accepted && billable.value_or(false) && past >= kFollowPast ? LateWord::yes : LateWord::none;
    return past >= kLeadFollowPast && (rejected || !billable.value_or(true)) ? LateWord::no : LateWord::none;
}

DoubtMove doubt_move(bool still_for_sale) { return still_for_sale ? DoubtMove::repeat_same_bid : DoubtMove::ask_status_only; }

}  // namespace bindery
