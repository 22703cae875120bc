#pragma once
// The program's logger: text for people or JSON lines, on stderr, with the run on each line. No default registry.
#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace bindery {

// `level`: trace debug info warn error; `format`: text | json. Under systemd (JOURNAL_STREAM set) text lines carry the journal's
// priority mark instead of a time.
// `terminal`: a progress line may stand there; it is wiped before a line of the log.
std::shared_ptr<spdlog::logger> make_log(const std::string& level, const std::string& format, bool journal, bool terminal = false);

// A string as JSON, quotes included: for log lines made by hand.
std::string json_quoted(std::string_view text);

}  // namespace bindery
