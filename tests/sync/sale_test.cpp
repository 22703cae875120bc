// Who may be sold, at what price, how many a day; and what is done next with a lead that is offered. Tables.
#include <catch2/catch.hpp>

#include "core/state_zones.h"
#include "core/us_states.h"
#include "core/zone.h"
#include "sync/sale_bars.h"
#include "sync/sale_life.h"

using namespace bindery;

namespace {

const WallTime kNoon = parse_rfc3339("2026-01-15T18:00:00Z");  // noon in Chicago, 1 p.m. in New York, 11 a.m. in Denver

SaleFacts good() { return {false, false, "https://cert.trustedform.com/a", false, kNoon - std::chrono::hours(5), "TX", {}, false, {}}; }

}  // namespace

TEST_CASE("Who may be sold: each bar, and what isn't known counts against the sale") {
    const struct {
        const char* about;
        void (*change)(SaleFacts&);
        Bar bar;
    } cases[] = {
        {"nothing against it", [](SaleFacts&) {}, Bar::none},
        {"a client", [](SaleFacts& f) { f.is_client = true; }, Bar::client},
        {"perhaps a client", [](SaleFacts& f) { f.is_client.reset(); }, Bar::client},
        {"on the list", [](SaleFacts& f) { f.do_not_contact = true; }, Bar::do_not_contact},
        {"perhaps on the list", [](SaleFacts& f) { f.do_not_contact.reset(); }, Bar::do_not_contact},
        {"no certificate", [](SaleFacts& f) { f.certificate.clear(); }, Bar::no_consent},
        {"no time of consent", [](SaleFacts& f) { f.consent_at.reset(); }, Bar::no_consent_time},
        {"neither certificate nor time", [](SaleFacts& f) { f.certificate.clear(); f.consent_at.reset(); }, Bar::no_consent},
        {"consent 1 ms within its life", [](SaleFacts& f) { f.consent_at = kNoon - std::chrono::hours(72) + std::chrono::milliseconds(1); }, Bar::none},
        {"another person's certificate", [](SaleFacts& f) { f.shared_certificate = true; }, Bar::shared_consent},
        {"consent as old as its life", [](SaleFacts& f) { f.consent_at = kNoon - std::chrono::hours(72); }, Bar::late_consent},
        {"consent of tomorrow", [](SaleFacts& f) { f.consent_at = kNoon + std::chrono::hours(24); }, Bar::future_consent},
        {"clocks that differ a little", [](SaleFacts& f) { f.consent_at = kNoon + std::chrono::minutes(4); }, Bar::none},
        {"sold 29 days ago", [](SaleFacts& f) { f.person_sold_at = kNoon - std::chrono::hours(24 * 29); }, Bar::sold_lately},
        {"sold 30 days ago", [](SaleFacts& f) { f.person_sold_at = kNoon - std::chrono::hours(24 * 30); }, Bar::none},
        {"its ping was refused as it is, long ago", [](SaleFacts& f) { f.ping_refused = true; }, Bar::refused_before},
        {"tried an hour ago", [](SaleFacts& f) { f.lead_tried_at = kNoon - std::chrono::hours(1); }, Bar::tried_lately},
        {"tried a day ago", [](SaleFacts& f) { f.lead_tried_at = kNoon - std::chrono::hours(24); }, Bar::none},
    };
    for (const auto& c : cases) {
        INFO(c.about);
        SaleFacts facts = good();
        c.change(facts);
        CHECK(may_be_sold(facts, {}, kNoon) == c.bar);
    }
}

TEST_CASE("A call is sold only when the hour is right in each zone of the state") {
    SaleLimits limits;
    limits.call = true;
    const struct {
        const char *state, *time;
        Bar bar;
    } cases[] = {
        {"NY", "2026-01-15T12:59:59Z", Bar::hour}, {"NY", "2026-01-15T13:00:00Z", Bar::none}, {"NY", "2026-01-16T01:59:59Z", Bar::none}, {"NY", "2026-01-16T02:00:00Z", Bar::hour},
        {"TX", "2026-01-15T14:30:00Z", Bar::hour},  // El Paso sleeps still
        {"TX", "2026-01-15T15:00:00Z", Bar::none},
        {"FL", "2026-01-15T13:30:00Z", Bar::hour},  // so does Pensacola
        {"AZ", "2026-07-15T14:30:00Z", Bar::hour},  // Phoenix keeps no summer time, the Navajo do
        {"AA", "2026-01-15T18:00:00Z", Bar::no_zone}, {"", "2026-01-15T18:00:00Z", Bar::no_zone},
    };
    for (const auto& c : cases) {
        INFO(c.state << " at " << c.time);
        const WallTime now = parse_rfc3339(c.time);
        SaleFacts facts = good();
        facts.state = c.state;
        facts.consent_at = now - std::chrono::minutes(1);
        CHECK(may_be_sold(facts, limits, now) == c.bar);
    }
    for (const UsState& state : kUsStates) {
        for (const auto& zone : zones_of_state(state.code)) CHECK(find_zone(zone) != nullptr);
        if (state.code != "AA" && state.code != "AE" && state.code != "AP") CHECK_FALSE(zones_of_state(state.code).empty());
    }
}

TEST_CASE("A price is held against the floor of its state as decimals") {
    const PriceFloor floor{"3.00", {{"TX", "4.20"}}};
    const struct {
        const char *state, *price;
        bool right;
    } cases[] = {{"OK", "3.00", true}, {"OK", "2.99", false}, {"OK", "3", true}, {"TX", "4.20", true}, {"TX", "4.19", false}, {"TX", "12.40", true},
                 {"OK", "10.00", true}, {"OK", "-5.00", false}, {"OK", "", false}, {"OK", "4,20", false}, {"OK", "2.9999999999999999999", false}};
    for (const auto& c : cases) {
        INFO(c.state << " " << c.price);
        CHECK(price_is_right(floor, c.state, c.price) == c.right);
    }
}

TEST_CASE("A day's sales stay within its caps by count and by money") {
    DaySold sold;
    for (int i = 0; i < 10; ++i) sold.add("0.10");
    CHECK(sold.money == "1.00");
    sold.take_back("0.10");
    CHECK(sold.money == "0.90");
    CHECK(sold.count == 9);
    CHECK(within_caps({10, {}}, sold, "5.00") == Bar::none);
    CHECK(within_caps({9, {}}, sold, {}) == Bar::cap_count);
    CHECK(within_caps({{}, "1.00"}, sold, "0.10") == Bar::none);
    CHECK(within_caps({{}, "1.00"}, sold, "0.11") == Bar::cap_money);
    CHECK(within_caps({{}, "0.90"}, sold, {}) == Bar::cap_money);
    CHECK(within_caps({0, {}}, {}, {}) == Bar::cap_count);
    CHECK(within_caps({}, sold, "1000000.00") == Bar::none);
}

TEST_CASE("A lead whose bid didn't fit under the day's caps isn't asked for again on that day, unless so much would fit") {
    DaySold sold;
    sold.add("6.00");
    const struct {
        std::optional<MissedBid> missed;
        DayCaps caps;
        Bar bar;
    } cases[] = {
        {std::nullopt, {{}, "6.50"}, Bar::none},
        {MissedBid{"2026-01-15", "4.20"}, {{}, "10.00"}, Bar::cap_money},
        {MissedBid{"2026-01-15", "4.20"}, {{}, "10.20"}, Bar::none},  // the cap was raised, or a sale fell through
        {MissedBid{"2026-01-15", "4.00"}, {{}, "10.00"}, Bar::none},
        {MissedBid{"2026-01-14", "4.20"}, {{}, "10.00"}, Bar::none},  // another day, another bid
        {MissedBid{"2026-01-15", "4.20"}, {1, "99.00"}, Bar::cap_count},
        {MissedBid{"2026-01-15", "4.20"}, {2, {}}, Bar::none},
        {MissedBid{"2026-01-15", "4.20"}, {}, Bar::none},
    };
    for (const auto& c : cases) {
        INFO((c.missed ? c.missed->day + " " + c.missed->price : "none") << " " << c.caps.money.value_or("no cap"));
        CHECK(no_room_yet(c.missed, "2026-01-15", c.caps, sold) == c.bar);
    }
}

TEST_CASE("A post begins only when it ends, at the latest, within its bid's life") {
    using std::chrono::seconds;
    CHECK(post_ends_in_time(seconds(100), seconds(90), seconds(15), seconds(175)));
    CHECK_FALSE(post_ends_in_time(seconds(100), seconds(90), seconds(15), seconds(175) + Duration(1)));
    CHECK(after_bid(true, 9, 3) == BidStep::post);
    CHECK(after_bid(false, 2, 3) == BidStep::ask_again);
    CHECK(after_bid(false, 3, 3) == BidStep::lapse);
}

TEST_CASE("What follows a post: a second bid never follows one that may have arrived") {
    const struct {
        PostAnswer answer;
        const char* reason;
        bool lost;
        PostStep step;
    } cases[] = {
        {PostAnswer::accepted, "", false, PostStep::sold},
        {PostAnswer::accepted, "", true, PostStep::sold},
        {PostAnswer::rejected, "duplicate_phone", false, PostStep::rejected},
        {PostAnswer::rejected, "duplicate_phone", true, PostStep::ask_status},  // it may be our own first post that is meant
        {PostAnswer::rejected, "duplicate_call", false, PostStep::rejected},
        {PostAnswer::rejected, "duplicate_call", true, PostStep::ask_status},
        {PostAnswer::rejected, "failed_secondary_evaluation", false, PostStep::rejected},
        {PostAnswer::rejected, "failed_secondary_evaluation", true, PostStep::rejected},
        {PostAnswer::rejected, "bid_expired", false, PostStep::ask_anew},
        {PostAnswer::rejected, "invalid_bid", false, PostStep::lapse},
        {PostAnswer::rejected, "bid_expired", true, PostStep::ask_status},
        {PostAnswer::rejected, "invalid_bid", true, PostStep::ask_status},
        {PostAnswer::nonsense, "", false, PostStep::ask_status},
        {PostAnswer::bad_request, "", false, PostStep::refused},
        {PostAnswer::bad_request, "", true, PostStep::ask_status},
        {PostAnswer::barred, "", false, PostStep::leave},
        {PostAnswer::barred, "", true, PostStep::ask_status},
        {PostAnswer::not_sent, "", false, PostStep::leave},
        {PostAnswer::not_sent, "", true, PostStep::ask_status},
        {PostAnswer::lost, "", false, PostStep::ask_status},
        {PostAnswer::lost, "", true, PostStep::ask_status},
    };
    for (const auto& c : cases) {
        INFO(static_cast<int>(c.answer) << " " << c.reason << " " << c.lost);
        CHECK(after_post(c.answer, c.reason, c.lost) == c.step);
    }
    for (const int status : {300, 301, 302, 303, 304, 305, 306}) CHECK(redirected(status) == PostAnswer::lost);
    for (const int status : {307, 308}) CHECK(redirected(status) == PostAnswer::barred);
    CHECK(after_status(StatusAnswer::accepted, false) == DoubtEnd::sold);
    CHECK(after_status(StatusAnswer::rejected, true) == DoubtEnd::rejected);
    CHECK(after_status(StatusAnswer::unknown_bid, false) == DoubtEnd::ask_later);
    CHECK(after_status(StatusAnswer::unknown_bid, true) == DoubtEnd::person);
    CHECK(after_status(StatusAnswer::no_answer, true) == DoubtEnd::ask_later);
    CHECK(doubt_move(true) == DoubtMove::repeat_same_bid);
    CHECK(doubt_move(false) == DoubtMove::ask_status_only);
}

TEST_CASE("A sale is followed until it's heard what it came to, a week at most after its window") {
    using std::chrono::hours;
    const struct {
        StatusAnswer answer;
        bool billable, call;
        Duration past;
        FollowStep step;
    } cases[] = {
        {StatusAnswer::accepted, true, true, -hours(1), FollowStep::over},
        {StatusAnswer::accepted, false, true, Duration(-1), FollowStep::go_on},
        {StatusAnswer::accepted, false, true, hours(0), FollowStep::over},
        {StatusAnswer::accepted, false, false, -hours(1), FollowStep::over},
        {StatusAnswer::rejected, false, true, -hours(1), FollowStep::over},
        {StatusAnswer::rejected, false, true, hours(900), FollowStep::over},
        {StatusAnswer::unknown_bid, false, true, -hours(1), FollowStep::go_on},
        {StatusAnswer::unknown_bid, false, true, hours(167), FollowStep::go_on},
        {StatusAnswer::unknown_bid, false, true, hours(168), FollowStep::give_up},
        {StatusAnswer::no_answer, false, true, hours(168) - Duration(1), FollowStep::go_on},
        {StatusAnswer::no_answer, false, false, hours(168), FollowStep::give_up},
    };
    for (const auto& c : cases) {
        INFO(static_cast<int>(c.answer) << " " << c.billable << " " << c.call << " " << c.past.count());
        CHECK(after_follow(c.answer, c.billable, c.call, c.past) == c.step);
    }
}

TEST_CASE("A last word that came after the day's invoice may have been made is told to a person") {
    using std::chrono::hours;
    const struct {
        StatusAnswer answer;
        std::optional<bool> billable;
        bool call;
        Duration past;
        LateWord word;
    } cases[] = {
        {StatusAnswer::accepted, false, false, hours(23), LateWord::none},
        {StatusAnswer::accepted, false, false, hours(24), LateWord::no},
        {StatusAnswer::accepted, true, false, hours(240), LateWord::none},  // it's on the invoice, and is billable
        {StatusAnswer::accepted, {}, false, hours(240), LateWord::none},
        {StatusAnswer::rejected, {}, false, hours(23), LateWord::none},
        {StatusAnswer::rejected, {}, false, hours(24), LateWord::no},
        {StatusAnswer::accepted, true, true, hours(167), LateWord::none},
        {StatusAnswer::accepted, true, true, hours(168), LateWord::yes},
        {StatusAnswer::accepted, false, true, hours(240), LateWord::none},  // it isn't on the invoice
        {StatusAnswer::rejected, {}, true, hours(240), LateWord::none},
        {StatusAnswer::no_answer, {}, false, hours(167), LateWord::none},
        {StatusAnswer::no_answer, {}, false, hours(168), LateWord::unheard},
        {StatusAnswer::unknown_bid, {}, true, hours(168), LateWord::unheard},
    };
    for (const auto& c : cases) {
        INFO(static_cast<int>(c.answer) << " " << c.billable.value_or(false) << " " << c.call << " " << c.past.count());
        CHECK(late_word(c.answer, c.billable, c.call, c.past) == c.word);
    }
}

TEST_CASE("Each state of a sale has its name") {
    const std::pair<SaleState, const char*> names[] = {
        {SaleState::waiting, "waiting"},   {SaleState::passed_over, "passed_over"}, {SaleState::unfit, "unfit"},     {SaleState::refused, "refused"}, {SaleState::declined, "declined"},
        {SaleState::too_low, "too_low"},   {SaleState::lapsed, "lapsed"},           {SaleState::tested, "tested"},   {SaleState::posting, "posting"}, {SaleState::sold, "sold"},
        {SaleState::rejected, "rejected"}, {SaleState::unclear, "unclear"},         {SaleState::dropped, "dropped"},
    };
    CHECK(std::size(names) == 13);
    for (const auto& [state, name] : names) CHECK(std::string(sale_state_name(state)) == name);
}
