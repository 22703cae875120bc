#pragma once
// The daemon's side of webhooks: opens the listener, sorts what has come, and says which jobs are to run for it. What follows from an
// event is decided in engine/hinted_runs.h and engine/echo.h. One thread owns it; facts() may come from others.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "app/job_threads.h"
#include "engine/hinted_runs.h"
#include "store/inbox.h"
#include "web/feed.h"
#include "web/hooks.h"

namespace bindery {

class HookDesk {
  public:
    // `ring`: wakes the daemon; from any thread.
    HookDesk(Session& session, std::filesystem::path store, std::function<void()> ring);

    // For a configuration that was loaded: opens, closes or changes the listener. Error(config) for a secret that is there and no good,
    // or a port that can't be had; Error(store). What was open before goes on then.
    void configure(const Config& config);
    void close() { set_hooks(nullptr); }

    // Sorts events; starts runs for jobs that are neither in `busy` nor in `paused`. When to look again, if nothing happens before.
    // Error(store), after all that, while what comes can't be kept.
    using Start = std::function<void(const std::string& job, const HintedRun& run)>;
    std::optional<WallTime> look(const Config& config, Store& store, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start);
    // How many runs under way webhooks have started: they take no place from those on schedule.
    std::size_t running() const { return runs_.running(); }
    void polls(const std::string& job);  // a run on schedule begins: it reads all that was hinted at before
    void ended(const EndedRun& end, WallTime now);

    std::optional<InboxFacts> facts() const;
    std::vector<web::HookFacts> hooks_of(const Config& config) const;  // for people; none when webhooks are off

  private:
    std::map<std::string, web::HookRules> rules_of(const Config& config) const;
    std::optional<WallTime> look_at_counts(WallTime now);
    std::optional<WallTime> look_at_events(const Config& config, Store& store, WallTime now, const std::set<std::string>& busy, const std::set<std::string>& paused, const Start& start);
    void look_at_keeping();
    void look_at_windows(const Config& config, WallTime now);
    std::shared_ptr<web::Hooks> open(const WebhookSettings& wanted);
    void reopen(const WebhookSettings& wanted);
    void open_as_before();
    void set_hooks(std::shared_ptr<web::Hooks> hooks);
    std::shared_ptr<web::Hooks> hooks() const;

    Session& session_;
    std::filesystem::path store_file_;
    std::function<void()> ring_;
    std::atomic<bool> expected_{false};  // a look will come anyway: no event needs to ring
    std::atomic<bool> counting_{false};  // a count waits to be written
    std::optional<BootTime> write_counts_at_;
    std::optional<Inbox> inbox_;
    mutable std::mutex mutex_;
    std::shared_ptr<web::Hooks> hooks_;  // guarded by mutex_
    WebhookSettings open_as_;
    std::map<std::string, web::HookRules> open_rules_;
    HintedRuns runs_;
};

}  // namespace bindery
