#pragma once
// What the merge of two books knows of one record, for `why`, `history` and `conflicts`.
#include "app/session.h"
#include "store/conflicts.h"

namespace bindery {

struct Story {
    nlohmann::json object;  // pairs, corrections, conflicts
    std::string text;
};
Story reconcile_story(Session& session, const std::string& dataset, const std::string& key);

std::string conflict_text(const ConflictRow& conflict);

}  // namespace bindery
