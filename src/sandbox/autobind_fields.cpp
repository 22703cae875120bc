#include "sandbox/validator.h"

#include <array>

// Autobind's field table as data. Where its page contradicts itself, its types win over its table.
namespace bindery::sandbox {

namespace {

using Word = std::string_view;
using nlohmann::json;

constexpr unsigned kPings = kLeadPing | kCallPing;
constexpr unsigned kPosts = kLeadPost | kCallPost;
constexpr unsigned kAll = kPings | kPosts;

constexpr std::array<Word, 2> kMedia = {"lead", "call"};
constexpr std::array<Word, 2> kLanguages = {"en", "es"};
constexpr std::array<Word, 2> kLeadTypes = {"exclusive", "shared"};
constexpr std::array<Word, 5> kChannels = {"cpc", "organic", "display", "social", "email"};
constexpr std::array<Word, 3> kPlacements = {"thank_you_page", "early_exit", "form_page"};
constexpr std::array<Word, 5> kCredit = {"excellent", "above_average", "average", "below_average", "poor"};
constexpr std::array<Word, 6> kResidences = {"single_family_home", "townhouse", "condo",
                                             "apartment",          "mobile_home", "other"};
constexpr std::array<Word, 32> kCompanies = {
    "21stCentury", "AAA",      "Allstate",   "AmFam",     "Amica",     "AssuranceAmerica", "BristolWest", "Dairyland",
    "DirectAuto",  "Elephant", "Erie",       "Esurance",  "Farmers",   "Gainsco",          "Geico",       "Hartford",
    "Infinity",    "Kemper",   "LibertyMutual", "Mercury", "MetLife",  "NationalGeneral",  "Nationwide",  "Progressive",
    "Root",        "SafeAuto", "Safeco",     "StateFarm", "TheGeneral", "Travelers",       "USAA",        "other"};
constexpr std::array<Word, 5> kInsuredFor = {"less_than_6_months", "6_months_to_1_year", "1_to_2_years",
                                             "2_to_5_years", "5_plus_years"};
constexpr std::array<Word, 6> kLapse = {"1_to_15_days",       "16_to_30_days", "31_days_to_6_months",
                                        "6_months_to_1_year", "1_to_4_years",  "5_plus_years"};
constexpr std::array<Word, 5> kLapseReasons = {"military", "no_vehicle", "no_license", "no_need", "other"};
constexpr std::array<Word, 4> kCoverage = {"state_minimum", "basic", "superior", "premium"};
constexpr std::array<Word, 6> kRelations = {"self", "spouse", "child", "parent", "sibling", "other"};
constexpr std::array<Word, 2> kGenders = {"male", "female"};
constexpr std::array<Word, 7> kMarital = {"single",  "married",              "divorced",   "separated",
                                          "widowed", "domestic_partnership", "civil_union"};
constexpr std::array<Word, 6> kLicenses = {"active", "suspended", "revoked", "expired", "permit", "no_license"};
constexpr std::array<Word, 5> kSuspensions = {"driving_related", "non_driving_related", "failed_medical_exam",
                                              "failed_exam", "failed_to_comply"};
constexpr std::array<Word, 8> kEmployment = {"company", "self",    "military",  "government",
                                             "retired", "student", "homemaker", "unemployed"};
constexpr std::array<Word, 12> kEducation = {
    "less_than_high_school", "vocational", "high_school", "high_school_pursuing_bachelors", "associate",
    "associate_pursuing_bachelors", "bachelors", "bachelors_pursuing_graduate", "masters", "doctors", "lawyer", "phd"};
constexpr std::array<Word, 22> kIndustries = {
    "financial",  "agriculture", "arts",   "assistants", "automotive", "cleaning",    "computers", "construction",
    "counseling", "education",   "engineering", "executives", "health", "law",         "operators", "postal",
    "maintenance", "service",    "food",   "sales",      "science",    "travel"};
constexpr std::array<Word, 2> kGovernment = {"federal_employee", "city_state_employee"};
constexpr std::array<Word, 9> kStudents = {
    "high_school_student",  "technical_vocational_student", "freshman_undergraduate",
    "sophomore_undergraduate", "junior_undergraduate",      "senior_undergraduate",
    "graduate_student",     "law_student",                  "medical_student"};
constexpr std::array<Word, 6> kMilitary = {"active_duty",            "military_retiree", "veteran",
                                           "military_academy_cadet", "national_guard",   "military_reserves"};
constexpr std::array<Word, 3> kIncidents = {"accident", "violation", "claim"};
constexpr std::array<Word, 3> kFaults = {"not_at_fault", "less_than_50_percent", "majority_at_fault"};
constexpr std::array<Word, 3> kDamages = {"property_only", "bodily_injury", "property_and_bodily_injury"};
constexpr std::array<Word, 4> kViolations = {"driving_under_the_influence", "speeding",
                                             "driving_while_using_a_cell_phone", "other"};
constexpr std::array<Word, 4> kClaims = {"theft", "vandalism", "glass_repair", "other"};
constexpr std::array<Word, 23> kCommercial = {
    "clergy",           "courier_service",       "daycare",          "delivery_fast_food", "delivery_retail_wholesale",
    "delivery_route",   "delivery_us_mail",      "delivery_and_sales", "doctor_professional", "farm_use",
    "lawyer_professional", "real_estate",        "repair_installation", "ridesharing",     "sales_multistate",
    "sales_route",      "sales_calls",           "social_worker",    "transport_people",   "travel_to_jobsites",
    "travel_to_meetings", "visit_clients",       "visit_outside_offices"};
constexpr std::array<Word, 3> kOwnership = {"fully_paid", "financed", "leased"};
constexpr std::array<Word, 5> kParking = {"driveway", "private_garage", "parking_garage", "parking_lot", "street"};

constexpr std::array<Field, 8> kIncidentFields = {{
    {"type", Rule::word, kPings, 0, 0, 0, kIncidents},
    {"incident_date", Rule::day, 0, kPings},
    {"fault_status", Rule::word, 0, kPings, 0, 0, kFaults},
    {"damage_type", Rule::word, 0, kPings, 0, 0, kDamages},
    {"violation_type", Rule::word, 0, kPings, 0, 0, kViolations},
    {"violation_type_other", Rule::text, 0, kPings},
    {"claim_type", Rule::word, 0, kPings, 0, 0, kClaims},
    {"claim_amount", Rule::number, 0, kPings},
}};

constexpr std::array<Field, 26> kDriverFields = {{
    {"first_name", Rule::text, kPosts, 0, 1, 100},
    {"middle_name", Rule::text, 0, kPosts, 0, 100},
    {"last_name", Rule::text, kPosts, 0, 1, 100},
    {"relationship_to_policyholder", Rule::word, kPosts, kPings, 0, 0, kRelations},
    {"birth_date", Rule::day, 0, kAll},
    {"age", Rule::number, 0, kPings, 14, 99},
    {"gender", Rule::word, kPings, 0, 0, 0, kGenders},
    {"marital_status", Rule::word, kPings, 0, 0, 0, kMarital},
    {"us_resident_past_twelve_months", Rule::boolean, 0, kPings},
    {"license_status", Rule::word, kPings, 0, 0, 0, kLicenses},
    {"license_state_or_country", Rule::text, 0, kPings},
    {"license_number", Rule::text, 0, kPosts, 0, 100},
    {"age_first_licensed", Rule::number, 0, kPings, 14, 99},
    {"first_licensed_date", Rule::day, 0, kPings},
    {"suspended_or_revoked_past_five_years", Rule::boolean, 0, kPings},
    {"suspension_reason", Rule::word, 0, kPings, 0, 0, kSuspensions},
    {"employment_status", Rule::word, 0, kPings, 0, 0, kEmployment},
    {"education", Rule::word, 0, kPings, 0, 0, kEducation},
    {"occupation", Rule::text, 0, kPings, 0, 100},
    {"industry", Rule::word, 0, kPings, 0, 0, kIndustries},
    {"government_employment_type", Rule::word, 0, kPings, 0, 0, kGovernment},
    {"student_type", Rule::word, 0, kPings, 0, 0, kStudents},
    {"military_affiliation", Rule::word, 0, kPings, 0, 0, kMilitary},
    {"sr_twenty_two", Rule::boolean, 0, kPings},
    {"bankruptcy", Rule::boolean, 0, kPings},
    {"incidents", Rule::list, 0, kPings, 0, 6, {}, kIncidentFields},
}};

constexpr std::array<Field, 20> kVehicleFields = {{
    {"year", Rule::number, kPings, 0, 1900, 0},
    {"make", Rule::text, kPings, 0, 1, 0},
    {"model", Rule::text, kPings, 0, 1, 0},
    {"trim", Rule::text, 0, kPings},
    {"vin", Rule::vin, 0, kPings},
    {"license_plate_state", Rule::state, 0, kPings},
    {"license_plate", Rule::text, 0, kPings},
    {"commercial_use", Rule::boolean, kLeadPing, kCallPing},
    {"type_of_commercial_use", Rule::word, 0, kPings, 0, 0, kCommercial},
    {"primary_driver", Rule::boolean, 0, kPings},
    {"ownership", Rule::word, 0, kPings, 0, 0, kOwnership},
    {"vehicle_purchased_new", Rule::boolean, 0, kPings},
    {"vehicle_purchase_date", Rule::day, 0, kPings},
    {"annual_mileage", Rule::number, 0, kPings},
    {"current_mileage", Rule::number, 0, kPings},
    {"average_daily_mileage", Rule::number, 0, kPings},
    {"commute_distance", Rule::number, 0, kPings, 0, 500},
    {"commute_days_per_week", Rule::number, 0, kPings, 0, 7},
    {"alarm", Rule::boolean, 0, kPings},
    {"parking", Rule::word, 0, kPings, 0, 0, kParking},
}};

constexpr std::array<Field, 50> kFields = {{
    {"media_type", Rule::word, kAll, 0, 0, 0, kMedia},
    {"bid_id", Rule::text, kPosts, 0, 1, 0},
    {"external_id", Rule::text, 0, kAll, 0, 100},
    {"state_abbreviation", Rule::state, kPings, kCallPost},
    {"zip", Rule::zip, kLeadPing, kCallPing | kCallPost},
    {"language", Rule::word, kCallPing, kLeadPing | kPosts, 0, 0, kLanguages},
    {"currently_insured", Rule::boolean, kPings, 0},
    {"home_ownership", Rule::boolean, kLeadPing, kCallPing},
    {"sr_twenty_two", Rule::boolean, kLeadPing, kCallPing},
    {"lead_type", Rule::word, 0, kLeadPing, 0, 0, kLeadTypes},
    {"dial_in_phone", Rule::ten_digits, kCallPost, 0},
    {"trusted_form_cert_url", Rule::text, 0, kAll, 0, 500},
    {"tcpa_language", Rule::text, 0, kAll, 0, 2000},
    {"tcpa_json", Rule::text, 0, kAll, 0, 5000},
    {"leadid_token", Rule::text, 0, kAll},
    {"ip_address", Rule::text, kLeadPing, kCallPing},
    {"user_agent", Rule::text, kLeadPing, kCallPing, 0, 500},
    {"lead_created_at", Rule::moment, kLeadPing, kCallPing},
    {"sub_id", Rule::tracking, 0, kPings, 0, 30},
    {"campaign_name", Rule::text, kLeadPing, kCallPing, 0, 100},
    {"media_source", Rule::text, 0, kPings},
    {"traffic_channel", Rule::word, 0, kPings, 0, 0, kChannels},
    {"placement_type", Rule::word, 0, kPings, 0, 0, kPlacements},
    {"landing_page", Rule::text, 0, kPings, 0, 500},
    {"search_keyword", Rule::text, 0, kPings},
    {"first_name", Rule::text, kLeadPost, kCallPost, 1, 100},
    {"middle_name", Rule::text, 0, kPosts, 0, 100},
    {"last_name", Rule::text, kLeadPost, kCallPost, 1, 100},
    {"street_address", Rule::text, kLeadPost, kCallPost, 1, 200},
    {"city", Rule::text, kLeadPost, kCallPost, 1, 100},
    {"contact_phone", Rule::ten_digits, kLeadPost, kCallPost},
    {"mobile_phone", Rule::ten_digits, 0, kPosts},
    {"daytime_phone", Rule::ten_digits, 0, kPosts},
    {"evening_phone", Rule::ten_digits, 0, kPosts},
    {"email", Rule::email, kLeadPost, kCallPost},
    {"credit_status", Rule::word, 0, kPings, 0, 0, kCredit},
    {"residence_type", Rule::word, 0, kPings, 0, 0, kResidences},
    {"months_at_address", Rule::number, 0, kPings},
    {"current_company", Rule::word, 0, kPings, 0, 0, kCompanies},
    {"current_company_tenure_months", Rule::number, 0, kPings},
    {"current_policy_expires", Rule::policy_end, 0, kPings},
    {"current_bi_per_person", Rule::number, 0, kPings},
    {"current_bi_per_accident", Rule::number, 0, kPings},
    {"continuous_insurance_duration", Rule::word, 0, kPings, 0, 0, kInsuredFor},
    {"lapse_duration", Rule::word, 0, kPings, 0, 0, kLapse},
    {"lapse_reason", Rule::word, 0, kPings, 0, 0, kLapseReasons},
    {"coverage_type", Rule::word, 0, kPings, 0, 0, kCoverage},
    {"policy_start_date", Rule::day, 0, kPings},
    {"drivers", Rule::list, kLeadPing | kLeadPost, kCallPing | kCallPost, 1, 6, {}, kDriverFields},
    {"vehicles", Rule::list, kLeadPing, kCallPing, 1, 6, {}, kVehicleFields},
}};

void check_ping_drivers(const json& drivers, Checked& checked) {
  for (std::size_t i = 0; i < drivers.size(); ++i) {
    if (!drivers[i].contains("birth_date") && !drivers[i].contains("age")) {
      checked.errors.push_back("'birth_date' or 'age' is required at 'drivers[" + std::to_string(i) + "]'");
    }
  }
}

void check_relations(const json& drivers, bool first_must_be_self, Checked& checked) {
  for (std::size_t i = 0; i < drivers.size(); ++i) {
    const auto relation = drivers[i].find("relationship_to_policyholder");
    if (relation == drivers[i].end()) {
      continue;
    }
    const std::string place = " at 'drivers[" + std::to_string(i) + "].relationship_to_policyholder'";
    if (i == 0 && first_must_be_self && *relation != "self") {
      checked.errors.push_back("Must be 'self'" + place);
    } else if (i > 0 && *relation == "self") {
      checked.errors.push_back("Only drivers[0] can be 'self'" + place);
    }
  }
}

// What belongs to one type of incident isn't taken with another, and an "other" violation is described.
void check_incident(const json& incident, const std::string& place, Checked& checked) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kOwners = {{{"fault_status", "accident"},
                                                                          {"damage_type", "accident"},
                                                                          {"violation_type", "violation"},
                                                                          {"violation_type_other", "violation"},
                                                                          {"claim_type", "claim"},
                                                                          {"claim_amount", "claim"}}};
  for (const auto& [name, type] : kOwners) {
    if (incident.contains(name) && incident.value("type", json()) != type) {
      checked.errors.push_back("Only incidents of type '" + std::string(type) + "' have it at '" + place + "." + name + "'");
    }
  }
  const bool other = incident.value("violation_type", json()) == "other";
  if (other != incident.contains("violation_type_other")) {
    checked.errors.push_back(std::string(other ? "Required when" : "Only taken when") + " 'violation_type' is 'other' at '" + place +
                             ".violation_type_other'");
  }
}

void check_incidents(const json& drivers, Checked& checked) {
  for (std::size_t i = 0; i < drivers.size(); ++i) {
    const json incidents = drivers[i].value("incidents", json::array());
    for (std::size_t k = 0; k < incidents.size(); ++k) {
      check_incident(incidents[k], "drivers[" + std::to_string(i) + "].incidents[" + std::to_string(k) + "]", checked);
    }
  }
}

void check_lapse(const json& body, Checked& checked) {
  if (body.value("currently_insured", json()) != true) {
    return;
  }
  for (const char* name : {"lapse_duration", "lapse_reason"}) {
    if (body.contains(name)) {
      checked.errors.push_back("Only taken when 'currently_insured' is false at '" + std::string(name) + "'");
    }
  }
}

}  // namespace

std::span<const Field> autobind_fields() { return kFields; }

Checked validate_autobind(Step step, const json& body, date::sys_days today) {
  Checked checked = validate(kFields, step, body, today);
  const json drivers = checked.clean.value("drivers", json::array());
  if ((step & kPings) != 0) {
    check_ping_drivers(drivers, checked);
  }
  check_relations(drivers, step == kLeadPost, checked);
  check_incidents(drivers, checked);
  check_lapse(checked.clean, checked);
  return checked;
}

}  // namespace bindery::sandbox
