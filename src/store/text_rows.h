#pragma once
// Rows of a SELECT of our own, as text, one after the other; NULL is empty. Never for SQL that people write (store/job_sql.h).
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping.h"
#include "store/store.h"

namespace bindery {

using TextCells = std::vector<std::string_view>;  // good for the call
void for_each_text_row(Store& store, const std::string& sql, const std::vector<std::string>& parameters, const std::function<void(TextCells& cells)>& row);

// The SELECT of a dataset's live records in the order of their keys: key, fields, document.
std::string dataset_select(const Mapping& mapping);

}  // namespace bindery
