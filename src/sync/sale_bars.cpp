#include "sync/sale_bars.h"

#include <algorithm>

#include "core/dates.h"
#include "core/state_zones.h"

namespace bindery {
namespace {

// Clocks of the website and of this machine differ a little.
constexpr Duration kClockSlack = std::chrono::minutes(5);

Decimal number_of(std::string_view text) { return parse_decimal(text).value_or(Decimal{false, "0", ""}); }

bool within(const std::optional<WallTime>& time, Duration window, WallTime now) { return time && now - *time < window; }

Bar hour_bar(std::string_view state, const SaleLimits& limits, WallTime now) {
    if (!limits.call) return Bar::none;
    const auto zones = zones_of_state(state);
    if (zones.empty()) return Bar::no_zone;
    return hour_is_right(zones, limits.from_hour, limits.to_hour, now) ? Bar::none : Bar::hour;
}

Bar consent_bar(const SaleFacts& facts, const SaleLimits& limits, WallTime now) {
    if (facts.certificate.empty()) return Bar::no_consent;
    if (facts.shared_certificate) return Bar::shared_consent;
    if (!facts.consent_at) return Bar::no_consent_time;
    if (*facts.consent_at > now + kClockSlack) return Bar::future_consent;
    return now - *facts.consent_at >= limits.consent_life ? Bar::late_consent : Bar::none;
}

}  // namespace

const char* bar_name(Bar bar) {
    switch (bar) {
        case Bar::none: return "none";
        case Bar::client: return "client";
        case Bar::do_not_contact: return "do_not_contact";
        case Bar::no_consent: return "no_consent";
        case Bar::no_consent_time: return "no_consent_time";
        case Bar::shared_consent: return "shared_consent";
        case Bar::late_consent: return "late_consent";
        case Bar::future_consent: return "future_consent";
        case Bar::sold_lately: return "sold_lately";
        case Bar::refused_before: return "refused_before";
        case Bar::tried_lately: return "tried_lately";
        case Bar::no_zone: return "no_zone";
        case Bar::hour: return "hour";
        case Bar::cap_count: return "cap_count";
        case Bar::cap_money: return "cap_money";
    }
    return "none";
}

Bar may_be_sold(const SaleFacts& facts, const SaleLimits& limits, WallTime now) {
    if (facts.is_client.value_or(true)) return Bar::client;
    if (facts.do_not_contact.value_or(true)) return Bar::do_not_contact;
    if (const Bar bar = consent_bar(facts, limits, now); bar != Bar::none) return bar;
    if (within(facts.person_sold_at, limits.sold_window, now)) return Bar::sold_lately;
    if (facts.ping_refused) return Bar::refused_before;
    if (within(facts.lead_tried_at, limits.tried_window, now)) return Bar::tried_lately;
    return hour_bar(facts.state, limits, now);
}

Bar moment_bar(const std::optional<WallTime>& consent_at, std::string_view state, const SaleLimits& limits, WallTime now) {
    if (consent_at && now - *consent_at >= limits.consent_life) return Bar::late_consent;
    return hour_bar(state, limits, now);
}

bool passes_soon(Bar bar) { return bar == Bar::hour || bar == Bar::cap_count || bar == Bar::cap_money; }

bool hour_is_right(const std::vector<std::string>& zones, int from_hour, int to_hour, WallTime now) {
    return std::all_of(zones.begin(), zones.end(), [&](const std::string& zone) {
        const int hour = std::stoi(local_time_in_zone(now, zone).substr(11, 2));
        return hour >= from_hour && hour < to_hour;
    });
}

bool price_is_right(const PriceFloor& floor, std::string_view state, std::string_view price) {
    const auto offered = parse_decimal(price);
    if (!offered || offered->negative || !decimal_less(Decimal{false, "0", ""}, *offered)) return false;  // nobody is given away
    const auto own = floor.by_state.find(std::string(state));
    return !decimal_less(*offered, number_of(own == floor.by_state.end() ? floor.any : own->second));
}

std::string money_sum(std::string_view a, std::string_view b) { return decimal_text(decimal_sum(number_of(a), number_of(b)), 2); }

void DaySold::add(std::string_view price) {
    ++count;
    money = money_sum(money, price);
}

void DaySold::take_back(std::string_view price) {
    --count;
    Decimal less = number_of(price);
    less.negative = less.whole != "0" || !less.fraction.empty();
    money = decimal_text(decimal_sum(number_of(money), less), 2);
}

Bar no_room_yet(const std::optional<MissedBid>& missed, std::string_view today, const DayCaps& caps, const DaySold& sold) {
    return missed && missed->day == today ? within_caps(caps, sold, missed->price) : Bar::none;
}

Bar within_caps(const DayCaps& caps, const DaySold& sold, std::optional<std::string_view> price) {
    if (caps.count && sold.count >= *caps.count) return Bar::cap_count;
    if (!caps.money) return Bar::none;
    const Decimal cap = number_of(*caps.money);
    const Decimal after = number_of(price ? money_sum(sold.money, *price) : sold.money);
    if (!price) return decimal_less(after, cap) ? Bar::none : Bar::cap_money;
    return decimal_less(cap, after) ? Bar::cap_money : Bar::none;
}

}  // namespace bindery
