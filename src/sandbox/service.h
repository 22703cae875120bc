#pragma once

#include "sandbox/fault.h"
#include "sandbox/http.h"
#include "sandbox/limiter.h"
#include "sandbox/paging.h"
#include "sandbox/service_clock.h"
#include "sandbox/table.h"

#include <date/date.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bindery::sandbox {

// One of the three services: its records, its key, its limits and its own way of answering. All public functions
// may be called from any thread; none of them waits.
class Service {
 public:
  Service(std::string name, std::string key, const ServiceClock& clock);
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ServiceClock& clock() const { return clock_; }
  [[nodiscard]] bool knows_key(const Request& request) const;
  // Nothing when the call is within the limits; otherwise the 429.
  std::optional<Reply> admit(const Request& request);
  // Carries the request out.
  Reply handle(const Request& request, const ListShape& shape);
  [[nodiscard]] virtual Reply error(int status, const std::string& code, const std::string& message) const = 0;
  [[nodiscard]] Reply unauthorized() const;

  // For the control endpoint: records of a resource as a JSON array, or how many each resource has.
  std::optional<std::string> records(const std::string& resource);
  nlohmann::json counts();
  // Merges the patch into a record or makes a new one (RFC 7396); a null removes the member.
  nlohmann::json merge_record(const std::string& resource, const std::string& id, const nlohmann::json& patch,
                              bool silent);
  bool erase_record(const std::string& resource, const std::string& id);
  nlohmann::json violations();
  void clear_limits();
  void reset();

 protected:
  struct LimitGroup {
    std::string name;
    Limiter limiter;
  };

  virtual Reply route(const Request& request, const ListShape& shape) = 0;
  virtual void fill() = 0;  // makes the seeded records in emptied tables
  [[nodiscard]] virtual std::string limit_group(const Request&) const { return "all"; }
  // The member that holds a record's id.
  [[nodiscard]] virtual std::string key_member(const std::string&) const { return "id"; }
  [[nodiscard]] virtual Reply too_many(std::chrono::nanoseconds wait) const;
  // A record was changed by the control endpoint: the place to send the events that a person's edit would send.
  virtual void edited(const std::string& resource, const nlohmann::json& before, const nlohmann::json& after);

  Table& table(const std::string& resource) { return tables_[resource]; }
  void add_limits(const std::string& group, std::vector<Limit> limits, bool enforced);
  std::string next_id(const std::string& prefix);
  [[nodiscard]] std::string now_text() const;   // the present second in UTC
  [[nodiscard]] date::sys_days local_today() const;
  [[nodiscard]] std::int64_t steady_ms() const;

 private:
  std::string name_;
  std::string key_;
  const ServiceClock& clock_;
  std::mutex mutex_;  // guards tables_ and next_, and what the derived class keeps
  std::map<std::string, Table> tables_;
  std::map<std::string, std::size_t> next_;
  std::mutex limit_mutex_;
  std::vector<LimitGroup> limits_;
};

// The rest of `path` after `prefix`; nothing when it has another one.
std::optional<std::string> after_prefix(const std::string& path, const std::string& prefix);
// A JSON object from a body; nothing when it is something else.
std::optional<nlohmann::json> object_of(const std::string& body);
Reply json_reply(int status, std::string body);

}  // namespace bindery::sandbox
