#pragma once
// One agency in a folder: shipped service files, jobs of the test's choice, store and budget file. Each run is a process of its own:
// everything is built for it and dropped after it, on the same files, clock and services. A process may die at the n-th commit of
// the store, the n-th request or the n-th reply.
#include <spdlog/logger.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/job_run.h"
#include "store/ledger.h"
#include "support/fake_services.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

namespace bindery::test {

// Where a process dies; each counts from 1, 0 is never.
struct Death {
    std::size_t at_commit = 0;  // from this one on every commit of the store fails
    std::size_t at_start = 0;   // before the request leaves
    std::size_t at_reply = 0;   // the service has acted, nobody hears of it
};

class World {
  public:
    World();
    ~World();

    // A job of the tests, as YAML; or the shipped renewals job, with words of it replaced.
    void job(const std::string& name, const std::string& yaml);
    void shipped(const std::string& name, const std::vector<std::pair<std::string, std::string>>& replaced = {});
    void shipped_renewals(const std::vector<std::pair<std::string, std::string>>& replaced = {});
    void shipped_policies(const std::vector<std::pair<std::string, std::string>>& replaced = {});
    // What an import of the AMS's export leaves: the whole book, as read at the clock's time.
    void import_book(const std::vector<json>& rows, std::optional<WallTime> as_of = {});
    // Rows of the website's file; what it lacks stays.
    void import_leads(const std::vector<json>& rows);
    void forget_config() { config_.reset(); }
    void settings(const std::string& lines);  // further ones of bindery.yaml
    Environment& environment() { return environment_; }
    const Config& config();

    // A process that runs a job to its end; fails the test when it dies.
    RunReport run(const std::string& job, RunOptions options = {});
    // nullopt: it died.
    std::optional<RunReport> run_or_die(const std::string& job, const Death& death, RunOptions options = {});

    // What lies in the store, seen by a process of its own.
    std::vector<EffectRow> effects(const std::string& name = {});
    std::map<std::string, std::string> states(const std::string& name = {});  // once_per → state
    std::map<std::string, std::int64_t> count_by_state();
    void settle(const EffectRow& effect, const std::string& as);
    std::vector<std::string> rows(const std::string& sql);  // cells joined by '|'
    // Datasets without the times of their readings.
    std::string datasets();
    void with_engine(const std::function<void(const Engine&)>& use);

    std::filesystem::path store_file() const { return folder_ / "bindery.db"; }
    std::filesystem::path folder() const { return folder_.path(); }
    void remove_store();  // with all that lies beside it

    SimClock clock;
    CallClass call_class = CallClass::on_demand;
    FakeServices services;
    // Asked first: a service that a test brings itself.
    std::function<std::optional<Answer>(const HttpRequest&, BootTime)> elsewhere;
    std::function<std::unique_ptr<Disk>()> make_disk;  // none: each commit counts as on the disk
    std::ostringstream log;  // of all processes, at level trace
    // Of the last process.
    std::size_t commits = 0, starts = 0, replies = 0;
    std::optional<BootTime> stop_at;  // SIGTERM, for the next processes
    std::size_t stop_after_replies = 0;
    std::function<void()> at_commit;  // runs within each commit of the store, as if it took so long

  private:
    void import_rows(const std::string& book, const std::vector<json>& rows, bool whole, WallTime at);
    class ProcessWire;
    struct Process;
    TempFolder folder_;
    Environment environment_;
    std::optional<Config> config_;
    std::shared_ptr<spdlog::logger> logger_;
    Death death_;
};

// A renewal of a homeowner in Texas and its policy; `days` until it expires, as seen from the clock of a new World.
json renewal(int number, int days, const json& changed = json::object());
json policy(int number, int days, const json& changed = json::object());
// 12 policies and 8 renewals, all of which are due for work.
void fill(FakeServices& services);

}  // namespace bindery::test
