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
    bool by_cron = false;                        // or it's the daemon
};
Starting daemon_starts(Session& session);
Starting cron_starts(Session& session);

// Of a daemon: what no start mends is told at once, what may pass (a lock, a port) when starts have failed for five minutes; mistakes in
// the configuration aren't told here: nothing starts the daemon again after those, and `notify start-failed` tells them.
// Of cron: a configuration or a store that can't be used, at once; what runs failed of otherwise, the store has.
void tell_start_trouble(const Starting& starting, const Error& error);

// The daemon runs: what comes from now on is another trouble. The end of what people were told stays noted until it was told.
void start_trouble_over(const Starting& starting);
// False: nobody took it, and it is to be tried again.
bool tell_start_trouble_over(const Starting& starting);

// What cron starts could read its configuration, and with `of_store` use its store: that is the end of what people were told of it. The same
// trouble is told again when it comes back, an hour after it was told at the soonest.
void tell_cron_good(const Starting& starting, bool of_store);

// What is wrong with a store: "full", "damaged", "locked" .., by an error's text. Another is another trouble; a full disk has other words for each job.
std::string store_trouble(const std::string& text);
// An error's text with the configuration's path, as it was typed, cut to its name: two lines of a crontab may spell it in two ways.
std::string without_folder(std::string text, const std::filesystem::path& config);

}  // namespace bindery
