#include "sandbox/request_log.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bindery::sandbox {

RequestLog::RequestLog(const std::string& file) {
  if (file.empty()) {
    return;
  }
  file_ = std::fopen(file.c_str(), "ae");
  if (file_ == nullptr) {
    throw std::runtime_error("can't open the log file " + file + ": " + std::strerror(errno));
  }
}

RequestLog::~RequestLog() {
  if (file_ != nullptr) {
    std::fclose(file_);
  }
}

void RequestLog::add(const nlohmann::json& entry) {
  std::string line = entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::lock_guard lock(mutex_);
  if (file_ != nullptr) {
    std::fprintf(file_, "%s\n", line.c_str());
    std::fflush(file_);
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) {
    lines_.pop_front();
  }
}

std::string RequestLog::array(const std::string& service) const {
  const std::string mark = service.empty() ? std::string() : "\"service\":\"" + service + "\"";
  const std::lock_guard lock(mutex_);
  std::string all = "[";
  for (const std::string& line : lines_) {
    if (line.find(mark) != std::string::npos) {
      all += all.size() > 1 ? ",\n" : "";
      all += line;
    }
  }
  return all + ']';
}

void RequestLog::clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
}

}  // namespace bindery::sandbox
