#pragma once
// Leads that were offered or looked at, found for people. Only reads; no person's name, phone or e-mail is in it.
#include <map>
#include <string>
#include <vector>

#include "store/store.h"

namespace bindery {

// Which can't be offered, since the quarantine knows them by a reference alone: reference → the lead as the job's once_per names it,
// {"web_lead_id":"w1"}. One walk over all that was ever looked at, as the next one: for a command.
std::map<std::string, std::string> unfit_sales(Store& store, const std::string& effect);

// Identities of the sales that a word names: a reference (BN-…, or 8 digits of the identity and more), the id of a bid, the lead as its
// job names it. Also when no record of the lead is held any more. The oldest first.
std::vector<std::string> sales_named(Store& store, const std::string& word);

}  // namespace bindery
