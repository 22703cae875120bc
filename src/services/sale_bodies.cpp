#include "services/sale_bodies.h"

#include <algorithm>

#include "core/exact_json.h"
#include "services/sale_values.h"

namespace bindery {
namespace {

// The JSON type of the table, and no longer than it could be.
bool fits(const SaleField& field, const json& value) {
    switch (field.kind) {
        case SaleKind::flag:
            return value.is_boolean();
        case SaleKind::number:
            return sale_number(value).has_value();
        case SaleKind::list:
            return value.is_array() && !value.empty() && value.size() <= static_cast<std::size_t>(field.high);
        default:
            return value.is_string() && value.get_ref<const std::string&>().size() <= longest_bytes(field);
    }
}

json part_of(std::span<const SaleField> fields, SaleMedia media, SaleStep step, const json& object) {
    json part = json::object();
    if (!object.is_object()) return part;
    for (const auto& field : fields) {
        if (!field.in(media, step)) continue;
        const auto found = object.find(field.name);
        if (found == object.end() || !fits(field, *found)) continue;
        if (field.kind != SaleKind::list) {
            part[std::string(field.name)] = *found;
            continue;
        }
        json& list = part[std::string(field.name)] = json::array();
        for (const auto& member : *found) list.push_back(part_of(field.members, media, step, member));
    }
    return part;
}

json body_of(SaleMedia media, SaleStep step, const json& lead) {
    json body = part_of(sale_fields(), media, step, lead);
    if (!sale_has_drivers(media, step, lead)) body.erase("drivers");
    body["media_type"] = sale_media_name(media);
    return body;
}

// What stands in a ping for a birth date.
void put_age(json& driver, Date today) {
    const auto found = driver.find("birth_date");
    if (found == driver.end()) return;
    if (const auto birth = parse_date(found->get_ref<const std::string&>())) driver["age"] = age_on(*birth, today);
    driver.erase("birth_date");
}

}  // namespace

PingParts ping_parts(SaleMedia media, const json& lead, Date today, const SaleOptions& options) {
    json body = body_of(media, SaleStep::ping, lead);
    if (const auto drivers = body.find("drivers"); drivers != body.end()) {
        for (auto& driver : *drivers) {
            if (!options.send_birth_date) put_age(driver, today);
            else if (driver.contains("birth_date")) driver.erase("age");
        }
    }
    KeptOut kept_out = keep_person_out(media, lead, body);
    return {std::move(body), std::move(kept_out)};
}

json ping_body(SaleMedia media, const json& lead, Date today, const SaleOptions& options) {
    return ping_parts(media, lead, today, options).body;
}

json post_body(SaleMedia media, const json& lead, const std::string& bid_id) {
    json body = body_of(media, SaleStep::post, lead);
    body["bid_id"] = bid_id;
    return body;
}

bool sale_has_drivers(SaleMedia media, SaleStep step, const json& lead) {
    if (media == SaleMedia::lead) return true;
    if (!lead.is_object()) return false;
    const auto drivers = lead.find("drivers");
    if (drivers == lead.end() || !drivers->is_array()) return false;
    const auto& members = sale_field(sale_fields(), "drivers")->members;
    const auto tells = [&](const json& driver) {
        return driver.is_object() && std::any_of(members.begin(), members.end(), [&](const SaleField& field) {
            return field.only(media, step) && driver.contains(field.name);
        });
    };
    const auto end = drivers->begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(drivers->size(), 6));
    return std::any_of(drivers->begin(), end, tells);
}

}  // namespace bindery
