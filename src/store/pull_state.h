#pragma once
// When a dataset was read last, and how (table pull_state). What reads it is pull_state() in datasets.h; this writes it, inside a
// landing's transaction.
#include <cstdint>
#include <map>
#include <string>

#include "store/store.h"

namespace bindery {

struct PullNote {
    std::string began;  // reading time
    std::int64_t run = 0;
    std::string verdict;
    std::int64_t rows = 0;
    const std::map<std::string, std::int64_t>& present;  // field -> rows that carried it
};

// `proven`: it was the whole list, so that each live record counts as read then.
void write_pull_state(Store& store, const std::string& dataset, const PullNote& note, bool proven);

}  // namespace bindery
