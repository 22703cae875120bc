#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bindery::sandbox {

// Everything the command line can say, with its defaults. Plain values: read once, never changed afterwards.
struct Options {
  std::uint16_t bindpilot_port = 0;  // 0 takes a free port
  std::uint16_t bi369_port = 0;
  std::uint16_t autobind_port = 0;
  std::uint16_t control_port = 0;
  std::string bindpilot_key = "sandbox-bindpilot-key";
  std::string bi369_key = "sandbox-bi369-key";
  std::string autobind_key = "sandbox-autobind-key";
  std::string bi369_plan = "pro";
  bool bi369_read_only = false;
  std::string bi369_webhook_url;
  std::string bi369_webhook_secret = "sandbox-bi369-secret";
  std::string bindpilot_policy_writes = "on";  // on, 404 or 405

  std::size_t policies = 400;
  std::optional<std::size_t> renewals;
  std::optional<std::size_t> clients;
  std::size_t leads = 150;
  std::uint64_t seed = 1;
  std::string today;  // YYYY-MM-DD; empty means the local date

  double time_scale = 1.0;
  bool no_limits = false;
  std::size_t max_per_page = 100;
  bool honour_idempotency_key = false;
  std::vector<std::string> faults;

  std::string log_file;
  bool log_bodies = false;
  std::string ports_file;
  std::string env_file;
  bool exit_with_parent = false;
};

// A length of the service's time as it passes here: a minute is a second with a scale of 60.
inline std::chrono::nanoseconds scaled(std::chrono::nanoseconds length, double time_scale) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(length.count()) / time_scale));
}

// What the command line asks for; `exit_code` is set when the program should end at once (help, or a mistake).
struct CommandLine {
  Options options;
  std::optional<int> exit_code;
};
CommandLine parse_command_line(int argc, char** argv);

}  // namespace bindery::sandbox
