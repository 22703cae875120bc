#pragma once
// The one place that builds everything: config, store, budget, clock, wire, log, from the command line and the environment.
#include <memory>
#include <optional>

#include "app/options.h"
#include "engine/context.h"
#include "net/http.h"

namespace bindery {

class Session {
  public:
    Session(const Options& options, const StopFlag& stop);
    // For a run in a thread of its own, with a configuration and a log that are there already.
    Session(const Options& options, const StopFlag& stop, std::shared_ptr<const Config> config, std::shared_ptr<spdlog::logger> log);

    const Options& options() const { return options_; }
    const Config& config() const { return *config_; }
    std::shared_ptr<const Config> shared_config() const { return config_; }
    const Environment& environment() const { return environment_; }
    const Clock& clock() const { return clock_; }
    spdlog::logger& log() { return *log_; }
    std::shared_ptr<spdlog::logger> shared_log() const { return log_; }
    std::filesystem::path store_file() const;

    // For commands that write: opens or makes the store, and each dataset's table and views.
    Store& store();
    // For commands that only look: never creates or changes anything; Error(not_found) when there's no store yet.
    Store& store_to_read();
    BudgetFile& budget();
    std::function<void(const std::string&)> progress() const;  // a line for a terminal; empty without one
    std::function<std::unique_ptr<Wire>()> wires() const;
    Engine engine();
    // One line on stderr of what is at fault in files that this command can do without; nothing when all is sound.
    void warn_of_left_out() const;
    bool stop_asked() const { return stop_.asked(); }
    const StopFlag& stop() const { return stop_; }

  private:
    const Options& options_;
    const StopFlag& stop_;
    StopFlag never_;
    SystemClock clock_;
    Environment environment_;
    std::shared_ptr<const Config> config_;
    std::shared_ptr<spdlog::logger> log_;
    std::optional<Store> store_;
    std::optional<BudgetFile> budget_;
};

// The file that --config, or else the default places, name. Error(config) that says where it looked.
std::filesystem::path find_config(const std::string& given);

}  // namespace bindery
