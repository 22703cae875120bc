#pragma once
// What the pages need of the rest of the program, as plain values and calls that src/app hands in. Each call may come from several
// threads at a time.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/mapping.h"
#include "store/inbox.h"
#include "store/store.h"

namespace bindery::web {

struct JobFacts {
    std::string name, about;
    std::string schedule;                // for people: "0 6 * * * (America/Denver)", "every 15 min", "by hand"
    std::optional<WallTime> next;        // when it runs next, if it does by itself
    bool retry = false;                  // that is another try, after a run that didn't do all
    bool running = false;
    std::string paused;                  // why it is paused; empty: it isn't
    bool stale = false;
    std::string fresh;                   // "last good run 3 h ago"
    std::optional<WallTime> last_good;   // when that run ended
    std::vector<std::string> effects{};  // that it may send
};

struct LimitFacts {
    std::string name;  // 100 per 60 s
    int usable = 0, left = 0;
    std::optional<Duration> paused_for;
    int used = 0;      // tokens that are out
};

struct ServiceFacts {
    std::string name;
    std::vector<LimitFacts> limits;
    std::string problem;  // why nothing is known of it: no key yet
};

// The hook of a service: whether it takes events, and what came of them since the inbox was made.
struct HookFacts {
    std::string service;
    std::string state;                    // for people: "takes events signed with its secret"
    bool takes = false;                   // a secret is there
    std::string to_do;                    // else what to do about it
    std::optional<WallTime> setting_up;   // until then what can't be checked is answered with yes, and not kept
    std::vector<std::string> jobs;        // that listen to it
    std::optional<WallTime> last;         // when an event was kept last
    std::int64_t kept = 0, repeated = 0;  // events; and the same ones once more
    std::map<std::string, std::int64_t> refused;  // by the words of docs/webhooks.md
    std::map<std::string, std::int64_t> sorted;   // of those kept: hinted | echo | unheard
    std::int64_t waiting = 0;             // events, and records to read again, that no run has dealt with
    std::optional<WallTime> oldest;       // of them
    bool late = false;                    // it has waited too long
};

// How long a button's word waits for a store that another process writes, before the person is told to try again.
inline constexpr std::chrono::milliseconds kDecisionWaits{3000};

// A person's word, given by a button.
struct Decision {
    enum class About { conflict, effect } about = About::conflict;
    std::string id;    // a conflict's number, an effect's identity
    std::string word;  // ours | theirs | same | different | a value; done | retry | drop | held
    std::string seen;  // the mark of what the page showed (mark_of, store/): if it is another now, nothing is done
};

struct Feed {
    std::filesystem::path store;
    const Clock* clock = nullptr;
    std::function<std::string()> new_token;                           // 64 hex digits, fit for secrets
    std::function<std::string()> timezone;                            // in which people read times
    std::function<std::vector<JobFacts>(Store&)> jobs;                // may use the store for when each ended well last
    std::function<std::vector<ServiceFacts>()> budget;
    std::function<std::shared_ptr<const std::vector<Mapping>>()> datasets;
    std::function<std::vector<std::string>()> not_ready;              // reasons, without a person's data or a path; empty: ready
    std::function<std::optional<InboxFacts>()> webhooks{};            // nullopt: none are taken; may be empty
    std::function<std::vector<HookFacts>()> hooks{};                  // the same by service, for people; may be empty
    std::function<std::string(const Decision&)> decide;               // what came of it, for people; throws Error
    std::function<void(const std::string&)> warn;                     // a line for the log
    std::chrono::milliseconds writes_wait = kDecisionWaits;           // a login's and a logout's
};

}  // namespace bindery::web
