#pragma once
// What we wrote to a service lately, for telling an event that only echoes it.
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct OwnWrite {
    bool under_way = false;  // its reply hasn't come, or was lost
    std::string path;        // below the service's address
    std::string body;        // JSON
    std::string reply_id;    // of what it made; may be empty
    std::string reply;       // an excerpt, as it came; may be cut
    std::string sent_at{};   // RFC 3339
};

// Sent since then, in that order; the latest 2000 at most.
std::vector<OwnWrite> own_writes(Store& store, const std::string& service, WallTime since);

}  // namespace bindery
