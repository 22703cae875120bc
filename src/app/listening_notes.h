#pragma once
// What keeps the jobs that listen to webhooks (`on:`) from hearing anything, for `bindery check`.
#include <string>
#include <vector>

#include "config/load.h"

namespace bindery {

// Error(config) for a secret of a hook, the one of before among them, that is there and no good: the daemon wouldn't start or reload.
void need_good_hook_secrets(const Config& config, const Environment& environment);

// One line each, with what to do.
std::vector<std::string> listening_notes(const Config& config, const Environment& environment);

}  // namespace bindery
