#pragma once
// Runs a program of the user's with a text on its standard input.
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

// `words`: program (found by PATH) and arguments, no shell. The child's environment has PATH and HOME and no secret; what it prints goes
// to our standard error. Empty, or why it failed: not found, its exit code, killed after `limit`. The process ignores
// SIGPIPE, as ours does: a program that reads nothing must not end it.
std::string pipe_to(const std::vector<std::string>& words, const std::string& text, std::chrono::seconds limit);

}  // namespace bindery
