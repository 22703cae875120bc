#pragma once
// The time zones that a US state, the district or a territory lies in, all of those in which people live: who calls a number of a
// state with several doesn't know in which of them it rings.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// IANA names by postal code; empty for a code without a place of its own (military posts) or an unknown one.
std::vector<std::string> zones_of_state(std::string_view code);

}  // namespace bindery
