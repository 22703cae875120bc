#pragma once
// What a pair of records agreed on last, for people. The merge reads it in pairing.h.
#include <cstdint>
#include <optional>
#include <string>

#include "store/store.h"

namespace bindery {

struct AgreedRow {
    std::string ours_key, theirs_key, base;
    std::int64_t run = 0;
};
// `theirs`: is `key` that of their record?
std::optional<AgreedRow> agreed_of(Store& store, const std::string& job, const std::string& key, bool theirs);

}  // namespace bindery
