#pragma once
// Leads for the tests of a sale. full_sale holds every field that a media knows, made from the table itself.
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "core/dates.h"
#include "services/sale_fields.h"

namespace bindery {

using json = nlohmann::json;

inline Date sale_day() {
    return *parse_date("2026-11-23");
}

// A value that the field takes; texts of no form are told apart by the field's name.
inline json right_value(const SaleField& field, const std::string& path) {
    switch (field.kind) {
        case SaleKind::word: return field.words.front();
        case SaleKind::flag: return field.name != "currently_insured";
        case SaleKind::number: return field.low + 20;
        case SaleKind::phone: return "2145550" + std::to_string(100 + path.size());
        case SaleKind::state: return "NM";
        case SaleKind::place: return "Mexico";
        case SaleKind::zip: return "87501";
        case SaleKind::day: return "2024-02-29";
        case SaleKind::birth_day: return "1988-04-09";
        case SaleKind::last_day: return "2027-01-31";
        case SaleKind::moment: return "2026-11-23T08:15:30Z";
        case SaleKind::email: return "ana@mail.example";
        case SaleKind::vin: return "1HGCM82633A004352";
        case SaleKind::tracking: return "sub-7_b";
        case SaleKind::proof: return "https://cert.trustedform.com/5f1c0ffee";
        case SaleKind::network: return "192.0.2.17";
        default: return "<" + path + ">";
    }
}

inline json full_members(std::span<const SaleField> fields, SaleMedia media, const std::string& path) {
    json object = json::object();
    for (const auto& field : fields) {
        if (!field.in(media)) continue;
        const std::string name(field.name), place = path + name;
        if (field.kind != SaleKind::list) {
            object[name] = field.name == "commute_days_per_week" ? json(5) : right_value(field, place);
        } else {
            object[name] = json::array({full_members(field.members, media, place + "[0]."), full_members(field.members, media, place + "[1].")});
        }
    }
    return object;
}

// An incident holds what belongs to its type.
inline void sort_incident(json& incident, const std::string& type) {
    incident["type"] = type;
    if (type != "accident") for (const char* name : {"fault_status", "damage_type"}) incident.erase(name);
    if (type != "violation") for (const char* name : {"violation_type", "violation_type_other"}) incident.erase(name);
    else incident["violation_type"] = "other";
    if (type != "claim") for (const char* name : {"claim_type", "claim_amount"}) incident.erase(name);
}

inline json full_sale(SaleMedia media) {
    json lead = full_members(sale_fields(), media, "");
    lead["media_type"] = sale_media_name(media);
    json& drivers = lead["drivers"];
    drivers[1]["relationship_to_policyholder"] = "spouse";
    for (auto& driver : drivers) {
        driver["incidents"].push_back(driver["incidents"][0]);
        for (std::size_t i = 0; i < 3; ++i) sort_incident(driver["incidents"][i], i == 0 ? "accident" : i == 1 ? "violation" : "claim");
    }
    return lead;
}

}  // namespace bindery
