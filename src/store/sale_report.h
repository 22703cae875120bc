#pragma once
// What was offered and sold, by day, for people and metrics. Looks at no other days than those asked for, however many there are. Only reads. No person's name, phone or e-mail is in it.
#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

// A row of the view sales_by_day. The day is the job's date; money and earned are dollars as text, with two places: what was sold for,
// and what of it the day's invoice has, without what isn't billable and calls of which that isn't known.
struct SaleDay {
    std::string day, effect, mode;  // mode: live | test
    std::string asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money, earned;
};

// A post of which it isn't known whether it sold.
struct UnclearSale {
    std::string identity, ref, effect, day;
};

struct SaleRejections {
    std::string effect, reason;
    std::int64_t count = 0;
};

class SaleFigures {
  public:
    explicit SaleFigures(Store& store) : store_(store) {}

    bool any();  // was anything ever offered?
    // The latest `days` days before `before` (empty: of all) that have any, newest first; within a day by effect, live before test. Fewer,
    // but one at least, where they hold more than `most` questions and posts together: how long a look takes.
    std::vector<SaleDay> days(const std::string& before, int days, std::int64_t most);
    std::string last_day_before(const std::string& day);  // empty: none
    // Those posted from one day to another, both included, by day and reference.
    std::vector<UnclearSale> unclear(const std::string& from, const std::string& to);

    std::int64_t untold(const std::string& from);  // calls posted from that day on that the phone system could not be told of
    std::int64_t untold_lately();                  // since yesterday, by UTC: later nobody can do anything about it
    std::vector<SaleRejections> rejected(const std::string& day);  // of those posted that day

  private:
    std::int64_t size_of(const std::string& day);  // questions and posts

    Store& store_;
};

}  // namespace bindery
