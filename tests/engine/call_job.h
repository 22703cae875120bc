#pragma once
// A job that sells calls: leads of the CRM that stand for callers, told by default to a file `told` of the world.
#include <fstream>

#include "engine/buyer.h"

namespace bindery::test {

inline std::string call_job(const World& world, const std::string& hand_off = "") {
    return R"(job: calls
about: Calls for sale.
steps:
  - pull: bi369.leads
  - sell: autobind
    effect: call_sale
    kind: call
    mode: live
    consent: inbound
    once_per: {lead_id: text}
    floor: 10.00
    hand_off: )" +
           (hand_off.empty() ? "{command: [/bin/sh, -c, \"cat >> " + (world.folder() / "told").string() + "\"]}" : hand_off) + R"(
    lead: {external_id: "{lead_id}", state_abbreviation: "{state}", language: en, currently_insured: true, dial_in_phone: "{phone}"}
    select: |
      SELECT key AS lead_id, state, phone10(phone) AS phone, created_at AS consent_at, 0 AS is_client, 0 AS do_not_contact FROM bi369_leads
)";
}

inline std::string told(const World& world) {
    std::ifstream in(world.folder() / "told");
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void prepare_calls(World& world, Buyer& buyer, const std::string& hand_off = "") {
    world.job("calls", call_job(world, hand_off));
    no_lists(world.services);
    buyer.price = [](const json&) { return "12.40"; };
    buyer.bid_life = std::chrono::seconds(60);
    world.elsewhere = [&buyer](const HttpRequest& request, BootTime now) { return buyer.handle(request, now); };
    world.clock.advance(std::chrono::hours(4));  // 11 a.m. in Chicago
    world.services.lists["/crm/leads"] = {sale_lead(1)};
}

}  // namespace bindery::test
