#pragma once
// A sell step, read from a checked tree. What needs the service is checked in load_config.cpp.
#include "config/faults.h"
#include "config/job.h"
#include "config/reader.h"
#include "config/shared_sql.h"

namespace bindery {

SellStep read_sell(const Reader& read, const SharedSelects& shared, Faults& faults);

}  // namespace bindery
