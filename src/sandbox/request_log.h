#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdio>
#include <deque>
#include <mutex>
#include <string>

namespace bindery::sandbox {

// Every request as one JSON line, in memory for the control endpoint and, if a file is named, appended to it and
// flushed before the reply leaves. Used from all request threads.
class RequestLog {
 public:
  explicit RequestLog(const std::string& file);  // throws std::runtime_error when the file can't be opened
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void add(const nlohmann::json& entry);
  // The latest entries (at most kKept) as a JSON array; only those of one service when it is named.
  [[nodiscard]] std::string array(const std::string& service) const;
  void clear();

  static constexpr std::size_t kKept = 200000;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
  std::FILE* file_ = nullptr;
};

}  // namespace bindery::sandbox
