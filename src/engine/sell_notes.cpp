#include "engine/sell_notes.h"

#include <spdlog/logger.h>

#include <algorithm>

#include "core/dates.h"

namespace bindery {
namespace {

constexpr std::size_t kNotesKept = 512, kMostWarnings = 20;
constexpr std::size_t kNotesAtOnce = 16;  // while a ping will soon be due: about a millisecond
constexpr Duration kTimeForNotes = std::chrono::milliseconds(4);

WallTime later(WallTime time, Duration by) { return time + std::chrono::floor<std::chrono::milliseconds>(by); }

}  // namespace

SaleRow SaleNotes::row_of(const Offer& offer, SaleState state, const std::string& reason) const {
    SaleRow row = sale_row(plan_, offer, context_);
    row.state = sale_state_name(state);
    row.reason = reason;
    return row;
}

SaleRow SaleNotes::posted_row(const LiveSale& live) const {
    SaleRow row = row_of(*live.offer, SaleState::posting, "");
    const SellStep& step = *plan_.step;
    const WallTime now = engine_.clock.wall();
    row.pings = live.unnoted_pings;
    row.asked_at = rfc3339(now);
    row.bid_id = live.bid.bid_id;
    row.price = live.bid.price;
    row.posted_day = format_date(date_in_zone(now, context_.job->timezone));
    if (step.call) {
        row.transfer_phone = live.bid.transfer_phone;
        row.least_seconds = live.bid.least_seconds;
    }
    if (step.follow > Duration{0}) row.follow_until = rfc3339(later(now, step.follow));
    row.own_certificate = step.own_certificate;
    row.sold_since = rfc3339(later(now, -step.sold_window));
    return row;
}

void SaleNotes::begin_post(LiveSale& live) {
    PostBegin begin = PostBegin::not_free;
    write_answers(live, [&] { begin = sales_.begin_post(live.effect, posted_row(live), live.offer->consent, live.persons); });
    live.taken = begin != PostBegin::begun;
    live.foreign_bid = begin == PostBegin::bid_of_another;
    if (live.foreign_bid) attend(live, "waiting", std::string(kAnsweredPingWith) + kBidOfAnother);
}

SaleRow SaleNotes::row_of(const LiveSale& live, SaleState state, const std::string& reason) const {
    SaleRow row = row_of(*live.offer, state, reason);
    row.pings = live.unnoted_pings;
    if (live.pings > 0) row.asked_at = rfc3339(engine_.clock.wall());
    if (!live.bid.price.empty()) {
        row.price = live.bid.price;
        row.bid_id = live.bid.bid_id;
    }
    return row;
}

void SaleNotes::state(const LiveSale& live, SaleState state, const std::string& reason) { keep(row_of(live, state, reason)); }

void SaleNotes::refused_ping(const LiveSale& live, const CallResult& result) {
    SaleRow row = row_of(live, SaleState::refused, kPingRefused + result.problem);
    row.asked_at = rfc3339(engine_.clock.wall());
    row.refused_ping = engine_.store.keyed_hash(live.offer->ping_body);
    keep(std::move(row));
}

void SaleNotes::state(const Offer& offer, SaleState state, const std::string& reason, int pings) {
    SaleRow row = row_of(offer, state, reason);
    row.pings = pings;
    keep(std::move(row));
}

void SaleNotes::answer(const LiveSale& live, const std::string& answer, const std::string& reason) {
    AskRow row;
    row.identity = live.effect.identity;
    row.effect = live.effect.name;
    row.mode = plan_.step->live ? "live" : "test";
    row.run = context_.run;
    row.at = rfc3339(engine_.clock.wall());
    row.day = context_.today;
    row.answer = answer;
    if (answer == "bid") {
        row.bid_id = live.bid.bid_id;
        row.price = live.bid.price;
    }
    if (!reason.empty()) row.reason = reason;
    asks_.push_back(std::move(row));
}

void SaleNotes::attend(const LiveSale& live, const std::string& state, const std::string& reason) {
    engine_.log.warn("sale {} ({}) is {}: {}", live.effect.ref, live.effect.name, state, reason);
    delivery_.attention.push_back({live.effect.name, live.effect.ref, state, reason});
}

void SaleNotes::warn(const std::vector<std::string>& remarks) {
    for (const auto& remark : remarks) {
        if (warned_.insert(remark).second && warned_.size() <= kMostWarnings) delivery_.attention.push_back({plan_.step->post.effect, "", "warning", "the service says: " + remark});
    }
}

void SaleNotes::keep(SaleRow row) {
    rows_.push_back(std::move(row));
    if (rows_.size() + asks_.size() >= kNotesKept) write();
}

void SaleNotes::write_first(std::size_t most) {
    if (rows_.empty() && asks_.empty()) return;
    const auto rows_end = rows_.begin() + static_cast<std::ptrdiff_t>(std::min(most, rows_.size()));
    const auto asks_end = asks_.begin() + static_cast<std::ptrdiff_t>(std::min(most, asks_.size()));
    engine_.store.transaction([&] {
        for (auto row = rows_.begin(); row != rows_end; ++row) sales_.note(*row);
        for (auto row = asks_.begin(); row != asks_end; ++row) sales_.note_ask(*row);
    });
    rows_.erase(rows_.begin(), rows_end);
    asks_.erase(asks_.begin(), asks_end);
}

void SaleNotes::write_before(BootTime until) {
    while (rows_.size() >= kNotesAtOnce && until - engine_.clock.boot() >= kTimeForNotes) write_first(kNotesAtOnce);
}

void SaleNotes::write_answers(const LiveSale& live, const std::function<void()>& then) {
    const auto of_this = [&](const AskRow& row) { return row.identity == live.effect.identity; };
    engine_.store.transaction([&] {
        for (const auto& row : asks_) {
            if (of_this(row)) sales_.note_ask(row);
        }
        then();
    });
    std::erase_if(asks_, of_this);
}

}  // namespace bindery
