#pragma once
// Which pairs of two books stand as they did when every field agreed: both documents are what they were. They need no comparing, so
// that a quiet day costs two walks over the keys. The rest, on either side, is what pairing.h pairs anew. Rules: docs/reconcile.md.
#include <cstdint>
#include <string>

#include "store/store.h"

namespace bindery {

struct StandingCounts {
    std::int64_t ours = 0, theirs = 0;  // live records
    std::int64_t standing = 0;          // pairs
};

class Standing {
  public:
    // Makes the temporary tables lone_theirs (t), lone_ours (o) and unsettled (theirs_key, ours_key, followed), and fills them: live records
    // that are in no standing pair, and the pairs that agreed once and don't stand. Tables are quoted names.
    Standing(Store& store, std::string job, std::string ours, std::string ours_keys, std::string theirs, std::string theirs_keys);

    // A record that moved may claim one of a standing pair, by the key that comes first (`same_key` compares o and t) or by a
    // person's link: then that pair doesn't stand.
    void release_claimed(const std::string& same_key);

    const StandingCounts& counts() const { return counts_; }
    static const char* drop_sql();

  private:
    void walk_theirs();
    void walk_ours();
    void follow_partners();
    std::int64_t unsettled();

    Store& store_;
    std::string job_, ours_, ours_keys_, theirs_, theirs_keys_;
    StandingCounts counts_;
    std::int64_t agreed_ = 0;  // pairs of the job
};

}  // namespace bindery
