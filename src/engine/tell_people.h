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

// The trouble that the daemon didn't start, which is noted by who saw that: over when a daemon runs.
inline constexpr const char* kStartTrouble = "start";

// What is wrong now, by the store: failed and stale jobs, guards, doubts, refusals, conflicts, quarantine.
Troubles troubles_of(const Config& config, Store& store, WallTime now);

// When the next job turns stale, if nothing happens; nullopt: none will.
std::optional<WallTime> next_stale(const Config& config, Store& store, WallTime now);

struct Channel {
    std::string name;                                               // command, webhook, mail
    std::function<std::string(const Message&, const News&)> send;  // empty, or why it failed
};
// What the channels need; no store, since that may be the trouble.
struct Sender {
    const Config& config;
    const Environment& environment;
    const Clock& clock;
    spdlog::logger& log;
    std::function<std::unique_ptr<Wire>()> make_wire;
    std::function<bool()> stop_asked;
};
std::vector<Channel> channels_of(const Sender& sender);

// Sends what is new over all channels. It counts as told when one of them took it; the others' failures are logged. False: nobody
// took it, and it is to be tried again.
bool tell_people(const Engine& engine, const std::vector<Channel>& channels);
// With the configured channels; nothing when none is. Never throws: false, and a line in the log.
bool tell_people(const Engine& engine);

// One message past the store, which can't be read or written. False when nobody took it.
bool tell_at_once(const Sender& sender, const std::string& key, const std::string& text, bool over);

// "acme" of /etc/bindery/acme/bindery.yaml, "agency" of agency/config/bindery.yaml.
std::string agency_name(const Settings& settings);

// What keeps a channel from working, each with its place and what to do: a program that isn't there, a secret that can't be read,
// an account without a password.
std::vector<std::string> channel_faults(const Settings& settings, const Environment& environment);

// The same of the phone systems (`hand_off`) that a job's sold calls are told to.
std::vector<std::string> hand_off_faults(const Config& config, const Job& job, const Environment& environment);

// A ping's address with /fail behind its path.
std::string failed_ping(const std::string& address);

// Calls the job's `ping`, if it has one. Never throws; a failure is logged.
void ping(const Engine& engine, const Job& job, const RunReport& report);

}  // namespace bindery
