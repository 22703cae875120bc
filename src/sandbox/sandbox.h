#pragma once

#include "sandbox/options.h"

#include <functional>
#include <memory>
#include <string>

namespace bindery::sandbox {

// Where the four servers answer once the sandbox is up.
struct Addresses {
  std::uint16_t bindpilot = 0;
  std::uint16_t bi369 = 0;
  std::uint16_t autobind = 0;
  std::uint16_t control = 0;
};
std::string ports_json(const Addresses& addresses);
std::string env_lines(const Addresses& addresses, const Options& options);

// The whole sandbox in one object: running from its constructor to its destructor. `shut_down` is called from a
// server's thread when the control endpoint is asked to stop; it must only tell the owner.
class Sandbox {
 public:
  Sandbox(const Options& options, std::function<void()> shut_down);  // throws with a text for the user
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  [[nodiscard]] const Addresses& addresses() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Writes beside the file and renames, so that a reader sees all of it or nothing.
void write_whole(const std::string& file, const std::string& text);

}  // namespace bindery::sandbox
