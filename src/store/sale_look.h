#pragma once
// Which leads can't be offered, for people: the quarantine knows them by a reference alone. Only reads; no person's name, phone or e-mail
// is in it.
#include <map>
#include <string>

#include "store/store.h"

namespace bindery {

// Reference → the lead as the job's once_per names it: {"web_lead_id":"w1"}. One walk over all that was ever looked at: for a command.
std::map<std::string, std::string> unfit_sales(Store& store, const std::string& effect);

}  // namespace bindery
