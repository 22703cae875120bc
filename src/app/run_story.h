#pragma once
// What a run changed, and asked its services for, for people and programs.
#include <nlohmann/json.hpp>
#include <string>

#include "store/runs.h"

namespace bindery {

// The records that it added, changed and removed, the first thousand rows of history; as a table, added to `text`.
nlohmann::json changes_json(Store& store, const RunRow& run, std::string& text);

// Each call and wait in order; as a table, added to `text`.
nlohmann::json calls_json(Store& store, const RunRow& run, std::string& text);

}  // namespace bindery
