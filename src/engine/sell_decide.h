#pragma once
// From state to offers: which leads of a sell step may be asked a bid for, in which order, and why the others may not. Reads the
// store, writes nothing; note_decisions() writes what was decided. Who may be sold: sync/sale_bars.h.
#include <set>

#include "engine/decide.h"
#include "services/sale_bodies.h"
#include "store/sales.h"
#include "sync/sale_bars.h"
#include "sync/sale_life.h"

namespace bindery {

// A lead that may be offered.
struct Offer {
    EffectRow effect;      // what its post will be; the body comes with the bid
    json lead;             // whole; parts of it go into the ping and the post
    std::string ping_body;
    Consent consent;
    WallTime consent_at{};
    std::vector<std::string> phones;   // keys of all of the lead's; of the first number first
    std::string email;                 // its key
    std::vector<std::string> persons;  // both: who it is, as do_not_contact and earlier sales have it
    std::string us_state;
    bool unanswered = false;           // its last two questions had no answer: one that breaks the service must not keep the others waiting
};

struct SalePlan {
    const SellStep* step = nullptr;
    const Operation *ping = nullptr, *post = nullptr;
    const Resource* status = nullptr;
    Operation once;                         // the post as the ledger's owner sees it: a sale that was forgotten can't be looked up
    int number = 0;                         // of the step in its job
    bool withheld = false;                  // nothing is posted; what was posted is looked after all the same
    std::vector<Offer> offers;              // oldest consent first; those without an answer after the others
    std::vector<SaleRow> others;            // passed over, unfit
    std::vector<Unfit> unfit;
    std::vector<Offer> open;                // selected and never posted, whatever bars them now; only who they are, without their bodies
    std::set<std::string> for_sale;         // identities that the rules let pass
    std::vector<EffectRow> doubts;          // posts whose outcome isn't known
    std::vector<std::string> still_refused;  // references of posts that the service found fault with, and nobody has settled since
    std::map<std::string, std::vector<std::string>> persons_of;  // of each doubt that the select gave
    std::map<std::string, std::int64_t> passed_over;             // reason → leads
    std::set<std::string> dropped_fields;   // members that the service doesn't know; never sent
    std::vector<std::string> shared_certificates;  // of offers with a certificate that another person has too: by once_per
    std::set<std::string> kept_out_of_pings;  // texts that say who the lead is
    std::map<std::string, std::map<std::string, std::int64_t>> passed_over_in;  // dataset → reason → records
    DaySold sold_today;
    std::int64_t selected = 0;
    std::int64_t may_post() const;          // what the guard counts: posts at most; none in mode test
};

struct SaleContext {
    const Job* job = nullptr;
    std::int64_t run = 0;
    std::string today;      // the run's, by the job's zone
    BootTime deadline{0};
};

DayCaps caps_of(const SellStep& step);
std::string least_price(const SellStep& step);  // below it no bid is taken, in any state
SaleLimits sale_limits(const SellStep& step);
SaleRow sale_row(const SalePlan& plan, const Offer& offer, const SaleContext& context);

SalePlan decide_sale(const Engine& engine, const SellStep& step, int number, const SaleContext& context, JobSql& sql, const Values& fixed);

// Joins the caller's transaction.
void note_decisions(Store& store, const SalePlan& plan, std::int64_t run);

// Nobody who is selected now is to be offered, for good: they were dealt with otherwise. Gives how many. Joins the caller's transaction.
std::int64_t note_baseline(Store& store, const SalePlan& plan, const SaleContext& context);

// The plan as the guard of the ledger sees it.
PushPlan as_push_plan(const SalePlan& plan);

}  // namespace bindery
