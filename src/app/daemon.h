#pragma once
// `bindery run`: starts jobs when they are due and tells systemd how it goes. What is due is decided by engine/schedule.h from what
// the store says, so that a daemon that dies and starts again goes on as if it had slept.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "app/hook_desk.h"
#include "app/job_threads.h"
#include "app/pulse.h"
#include "app/start_pages.h"
#include "app/systemd.h"
#include "app/wakeups.h"
#include "engine/turn_watch.h"

namespace bindery {

// The daemon's bell beside the store.
std::filesystem::path bell_of(const std::filesystem::path& store);

class Daemon {
  public:
    explicit Daemon(Session& session);
    int run();  // until SIGTERM or SIGINT; the exit code

  private:
    void begin();
    void open_pages();
    void end_runs();                 // of those that have ended: a line in the log each
    void end_chore(const EndedRun& end);
    std::optional<WallTime> look_or_wait();  // when to look again
    std::optional<WallTime> look();          // starts what is due
    void in_trouble(const std::string& text);
    void out_of_trouble();
    void alarm(bool over);
    bool store_replaced() const;
    std::optional<WallTime> watch_troubles(Store& store, WallTime now);
    void tell_people_aside();
    void clean_up(Store& store);
    void start(const DueJob& due);
    std::shared_ptr<const Config> read_again();
    std::optional<WallTime> look_at_hooks(Store& store, WallTime now);
    void reload();
    int stop(int code);
    void tell(const std::string& prefix) const;
    std::string summary() const;
    std::vector<std::string> not_ready() const;

    Session& session_;
    std::shared_ptr<const Config> config() const;

    std::shared_ptr<const Config> config_;
    mutable std::mutex config_mutex_;  // the pages' threads read config_, this one changes it
    spdlog::logger& log_;
    std::filesystem::path store_file_;
    Systemd manager_;
    Pulse pulse_;
    Wakeups wakeups_;
    JobThreads threads_;
    TurnWatch turns_;
    HookDesk hooks_;
    std::optional<WallTime> next_, stale_;
    bool looked_ = false;                               // so next_ is known
    std::optional<BootTime> clean_again_, tell_again_;  // not before
    bool news_ = true;                                  // to be told; at the start what came up while nothing ran
    std::atomic<bool> untold_ = false;                  // set by the thread that tells
    std::string trouble_;                               // why no job, or the first of stuck_, can be started
    std::map<std::string, std::string> stuck_;          // jobs whose runs the store couldn't take, and the webhooks; and why
    std::atomic<const char*> not_ready_ = nullptr;      // the trouble as /readyz tells it: without a path, and for any thread
    std::optional<BootTime> trouble_since_, alarm_again_;
    std::atomic<bool> alarmed_ = false;                 // people know of it; set by the thread that tells
    std::uint64_t store_inode_ = 0;
    std::unique_ptr<web::Pages> pages_;  // goes first: its threads ask for the rest
};

}  // namespace bindery
