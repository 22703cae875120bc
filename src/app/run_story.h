#pragma once
// What a run asked its services for, for people and programs.
#include <nlohmann/json.hpp>
#include <string>

#include "store/store.h"

namespace bindery {

// Each call and wait in order; as a table, added to `text`.
nlohmann::json calls_json(Store& store, std::int64_t run, std::string& text);

}  // namespace bindery
