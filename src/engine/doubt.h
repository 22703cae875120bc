#pragma once
// Effects in doubt: looked up where the operation says how, sent again where a repeat is safe, else left for a person or, if
// the job chose `retry`, sent once more in the next run. The rule itself is next_step() in sync/effect_life.h.
#include "engine/deliver.h"

namespace bindery {

// Settles the doubts of a step. Runs before the step's own effects go out, and once more after them for those that fell in doubt
// in this run and can be looked up.
void settle_doubts(const Engine& engine, Callers& callers, const PushPlan& plan, const DeliveryContext& context, Delivery& delivery);

// Whether `body` names its person, or thing, by one of these fields; true when none is asked for.
bool tells_who(const Mapping& mapping, const std::vector<std::string>& one_of, const json& body);

// Does `document` show what `body` would have made? Compares by type each field of the mapping that the body carries (or
// those of `match`); at least one must be there, and none may differ.
bool shows_effect(const Mapping& mapping, const std::vector<std::string>& match, const json& body, const json& document);

}  // namespace bindery
