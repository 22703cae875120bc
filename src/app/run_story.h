#pragma once
// What a run asked its services for, for people and programs.
#include <nlohmann/json.hpp>
#include <string>

#include "store/runs.h"

namespace bindery {

// Each call and wait in order; as a table, added to `text`.
nlohmann::json calls_json(Store& store, const RunRow& run, std::string& text);

}  // namespace bindery
