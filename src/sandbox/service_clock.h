#pragma once

#include <chrono>

namespace bindery::sandbox {

// The time that the services go by: the machine's. Who runs them on a simulated clock brings another.
class ServiceClock {
 public:
  virtual ~ServiceClock() = default;
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const { return std::chrono::system_clock::now(); }
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const { return std::chrono::steady_clock::now(); }
};

}  // namespace bindery::sandbox
