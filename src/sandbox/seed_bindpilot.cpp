#include "sandbox/calendar.h"
#include "sandbox/random.h"
#include "sandbox/seed.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace bindery::sandbox {

namespace {

using date::days;
using nlohmann::json;

struct Line {
  const char* name;
  const char* code;
  bool business;
  int low;   // yearly premium in dollars
  int high;
};
constexpr std::array<Line, 7> kLines = {{{"personal_auto", "PA", false, 620, 3400},
                                         {"homeowners", "HO", false, 780, 6200},
                                         {"umbrella", "UM", false, 180, 900},
                                         {"commercial_auto", "CA", true, 1900, 24000},
                                         {"general_liability", "GL", true, 450, 9800},
                                         {"workers_comp", "WC", true, 700, 31000},
                                         {"bop", "BO", true, 500, 7400}}};

struct Carrier {
  const char* name;
  const char* status;
  const char* appetite;
};
constexpr std::array<Carrier, 10> kCarriers = {{{"Lone Star Mutual", "Active", "Full"},
                                                {"Red River Casualty", "Active", "Selective"},
                                                {"Sandía Indemnity", "Active", "Full"},
                                                {"Gulf & Plains Insurance Co.", "Active", "Selective"},
                                                {"Pecos Valley Assurance", "Active", "Full"},
                                                {"Frontier Farmers' Union", "Active", "Closed"},
                                                {"Chisholm Specialty", "Active", "Selective"},
                                                {"Bluebonnet Fire & Marine", "Inactive", "Closed"},
                                                {"Cimarron National", "Pending", "Selective"},
                                                {"Llano Estacado Surplus", "Active", "Full"}}};
constexpr std::array<const char*, 5> kProducers = {"Dana O'Rourke", "Luis Peña", "Karen Whitfield", "Tomás Baca",
                                                   "Priya Raman"};
constexpr std::array<const char*, 5> kManagers = {"maria@agency.example", "devon@agency.example",
                                                  "renee@agency.example", "sam@agency.example",
                                                  "aiyana@agency.example"};
constexpr std::array<const char*, 3> kPlaceholders = {"TBD", "PENDING", ""};

// A plain number such as TXPA100233 as people and systems write it.
std::string messy_number(Random& random, const std::string& plain) {
  const std::string state = plain.substr(0, 2);
  const std::string code = plain.substr(2, 2);
  const std::string digits = plain.substr(4);
  std::string lower = plain;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  switch (random.below(12)) {
    case 0:
    case 1:
      return state + code + "-" + digits;
    case 2:
      return state + "-" + code + "-" + digits.substr(0, 3) + "-" + digits.substr(3);
    case 3:
      return state + " " + code + " " + digits.substr(0, 3) + " " + digits.substr(3);
    case 4:
      return lower;
    default:
      return plain;
  }
}

bool placeholder(const json& number) {
  return number.is_null() || number == "" || number == "TBD" || number == "PENDING";
}

std::string status_of(Random& random, const SeedPolicy& policy, date::sys_days today) {
  if (policy.effective > today) {
    return "pending";
  }
  if (policy.expiration < today) {
    return "expired";
  }
  return random.percent(4) ? "cancelled" : "active";
}

SeedPolicy make_policy(Random& random, std::size_t index, const BindPilotSeed& seed, bool renews,
                       date::sys_days today) {
  SeedPolicy policy;
  policy.id = numbered("p_", 100001 + index);
  policy.client = random.below(seed.clients.size());
  const Person& person = seed.clients[policy.client].person;
  policy.line = person.business ? 3 + random.below(4) : random.below(3);
  const Line& line = kLines[policy.line];
  policy.carrier = random.below(kCarriers.size());
  policy.number = person.state + line.code + std::to_string(100000 + index * 3);
  policy.shown = messy_number(random, policy.number);
  const int length = policy.line == 0 && random.percent(30) ? 182 : 365;
  policy.renews = renews;
  policy.expiration = today + days(renews ? random.between(-30, 130) : random.between(131, 131 + length - 132));
  policy.effective = policy.expiration - days(length);
  policy.premium_cents = random.between(line.low * 100, line.high * 100);
  policy.status = status_of(random, policy, today);
  return policy;
}

// Every other expired policy gets its next term in the place of a policy that isn't up for renewal.
void add_next_terms(Random& random, BindPilotSeed& seed, date::sys_days today) {
  std::size_t free = 0;
  bool follow = false;
  for (std::size_t i = 0; i < seed.policies.size(); ++i) {
    SeedPolicy& old = seed.policies[i];
    if (!old.renews || old.expiration >= today) {
      continue;
    }
    follow = !follow;
    if (!follow) {
      continue;
    }
    while (free < seed.policies.size() && (seed.policies[free].renews || seed.policies[free].followed)) {
      ++free;
    }
    if (free == seed.policies.size()) {
      return;
    }
    SeedPolicy& next = seed.policies[free++];
    const std::string id = next.id;
    const std::string own_digits = next.number.substr(4);
    next = old;
    next.id = id;
    next.renews = false;
    next.number = random.percent(50) ? old.number : old.number.substr(0, 4) + own_digits;  // else it was rewritten with another carrier
    next.shown = messy_number(random, next.number);
    next.carrier = next.number == old.number ? old.carrier : random.below(kCarriers.size());
    next.effective = old.expiration + days(random.percent(70) ? 0 : random.between(1, 4));
    next.expiration = next.effective + days(365);
    next.premium_cents = old.premium_cents / 100 * random.between(94, 121);
    next.status = next.effective > today ? "pending" : "active";
    old.followed = true;
  }
}

json renewal_record(Random& random, const BindPilotSeed& seed, const SeedPolicy& policy, std::size_t ordinal,
                    date::sys_days today) {
  const SeedClient& client = seed.clients[policy.client];
  const int left = static_cast<int>((policy.expiration - today).count());
  const bool fresh = left > 60;
  std::string status = fresh ? (random.percent(85) ? "Pending" : "Shopped")
                             : (random.percent(45) ? "Pending" : (random.percent(60) ? "Shopped" : "Renewed"));
  if (left < 0) {
    status = policy.followed ? "Renewed" : (random.percent(50) ? "Pending" : "Shopped");
  }
  json offered = dollars(policy.premium_cents / 100 * random.between(91, 127));
  if (ordinal % 13 == 4 || (status == "Pending" && random.percent(20))) {
    offered = nullptr;
  }
  json number = placeholder(policy.shown) || random.percent(70) ? policy.shown : json(messy_number(random, policy.number));
  return {{"id", numbered("r_", 500001 + ordinal)},
          {"policy_id", policy.id},
          {"policy_number", std::move(number)},
          {"client_id", client.id},
          {"client_name", client.person.name()},
          {"client_email", client.person.email},
          {"client_phone", client.phone},
          {"carrier", kCarriers[policy.carrier].name},
          {"line_of_business", kLines[policy.line].name},
          {"state", client.person.state},
          {"zip", client.person.zip},
          {"expiration_date", day_text(policy.expiration)},
          {"current_premium", ordinal % 19 == 7 ? 0.0 : dollars(policy.premium_cents)},
          {"renewal_premium", std::move(offered)},
          {"status", status},
          {"account_manager", kManagers[ordinal % kManagers.size()]}};
}

std::size_t renewal_count(const Options& options) {
  return std::min(options.policies, options.renewals.value_or(options.policies * 3 / 10));
}

}  // namespace

std::size_t client_count(const Options& options) {
  return std::max<std::size_t>(1, options.clients.value_or(options.policies * 5 / 8));
}

std::vector<SeedClient> seed_clients(const Options& options, date::sys_days today) {
  Random random(options.seed * 7919 + 1);
  std::vector<SeedClient> clients;
  const std::size_t count = client_count(options);
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    SeedClient client;
    client.id = numbered("c_", 200001 + i);
    client.person = make_person(random, i + 1);
    client.phone = messy_phone(random, client.person.phone);
    client.created_at = day_text(today - days(random.between(30, 2200))) + "T15:04:05Z";
    clients.push_back(std::move(client));
  }
  return clients;
}

BindPilotSeed seed_bindpilot(const Options& options, date::sys_days today) {
  BindPilotSeed seed;
  seed.clients = seed_clients(options, today);
  Random random(options.seed * 7919 + 2);
  const std::size_t renewals = renewal_count(options);
  std::size_t renewing = 0;
  seed.policies.reserve(options.policies);
  for (std::size_t i = 0; i < options.policies; ++i) {
    const bool renews = (i + 1) * renewals / options.policies > i * renewals / options.policies;
    seed.policies.push_back(make_policy(random, i, seed, renews, today));
    if (renews && renewing++ % 23 == 11) {
      const std::size_t which = renewing / 23 % 4;
      seed.policies.back().shown = which == 3 ? json(nullptr) : json(kPlaceholders[which]);
    }
  }
  add_next_terms(random, seed, today);
  return seed;
}

json client_record(const SeedClient& client) {
  const Person& person = client.person;
  return {{"id", client.id},           {"name", person.name()},   {"email", person.email},
          {"phone", client.phone},     {"street_address", person.street},
          {"city", person.city},       {"state", person.state},   {"zip", person.zip},
          {"created_at", client.created_at}};
}

json policy_record(const SeedPolicy& policy, const SeedClient& client, date::sys_days today) {
  const date::sys_days updated = std::min(today, policy.effective + days(3));
  return {{"id", policy.id},
          {"policy_number", policy.shown},
          {"client_id", client.id},
          {"client_name", client.person.name()},
          {"client_email", client.person.email},
          {"client_phone", client.phone},
          {"carrier", kCarriers[policy.carrier].name},
          {"line_of_business", kLines[policy.line].name},
          {"state", client.person.state},
          {"premium", dollars(policy.premium_cents)},
          {"effective_date", day_text(policy.effective)},
          {"expiration_date", day_text(policy.expiration)},
          {"status", policy.status},
          {"producer", kProducers[policy.client % kProducers.size()]},
          {"updated_at", day_text(updated) + "T08:30:00Z"}};
}

std::vector<json> renewal_records(const BindPilotSeed& seed, const Options& options, date::sys_days today) {
  Random random(options.seed * 7919 + 3);
  std::vector<json> records;
  records.reserve(renewal_count(options));
  for (const SeedPolicy& policy : seed.policies) {
    if (policy.renews) {
      records.push_back(renewal_record(random, seed, policy, records.size(), today));
    }
  }
  return records;
}

std::vector<json> carrier_records() {
  std::vector<json> records;
  for (const Carrier& carrier : kCarriers) {
    records.push_back({{"id", numbered("carrier_", records.size() + 1)},
                       {"name", carrier.name},
                       {"status", carrier.status},
                       {"appetite", carrier.appetite}});
  }
  return records;
}

}  // namespace bindery::sandbox
