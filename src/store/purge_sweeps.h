#pragma once
// Which rows a purge may take, as SQL. For store/purge.cpp.
#include <string>
#include <vector>

#include "store/purge.h"

namespace bindery {

struct Sweep {
    std::string kind, dataset;
    std::string table, id;            // quoted; the column that rows are walked by
    bool text_id = false;
    std::string condition;            // constants only
    std::string change;               // DELETE FROM …, or UPDATE … SET …
    std::vector<std::string> before{};  // carried out first, in the same transaction; ?1 is the JSON list of ids
};

std::vector<Sweep> purge_sweeps(Store& store, const PurgeRules& rules);

// The values that effects which aren't settled are about, in a temporary table: a record with one of them stays.
void gather_unsettled(Store& store);

}  // namespace bindery
