#pragma once
// Webhooks in service files, and jobs that listen to them (`on:`), for the loaders of this folder.
#include <map>
#include <set>
#include <string>

#include "config/faults.h"
#include "config/reader.h"
#include "config/service.h"

namespace bindery {

// The `webhooks:` of a service whose resources and operations have been read.
Webhooks read_webhooks(const Reader& read, const Service& service, Faults& faults);

// Each event of `on:` is one that its service sends. `broken`: files that couldn't be read, which aren't blamed a second time.
void check_listens(const Job& job, const std::map<std::string, Service>& services, const std::set<std::string>& broken, Faults& faults);

}  // namespace bindery
