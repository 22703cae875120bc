#pragma once
// Whether Autobind would take a lead, before anything is sent: every rule of its page, all faults at once. JSON Schemas made from the field
// table (sale_fields.h) check presence, types, words, sizes and ranges; named rules check digits, dates, addresses and what one field says about another. Pure, safe
// to call from several threads; what a lead holds can't make it throw anything but bad_alloc.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/dates.h"
#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

struct SaleFault {
    std::string path;     // "drivers[0].gender"; empty: the lead itself
    std::string message;  // what is expected, without what was found: "must be one of: male, female"
    bool operator==(const SaleFault&) const = default;
};

// Of the ping and the post that ping_body and post_body (sale_bodies.h) would make, in the order of the table, one a path; after 100 one without a path that counts the others.
// Empty: both may be sent, unless ping_parts (sale_bodies.h) has a fault. `today` is the agency's date.
std::vector<SaleFault> sale_faults(SaleMedia media, const json& lead, Date today);

// Of one body as it would go over the wire: also members that this step doesn't take are faults.
std::vector<SaleFault> sale_body_faults(SaleMedia media, SaleStep step, const json& body, Date today);

// "drivers[0].gender must be one of: male, female", joined with "; ".
std::string sale_faults_text(const std::vector<SaleFault>& faults);

}  // namespace bindery
