#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

// A plain HTTP client and a running sandbox for the tests over loopback.
struct Answer {
  int curl = 0;  // libcurl's code; 0 is a whole reply
  long status = 0;
  std::string body;
  std::map<std::string, std::string> headers;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
};

struct Call {
  std::string method = "GET";
  std::string url;
  std::string key;
  std::string body;
  std::vector<std::string> headers = {};
};

Answer fetch(const Call& call);
