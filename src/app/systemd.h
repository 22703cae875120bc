#pragma once
// What systemd is told of a service of Type=notify: datagrams to $NOTIFY_SOCKET (sd_notify(3)). Without that variable nothing is
// sent. Written here since libsystemd would be loaded by each short command too, with five libraries of its own.
#include <chrono>
#include <string>

#include "config/settings.h"

namespace bindery {

class Systemd {
  public:
    explicit Systemd(const Environment& environment);

    bool there() const { return !socket_.empty(); }
    // Newline-separated assignments, such as "READY=1\nSTATUS=…". A socket that is gone is no reason to stop.
    void tell(const std::string& state) const;
    // How often "WATCHDOG=1" must be told at the latest; 0: never.
    std::chrono::milliseconds watchdog() const { return watchdog_; }

  private:
    std::string socket_;
    std::chrono::milliseconds watchdog_{0};
};

}  // namespace bindery
