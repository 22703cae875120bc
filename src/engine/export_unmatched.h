#pragma once
// The records that only one of a job's two books has, as its last run paired them: one row each, with the book, the key and what either
// book knows of it. Those that wait for a person's word (bindery conflicts) aren't among them.
#include <string>
#include <vector>

#include "config/load.h"
#include "engine/csv_file.h"
#include "store/store.h"

namespace bindery {

// Returns the columns. Error(usage) when the job compares no books, or never has.
std::vector<std::string> write_unmatched(const Config& config, Store& store, const std::string& job, CsvFile& out);

}  // namespace bindery
