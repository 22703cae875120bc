#include "sandbox/options.h"

#include "sandbox/calendar.h"
#include "sandbox/fault.h"

#include <CLI/CLI.hpp>

namespace bindery::sandbox {

namespace {

std::string day_problem(const std::string& text) {
  return is_day(text) ? std::string() : "'" + text + "' is not a date; write it as YYYY-MM-DD";
}

std::string fault_problem(const std::string& spec) {
  try {
    parse_fault(spec);
    return {};
  } catch (const std::invalid_argument& wrong) {
    return wrong.what();
  }
}

void add_places(CLI::App& app, Options& options) {
  const char* group = "Where it listens (always on 127.0.0.1; port 0 takes a free one)";
  app.add_option("--bindpilot-port", options.bindpilot_port, "Port of BindPilot")->group(group);
  app.add_option("--bi369-port", options.bi369_port, "Port of Bi369")->group(group);
  app.add_option("--autobind-port", options.autobind_port, "Port of Autobind")->group(group);
  app.add_option("--control-port", options.control_port, "Port of the control endpoint")->group(group);
  app.add_option("--ports-file", options.ports_file, "Write ports and base URLs here as JSON once all are listening")
      ->group(group);
  app.add_option("--env-file", options.env_file, "Write NAME=VALUE lines for Bindery here (set -a; . FILE)")
      ->group(group);
  app.add_flag("--exit-with-parent", options.exit_with_parent, "End when the process that started it ends")
      ->group(group);
}

void add_data(CLI::App& app, Options& options) {
  const char* group = "Made-up records (the same options give the same records)";
  app.add_option("--policies", options.policies, "Policies of BindPilot")->group(group)->capture_default_str();
  app.add_option("--renewals", options.renewals, "Renewals, at most as many as policies (default 30 % of them)")
      ->group(group);
  app.add_option("--clients", options.clients, "Clients (default 5 for 8 policies)")->group(group);
  app.add_option("--leads", options.leads, "Leads of Bi369")->group(group)->capture_default_str();
  app.add_option("--seed", options.seed, "Another number makes other records")->group(group)->capture_default_str();
  app.add_option("--today", options.today, "Day around which dates are made (YYYY-MM-DD; default the local date)")
      ->group(group)
      ->check(day_problem);
}

void add_services(CLI::App& app, Options& options) {
  const char* group = "How the services behave";
  app.add_option("--bindpilot-key", options.bindpilot_key, "API key")->group(group)->capture_default_str();
  app.add_option("--bi369-key", options.bi369_key, "API key")->group(group)->capture_default_str();
  app.add_option("--autobind-key", options.autobind_key, "API key")->group(group)->capture_default_str();
  app.add_option("--bi369-plan", options.bi369_plan, "pro (600 calls a minute) or enterprise (3000)")
      ->group(group)
      ->check(CLI::IsMember({"pro", "enterprise"}))
      ->capture_default_str();
  app.add_flag("--bi369-read-only", options.bi369_read_only, "The key may read only: writes get 403")->group(group);
  app.add_option("--bindpilot-policy-writes", options.bindpilot_policy_writes,
                 "POST /policies: on, or refused with 404 or 405")
      ->group(group)
      ->check(CLI::IsMember({"on", "404", "405"}))
      ->capture_default_str();
  app.add_option("--bi369-webhook-url", options.bi369_webhook_url, "Where Bi369 posts its events")->group(group);
  app.add_option("--bi369-webhook-secret", options.bi369_webhook_secret, "Secret they are signed with")
      ->group(group)
      ->capture_default_str();
  app.add_option("--time-scale", options.time_scale,
                 "Divide every window, expiry and time-out by this (60: a minute is a second)")
      ->group(group)
      ->check(CLI::Range(0.001, 100000.0))
      ->capture_default_str();
  app.add_flag("--no-limits", options.no_limits, "Enforce no rate limit (they are still measured)")->group(group);
  app.add_option("--max-per-page", options.max_per_page, "Largest page of a list")
      ->group(group)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--honour-idempotency-key", options.honour_idempotency_key,
               "Answer a repeated Idempotency-Key with the first reply (the real services promise nothing)")
      ->group(group);
}

void add_trouble(CLI::App& app, Options& options) {
  const char* group = "Faults and the log";
  app.add_option("--fault", options.faults,
                 "A fault as KEY=VALUE,... or JSON; repeatable. Keys: kind service method path_prefix body_contains "
                 "after times (0: always) probability status latency_ms act bytes pause_ms retry_after")
      ->group(group)
      ->check(fault_problem)
      ->allow_extra_args(false);
  app.add_option("--log", options.log_file, "Append every request to this file, one JSON object a line")->group(group);
  app.add_flag("--log-bodies", options.log_bodies, "Put the request bodies into the log too")->group(group);
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "BindPilot, Bi369 and Autobind on this machine, with made-up records, the documented limits and faults on "
      "demand. For trying out and testing Bindery; see docs/sandbox.md.",
      "bindery-sandbox");
  add_places(app, line.options);
  add_data(app, line.options);
  add_services(app, line.options);
  add_trouble(app, line.options);
  try {
    app.parse(argc, argv);
    if (!line.options.bi369_webhook_url.empty() && line.options.bi369_webhook_secret.empty()) {
      throw CLI::ValidationError("--bi369-webhook-secret", "must not be empty when there is a webhook URL");
    }
    if (line.options.renewals.value_or(0) > line.options.policies) {
      throw CLI::ValidationError("--renewals", "can't be more than --policies");
    }
  } catch (const CLI::ParseError& stop) {
    line.exit_code = app.exit(stop) == 0 ? 0 : 64;
  }
  return line;
}

}  // namespace bindery::sandbox
