#pragma once
// What a record of either book should take, until a reading shows it. Which step is right is decided in sync/correction_life.h.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/store.h"

namespace bindery {

struct CorrectionRow {
    std::int64_t id = 0;
    std::string job, dataset, key, other_key, field;
    std::optional<std::string> had, wanted;
    std::string state;  // open | done | dropped
    std::optional<std::string> identity;
    int missed = 0;
    std::optional<std::string> missed_at;
    std::int64_t since_run = 0;
    std::string since_at;
    std::optional<std::string> closed_at, reason;
    std::int64_t closed_run = 0;
    // Of the effect that carries it, as it stands now; empty without one.
    std::string effect_state, answered_at;
};

class Corrections {
  public:
    explicit Corrections(Store& store) : store_(store) {}

    std::vector<CorrectionRow> open(const std::string& job, const std::string& dataset);
    std::vector<CorrectionRow> about(const std::string& dataset, const std::string& key);  // newest first
    std::int64_t count_open(const std::string& job, const std::string& dataset);
    // Keys of the records that any was ever meant for.
    std::unordered_set<std::string> keys(const std::string& dataset);
    // What a field of a record was corrected to since then, as far as it was answered: newest first, at most 100.
    std::vector<std::optional<std::string>> answered(const std::string& dataset, const std::string& key, const std::string& field, const std::string& since);
    // Those of one field of one record, newest first, at most 100.
    std::vector<CorrectionRow> past(const std::string& dataset, const std::string& key, const std::string& field);
    // The effect of a record's last correction that came to an end after its reply: confirmed, or overtaken. Empty: none yet. `effect`:
    // the name under which they go out.
    std::string last_answered(const std::string& dataset, const std::string& key, const std::string& effect);

    // These join the caller's transaction.
    // Opens it, or leaves the open one of the same field as it is when it wants the same by the same effect.
    void put(const CorrectionRow& correction, std::int64_t run);
    void close(std::int64_t id, const std::string& state, std::int64_t run, const std::string& reason);
    void note_missed(std::int64_t id, int missed, const std::string& missed_at);
    void note_reason(std::int64_t id, const std::string& reason);

  private:
    std::string last_forgotten(const std::string& key, const std::string& effect);

    Store& store_;
};

}  // namespace bindery
