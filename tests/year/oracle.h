#pragma once
// What ought to be in the CRM, worked out from what is true at each run and from nothing of ours: which stage each renewal is in,
// which expired uncovered. The rules of jobs/renewals.yaml in their own words; a second reading of them.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/report.h"
#include "store/ledger.h"
#include "year/agency.h"

namespace bindery::test {

// One piece of work: what it's about, its date, and the stage or "EXPIRED".
struct Work {
    std::string work, date, stage;
    auto operator<=>(const Work&) const = default;
    std::string text() const { return work + " " + date + " " + stage; }
};

// The stage that a renewal is in on that day; empty: none, or it needs no work.
std::string stage_of(const Renewal& renewal, Date today);

class Oracle {
  public:
    Oracle(Agency& agency, Services& services) : agency_(agency), services_(services) {}

    void run_begins(Date today);              // of the renewals job
    // It ended; `report` tells only whether it had both lists whole and nothing in its way.
    void run_ended(const RunReport& report, const std::vector<EffectRow>& ledger);
    void run_died() {}

    // Everything, when the year is over.
    void close(const std::vector<EffectRow>& ledger);

    std::size_t owed() const { return owed_.size(); }
    struct Counts {
        std::size_t tasks = 0, alarms = 0, twice = 0, held = 0, withdrawn = 0, waiting = 0, checked_runs = 0;
    } counts;

  private:
    std::map<Work, int> made();  // tasks that the CRM has
    std::set<Work> due_by(const Renewal& renewal, Date today, WallTime policies_read) const;
    bool uncovered(const Renewal& renewal, WallTime policies_read) const;
    Work work_of(const EffectRow& row) const;
    void note_names();

    Agency& agency_;
    Services& services_;
    // As the store may have it: what was last surely read, and what may have been read since.
    struct View {
        std::vector<Renewal> may_be;
        std::optional<Renewal> sure;
        int missed = 0;
    };
    std::map<std::string, View> views_;
    std::map<std::string, Renewal> now_;  // when the run began
    std::map<std::string, std::string> work_of_id_, work_of_number_, work_of_policy_;
    WallTime began_{}, policies_read_{};
    Date today_{};
    std::set<Work> allowed_;
    std::map<Work, Date> owed_;  // until which day a run saw it so
    std::map<std::string, Work> task_names_;  // task id → what it is
};

}  // namespace bindery::test
