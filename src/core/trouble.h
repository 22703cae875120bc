#pragma once
// Something that a person should know of.
#include <cstdint>
#include <map>
#include <string>

namespace bindery {

struct Trouble {
    std::string text;        // one line for the operator: what, and what to do; no personal data
    std::int64_t level = 1;  // how much there is of it; a larger number is told again
};
using Troubles = std::map<std::string, Trouble>;  // by a key that names it: "failed renewals SERVICE", "in_doubt"

}  // namespace bindery
