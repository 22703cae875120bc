#pragma once
// What /metrics says, read from the store when asked, so that runs of cron and of people count as the daemon's do. Names and counts
// only: nothing of a record. docs/metrics.md lists them.
#include <map>
#include <mutex>
#include <string>

#include "web/feed.h"

namespace bindery::web {

class Metrics {
  public:
    explicit Metrics(const Feed& feed) : feed_(feed) {}
    std::string text(Store& store);  // from any thread

  private:
    // Live records of a dataset; counted anew only when something has landed in it since.
    double live_records(Store& store, const std::string& dataset, const std::string& reading);

    const Feed& feed_;
    std::mutex mutex_;
    std::map<std::string, std::pair<std::string, double>> counted_;  // dataset → its last reading, its records
};

}  // namespace bindery::web
