#pragma once
// Takes the events that have come out of the inbox's queue: echoes of our own writes and what no job listens to are put aside, the
// rest becomes hints.
#include "config/load.h"
#include "store/inbox.h"
#include "store/store.h"

namespace bindery {

struct Sorting {
    std::size_t hinted = 0, echoes = 0, unheard = 0;
    std::optional<WallTime> again;  // when to call once more
};

// `store` is only read. Events that come together are sorted together, and each once: its state and its hints are one transaction.
Sorting sort_events(Inbox& inbox, Store& store, const Config& config, WallTime now);

}  // namespace bindery
