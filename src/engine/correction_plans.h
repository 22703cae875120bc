#pragma once
// From corrections of their book to the effects that carry them, within a reconcile step's transaction: each record's changes are
// one effect, held against the ledger; a record that they lack is another. What becomes of each field is decided before
// (reconcile_pair.h), sending is deliver.h's.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/correction_call.h"
#include "engine/reconcile_pair.h"

namespace bindery {

class CorrectionPlans {
  public:
    CorrectionPlans(const Engine& engine, ReconcileState& state, const ReconcileContext& context);

    // A record that was to be made, and isn't known to be there yet.
    void add_new(const CorrectionRow& row) { new_records_.emplace(row.other_key, row); }
    // True when it goes out with this run.
    bool correct(const DifferingPair& pair, const std::vector<FieldChange>& changes);
    // What is under way to a record and stays.
    void carry(const std::string& key);
    void make(const std::string& ours_key);
    // What was decided for a new record stays as it is; it may be there already.
    void keep_new(const std::string& ours_key);
    bool is_begun(const std::string& ours_key) const;
    bool is_decided(const std::string& ours_key) const;  // in an earlier run, whether or not anything was sent
    // `still_single`: records of ours that have no partner, or an open question.
    void settle_new(const std::set<std::string>& still_single);
    // Committed, unless dry: corrections, then new records. Nothing more is planned after it.
    std::vector<PushPlan> finish();

  private:
    void begin(std::optional<PushPlan>& plan, const PushStep& push);
    Correction correction_of(const PushStep& push, const std::string& key) const;
    Planned plan_effect(PushPlan& plan, const PushStep& push, Correction& correction, const std::string& once_per, const std::string& order, const std::vector<FieldChange>& changes);
    void note(const Planned& planned, const std::string& key, const std::string& ours_key, const std::string& field, const std::optional<std::string>& had,
              const std::optional<std::string>& wanted);
    void keep(std::optional<PushPlan>& plan, const std::string& identity);
    bool is_their_key(const std::string& field) const;
    bool wait_for_new(const CorrectionRow& row);  // answered, and not in their list yet; true: nothing to decide anew

    const Engine& engine_;
    ReconcileState& state_;
    const ReconcileStep& step_;
    int number_;
    bool dry_;
    const Values& fixed_;
    Corrections corrections_;
    Ledger ledger_;
    std::optional<PushPlan> changes_, records_;         // of records that are there; of those to be made, when they have a call of their own
    std::map<std::string, CorrectionRow> new_records_;  // by key of ours
};

}  // namespace bindery
