#pragma once
// What was offered and sold, for people and metrics: by day, and in all. Only reads. No person's name, phone or e-mail is in it.
#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

// A row of the view sales_by_day. The day is the job's date; money is dollars as text, with two places.
struct SaleDay {
    std::string day, effect, mode;  // mode: live | test
    std::string asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money;
};

// A post of which it isn't known whether it sold.
struct UnclearSale {
    std::string identity, ref, effect, day;
};

// Of what the store still has. Mode test has no money.
struct SaleTally {
    std::string effect, mode, what;  // what: a state, an answer or a reason
    std::int64_t count = 0;
};
struct SaleMoney {
    std::string effect;
    double dollars = 0;
};

class SaleReport {
  public:
    explicit SaleReport(Store& store) : store_(store) {}

    bool any();  // was anything ever offered?
    // The latest `days` days before `before` (empty: of all), newest first; within a day by effect, live before test.
    std::vector<SaleDay> days(const std::string& before, int days);
    // Those posted from one day to another, both included, by day and reference.
    std::vector<UnclearSale> unclear(const std::string& from, const std::string& to);

    std::vector<SaleTally> by_state();
    std::vector<SaleTally> by_answer();   // bid | decline | refused | failed, of pings
    std::vector<SaleTally> rejected();    // by reason
    std::vector<SaleMoney> money();

  private:
    std::vector<SaleTally> tallies(const std::string& sql);

    Store& store_;
};

}  // namespace bindery
