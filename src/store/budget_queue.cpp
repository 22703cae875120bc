#include "store/budget_queue.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "core/limits.h"

namespace bindery {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(100);
constexpr Duration kLookAgainEach = std::chrono::milliseconds(10);
constexpr Duration kSoonest = std::chrono::microseconds(100);

int risen_class(const Waiter& waiter, BootTime now) {
    const auto risen = std::max(now - waiter.since, Duration{0}) / kRiseAfter;
    return static_cast<int>(std::max<std::int64_t>(0, waiter.call_class - risen));
}

bool needs(const Waiter& waiter, std::int64_t bucket) {
    return std::find(waiter.buckets.begin(), waiter.buckets.end(), bucket) != waiter.buckets.end();
}

}  // namespace

bool goes_before(const Waiter& a, const Waiter& b, BootTime now) {
    return std::make_tuple(risen_class(a, now), a.since, std::cref(a.name)) <
           std::make_tuple(risen_class(b, now), b.since, std::cref(b.name));
}

int count_ahead(const std::vector<Waiter>& others, const Waiter& self, std::int64_t bucket, Duration per,
                BootTime now) {
    return static_cast<int>(std::count_if(others.begin(), others.end(), [&](const Waiter& other) {
        return other.name != self.name && needs(other, bucket) && other.not_before < now + per &&
               goes_before(other, self, now);
    }));
}

BootTime earliest(const std::vector<TakenToken>& taken, Duration per, int usable, int ahead, BootTime start,
                  BootTime now) {
    std::vector<BootTime> returns;
    returns.reserve(taken.size());
    for (const TakenToken& token : taken)
        returns.push_back(token.in_flight ? std::min(token.base, now) + per : token.base + per);
    // Beyond a bucketful, those ahead use the same tokens again, a `per` later at the soonest.
    return available_at(std::move(returns), usable, ahead % usable, start) + (ahead / usable) * per;
}

BootTime ask_again_at(BootTime not_before, BootTime free_at, int ahead, BootTime now) {
    BootTime at = not_before;
    if (ahead > 0) at = std::min(at, std::max(free_at, now) + kLookAgain + ahead * kLookAgainEach);
    return std::max(at, now + kSoonest);
}

std::string join_ids(const std::vector<std::int64_t>& ids) {
    std::string text;
    for (const std::int64_t id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
    return text;
}

std::vector<std::int64_t> split_ids(const std::string& text) {
    std::vector<std::int64_t> ids;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        std::int64_t id = 0;
        const auto [next, problem] = std::from_chars(at, end, id);
        if (problem != std::errc()) break;
        ids.push_back(id);
        at = next + 1;
    }
    return ids;
}

}  // namespace bindery
