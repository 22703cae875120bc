#include "sandbox/fault.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace bindery::sandbox {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kListKinds = {"wrong_total", "empty_list",    "half_list",
                                                        "shifting",    "duplicate_row", "no_meta",
                                                        "wrapped_list", "short_page",   "no_total"};
constexpr std::array<std::string_view, 4> kReplacing = {"status", "drop_before", "html_error", "retry_after"};
constexpr std::array<std::string_view, 9> kOther = {"latency",   "drop_after", "cut_body",    "gzip",    "empty_body",
                                                    "huge_body", "slow_body",  "bad_charset", "not_json"};

template <typename Array>
bool contains(const Array& all, std::string_view word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::string all_kinds() {
  std::string text;
  const auto add = [&text](const auto& kinds) {
    for (const std::string_view kind : kinds) {
      text += text.empty() ? "" : ", ";
      text += kind;
    }
  };
  add(kOther);
  add(kReplacing);
  add(kListKinds);
  return text;
}

// A value of a key=value spec: a number or a truth value where it reads as one, else text.
json value_of(const std::string& key, const std::string& text) {
  constexpr std::array<std::string_view, 6> kText = {"kind",        "service",       "method",
                                                     "path_prefix", "body_contains", "retry_after"};
  if (contains(kText, key)) {
    return text;
  }
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

template <typename T>
T number(const json& value, const std::string& key) {
  if (!value.is_number() || value.get<double>() < 0) {
    throw std::invalid_argument("fault: '" + key + "' must be a number that isn't negative");
  }
  return value.get<T>();
}

std::string text_of(const json& value, const std::string& key) {
  if (value.is_number()) {
    return value.dump();
  }
  if (!value.is_string()) {
    throw std::invalid_argument("fault: '" + key + "' must be a text");
  }
  return value.get<std::string>();
}

bool set_number(Fault& fault, const std::string& key, const json& value) {
  if (key == "after") {
    fault.after = number<std::size_t>(value, key);
  } else if (key == "times") {
    fault.times = number<std::size_t>(value, key);
  } else if (key == "probability") {
    fault.probability = number<double>(value, key);
  } else if (key == "status") {
    fault.status = number<int>(value, key);
  } else if (key == "latency_ms") {
    fault.latency_ms = number<int>(value, key);
  } else if (key == "bytes") {
    fault.bytes = number<std::size_t>(value, key);
  } else if (key == "pause_ms") {
    fault.pause_ms = number<int>(value, key);
  } else {
    return false;
  }
  return true;
}

bool set_text(Fault& fault, const std::string& key, const json& value) {
  std::string* member = key == "kind"            ? &fault.kind
                        : key == "service"       ? &fault.service
                        : key == "method"        ? &fault.method
                        : key == "path_prefix"   ? &fault.path_prefix
                        : key == "body_contains" ? &fault.body_contains
                        : key == "retry_after"   ? &fault.retry_after
                                                 : nullptr;
  if (member == nullptr) {
    return false;
  }
  *member = text_of(value, key);
  return true;
}

void check(const Fault& fault) {
  if (!contains(kListKinds, fault.kind) && !contains(kReplacing, fault.kind) && !contains(kOther, fault.kind)) {
    throw std::invalid_argument("fault: unknown kind '" + fault.kind + "'; known: " + all_kinds());
  }
  if (!fault.service.empty() && fault.service != "bindpilot" && fault.service != "bi369" &&
      fault.service != "autobind") {
    throw std::invalid_argument("fault: unknown service '" + fault.service + "'; known: bindpilot, bi369, autobind");
  }
  if (fault.status != 0 && (fault.status < 200 || fault.status > 599)) {
    throw std::invalid_argument("fault: 'status' must be from 200 to 599");
  }
  if (fault.probability > 1.0) {
    throw std::invalid_argument("fault: 'probability' must be from 0 to 1");
  }
  if (fault.kind == "latency" && fault.latency_ms == 0) {
    throw std::invalid_argument("fault: kind latency needs 'latency_ms'");
  }
}

bool matches(const Fault& fault, const std::string& service, const Request& request) {
  const bool method = fault.method.empty() ? !shapes_list(fault.kind) || request.method == "GET"
                                           : fault.method == request.method;
  return method && (fault.service.empty() || fault.service == service) &&
         request.path.compare(0, fault.path_prefix.size(), fault.path_prefix) == 0 &&
         (fault.body_contains.empty() || request.body.find(fault.body_contains) != std::string::npos);
}

}  // namespace

bool shapes_list(std::string_view kind) { return contains(kListKinds, kind); }

bool replaces_reply(std::string_view kind) { return contains(kReplacing, kind); }

Fault fault_from_json(const json& spec) {
  if (!spec.is_object()) {
    throw std::invalid_argument("fault: a JSON object is expected");
  }
  Fault fault;
  for (const auto& [key, value] : spec.items()) {
    if (key == "act") {
      if (!value.is_boolean()) {
        throw std::invalid_argument("fault: 'act' must be true or false");
      }
      fault.act = value.get<bool>();
    } else if (!set_text(fault, key, value) && !set_number(fault, key, value)) {
      throw std::invalid_argument("fault: unknown key '" + key + "'");
    }
  }
  if (fault.method == "*") {
    fault.method.clear();
  }
  check(fault);
  return fault;
}

Fault parse_fault(const std::string& spec) {
  if (!spec.empty() && spec.front() == '{') {
    const json parsed = json::parse(spec, nullptr, false);
    if (parsed.is_discarded()) {
      throw std::invalid_argument("fault: '" + spec + "' is not valid JSON");
    }
    return fault_from_json(parsed);
  }
  json fields = json::object();
  std::istringstream parts(spec);
  std::string part;
  while (std::getline(parts, part, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) {
      throw std::invalid_argument("fault: '" + part + "' is not KEY=VALUE (use the JSON form for values with commas)");
    }
    const std::string key = part.substr(0, equals);
    fields[key] = value_of(key, part.substr(equals + 1));
  }
  return fault_from_json(fields);
}

json to_json(const Fault& fault) {
  return {{"kind", fault.kind},
          {"service", fault.service},
          {"method", fault.method},
          {"path_prefix", fault.path_prefix},
          {"body_contains", fault.body_contains},
          {"after", fault.after},
          {"times", fault.times},
          {"probability", fault.probability},
          {"status", fault.status},
          {"latency_ms", fault.latency_ms},
          {"act", fault.act}};
}

FaultSet::FaultSet(std::vector<Fault> faults, std::uint64_t seed) : random_(seed) {
  for (Fault& fault : faults) {
    add(std::move(fault));
  }
}

void FaultSet::add(Fault fault) {
  const std::lock_guard lock(mutex_);
  armed_.push_back(Armed{std::move(fault), 0, 0});
}

void FaultSet::clear() {
  const std::lock_guard lock(mutex_);
  armed_.clear();
}

std::optional<Fault> FaultSet::select(const std::string& service, const Request& request) {
  const std::lock_guard lock(mutex_);
  std::optional<Fault> chosen;
  for (Armed& armed : armed_) {
    if (!matches(armed.fault, service, request)) {
      continue;
    }
    ++armed.matched;
    if (chosen || armed.matched <= armed.fault.after ||
        (armed.fault.times != 0 && armed.struck >= armed.fault.times) ||
        (armed.fault.probability < 1.0 && random_.fraction() >= armed.fault.probability)) {
      continue;
    }
    chosen = armed.fault;
    chosen->strike = armed.struck++;
  }
  return chosen;
}

json FaultSet::list() const {
  const std::lock_guard lock(mutex_);
  json all = json::array();
  for (const Armed& armed : armed_) {
    json entry = to_json(armed.fault);
    entry["matched"] = armed.matched;
    entry["struck"] = armed.struck;
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace bindery::sandbox
