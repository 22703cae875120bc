#pragma once
// The daemon's side of webhooks in one process: the code that takes, keeps and sorts events and says what is to run, with no socket
// between. And an eye on it: a run that webhooks started reads and changes what they named, nothing else; what it and each whole poll
// read is in the store afterwards, whatever was lost on the way.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/hinted_runs.h"
#include "support/world.h"
#include "web/hooks.h"
#include "year/services.h"

namespace bindery::test {

struct HintedJob {
    std::string job;
    std::optional<HintedReads> reads;  // nullopt: all that it reads
};

class HooksIn {
  public:
    HooksIn(World& world, const std::map<std::string, std::string>& secrets);

    int take(const sandbox::Delivery& delivery);  // the answer's status
    // What is to run now is added to `to_start`; when to look again.
    std::optional<WallTime> look(Store& store, const std::set<std::string>& busy);
    void polls(const std::string& job) { runs_.polls(inbox_, job); }
    void ended(const std::string& job, const std::optional<RunReport>& report, std::optional<ErrorCode> error);

    std::vector<HintedJob> to_start;

  private:
    World& world_;
    web::Hooks hooks_;
    Inbox inbox_;
    HintedRuns runs_;
};

class HooksEye {
  public:
    HooksEye(World& world, Services& services) : world_(world), services_(services) {}

    void run_begins(const std::string& job, const std::optional<HintedReads>& reads);
    void asked(const HttpRequest& request);  // of the run
    void run_ended(const RunReport& report);
    // Everything has been read: the store has each lead of the CRM as it is.
    void close();

    struct Counts {
        std::size_t runs = 0, records = 0, lists = 0, compared = 0;
    } counts;

  private:
    using Leads = std::map<std::string, json>;
    Leads leads_of_the_crm();
    void hold_to_the_named(const RunReport& report);
    void hold_against(const Leads& truth, const std::set<std::string>* keys);

    World& world_;
    Services& services_;
    std::string job_;
    std::optional<HintedReads> reads_;
    std::vector<std::string> asked_;
    Leads before_;
};

}  // namespace bindery::test
