#pragma once
// The import and export steps of a job, read from a checked tree. What needs the rest of the configuration is checked in
// load_config.cpp.
#include "config/faults.h"
#include "config/job.h"
#include "config/reader.h"
#include "config/shared_sql.h"

namespace bindery {

ImportStep read_import(const Reader& read);
ExportStep read_export(const Reader& read, const SharedSelects& shared, Faults& faults);

}  // namespace bindery
