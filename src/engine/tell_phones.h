#pragma once
// How the agency's phone system is told of a sold call: by a program's standard input or by an address. One telling, from its first try
// to its end; engine/sell_hand_off.h says when there is one.
#include <functional>
#include <optional>
#include <string>

#include "engine/context.h"

namespace bindery {

struct SellStep;

// Of one telling, all its tries included. After a stop it's counted from the stop, whenever the call was sold: a daemon ends 8 s after
// it, and what came of the telling is to be written down by then.
inline constexpr Duration kTellWithin = std::chrono::seconds(7);

// The same text goes out each time, and its sale's reference as Idempotency-Key.
struct Telling {
    std::string text, ref;
    Duration within = kTellWithin;
};
// `stop_seen`: when the run was told to stop; 0: it wasn't.
Duration tell_within(BootTime stop_seen, BootTime now);

// Empty, or why the phone system wasn't told. Any thread, and several at a time.
using TellPhones = std::function<std::string(const Telling&)>;

// As the step's `hand_off` says. Throws Error(config) when the secret that it names isn't there.
TellPhones phones_of(const Engine& engine, const SellStep& step);

// POSTs to `url`, signed with `secret` unless that is empty. Told again after 1 and 3 s while it can't be reached, doesn't answer or says 408,
// 429 or 5xx, all within its time; what it says else is final.
std::string tell_address(Wire& wire, const Clock& clock, const std::string& url, const std::string& secret, const Telling& telling);

}  // namespace bindery
