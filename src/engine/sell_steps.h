#pragma once
// The sell steps of one run of a job: decided with the pushes, counted by the same guard, carried out in their place among them.
#include "engine/deliver.h"
#include "engine/sell_decide.h"

namespace bindery {

class SellSteps {
  public:
    SellSteps(const Engine& engine, const Job& job, Callers& callers, RunReport& report) : engine_(engine), job_(job), callers_(callers), report_(report) {}

    // `complete`: every pull of the run was, for steps with `needs: complete`.
    void decide(JobSql& sql, const Values& fixed, bool complete, bool by_webhook);
    std::int64_t may_post() const;                // for the guard
    std::vector<PlannedCall> calls() const;       // the pings; what `plan` shows and `apply` compares
    void describe();                              // fills list, cost and sales of the report
    void note();                                  // joins the caller's transaction
    void note_baseline();                         // instead: nobody who is selected now is to be offered. Joins it, too
    void become_owner();
    // Throws Error(guard) when another store sold last.
    void check_owner(bool accept);
    // Calls that a run sold and died over, before anything is read: their callers wait.
    void hand_off_left();
    // Those that stand before step `number`, and weren't yet. What failed is in the report. True: something is left for the next run.
    bool deliver_before(int number, BootTime deadline, std::set<std::string>& barred);
    // Instead, when nothing may be sent: of those that weren't, only what has left is asked for.
    bool keep_back(BootTime deadline, std::set<std::string>& barred);

  private:
    SaleContext context(BootTime deadline) const;
    void tally(const SalePlan& plan, const Delivery& delivery);
    std::map<std::string, std::int64_t> waits_of(const SalePlan& plan) const;

    const Engine& engine_;
    const Job& job_;
    Callers& callers_;
    RunReport& report_;
    std::vector<SalePlan> plans_;
    std::size_t next_ = 0;
};

// What of the sales of a job waits for a person, with what its runs count as sold; for `end()`.
SaleReport sale_report(const SalePlan& plan);

}  // namespace bindery
