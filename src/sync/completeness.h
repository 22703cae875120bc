#pragma once
// Two judgements on a pull before it lands: is it proven whole (only then may what it lacks be removed), and do the
// rows still carry the fields that the service file maps? Pure; rules: docs/store.md.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"

namespace bindery {

// What is known of a pull; the engine copies it from the staged pages.
struct PullFacts {
    bool resumed = false;
    std::vector<int> pages;  // numbers of the pages that arrived, ascending
    int first_page = 1;
    std::optional<std::int64_t> total;  // as first told
    bool total_moved = false;
    std::int64_t rows = 0, keys = 0, repeated = 0, keyless = 0;
    std::map<std::string, std::int64_t> present;  // field -> rows that carried it
};

// How the listing ended.
struct ListEnding {
    enum class How {
        told,        // the last page by the total, or a list that comes in one reply
        empty_page,  // a page without rows
        no_new_key,  // a closing page that repeats what had come
        cut_short    // stopped, failed, out of time or budget: `why`
    };
    How how = How::cut_short;
    std::int64_t closing_repeats = 0;  // keys that the closing page repeated
    std::string why;
};

struct CompletenessVerdict {
    bool complete = false;
    std::string text;  // complete | resumed | incomplete: REASON; kept in pull_state.last_verdict
};
CompletenessVerdict judge_completeness(const PullFacts& facts, const ListEnding& ending);

struct MappingVerdict {
    std::string stop;  // not empty: nothing may land and the job stops
    std::string hint;
    std::vector<std::string> warnings;  // gaps that a person should know of
};
// `last_presence`: share of the rows that carried a field in the last complete pull.
MappingVerdict judge_mapping(const Mapping& mapping, const PullFacts& facts,
                             const std::vector<std::pair<std::string, double>>& last_presence,
                             const std::string& service_file);

}  // namespace bindery
