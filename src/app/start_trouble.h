#pragma once
// A daemon that can't begin and is started again without end (a damaged store, a port that somebody has): people are told once, and of
// its end. What was told stands in STORE.start-trouble, since the store may be what can't be used. None throws.
#include "app/session.h"
#include "core/error.h"

namespace bindery {

std::filesystem::path start_trouble_of(const std::filesystem::path& store);

// What no start mends is told at once, what may pass (a lock, a port) when starts have failed for five minutes. Mistakes in the
// configuration aren't told here: nothing starts the daemon again after those, and `notify start-failed` tells them.
void tell_start_trouble(Session& session, const Error& error);

// The daemon runs: what comes from now on is another trouble. The end of what people were told stays noted until it was told.
void start_trouble_over(Session& session);
// False: nobody took it, and it is to be tried again.
bool tell_start_trouble_over(Session& session);

}  // namespace bindery
