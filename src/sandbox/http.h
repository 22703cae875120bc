#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bindery::sandbox {

// A whole request as it arrived. Header names are lower case.
struct Request {
  std::string method;
  std::string path;    // decoded, without the query
  std::string target;  // as sent, with the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::string parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

// How a reply goes over the wire; all but `whole` are faults.
enum class Wire { whole, closed, cut, slow, huge };

// A reply, and what happened on the way to it.
struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json; charset=utf-8";
  std::string created_id;

  Wire wire = Wire::whole;
  std::size_t wire_bytes = 0;               // cut: bytes promised too many; huge: length of the body
  std::chrono::milliseconds wire_pause{0};  // slow: between two pieces
};

}  // namespace bindery::sandbox
