#pragma once
// What a run works with: everything that reaches outside, handed in by src/app (or by a test). Nothing here is owned but the
// callers of the present run.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/load.h"
#include "net/http.h"
#include "services/caller.h"
#include "store/budget.h"
#include "store/disk.h"
#include "store/store.h"

namespace spdlog {
class logger;
}

namespace bindery {

struct Engine {
    const Config& config;
    const Environment& environment;
    Store& store;
    BudgetFile& budget;
    const Clock& clock;
    spdlog::logger& log;
    std::function<std::unique_ptr<Wire>()> make_wire;
    std::uint64_t seed = 1;                             // of jitter
    CallClass call_class = CallClass::on_demand;
    std::function<void(const std::string&)> progress{};  // a line of status for a terminal; may be empty
    std::function<bool()> stop_asked{};                  // for what takes long before the first call; may be empty
    std::function<std::unique_ptr<Wire>()> make_wire_for_good{};  // one that a stop doesn't end, for what must be told all the same; empty: as make_wire
    std::function<std::unique_ptr<Disk>()> make_disk{};  // for steps that can't stand still for the store's commits; empty: they do
};

// "the key of bindpilot (from the environment variable BINDPILOT_API_KEY)" for the hint after a 401 or 403. No value.
std::string key_and_place(const Engine& engine, const std::string& service);

// The callers of one run, made when first needed. The secret of each service is read once.
class Callers {
  public:
    Callers(const Engine& engine, std::string waiter) : engine_(engine), waiter_(std::move(waiter)) {}
    Caller& to(const std::string& service);
    bool stop_asked();
    // Sleeps until `until` or a stop.
    void sleep(BootTime until);
    std::map<std::string, const CallStats*> stats() const;
    const CallLog& log() const { return log_; }

  private:
    struct Line {
        std::unique_ptr<Wire> wire;
        std::unique_ptr<Caller> caller;
    };
    const Engine& engine_;
    std::string waiter_;
    CallLog log_;  // outlives the callers
    std::map<std::string, Line> lines_;
};

}  // namespace bindery
