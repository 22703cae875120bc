#pragma once
// What a pair of records agreed on last: the base of the merge. Bases of pairs without a difference are moved in pairing.h, all
// at once.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/pairing.h"

namespace bindery {

struct AgreedRow {
    std::string ours_key, theirs_key, base;
    std::int64_t run = 0;
};
// `theirs`: is `key` that of their record?
std::optional<AgreedRow> agreed_of(Store& store, const std::string& job, const std::string& key, bool theirs);

// Has the job compared these two books?
bool has_compared(Store& store, const std::string& job, const std::string& ours, const std::string& theirs);
// Keys of the live records of one book that the job's last run paired with none of the other, nor asked a person about.
std::vector<std::string> unpaired(Store& store, const std::string& job, const std::string& dataset, bool theirs);

// These join the caller's transaction.
// Of a pair that differs: what it agrees on in the other fields.
void put_base(Store& store, const std::string& job, const DifferingPair& pair, const nlohmann::json& base, std::int64_t run);
void forget_base(Store& store, const std::string& job, const std::string& theirs_key);
// A record of ours was written: its pairs are to be looked at anew, whatever the job.
void look_at_anew(Store& store, const std::string& ours_key);

}  // namespace bindery
