#include "sandbox/calendar.h"
#include "sandbox/random.h"
#include "sandbox/seed.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bindery::sandbox {

namespace {

using date::days;
using nlohmann::json;

constexpr std::array<const char*, 5> kStatuses = {"new", "contacted", "qualified", "converted", "lost"};
constexpr std::array<const char*, 6> kSources = {"Website", "Referral", "Facebook", "Walk-in", "Google", "Cold call"};
constexpr std::array<const char*, 4> kOwners = {"maria@agency.example", "devon@agency.example",
                                                "renee@agency.example", "sam@agency.example"};
constexpr std::array<const char*, 5> kNotes = {"", "Prefers text messages.", "Spouse: María; call after 5 p.m.",
                                               "Has a boat & an RV, wants a bundle", "\"Too expensive\" last year"};
constexpr std::array<const char*, 6> kInvoiceStatuses = {"Draft", "Sent", "Partially paid", "Paid", "Overdue", "Voided"};
constexpr std::array<const char*, 3> kContactWays = {"phone", "email", "text"};

// What a lead asks for, as a web form writes it; BindPilot's words are others.
constexpr std::array<const char*, 6> kAsked = {"Auto", "Home", "personal_auto", "Homeowners insurance", "BOP", "Boat"};

json custom_fields(Random& random, const Person& person, std::size_t index) {
  json fields = {{"preferredContact", random.pick(kContactWays)}, {"drivers", random.between(1, 4)}};
  if (random.percent(40)) {
    fields["renewalMonth"] = random.between(1, 12);
  }
  if (index % 2 == 0) {
    fields["street"] = person.street;
  }
  if (index % 3 != 0) {
    fields["lineOfBusiness"] = kAsked[index % kAsked.size()];
  }
  if (random.percent(15)) {
    fields["homeOwner"] = random.percent(50);
    fields["tags"] = json::array({"bundle", "español"});
  }
  return fields;
}

json lead_record(Random& random, const Person& person, const std::string& phone, std::size_t index,
                 date::sys_days today) {
  const date::sys_days created = today - days(random.between(0, 400));
  return {{"id", numbered("lead_", 300001 + index)},
          {"firstName", person.first},
          {"lastName", person.last},
          {"company", person.business ? json(person.company) : json(nullptr)},
          {"email", random.percent(6) ? json("") : json(person.email)},
          {"phone", random.percent(4) ? json(nullptr) : json(phone)},
          {"status", random.pick(kStatuses)},
          {"source", random.pick(kSources)},
          {"ownerEmail", random.pick(kOwners)},
          {"state", person.state},
          {"zip", person.zip},
          {"notes", random.pick(kNotes)},
          {"customFields", custom_fields(random, person, index)},
          {"createdAt", day_text(created) + "T17:20:00Z"},
          {"updatedAt", day_text(std::min(today, created + days(random.between(0, 60)))) + "T09:15:00Z"}};
}

}  // namespace

// One lead in five is a client already, known by the same e-mail address and phone.
std::vector<json> lead_records(const Options& options, date::sys_days today) {
  const std::vector<SeedClient> clients = seed_clients(options, today);
  Random random(options.seed * 7919 + 4);
  std::vector<json> records;
  records.reserve(options.leads);
  for (std::size_t i = 0; i < options.leads; ++i) {
    const Person person = i % 5 == 2 ? clients[random.below(clients.size())].person
                                     : make_person(random, clients.size() + i + 1);
    records.push_back(lead_record(random, person, messy_phone(random, person.phone), i, today));
  }
  return records;
}

std::vector<json> invoice_records(const Options& options, date::sys_days today) {
  Random random(options.seed * 7919 + 5);
  std::vector<json> records;
  for (std::size_t i = 0; i < 24; ++i) {
    const Person person = make_person(random, 800000 + i);
    const date::sys_days issued = today - days(random.between(0, 90));
    const int unit = random.between(2500, 60000);
    const int quantity = random.between(1, 4);
    const std::string status = kInvoiceStatuses[i % kInvoiceStatuses.size()];
    const int total = unit * quantity;
    const int paid = status == "Paid" ? total : status == "Partially paid" ? total / 2 : 0;
    records.push_back({{"id", numbered("inv_", 400001 + i)},
                       {"invoiceNumber", "INV-" + std::to_string(2000 + i)},
                       {"customerName", person.name()},
                       {"customerEmail", person.email},
                       {"invoiceDate", day_text(issued)},
                       {"dueDate", day_text(issued + days(30))},
                       {"currency", "USD"},
                       {"status", status},
                       {"lineItems", json::array({{{"description", "Agency fee"},
                                                   {"quantity", quantity},
                                                   {"unitPrice", dollars(unit)}}})},
                       {"total", dollars(total)},
                       {"amountPaid", dollars(paid)}});
  }
  return records;
}

std::vector<json> project_records() {
  return {{{"id", kRenewalsProject}, {"name", "Renewals"}, {"status", "active"}},
          {{"id", "prj_onboarding"}, {"name", "New client onboarding"}, {"status", "active"}},
          {{"id", "prj_audit"}, {"name", "Year-end audit"}, {"status", "archived"}}};
}

}  // namespace bindery::sandbox
