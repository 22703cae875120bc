#pragma once
// The two clocks that the program needs. Arithmetic takes times as arguments; only what waits or stamps takes a Clock.
// Waiting itself happens in one place, net::Wire::wait, so a simulated Wire and Clock make a whole run instant.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bindery {

using Duration = std::chrono::nanoseconds;
// UTC, to the millisecond: what people and services mean by "when". May jump.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
// Time since boot, sleep included (CLOCK_BOOTTIME): what limits and time-outs are counted in. Never jumps in a boot.
using BootTime = std::chrono::nanoseconds;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual BootTime boot() const = 0;
    // Changes with each boot of the machine; boot times of different boots can't be compared.
    virtual std::string boot_id() const = 0;
};

class SystemClock final : public Clock {
  public:
    WallTime wall() const override;
    BootTime boot() const override;
    std::string boot_id() const override;
};

std::string rfc3339(WallTime time);  // 2026-11-23T06:00:00.000Z
// Reads RFC 3339 with any offset; digits beyond the millisecond are dropped. nullopt for anything else.
std::optional<WallTime> read_rfc3339(std::string_view text);
// The same, but throws Error(usage).
WallTime parse_rfc3339(const std::string& text);

}  // namespace bindery
