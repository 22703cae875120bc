#pragma once
// One record by its exact key.
#include <optional>
#include <string>

#include "store/records.h"

namespace bindery {

std::optional<RecordView> record_by_key(Store& store, const Mapping& mapping, const std::string& key);
// As received; nullopt when there is no such record.
std::optional<std::string> document_by_row(Store& store, const std::string& dataset, std::int64_t row);
bool record_is_live(Store& store, const Mapping& mapping, const std::string& key);

}  // namespace bindery
