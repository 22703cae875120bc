#pragma once
// What keeps the jobs that listen to webhooks (`on:`) from hearing anything, for `bindery check`.
#include <string>
#include <vector>

#include "config/load.h"

namespace bindery {

// One line each, with what to do. Error(config) for a secret that is there and no good.
std::vector<std::string> listening_notes(const Config& config, const Environment& environment);

}  // namespace bindery
