#include "sandbox/front.h"

#include "sandbox/calendar.h"
#include "sandbox/fault_effect.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace bindery::sandbox {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// 123-45-6789 anywhere in the body.
bool has_personal_number(const std::string& body) {
  constexpr std::string_view kShape = "ddd-dd-dddd";
  for (std::size_t i = 0; i + kShape.size() <= body.size(); ++i) {
    const bool clean = (i == 0 || !digit(body[i - 1])) &&
                       (i + kShape.size() == body.size() || !digit(body[i + kShape.size()]));
    if (clean && std::equal(kShape.begin(), kShape.end(), body.begin() + static_cast<std::ptrdiff_t>(i),
                            [](char shape, char c) { return shape == '-' ? c == '-' : digit(c); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Front::Front(Service& service, FaultSet& faults, RequestLog& log, Settings settings, const std::atomic<bool>& stopping)
    : service_(service), faults_(faults), log_(log), settings_(settings), stopping_(stopping) {}

Reply Front::handle(const Request& request) {
  const std::string time = millisecond_text(service_.clock().wall());
  if (request.header("user-agent").empty()) {
    ++nameless_;
  }
  if (has_personal_number(request.body)) {
    ++personal_numbers_;
  }
  std::string fault_kind;
  Reply reply = answer(request, fault_kind);
  record(request, reply, fault_kind, time);
  return reply;
}

Reply Front::answer(const Request& request, std::string& fault_kind) {
  if (!service_.knows_key(request)) {
    return service_.unauthorized();
  }
  if (auto refused = service_.admit(request)) {
    return std::move(*refused);
  }
  const std::optional<Fault> fault = faults_.select(service_.name(), request);
  if (!fault) {
    return act(request, ListShape{});
  }
  fault_kind = fault->kind;
  pause(fault->latency_ms);
  if (replaces_reply(fault->kind)) {
    Reply reply = replacement(*fault, service_);
    if (fault->act) {
      reply.created_id = act(request, ListShape{}).created_id;
    }
    return reply;
  }
  Reply reply = act(request, shape_of(*fault));
  deform(*fault, request, reply);
  return reply;
}

Reply Front::act(const Request& request, const ListShape& shape) {
  const std::string key = request.header("idempotency-key");
  if (!settings_.honour_idempotency_key || key.empty() || request.method == "GET") {
    return service_.handle(request, shape);
  }
  const std::lock_guard lock(repeats_mutex_);
  const std::string name = request.method + ' ' + request.path + ' ' + key;
  const auto known = repeats_.find(name);
  if (known != repeats_.end()) {
    Reply repeat = known->second;
    repeat.created_id.clear();
    return repeat;
  }
  Reply reply = service_.handle(request, shape);
  if (reply.status < 500) {
    repeats_[name] = reply;
  }
  return reply;
}

void Front::pause(int milliseconds) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!stopping_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
      return;
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(20)));
  }
}

void Front::record(const Request& request, const Reply& reply, const std::string& fault_kind,
                   const std::string& time) {
  nlohmann::json entry = {{"time", time},
                          {"service", service_.name()},
                          {"method", request.method},
                          {"path", request.target},
                          {"status", reply.wire == Wire::closed ? 0 : reply.status},
                          {"idempotency_key", nullptr},
                          {"user_agent", request.header("user-agent")},
                          {"body_length", request.body.size()},
                          {"fault", nullptr},
                          {"created_id", nullptr}};
  if (request.headers.count("idempotency-key") != 0) {
    entry["idempotency_key"] = request.header("idempotency-key");
  }
  if (!fault_kind.empty()) {
    entry["fault"] = fault_kind;
  }
  if (!reply.created_id.empty()) {
    entry["created_id"] = reply.created_id;
  }
  if (settings_.log_bodies) {
    entry["body"] = request.body;
  }
  log_.add(entry);
}

void Front::reset() {
  nameless_ = 0;
  personal_numbers_ = 0;
  const std::lock_guard lock(repeats_mutex_);
  repeats_.clear();
}

}  // namespace bindery::sandbox
