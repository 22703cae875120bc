#pragma once
// A full lead is taken apart into what a ping and what a post may carry. A full lead is one JSON object with the fields of the
// table (sale_fields.h), ping and post together: each of its drivers has both what is priced and who it is. Bodies are built from
// the table, member by member, so that a field of the post alone can't enter a ping; a value of another JSON type than the
// table's stays out as well (sale_faults names it). Numbers may be exact ones (core/exact_json.h): write bodies with dump_exact.
// Pure; throws nothing but bad_alloc, whatever the lead holds.
#include <nlohmann/json.hpp>
#include <string>

#include "core/dates.h"
#include "services/ping_privacy.h"
#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

struct SaleOptions {
    // A ping carries each driver's age on `today` instead of the birth date, unless this is set. A driver without a birth date
    // carries the `age` of the lead.
    bool send_birth_date = false;
};

// `media_type` and `bid_id` are the arguments' own, whatever the lead says. A list without members is left out. The drivers of
// a call stay out of its ping when none has a field of the ping alone (gender and so on), and out of its post when none has
// one of the post alone (names and so on): both are optional there, and a part of them would be refused.
json ping_body(SaleMedia media, const json& lead, Date today, const SaleOptions& options = {});
// The same body, and what a text of the lead said of the person and was kept out of it. With a fault it lacks what a ping needs.
struct PingParts {
    json body;
    KeptOut kept_out;
};
PingParts ping_parts(SaleMedia media, const json& lead, Date today, const SaleOptions& options = {});
json post_body(SaleMedia media, const json& lead, const std::string& bid_id);

// Whether the body of this step has the lead's drivers: always for a lead.
bool sale_has_drivers(SaleMedia media, SaleStep step, const json& lead);

}  // namespace bindery
