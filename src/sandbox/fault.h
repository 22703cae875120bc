#pragma once

#include "sandbox/http.h"
#include "sandbox/random.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bindery::sandbox {

// One misbehaviour and the requests it falls on. An empty text matches everything.
struct Fault {
  std::string kind;
  std::string service;
  std::string method;
  std::string path_prefix;
  std::string body_contains;
  std::size_t after = 0;   // matching requests that are let through first
  std::size_t times = 1;   // how often it strikes; 0 is without end
  double probability = 1.0;
  int status = 0;          // 0 takes the kind's own
  int latency_ms = 0;      // waited before anything else, with any kind
  bool act = false;        // status, html_error, retry_after: carry the request out before answering so
  std::size_t bytes = 0;   // cut_body, huge_body
  int pause_ms = 100;      // slow_body: between two pieces
  std::string retry_after; // retry_after: the header's value, seconds or an HTTP date
  std::size_t strike = 0;  // set on selection: 0 for the first request it falls on
};

// Accepts key=value pairs with commas between, or a JSON object with the same keys.
// Throws std::invalid_argument with a text for the user.
Fault parse_fault(const std::string& spec);
Fault fault_from_json(const nlohmann::json& spec);
nlohmann::json to_json(const Fault& fault);

// Kinds that deform a list; they fall on GET only.
bool shapes_list(std::string_view kind);
// Kinds that answer, or don't, instead of the service.
bool replaces_reply(std::string_view kind);

// The faults in force. Used from all request threads; chance comes from the seed alone.
class FaultSet {
 public:
  FaultSet(std::vector<Fault> faults, std::uint64_t seed);

  void add(Fault fault);
  void clear();
  // The first fault that strikes this request, if any; counts the request for every fault it matches.
  std::optional<Fault> select(const std::string& service, const Request& request);
  [[nodiscard]] nlohmann::json list() const;

 private:
  struct Armed {
    Fault fault;
    std::size_t matched = 0;
    std::size_t struck = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Armed> armed_;
  Random random_;
};

}  // namespace bindery::sandbox
