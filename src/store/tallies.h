#pragma once
// Counts for metrics and pages. Those of runs and requests are kept as they happen and never go down; the rest is counted along an
// index when asked for. Each only reads, but add_requests, which joins the caller's transaction.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct RunTally {
    std::string job, kind, outcome;
    std::int64_t runs = 0;
};
struct RequestTally {
    std::string service;
    int status = 0;  // 0: no reply was seen
    std::int64_t requests = 0;
};
struct EffectTally {
    std::string name, state;  // `turned_down`: a buyer's no to a lead, whose state in the ledger is rejected
    std::int64_t effects = 0;
};
struct DatasetReading {
    std::string dataset;
    std::int64_t last_run = 0;
    std::int64_t seen = 0;                      // rows of the last whole list
    std::optional<std::string> complete_read_at, last_read_at;
    std::string verdict;
};
// What waits for a person. Each is counted up to `most`, so that a look stays quick whatever has piled up.
struct Waiting {
    std::int64_t in_doubt = 0, held = 0, rejected = 0, pending = 0, conflicts = 0, quarantined = 0;  // rejected: refused, a buyer's no apart
    std::int64_t untold = 0;  // sold calls that nobody may have transferred
};

class Tallies {
  public:
    explicit Tallies(Store& store) : store_(store) {}

    std::vector<RunTally> runs();
    std::vector<RequestTally> requests();
    std::map<std::string, double> waited_seconds();  // by service
    std::vector<EffectTally> effects();              // kept counted; but what was refused is counted along an index
    std::vector<std::pair<std::string, std::int64_t>> conflicts_by_job();   // open ones
    std::vector<std::pair<std::string, std::int64_t>> quarantined_by_dataset();
    std::vector<DatasetReading> readings();
    std::int64_t live_records(const std::string& dataset);  // one walk over an index of the dataset; 0 when there's none
    Waiting waiting(std::int64_t most);
    std::int64_t version();  // changes when another connection has written

    void add_requests(const std::string& service, int status, std::int64_t requests);
    void add_waited(const std::string& service, double seconds);

  private:
    Store& store_;
};

}  // namespace bindery
