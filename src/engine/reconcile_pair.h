#pragma once
// One pair of records: what becomes of each field, and of what was under way. Reads and writes the store inside the step's
// transaction; the rules themselves are sync/merge.h and sync/correction_life.h.
#include <map>
#include <set>
#include <unordered_set>

#include "engine/reconcile.h"
#include "store/conflicts.h"
#include "store/corrections.h"
#include "store/overlay.h"
#include "store/pairing.h"
#include "sync/correction_life.h"
#include "sync/merge.h"

namespace bindery {

struct ReconcileField {
    std::string name;
    FieldType type = FieldType::text;
    Owner owner = Owner::both;
};

// What the pairs of a step share.
struct ReconcileState {
    Store& store;
    const Job& job;
    const ReconcileStep& step;
    std::int64_t run = 0;
    const Mapping* ours = nullptr;
    const Mapping* theirs = nullptr;
    bool ours_outside = true;   // authority of our book
    bool corrects = true;       // false: a book that is too old, or empty: bases move, nothing else
    std::string complete_at{};  // when their last complete list began
    std::vector<ReconcileField> fields{};
    ReconcileReport report{};
    std::vector<Attention> attention{};
    bool asks = false;
    std::unordered_set<std::string> corrected_ours{}, corrected_theirs{};  // keys of records with past or open corrections when the step began
    // Open when the step began, by record and field.
    std::map<std::pair<std::string, std::string>, CorrectionRow> to_theirs{}, to_ours{};
    std::map<std::pair<std::string, std::string>, ConflictRow> open{};                  // by their key and field
    std::map<std::pair<std::string, std::string>, std::vector<ConflictRow>> decided{};  // a person's words, the newest first
    std::set<std::int64_t> still_open{};                                            // conflicts that this run found again
    std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::string>> not_taken{};  // field and value → records, and the first one's key
    std::map<std::string, std::size_t> rows_of{};                                   // effect → open corrections it carried
    std::map<std::string, std::size_t> carried{};                                   // effect → those it still carries
    std::map<std::string, std::size_t> confirmed{};                                 // effect → those a reading showed
};

// What one pair still needs written by the step: a correction of theirs.
struct PairOutcome {
    std::vector<FieldChange> to_theirs;
    FieldTexts to_ours;  // of a book of our own
    std::vector<CorrectionRow> written{};  // their rows
    json base;
};

// The value as the service's list spells it; itself where the field has no list; nullopt when the list lacks it.
std::optional<std::string> taken_spelling(const Mapping& theirs, const std::string& field, const std::string& value);
// A value that they don't take was wanted for a record of `key`.
void note_not_taken(ReconcileState& state, const std::string& field, const std::string& value, const std::string& key);
// What became of those, for a person: one line a field and value.
void tell_not_taken(ReconcileState& state);

PairOutcome decide_pair(ReconcileState& state, const DifferingPair& pair);

}  // namespace bindery
