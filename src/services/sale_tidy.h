#pragma once
// A lead as an agency's systems spell it becomes one that the field table (sale_fields.h) knows, where that is certain: state names
// become codes, synonyms the table's words, "yes" true, "(214) 555-0142" ten digits, "6/15/1990" a date, incidents beside the drivers
// go under theirs. What can't be read with certainty stays as it is and is a fault later (sale_rules.h). Which column is which field is
// the business of a job's SQL, not of this. The rules: docs/autobind_fields.md. Pure; what a lead holds can't make it throw anything but
// bad_alloc.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "services/sale_fields.h"
#include "services/sale_rules.h"

namespace bindery {

struct TidyLead {
    json lead;  // an object, whatever came in
    // Paths in `lead`, without values, at most 100 each: what was written otherwise or filled in, and members of `raw` that no field of this
    // media stands for, or that go nowhere. Blanks are left out in silence.
    std::vector<std::string> changed;
    std::vector<std::string> dropped;
    // What would be lost if the lead were sold without it: an incident that names no driver. To go with those of sale_faults.
    std::vector<SaleFault> faults;
};

// `raw` is a JSON object whose members have the names of the table. Lists are arrays, texts that hold JSON arrays (json_group_array of a job's SQL
// gives them), or flat names with numbers: "driver1_gender", "vehicle2_make", "driver1_incident2_type".
TidyLead tidy_lead(SaleMedia media, const json& raw);

}  // namespace bindery
