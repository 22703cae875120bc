#pragma once
// What two books disagree about and no rule decides: opened once, closed by a person or by the sides agreeing, remembered.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

struct ConflictRow {
    std::int64_t id = 0;
    std::string job, kind;  // values | war | gone | match
    std::string ours, theirs, ours_key, theirs_key, field, type;
    std::optional<std::string> base, ours_value, theirs_value;
    std::vector<std::string> candidates;           // of `match`
    nlohmann::json ours_changed, theirs_changed;   // {run, at, kind}, or null
    std::string state;                             // open | resolved | settled | agreed | overtaken
    std::int64_t opened_run = 0;
    std::string opened_at;
    std::optional<std::string> closed_at, closed_by, take, wanted;
};

// Of what a person sees of an open conflict: another one once its values or candidates have changed. 32 hex digits.
std::string mark_of(const ConflictRow& conflict);

struct ConflictFilter {
    std::string job, field;  // empty: any
    bool closed_too = false;
    std::int64_t limit = -1;
};

class Conflicts {
  public:
    explicit Conflicts(Store& store) : store_(store) {}

    std::vector<ConflictRow> list(const ConflictFilter& filter);
    std::optional<ConflictRow> find(std::int64_t id);
    std::vector<ConflictRow> about(const std::string& dataset, const std::string& key);  // all of a record, newest first
    std::int64_t count_open(const std::string& job);  // empty: of all jobs

    // These join the caller's transaction.
    // Opens it, or brings the values of the open one up to date. True when it's new.
    bool open(const ConflictRow& conflict, std::int64_t run);
    void close(std::int64_t id, const std::string& state, std::int64_t run);
    // A person's word. False when somebody was faster.
    bool resolve(std::int64_t id, const std::string& take, const std::optional<std::string>& wanted);
    // What a person said of two records; `one_more`: a further row of ours about a record that has one.
    static constexpr int kDifferent = 0, kSame = 1, kOneMore = 2;
    std::vector<std::string> linked(const std::string& job, const std::string& ours_key);  // their keys that a person called the same
    void link(const std::string& job, const std::string& theirs_key, const std::string& ours_key, int same);

    // The last change of a field before now, by the history of its dataset: {run, at, kind}; null when nothing is known.
    nlohmann::json last_change(const std::string& dataset, const std::string& key, const std::string& field);

  private:
    Store& store_;
};

}  // namespace bindery
