#include "sandbox/service.h"

#include "sandbox/calendar.h"

#include <openssl/crypto.h>

#include <cstdio>

namespace bindery::sandbox {

using nlohmann::json;

Service::Service(std::string name, std::string key, const ServiceClock& clock)
    : name_(std::move(name)), key_(std::move(key)), clock_(clock) {}

bool Service::knows_key(const Request& request) const {
  const std::string expected = "Bearer " + key_;
  const std::string given = request.header("authorization");
  return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

std::optional<Reply> Service::admit(const Request& request) {
  const std::string group = limit_group(request);
  const std::lock_guard lock(limit_mutex_);
  for (LimitGroup& limits : limits_) {
    if (limits.name == group) {
      const auto wait = limits.limiter.take(clock_.steady());
      return wait ? std::optional<Reply>(too_many(*wait)) : std::nullopt;
    }
  }
  return std::nullopt;
}

Reply Service::handle(const Request& request, const ListShape& shape) {
  const std::lock_guard lock(mutex_);
  return route(request, shape);
}

Reply Service::unauthorized() const { return error(401, "UNAUTHORIZED", "Invalid or missing API key"); }

Reply Service::too_many(std::chrono::nanoseconds) const {
  return error(429, "RATE_LIMITED", "Rate limit exceeded");
}

void Service::edited(const std::string&, const json&, const json&) {}

std::optional<std::string> Service::records(const std::string& resource) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(resource);
  return found == tables_.end() ? std::nullopt : std::optional<std::string>(found->second.array());
}

json Service::counts() {
  const std::lock_guard lock(mutex_);
  json all = json::object();
  for (const auto& [resource, records] : tables_) {
    all[resource] = records.size();
  }
  return all;
}

json Service::merge_record(const std::string& resource, const std::string& id, const json& patch, bool silent) {
  const std::lock_guard lock(mutex_);
  Table& records = table(resource);
  const json before = records.find(id).value_or(json());
  json after = before.is_null() ? json{{key_member(resource), id}} : before;
  after.merge_patch(patch);
  records.put(id, after);
  if (!silent) {
    edited(resource, before, after);
  }
  return after;
}

bool Service::erase_record(const std::string& resource, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(resource);
  return found != tables_.end() && found->second.erase(id);
}

json Service::violations() {
  const std::lock_guard lock(limit_mutex_);
  std::size_t refused = 0;
  json windows = json::array();
  for (const LimitGroup& limits : limits_) {
    refused += limits.limiter.refused();
    for (const LimitPeak& peak : limits.limiter.peaks()) {
      windows.push_back({{"calls", limits.name},
                         {"tokens", peak.tokens},
                         {"per_ms", std::chrono::duration_cast<std::chrono::milliseconds>(peak.per).count()},
                         {"largest", peak.largest}});
    }
  }
  return {{"refused", refused}, {"windows", std::move(windows)}};
}

void Service::clear_limits() {
  const std::lock_guard lock(limit_mutex_);
  for (LimitGroup& limits : limits_) {
    limits.limiter.clear();
  }
}

void Service::reset() {
  clear_limits();
  const std::lock_guard lock(mutex_);
  tables_.clear();
  next_.clear();
  fill();
}

void Service::add_limits(const std::string& group, std::vector<Limit> limits, bool enforced) {
  limits_.push_back(LimitGroup{group, Limiter(std::move(limits), enforced)});
}

std::string Service::next_id(const std::string& prefix) {
  char text[32];
  std::snprintf(text, sizeof text, "%06zu", 900001 + next_[prefix]++);
  return prefix + text;
}

std::string Service::now_text() const { return second_text(clock_.wall()); }

date::sys_days Service::local_today() const { return local_day(clock_.wall()); }

std::int64_t Service::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady().time_since_epoch()).count();
}

std::optional<std::string> after_prefix(const std::string& path, const std::string& prefix) {
  if (path.size() <= prefix.size() || path.compare(0, prefix.size(), prefix) != 0) {
    return std::nullopt;
  }
  return path.substr(prefix.size());
}

std::optional<json> object_of(const std::string& body) {
  json parsed = json::parse(body, nullptr, false);
  return parsed.is_object() ? std::optional<json>(std::move(parsed)) : std::nullopt;
}

Reply json_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

}  // namespace bindery::sandbox
