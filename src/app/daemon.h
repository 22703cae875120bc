#pragma once
// `bindery run`: starts jobs when they are due and tells systemd how it goes. What is due is decided by engine/schedule.h from what
// the store says, so that a daemon that dies and starts again goes on as if it had slept.
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "app/job_threads.h"
#include "app/start_pages.h"
#include "app/systemd.h"
#include "app/wakeups.h"
#include "engine/schedule.h"
#include "store/job_turns.h"

namespace bindery {

// The daemon's own lock and bell beside the store. No job has a name with a dot.
inline constexpr const char* kDaemonLock = "daemon.";
std::filesystem::path bell_of(const std::filesystem::path& store);

// What the store, and the lock files beside it, say of each job with a schedule.
Pasts pasts_of(const Jobs& jobs, Store& store, const std::set<std::string>& running_here);

class Daemon {
  public:
    explicit Daemon(Session& session);
    int run();  // until SIGTERM or SIGINT; the exit code

  private:
    void begin();
    void open_pages();
    void end_runs();                 // of those that have ended: a line in the log each
    std::optional<WallTime> look();  // starts what is due; when to look again
    std::optional<WallTime> watch_troubles(Store& store, WallTime now);
    void tell_people_aside();
    void clean_up(Store& store);
    void start(const DueJob& due);
    void reload();
    int stop();
    void tell(const std::string& prefix) const;
    std::string summary() const;

    Session& session_;
    std::shared_ptr<const Config> config() const;

    std::shared_ptr<const Config> config_;
    mutable std::mutex config_mutex_;  // the pages' threads read config_, this one changes it
    spdlog::logger& log_;
    std::filesystem::path store_file_;
    Systemd manager_;
    Wakeups wakeups_;
    JobThreads threads_;
    std::optional<WallTime> next_, stale_;
    std::unique_ptr<web::Pages> pages_;  // goes first: its threads ask for the rest
    bool watched_ = false;  // once, at the start, what came up while nothing ran
    std::string next_job_, trouble_;
};

}  // namespace bindery
