#pragma once
// From state to effects: a push step's select becomes planned effects, each held against the ledger. Reads the store, writes
// nothing; commit() writes what was decided in one transaction. Effects follow from state alone (I1), so deciding again after a
// crash comes to the same.
#include <set>

#include "engine/context.h"
#include "engine/report.h"
#include "store/job_sql.h"
#include "store/ledger.h"
#include "sync/effect_life.h"

namespace bindery {

struct Planned {
    EffectRow row;  // as it would be written
    Decision decision = Decision::create;
    std::vector<FieldChange> changes{};  // of a correction
};

struct Unfit {  // a selected row that can't become an effect
    std::string key, reason, document;
};

struct PushPlan {
    const PushStep* step = nullptr;
    const Operation* operation = nullptr;
    int number = 0;  // of the step in its job
    std::vector<Planned> effects;
    std::set<std::string> selected;          // identities
    std::set<std::string> columns;           // of the select, when it gave a row
    std::vector<std::string> withdraw;       // pending, not selected any more
    std::vector<EffectRow> doubts;           // in doubt, of this step
    std::vector<EffectRow> retried;          // a person said `retry`: sent although not selected any more
    std::vector<Unfit> unfit;
    std::map<std::string, std::map<std::string, std::int64_t>> counted;
    std::set<std::string> put_off;           // identities that wait for the next run (engine/put_off.h)
    std::map<std::string, std::map<std::string, std::int64_t>> passed_over;  // dataset → reason → records
    std::vector<Attention> named;            // of them those that the step names for a person
    bool corrections = false;                // of a reconcile step
    bool withheld = false;                   // `needs: complete` and it isn't
    std::int64_t then = 0;                   // up to this many more, once the steps of `after:` were sent (engine/follow.h)
    std::int64_t most = -1;                  // what the guard has let through; -1: all of it
    bool doubt_may_go(const EffectRow& row) const;  // an effect in doubt may be sent again in this run
    std::int64_t to_send() const;                   // what the guard counts
};

// The parameters that a job's SQL and templates see: its vars, :now and :today.
Values job_values(const Job& job, const std::string& now, const std::string& today);

// What one row of a select becomes, or why it can't (no personal data in the reason). `unfit.reason` empty: fine.
EffectRow effect_of_row(Ledger& ledger, Store& store, const Service& service, const Operation& operation, const Job& job,
                        const PushStep& step, const Values& row, const Values& fixed, std::string& problem);

// How an effect stands in the ledger; nullopt when it isn't there.
std::optional<KnownEffect> known_effect(Ledger& ledger, const std::string& identity);

PushPlan decide_push(const Engine& engine, const Job& job, const PushStep& step, int number, std::int64_t run, JobSql& sql,
                     const Values& fixed);

// Joins the caller's transaction.
void commit_plan(Store& store, const PushPlan& plan, std::int64_t run);

// Instead: what would be sent is recorded as done without being sent. Gives how many; joins the caller's transaction.
std::int64_t note_baseline(Store& store, const PushPlan& plan);

// How it stands in `plan`.
PlannedCall planned_call(const Planned& planned);

}  // namespace bindery
