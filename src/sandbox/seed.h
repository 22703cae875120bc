#pragma once

#include "sandbox/options.h"
#include "sandbox/people.h"

#include <date/date.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace bindery::sandbox {

// Made-up books of an agency in Texas, Oklahoma and New Mexico. The same options give the same records, byte for byte.

// An id such as p_000042, and cents as dollars.
inline std::string numbered(const char* prefix, std::size_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s%06zu", prefix, number);
  return text.data();
}
inline double dollars(int cents) { return static_cast<double>(cents) / 100.0; }

struct SeedClient {
  std::string id;
  Person person;
  std::string phone;  // as typed
  std::string created_at;
};

struct SeedPolicy {
  std::string id;
  std::size_t client = 0;
  std::size_t carrier = 0;
  std::size_t line = 0;
  std::string number;         // in its plain form
  nlohmann::json shown;       // as the record has it: messy, a placeholder, or null
  date::sys_days effective;
  date::sys_days expiration;
  int premium_cents = 0;
  std::string status;
  bool renews = false;        // it is in the list of renewals
  bool followed = false;      // another policy continues it
};

struct BindPilotSeed {
  std::vector<SeedClient> clients;
  std::vector<SeedPolicy> policies;
};

std::size_t client_count(const Options& options);
std::vector<SeedClient> seed_clients(const Options& options, date::sys_days today);
BindPilotSeed seed_bindpilot(const Options& options, date::sys_days today);
nlohmann::json client_record(const SeedClient& client);
nlohmann::json policy_record(const SeedPolicy& policy, const SeedClient& client, date::sys_days today);
std::vector<nlohmann::json> renewal_records(const BindPilotSeed& seed, const Options& options, date::sys_days today);
std::vector<nlohmann::json> carrier_records();

std::vector<nlohmann::json> lead_records(const Options& options, date::sys_days today);
std::vector<nlohmann::json> invoice_records(const Options& options, date::sys_days today);
std::vector<nlohmann::json> project_records();

inline constexpr const char* kRenewalsProject = "prj_renewals";

}  // namespace bindery::sandbox
