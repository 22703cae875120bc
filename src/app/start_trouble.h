#pragma once
// What can't begin: a daemon that is started again without end (a damaged store, a port that somebody has), or what cron starts time
// after time. People are told once, and of its end, past the store, which may be what can't be used. None throws.
#include "app/session.h"
#include "core/error.h"
#include "engine/tell_people.h"

namespace bindery {

// Who begins, and by what people are told.
struct Starting {
    Sender sender;
    std::optional<std::filesystem::path> store;  // nullopt: nobody knows where it is
    std::string jobs;                            // what cron was to run; empty: it's the daemon
};
Starting daemon_starts(Session& session);
Starting cron_starts(Session& session);  // the jobs of its command line
// Of the command line: "renewals", "leads, quotes", "all".
std::string jobs_of_line(const Options& options);

// Of a daemon: what no start mends is told at once, what may pass (a lock, a port) when starts have failed for five minutes; mistakes in
// the configuration aren't told here: nothing starts the daemon again after those, and `notify start-failed` tells them.
// Of cron: a configuration or a store that can't be used, at once; what runs failed of otherwise, the store has.
void tell_start_trouble(const Starting& starting, const Error& error);

// It runs: what comes from now on is another trouble. The end of what people were told stays noted until it was told. Of jobs that found
// no room, their own next run is the end.
void start_trouble_over(const Starting& starting);
// False: nobody took it, and it is to be tried again.
bool tell_start_trouble_over(const Starting& starting);

}  // namespace bindery
