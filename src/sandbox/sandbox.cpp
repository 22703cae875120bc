#include "sandbox/sandbox.h"

#include "sandbox/autobind.h"
#include "sandbox/bi369.h"
#include "sandbox/bindpilot.h"
#include "sandbox/control.h"
#include "sandbox/fault.h"
#include "sandbox/front.h"
#include "sandbox/http_server.h"
#include "sandbox/request_log.h"
#include "sandbox/seed.h"
#include "sandbox/webhooks.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace bindery::sandbox {

namespace {

std::vector<Fault> parse_faults(const std::vector<std::string>& specs) {
  std::vector<Fault> faults;
  for (const std::string& spec : specs) {
    faults.push_back(parse_fault(spec));
  }
  return faults;
}

std::string base(std::uint16_t port, const char* path) { return "http://127.0.0.1:" + std::to_string(port) + path; }

}  // namespace

// The order matters: servers are stopped before what they use goes.
struct Sandbox::Parts {
  Parts(const Options& options, std::function<void()> shut_down)
      : first_faults(parse_faults(options.faults)),
        faults(first_faults, options.seed),
        log(options.log_file),
        webhooks(options.time_scale),
        bindpilot(options, webhooks, clock),
        bi369(options, webhooks, clock),
        autobind(options, clock),
        bindpilot_front(bindpilot, faults, log, settings(options), stopping),
        bi369_front(bi369, faults, log, settings(options), stopping),
        autobind_front(autobind, faults, log, settings(options), stopping),
        control(Control::Parts{{&bindpilot, &bi369, &autobind},
                               {&bindpilot_front, &bi369_front, &autobind_front},
                               faults,
                               first_faults,
                               log,
                               webhooks,
                               std::move(shut_down)}),
        bindpilot_server("bindpilot", options.bindpilot_port, served(bindpilot_front), stopping),
        bi369_server("bi369", options.bi369_port, served(bi369_front), stopping),
        autobind_server("autobind", options.autobind_port, served(autobind_front), stopping),
        control_server(
            "control", options.control_port, [this](const Request& request) { return control.handle(request); },
            stopping) {}

  static Front::Settings settings(const Options& options) {
    return {options.honour_idempotency_key, options.log_bodies};
  }
  static Handler served(Front& front) {
    return [&front](const Request& request) { return front.handle(request); };
  }

  std::atomic<bool> stopping{false};
  ServiceClock clock;
  std::vector<Fault> first_faults;
  FaultSet faults;
  RequestLog log;
  WebhookSender webhooks;
  BindPilot bindpilot;
  Bi369 bi369;
  Autobind autobind;
  Front bindpilot_front;
  Front bi369_front;
  Front autobind_front;
  Control control;
  HttpServer bindpilot_server;
  HttpServer bi369_server;
  HttpServer autobind_server;
  HttpServer control_server;
  Addresses addresses;
};

Sandbox::Sandbox(const Options& options, std::function<void()> shut_down)
    : parts_(std::make_unique<Parts>(options, std::move(shut_down))) {
  parts_->addresses = Addresses{parts_->bindpilot_server.port(), parts_->bi369_server.port(),
                                parts_->autobind_server.port(), parts_->control_server.port()};
}

Sandbox::~Sandbox() { parts_->stopping = true; }

const Addresses& Sandbox::addresses() const { return parts_->addresses; }

std::string ports_json(const Addresses& addresses) {
  const auto entry = [](std::uint16_t port, const char* path) {
    return nlohmann::json{{"port", port}, {"base_url", base(port, path)}};
  };
  return nlohmann::json{{"bindpilot", entry(addresses.bindpilot, "/v1")},
                        {"bi369", entry(addresses.bi369, "/v1")},
                        {"autobind", entry(addresses.autobind, "")},
                        {"control", entry(addresses.control, "")}}
             .dump(2) +
         "\n";
}

std::string env_lines(const Addresses& addresses, const Options& options) {
  return "BINDPILOT_BASE_URL=" + base(addresses.bindpilot, "/v1") + "\nBINDPILOT_API_KEY=" + options.bindpilot_key +
         "\nBI369_BASE_URL=" + base(addresses.bi369, "/v1") + "\nBI369_API_KEY=" + options.bi369_key +
         "\nBI369_PLAN=" + options.bi369_plan + "\nBI369_PROJECT=" + kRenewalsProject +
         "\nAUTOBIND_BASE_URL=" + base(addresses.autobind, "") + "\nAUTOBIND_API_KEY=" + options.autobind_key +
         "\nSANDBOX_CONTROL_URL=" + base(addresses.control, "") + "\n";
}

void write_whole(const std::string& file, const std::string& text) {
  const std::string beside = file + ".new." + std::to_string(getpid());
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  if (!out || std::rename(beside.c_str(), file.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    std::remove(beside.c_str());
    throw std::runtime_error("can't write " + file + ": " + reason);
  }
}

}  // namespace bindery::sandbox
