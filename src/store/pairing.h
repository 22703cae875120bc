#pragma once
// Which record of one book is which of the other, and where the two differ: set-based SQL over those records of two dataset tables
// that are in no standing pair (standing.h), so that only pairs that differ come to C++. Works inside the caller's transaction, in temporary tables of its connection. One at a time a
// store. Rules: docs/reconcile.md.
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"
#include "store/standing.h"
#include "store/store.h"

namespace bindery {

struct PairRules {
    std::string job;
    const Mapping* ours = nullptr;
    const Mapping* theirs = nullptr;
    std::vector<std::string> fields;               // that should agree; the same name and type on both sides
    std::vector<std::vector<std::string>> match;   // composite keys, tried in order
    std::vector<std::string> contradiction;        // a pair by a later key than the first needs that none of these differ
};

// Does a column of `field` hold what records are compared by? Else it needs `match: true`.
bool matches_by_column(const Field& field);

struct DifferingPair {
    std::string ours_key, theirs_key;
    std::vector<std::optional<std::string>> ours, theirs;  // one a field of the rules
    nlohmann::json base;                                   // {} when they never agreed
    std::int64_t base_run = 0;                             // that took the base as a whole
    nlohmann::json base_later;                             // field -> run, of what moved after that
    std::string theirs_read_at;                            // when the reading began
    bool known = false;                                    // this very pair has a base
    bool settled = false;                                  // and agreed in every field when it was looked at last
    std::int64_t theirs_row = 0;                           // where their record stands, as long as the transaction lasts
};

struct UnclearRecord {  // one of theirs, for a person
    std::string theirs_key;
    std::vector<std::string> candidates;  // keys of ours, sorted
};

struct Double {  // one of ours, in no pair, that fits a record of theirs that has another, or (theirs_key is '') a new one of ours
    std::string ours_key, theirs_key, other_key;
    bool answered = false;  // a person said that it's one more row about that record
    bool apart = false;     // the names are clearly another's: a household, perhaps
};

struct GonePair {
    std::string ours_key, theirs_key;
    bool ours_gone = false, theirs_gone = false;
    nlohmann::json base;
};

struct PairCounts {
    std::int64_t ours = 0, theirs = 0;  // live records
    std::int64_t pairs = 0, by_fallback = 0, by_person = 0;
    std::int64_t equal = 0, differing = 0;
};

class RoomyCache;

class Pairing {
  public:
    // Pairs everything. Links that a person made come first.
    Pairing(Store& store, const PairRules& rules);
    ~Pairing();
    Pairing(const Pairing&) = delete;
    Pairing& operator=(const Pairing&) = delete;

    const PairCounts& counts() const { return counts_; }
    std::vector<DifferingPair> differing();
    std::optional<DifferingPair> pair_of(const std::string& theirs_key);  // also one that is equal
    std::vector<UnclearRecord> unclear();
    // Live, in no pair and no open question.
    std::vector<std::string> only_ours();
    std::vector<std::string> only_theirs();
    // Of those that only ours has: what may be known under another one. A person may have said that it isn't.
    std::vector<Double> doubles();
    // Pairs that agreed once, of which a side is gone and the other isn't paired anew.
    std::vector<GonePair> gone();

    // The base of every pair without a difference becomes what both show.
    void settle_equal(std::int64_t run);

  private:
    std::string insert_pairs(const std::string& from, const std::string& on, const std::string& where, const std::string& contradicts) const;
    std::string contradictions(bool clearly = false) const;
    void pair_as_before();
    void take_paired_off();
    void pair_by_links();
    void pair_by_first_key();
    void pair_by_fallback(std::size_t level);
    void set_unclear_apart(int how);
    void count(const StandingCounts& standing);
    void forget_when_rules_changed();
    std::string key_condition(const std::vector<std::string>& fields) const;
    std::string differs(const std::string& field) const;
    std::string pair_select(const std::string& from) const;
    std::vector<DifferingPair> read_pairs(const std::string& sql, const std::string& key);
    std::vector<std::string> keys(const std::string& sql);

    Store& store_;
    std::unique_ptr<RoomyCache> cache_;  // both books are walked, and records looked up all over them
    PairRules rules_;
    std::string ours_, theirs_;  // quoted table names
    PairCounts counts_;
};

}  // namespace bindery
