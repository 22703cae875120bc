#pragma once
// Runs a program of the user's with a text on its standard input.
#include <functional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace bindery {

// `words`: program (found by PATH) and arguments, no shell. The child's environment has PATH and HOME and no secret; what it prints goes
// to our standard error. Empty, or why it failed: not found, its exit code, killed after `limit` or when we are to stop, with all that
// it started and that stayed in its process group. The process ignores SIGPIPE, as ours does: a program that reads nothing must not end it.
std::string pipe_to(const std::vector<std::string>& words, const std::string& text, Duration limit, const std::function<bool()>& stop = {});

}  // namespace bindery
