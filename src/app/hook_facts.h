#pragma once
// What each service's webhooks are at, for commands and pages alike.
#include <vector>

#include "config/load.h"
#include "store/inbox.h"
#include "web/feed.h"

namespace bindery {

// One a service that sends webhooks; none when they are off. `inbox` nullptr: nothing ever came.
std::vector<web::HookFacts> hook_facts(const Config& config, const Environment& environment, Inbox* inbox, WallTime now);

// In a line: its state, when an event came last, how many came and what became of them.
std::string hook_words(const web::HookFacts& hook);

}  // namespace bindery
