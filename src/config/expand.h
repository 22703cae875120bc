#pragma once
// `${VAR}` and `${VAR:-default}` in a scalar; `$${` stands for `${`. The default is used when VAR is unset or empty and
// reaches to the next `}`; without one an unset or empty VAR is a fault. Anything else with a `$` stays as it is.
#include <string>
#include <string_view>

#include "config/faults.h"
#include "config/settings.h"

namespace bindery {

Parsed<std::string> expand(std::string_view text, const Environment& environment);

}  // namespace bindery
