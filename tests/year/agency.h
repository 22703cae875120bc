#pragma once
// An agency's year as it happens in BindPilot, whoever reads it: renewals come up, move through their stages, are shopped, renewed,
// lost, rewritten to another date; their policies end and are followed by others, or aren't. Leads come into the CRM
// that the agency doesn't write. Keeps what is true, for the oracle.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/dates.h"
#include "year/services.h"

namespace bindery::test {

struct Renewal {
    std::string id, policy_id, client_id;
    std::string work;    // what a task is about, however its number is written: rows of one package share it
    std::string number;  // plain; empty: BindPilot has none yet
    std::string line, state, status;
    int premium = 0;     // dollars
    Date expiration;
    bool operator==(const Renewal&) const = default;
};

struct Policy {
    std::string id, client_id, number, line;
    Date effective, expiration;
    WallTime since;  // when it came into BindPilot
    int premium = 0;
};

class Agency {
  public:
    Agency(Services& services, unsigned seed);

    void live_through(Date day);  // what happens there in one day
    // What BindPilot shows now, and what it has shown of policies, gone ones too.
    const std::map<std::string, Renewal>& renewals() const { return renewals_; }
    const std::map<std::string, Policy>& policies() const { return policies_; }
    std::string export_of_the_ams();  // a CSV

  private:
    int roll(int from, int to) { return from + static_cast<int>(random_() % static_cast<unsigned>(to - from + 1)); }
    bool percent(int chance) { return roll(1, 100) <= chance; }
    bool permille(int chance) { return roll(1, 1000) <= chance; }
    void comes_up(Date day);
    void moves_on(Renewal& renewal, Date day);
    void ends(const Renewal& renewal, Date day);
    void clear_away(Date day);
    void lead_comes(Date day, bool for_sale);
    void leads_are_worked();
    void show(const Renewal& renewal);
    void show(const Policy& policy, Date day);
    std::string written(const std::string& number);

    Services& services_;
    std::mt19937 random_;
    int next_ = 0;
    std::map<std::string, Renewal> renewals_;
    std::map<std::string, Policy> policies_;
    std::map<std::string, Date> leads_;   // when they came
    std::map<std::string, Date> to_end_;  // renewals: when it becomes of them what becomes of them
};

}  // namespace bindery::test
