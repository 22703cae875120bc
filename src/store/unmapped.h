#pragma once
// What changed in a document outside its mapped fields: shown in the history as field '*'. Pure.
#include <optional>
#include <string>
#include <utility>

#include "core/mapping.h"

namespace bindery {

// The top-level members that differ once mapped and ignored ones are taken out, as JSON objects (old, new). nullopt
// when none differs; both texts are empty when they are too long to be worth keeping.
std::optional<std::pair<std::string, std::string>> unmapped_difference(const Mapping& mapping,
                                                                       const std::string& old_doc,
                                                                       const std::string& new_doc);

}  // namespace bindery
