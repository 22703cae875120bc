#pragma once
// A person's word about conflicts between two books, from the command line or from a page. What they saw must still be so.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "store/conflicts.h"

namespace bindery {

class ConflictDecider {
  public:
    ConflictDecider(Store& store, const Config& config) : store_(store), config_(config) {}

    // `take`: ours, theirs or a value; of a match: same, different or the key of a candidate. One transaction; the conflict as it stands
    // then. `seen`: the mark of what they looked at. Error(not_found, usage) that says why not; then nothing has happened.
    ConflictRow decide(const std::string& id, const std::string& take, const std::optional<std::string>& seen = std::nullopt);

    struct Many {
        std::vector<ConflictRow> resolved;
        std::vector<std::int64_t> skipped;  // the records have changed since, or that side is blank
    };
    // Every open one that the filter leaves, `ours` or `theirs`. One transaction.
    Many decide_all(const ConflictFilter& filter, const std::string& take);

  private:
    Store& store_;
    const Config& config_;
};

}  // namespace bindery
