#include "sandbox/calendar.h"
#include "sandbox/seed.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace bindery::sandbox;
using nlohmann::json;

namespace {

const date::sys_days kToday = day_of("2026-11-23");

std::string whole(const Options& options) {
  const BindPilotSeed seed = seed_bindpilot(options, kToday);
  std::string text;
  for (const SeedPolicy& policy : seed.policies) {
    text += policy_record(policy, seed.clients[policy.client], kToday).dump();
  }
  for (const json& renewal : renewal_records(seed, options, kToday)) {
    text += renewal.dump();
  }
  for (const json& lead : lead_records(options, kToday)) {
    text += lead.dump();
  }
  return text;
}

std::vector<json> renewals(const Options& options) {
  return renewal_records(seed_bindpilot(options, kToday), options, kToday);
}

}  // namespace

TEST_CASE("the same seed gives the same records and another seed others", "[sandbox]") {
  Options options;
  const std::string first = whole(options);
  CHECK(first == whole(options));
  options.seed = 2;
  CHECK(first != whole(options));
}

TEST_CASE("as many records are made as are asked for, each with an id of its own", "[sandbox]") {
  Options options;
  options.policies = 1234;
  options.renewals = 321;
  options.clients = 77;
  options.leads = 9;
  const BindPilotSeed seed = seed_bindpilot(options, kToday);
  CHECK(seed.policies.size() == 1234);
  CHECK(seed.clients.size() == 77);
  CHECK(renewal_records(seed, options, kToday).size() == 321);
  CHECK(lead_records(options, kToday).size() == 9);
  std::set<std::string> ids;
  for (const SeedPolicy& policy : seed.policies) {
    ids.insert(policy.id);
  }
  CHECK(ids.size() == 1234);
}

TEST_CASE("few or no records are fine too", "[sandbox]") {
  Options options;
  options.policies = 0;
  options.leads = 0;
  CHECK(seed_bindpilot(options, kToday).policies.empty());
  CHECK(renewals(options).empty());
  options.policies = 1;
  options.renewals = 1;
  CHECK(renewals(options).size() == 1);
}

TEST_CASE("renewals expire from thirty days ago to a hundred and thirty days ahead", "[sandbox]") {
  Options options;
  const auto records = renewals(options);
  CHECK(records.size() == 120);
  for (const json& renewal : records) {
    const auto left = (day_of(renewal["expiration_date"].get<std::string>()) - kToday).count();
    CHECK(left >= -30);
    CHECK(left <= 130);
  }
  const auto count = [&records](auto test) { return std::count_if(records.begin(), records.end(), test); };
  CHECK(count([](const json& r) { return r["renewal_premium"].is_null(); }) > 3);
  CHECK(count([](const json& r) { return r["current_premium"] == 0.0; }) > 1);
  CHECK(count([](const json& r) { return r["policy_number"] == "TBD"; }) > 0);
  CHECK(count([](const json& r) { return r["policy_number"].is_null(); }) > 0);
  for (const char* status : {"Pending", "Shopped", "Renewed"}) {
    CHECK(count([status](const json& r) { return r["status"] == status; }) > 5);
  }
}

TEST_CASE("some expired policies are followed by a next term and some are not", "[sandbox]") {
  const Options options;
  const BindPilotSeed seed = seed_bindpilot(options, kToday);
  int followed = 0;
  int lost = 0;
  for (const SeedPolicy& old : seed.policies) {
    if (!old.renews || old.expiration >= kToday) {
      continue;
    }
    const bool next = std::any_of(seed.policies.begin(), seed.policies.end(), [&old](const SeedPolicy& policy) {
      const auto gap = (policy.effective - old.expiration).count();
      return policy.client == old.client && policy.line == old.line && gap >= 0 && gap <= 4 && policy.id != old.id;
    });
    CHECK((next || !old.followed));
    (next ? followed : lost)++;
  }
  CHECK(followed > 3);
  CHECK(lost > 3);
}

TEST_CASE("one project has an id that never changes", "[sandbox]") {
  CHECK(project_records().at(0)["id"] == "prj_renewals");
}
