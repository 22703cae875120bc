#pragma once
// Who may be sold, at what price, and how many a day. Pure: times, history and settings are arguments; money is decimal. What is
// not known counts against the sale: a person who may be a client is one. Rules: docs/autobind.md.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/decimal.h"

namespace bindery {

// Why a lead isn't sold now. Those down to `late_consent` stand for good (as long as the facts do); the others pass by themselves.
enum class Bar {
    none,
    client,           // a client already, or it isn't known
    do_not_contact,   // on the list, or it isn't known
    no_consent,       // no certificate
    no_consent_time,  // no time at which consent was given, or none that can be read
    shared_consent,   // another person has been offered, or is to be, with the same certificate: whose consent it proves isn't known
    late_consent,     // the proof is older than its life
    future_consent,   // given later than now: a clock or a mapping is wrong
    sold_lately,      // this person was sold within the window, or a sale of them isn't settled
    refused_before,   // the service found fault with the very ping that would be sent
    tried_lately,     // this lead was offered within the window
    no_zone,          // a call to a state whose time isn't known
    hour,             // too early or too late somewhere in the state
    cap_count,        // as many as may be sold today
    cap_money,        // as much as may be earned today
};
const char* bar_name(Bar bar);

struct SaleFacts {
    std::optional<bool> is_client, do_not_contact;  // nullopt: the job's SQL doesn't know
    std::string certificate;                        // of consent
    bool shared_certificate = false;                // another person has it, too
    std::optional<WallTime> consent_at;
    std::string state;                              // postal code
    std::optional<WallTime> person_sold_at;         // the latest sale of this phone or e-mail, unsettled ones too
    bool ping_refused = false;                      // the ping that would be sent is one that the service found fault with
    std::optional<WallTime> lead_tried_at;          // the latest answer to an offer of this lead
};

struct SaleLimits {
    bool call = false;
    Duration consent_life{std::chrono::hours(72)};
    Duration sold_window{std::chrono::hours(24 * 30)};
    Duration tried_window{std::chrono::hours(24)};
    int from_hour = 8, to_hour = 21;  // calls: from ≤ local time < to, in each zone of the state
};

Bar may_be_sold(const SaleFacts& facts, const SaleLimits& limits, WallTime now);
// What time alone may change between a decision and its bytes: the age of consent, when it's given, and for calls the hour.
Bar moment_bar(const std::optional<WallTime>& consent_at, std::string_view state, const SaleLimits& limits, WallTime now);
// It goes by itself within a day: the lead waits. Else it's passed over.
bool passes_soon(Bar bar);
bool hour_is_right(const std::vector<std::string>& zones, int from_hour, int to_hour, WallTime now);

// The least that a bid must offer: of the state, else of any. Decimal text as the job file has it.
struct PriceFloor {
    std::string any = "0.00";
    std::map<std::string, std::string> by_state;
};
// A price that is no decimal number, or nothing, is never good enough.
bool price_is_right(const PriceFloor& floor, std::string_view state, std::string_view price);

// A day's sales; what isn't settled counts.
struct DayCaps {
    std::optional<std::int64_t> count;
    std::optional<std::string> money;
};
struct DaySold {
    std::int64_t count = 0;
    std::string money = "0.00";
    void add(std::string_view price);
    void take_back(std::string_view price);
};
// Whether one more, at `price`, stays within the caps. Without a price: whether any could.
Bar within_caps(const DayCaps& caps, const DaySold& sold, std::optional<std::string_view> price);

// A lead whose bid, on `day`, didn't fit under the caps.
struct MissedBid {
    std::string day, price;
};
// It isn't asked for again on that day before so much would fit: nothing says that it would be offered less.
Bar no_room_yet(const std::optional<MissedBid>& missed, std::string_view today, const DayCaps& caps, const DaySold& sold);

std::string money_sum(std::string_view a, std::string_view b);  // decimal text with two places or more; what is no number counts as 0

}  // namespace bindery
