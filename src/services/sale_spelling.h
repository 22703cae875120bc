#pragma once
// One value of a lead, as people and systems spell it, becomes what its field takes. Pure.
#include <nlohmann/json.hpp>
#include <optional>

#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

// The value in the field's own spelling; as it came where that isn't certain; nullopt when it says that there's nothing to state (a current
// company of "none"). `value` isn't blank.
std::optional<json> spelled(const SaleField& field, const json& value);

}  // namespace bindery
