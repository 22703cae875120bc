#pragma once
// Runs of jobs beside each other, each in a thread with a store, a budget file and connections of its own. Only the thread that owns
// it calls it; `ended` is called from the runs' threads.
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/session.h"
#include "engine/hints.h"
#include "engine/report.h"

namespace bindery {

struct EndedRun {
    std::string job;                  // or the chore
    std::optional<RunReport> report;  // it ran
    std::optional<Error> error;       // it couldn't begin
    bool hinted = false;              // webhooks started it
};
// No job has a dot in its name.
inline bool is_chore(const std::string& name) { return name.find('.') != std::string::npos; }

// A run that webhooks started.
struct HintedRun {
    std::optional<HintedReads> reads;  // nullopt: all that the job reads
};

class JobThreads {
  public:
    JobThreads(const Options& options, const StopFlag& stop, std::shared_ptr<spdlog::logger> log, std::function<void()> ended)
        : options_(options), stop_(stop), log_(std::move(log)), ended_(std::move(ended)) {}
    ~JobThreads();
    JobThreads(const JobThreads&) = delete;
    JobThreads& operator=(const JobThreads&) = delete;

    // The configuration stays as it is for this run, whatever is reloaded meanwhile.
    void start(const std::string& job, std::shared_ptr<const Config> config, std::optional<HintedRun> hinted = {});
    // What else takes time, in a thread too: a slow mail server holds nobody up. False, and nothing, when this chore is being done.
    bool chore(const std::string& name, std::shared_ptr<const Config> config, std::function<void(Session&)> work);
    std::vector<EndedRun> collect();  // runs that have ended since the last call
    std::set<std::string> running() const;  // jobs
    bool idle() const { return threads_.empty(); }

  private:
    void run(const std::string& job, std::shared_ptr<const Config> config, const std::optional<HintedRun>& hinted);
    void add(EndedRun end);

    const Options& options_;
    const StopFlag& stop_;
    std::shared_ptr<spdlog::logger> log_;
    std::function<void()> ended_;
    std::map<std::string, std::thread> threads_;
    mutable std::mutex mutex_;
    std::vector<EndedRun> done_;  // guarded by mutex_
};

}  // namespace bindery
