#pragma once
// Reading dataset tables, for look-ups and for people.
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping.h"
#include "store/store.h"

namespace bindery {

// Each live record's key and document as received.
void for_each_live(Store& store, const Mapping& mapping, const std::function<void(const std::string& key, const std::string& document)>& row);

struct RecordView {
    std::string key;
    std::vector<std::pair<std::string, std::optional<std::string>>> fields;
    std::string read_at;
    std::optional<std::string> removed_at, removed_why, missed_at;
    std::string document;
};
// By key, or else by the match key of any field that is matched on (a policy number in any spelling). Several may match.
std::vector<RecordView> find_records(Store& store, const Mapping& mapping, const std::string& key_or_value);

}  // namespace bindery
