#pragma once

#include "sandbox/fault.h"
#include "sandbox/http.h"
#include "sandbox/request_log.h"
#include "sandbox/service.h"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bindery::sandbox {

// What stands before a service: key, limits, faults, Idempotency-Key (if it is honoured) and the log, in this order.
// The only place that sleeps, and it holds no lock meanwhile.
class Front {
 public:
  struct Settings {
    bool honour_idempotency_key = false;
    bool log_bodies = false;
  };

  Front(Service& service, FaultSet& faults, RequestLog& log, Settings settings, const std::atomic<bool>& stopping);

  Reply handle(const Request& request);
  // Requests that came without a name in User-Agent, and bodies that held what looks like a Social Security number.
  [[nodiscard]] std::size_t nameless() const { return nameless_; }
  [[nodiscard]] std::size_t personal_numbers() const { return personal_numbers_; }
  void reset();

 private:
  Reply answer(const Request& request, std::string& fault_kind);
  Reply act(const Request& request, const ListShape& shape);
  void pause(int milliseconds) const;
  void record(const Request& request, const Reply& reply, const std::string& fault_kind, const std::string& time);

  Service& service_;
  FaultSet& faults_;
  RequestLog& log_;
  Settings settings_;
  const std::atomic<bool>& stopping_;
  std::atomic<std::size_t> nameless_{0};
  std::atomic<std::size_t> personal_numbers_{0};
  std::mutex repeats_mutex_;
  std::map<std::string, Reply> repeats_;  // by method, path and key
};

}  // namespace bindery::sandbox
