#include "sandbox/calendar.h"
#include "sandbox/validator.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace bindery::sandbox;
using nlohmann::json;

namespace {

const date::sys_days kToday = day_of("2026-11-23");

json lead_ping() {
  return json::parse(R"({"media_type":"lead","campaign_name":"c","ip_address":"192.0.2.7","user_agent":"M",
    "lead_created_at":"2026-11-23T09:00:00Z","state_abbreviation":"TX","zip":"06510","currently_insured":true,
    "sr_twenty_two":false,"home_ownership":false,
    "drivers":[{"gender":"female","age":41,"marital_status":"single","license_status":"active",
                "incidents":[{"type":"claim","claim_amount":12.5}]}],
    "vehicles":[{"year":2020,"make":"A","model":"B","commercial_use":false,"vin":"12345678901234567"}]})");
}

json lead_post() {
  return json::parse(R"({"media_type":"lead","bid_id":"b","first_name":"A","last_name":"B","contact_phone":"2145550199",
    "email":"a@b.example","street_address":"1 Main","city":"Dallas",
    "drivers":[{"first_name":"A","last_name":"B","relationship_to_policyholder":"self"}]})");
}

json call_ping() {
  return {{"media_type", "call"}, {"state_abbreviation", "TX"}, {"currently_insured", true}, {"language", "en"}};
}

json call_post() { return {{"media_type", "call"}, {"bid_id", "b"}, {"dial_in_phone", "2145550199"}}; }

json body_of(Step step) {
  return step == kLeadPing ? lead_ping() : step == kLeadPost ? lead_post() : step == kCallPing ? call_ping() : call_post();
}

struct Case {
  Step step;
  const char* pointer;  // the member that is set
  const char* value;    // JSON; empty removes it
  const char* error;    // empty: none
};

}  // namespace

TEST_CASE("the smallest documented bodies are valid", "[sandbox]") {
  for (const Step step : {kLeadPing, kLeadPost, kCallPing, kCallPost}) {
    const Checked checked = validate_autobind(step, body_of(step), kToday);
    CHECK(checked.errors == std::vector<std::string>{});
    CHECK(checked.warnings.empty());
    CHECK(checked.clean == body_of(step));
  }
}

TEST_CASE("each rule of the field table refuses what breaks it", "[sandbox]") {
  const Case cases[] = {
      {kLeadPing, "/state_abbreviation", "", "'state_abbreviation' is required"},
      {kLeadPing, "/state_abbreviation", "\"tx\"", "Must be a 2-letter uppercase state code at 'state_abbreviation'"},
      {kLeadPing, "/zip", "\"7520\"", "Must be exactly 5 digits at 'zip'"},
      {kLeadPing, "/zip", "75201", "Must be a string at 'zip'"},
      {kLeadPing, "/drivers", "[]", "'drivers' must have at least 1 item(s)"},
      {kLeadPing, "/drivers", "{}", "Must be an array at 'drivers'"},
      {kLeadPing, "/vehicles", "", "'vehicles' is required"},
      {kLeadPing, "/vehicles/0/commercial_use", "", "'vehicles[0].commercial_use' is required"},
      {kLeadPing, "/vehicles/0/year", "1899", "Must be at least 1900 at 'vehicles[0].year'"},
      {kLeadPing, "/vehicles/0/vin", "\"123\"", "Must be exactly 17 characters at 'vehicles[0].vin'"},
      {kLeadPing, "/drivers/0/age", "13", "Must be at least 14 at 'drivers[0].age'"},
      {kLeadPing, "/drivers/0/age", "", "'birth_date' or 'age' is required at 'drivers[0]'"},
      {kLeadPing, "/drivers/0/incidents/0/type", "", "'drivers[0].incidents[0].type' is required"},
      {kLeadPing, "/currently_insured", "\"yes\"", "Must be a boolean at 'currently_insured'"},
      {kLeadPing, "/lead_created_at", "\"2026-11-23\"",
       "Must be a timestamp in YYYY-MM-DDTHH:mm:ssZ format at 'lead_created_at'"},
      {kLeadPing, "/current_policy_expires", "\"2026-11-22\"", "Must be today or later at 'current_policy_expires'"},
      {kLeadPing, "/current_policy_expires", "\"2027-12-01\"",
       "Must be no more than 1 year in the future at 'current_policy_expires'"},
      {kLeadPing, "/current_policy_expires", "\"2026-11-23\"", ""},
      {kLeadPing, "/current_policy_expires", "\"2027-11-23\"", ""},
      {kLeadPing, "/current_policy_expires", "\"2027-11-24\"",
       "Must be no more than 1 year in the future at 'current_policy_expires'"},
      {kLeadPing, "/lapse_reason", "\"military\"", "Only taken when 'currently_insured' is false at 'lapse_reason'"},
      {kLeadPing, "/drivers/0/incidents/0/fault_status", "\"not_at_fault\"",
       "Only incidents of type 'accident' have it at 'drivers[0].incidents[0].fault_status'"},
      {kLeadPing, "/drivers/0/incidents/0", R"({"type":"violation","violation_type":"other"})",
       "Required when 'violation_type' is 'other' at 'drivers[0].incidents[0].violation_type_other'"},
      {kLeadPing, "/sub_id", "\"a b\"", "Must be letters, digits, hyphens and underscores only at 'sub_id'"},
      {kLeadPing, "/current_company", "\"Geico\"", ""},
      {kLeadPing, "/lead_type", "\"both\"", "Must be one of: exclusive, shared at 'lead_type'"},
      {kLeadPost, "/contact_phone", "\"(214) 555-0199\"", "Must be exactly 10 digits, numeric only at 'contact_phone'"},
      {kLeadPost, "/email", "\"a.example\"", "Must be a valid email address at 'email'"},
      {kLeadPost, "/drivers/0/relationship_to_policyholder", "\"spouse\"",
       "Must be 'self' at 'drivers[0].relationship_to_policyholder'"},
      {kLeadPost, "/drivers/0/birth_date", "\"1990-02-30\"", "Must be a date in YYYY-MM-DD format at 'drivers[0].birth_date'"},
      {kCallPing, "/language", "", "'language' is required"},
      {kCallPing, "/external_id", "", ""},
      {kCallPost, "/dial_in_phone", "", "'dial_in_phone' is required"},
  };
  for (const Case& one : cases) {
    INFO(one.pointer << " = " << one.value);
    json body = body_of(one.step);
    const json::json_pointer place(one.pointer);
    if (std::string(one.value).empty()) {
      body[place.parent_pointer()].erase(place.back());
    } else {
      body[place] = json::parse(one.value);
    }
    const Checked checked = validate_autobind(one.step, body, kToday);
    if (std::string(one.error).empty()) {
      CHECK(checked.errors == std::vector<std::string>{});
    } else {
      CHECK(std::find(checked.errors.begin(), checked.errors.end(), one.error) != checked.errors.end());
    }
  }
}

TEST_CASE("an unknown field, or one of another step, is left out with a warning", "[sandbox]") {
  json body = lead_post();
  body["dui"] = true;
  body["vehicles"] = json::array();
  body["drivers"][0]["gender"] = "male";
  const Checked checked = validate_autobind(kLeadPost, body, kToday);
  CHECK(checked.errors.empty());
  CHECK(checked.warnings == std::vector<std::string>{"Unknown field 'dui' was ignored",
                                                     "Unknown field 'vehicles' was ignored",
                                                     "Unknown field 'drivers[0].gender' was ignored"});
  CHECK(checked.clean == lead_post());
}

TEST_CASE("at most six drivers, and only the first is the policyholder", "[sandbox]") {
  json body = lead_post();
  body["drivers"].push_back(body["drivers"][0]);
  CHECK(validate_autobind(kLeadPost, body, kToday).errors.size() == 1);
  body["drivers"] = json::array();
  for (int i = 0; i < 7; ++i) {
    body["drivers"].push_back(lead_post()["drivers"][0]);
  }
  CHECK(validate_autobind(kLeadPost, body, kToday).errors ==
        std::vector<std::string>{"'drivers' must have at most 6 item(s)"});
}

TEST_CASE("no name stands twice in the field table", "[sandbox]") {
  std::vector<std::string_view> names;
  for (const Field& field : autobind_fields()) {
    CHECK_FALSE(field.name.empty());
    CHECK((field.required & field.optional) == 0);
    names.push_back(field.name);
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}
