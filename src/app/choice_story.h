#pragma once
// Whether each push that reads a dataset would choose one of its records now, and if not why: for `why`.
#include "app/reconcile_story.h"

namespace bindery {

// `object` is a list: job, effect, choice (chosen | passed_over | not_looked_at | not_told), reason, detail.
Story choice_story(Session& session, const std::string& dataset, const std::string& key);

}  // namespace bindery
