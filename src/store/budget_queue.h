#pragma once
// Who goes first, and when to ask again: the pure half of the budget. Times are boot times. See docs/budget.md.
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

// A waiter's row outlives the moment it said it would ask again by this much: long enough for one that is busy with a
// page, short enough that one that was killed soon stands in nobody's way.
inline constexpr Duration kWaiterGrace = std::chrono::milliseconds(500);
// A waiter rises a class for each of these that it has waited.
inline constexpr Duration kRiseAfter = std::chrono::seconds(60);

struct Waiter {
    std::string name;
    int call_class = 0;
    BootTime since{0};
    BootTime not_before{0};             // before this it can't get a token, whatever happens
    std::vector<std::int64_t> buckets;  // that it needs a token of
};

// Better placed: the smaller class after rising; in a class who waits longer.
bool goes_before(const Waiter& a, const Waiter& b, BootTime now);

// How many of `others` stand before `self` at a bucket. One that waits for something else for longer than a token taken
// now is out (`per`) isn't held up by it and doesn't count; nor does the row of `self`.
int count_ahead(const std::vector<Waiter>& others, const Waiter& self, std::int64_t bucket, Duration per, BootTime now);

struct TakenToken {
    BootTime base{0};  // it returns at base + per
    bool in_flight = false;
};

// The earliest moment, not before `start`, at which one with `ahead` others before it could have a token. A lower
// bound: a token in flight may return `per` from now, if its reply comes this instant, and those ahead may take theirs
// at once.
BootTime earliest(const std::vector<TakenToken>& taken, Duration per, int usable, int ahead, BootTime start,
                  BootTime now);

// When to ask again. Alone in the queue: at `not_before`. Behind others: then too, unless a token lies unused for a
// while after `free_at` (the same moment with nobody ahead), since then one of those ahead is slow or dead: look a
// little later, the further back the later, so that not all look at once. Always at least 0.1 ms ahead.
BootTime ask_again_at(BootTime not_before, BootTime free_at, int ahead, BootTime now);

std::string join_ids(const std::vector<std::int64_t>& ids);  // "3,7"
std::vector<std::int64_t> split_ids(const std::string& text);

}  // namespace bindery
