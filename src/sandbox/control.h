#pragma once

#include "sandbox/fault.h"
#include "sandbox/front.h"
#include "sandbox/http.h"
#include "sandbox/request_log.h"
#include "sandbox/service.h"
#include "sandbox/webhooks.h"

#include <functional>
#include <string>
#include <vector>

namespace bindery::sandbox {

// The fourth port: what a test or a person may do to the sandbox behind the services' backs. No key, no limits.
class Control {
 public:
  struct Parts {
    std::vector<Service*> services;
    std::vector<Front*> fronts;  // in the order of the services
    FaultSet& faults;
    std::vector<Fault> first_faults;  // those of the command line, armed again by a reset
    RequestLog& log;
    WebhookSender& webhooks;
    std::function<void()> shut_down;
  };
  explicit Control(Parts parts) : parts_(std::move(parts)) {}

  Reply handle(const Request& request);

 private:
  Reply get(const Request& request);
  Reply state(const Request& request);
  Reply faults(const Request& request);
  Reply record(const Request& request, const std::string& rest);
  Reply violations();
  Reply reset();
  Service* service(const std::string& name);

  Parts parts_;
};

}  // namespace bindery::sandbox
