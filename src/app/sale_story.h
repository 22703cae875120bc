#pragma once
// What became of a lead that was offered for sale: its state, the questions asked, and the proof of consent. For `why`.
#include "app/reconcile_story.h"

namespace bindery {

// `identity`: of the effect that its post is. Empty when it was never offered.
Story sale_story(Session& session, const std::string& identity);

// One that has no effect: passed over, declined, waiting. Empty when there is none.
Story sale_without_post(Session& session, const std::string& identity);

// Sales that were decided about any of these values and have no effect. `object` is a list.
Story sales_without_posts(Session& session, const std::vector<std::string>& values);

}  // namespace bindery
