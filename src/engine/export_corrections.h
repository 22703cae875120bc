#pragma once
// What records should take, as a list for a person or a program: one row a record, with what identifies it, then for each field that
// differs anywhere FIELD (what it should be) and FIELD (is). Those of outside books, and those that a service refuses to take.
#include <string>
#include <vector>

#include "config/load.h"
#include "engine/csv_file.h"
#include "store/store.h"

namespace bindery {

// Returns the columns.
std::vector<std::string> write_corrections(const Config& config, Store& store, const std::string& job, CsvFile& out);

}  // namespace bindery
