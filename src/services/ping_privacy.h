#pragma once
// A ping doesn't say who the lead is. No field of the post alone can enter it (sale_bodies.h); this looks into the free texts that may stand in it
// for what the lead says of its people elsewhere (person_signs.h), for whoever's e-mail address and phone (contact_shapes.h), and behind escapes
// (text_readings.h). Which text is taken how: docs/autobind_fields.md. Pure; throws nothing but bad_alloc, whatever the lead holds.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "services/sale_fields.h"
#include "services/sale_rules.h"

namespace bindery {

struct KeptOut {
    std::vector<std::string> paths;  // "tcpa_language", "landing_page (from its ? on)"; without values
    std::vector<SaleFault> faults;   // of fields that the ping can't do without: it may not be sent
};

// Takes out of `ping` whatever text tells who the lead is.
KeptOut keep_person_out(SaleMedia media, const json& lead, json& ping);

}  // namespace bindery
