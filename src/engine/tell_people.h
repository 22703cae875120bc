#pragma once
// Tells people what is wrong and when it is over: by a command, a signed web request, mail. Any process may, after a run; one does
// it at a time, and what couldn't be told is told next time. Docs: docs/notify.md.
#include <functional>
#include <string>
#include <vector>

#include "engine/context.h"
#include "engine/report.h"
#include "sync/troubles.h"

namespace bindery {

// What is wrong now, by the store: failed and stale jobs, guards, doubts, refusals, conflicts, quarantine.
Troubles troubles_of(const Config& config, Store& store, WallTime now);

// When the next job turns stale, if nothing happens; nullopt: none will.
std::optional<WallTime> next_stale(const Config& config, Store& store, WallTime now);

struct Channel {
    std::string name;                                               // command, webhook, mail
    std::function<std::string(const Message&, const News&)> send;  // empty, or why it failed
};
std::vector<Channel> channels_of(const Engine& engine);

// Sends what is new over all channels. It counts as told when one of them took it; the others' failures are logged.
void tell_people(const Engine& engine, const std::vector<Channel>& channels);
// With the configured channels; nothing when none is.
void tell_people(const Engine& engine);

// Calls the job's `ping`, if it has one. Never throws; a failure is logged.
void ping(const Engine& engine, const Job& job, const RunReport& report);

}  // namespace bindery
