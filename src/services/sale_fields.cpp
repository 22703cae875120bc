#include "services/sale_fields.h"

#include <array>

// Where Autobind's page contradicts itself, its types win over its table: a driver in a call's post has names and a relation.
// Texts that the page gives no length end at kOwnLimit, so that no document of a stranger goes out as a make or a keyword.
namespace bindery {
namespace {

using SaleWord = std::string_view;

constexpr int kOwnLimit = 500;

constexpr std::array<SaleWord, 2> kMediaWords = {"lead", "call"};
constexpr std::array<SaleWord, 2> kLanguageWords = {"en", "es"};
constexpr std::array<SaleWord, 2> kLeadTypeWords = {"exclusive", "shared"};
constexpr std::array<SaleWord, 5> kChannelWords = {"cpc", "organic", "display", "social", "email"};
constexpr std::array<SaleWord, 3> kPlacementWords = {"thank_you_page", "early_exit", "form_page"};
constexpr std::array<SaleWord, 5> kCreditWords = {"excellent", "above_average", "average", "below_average", "poor"};
constexpr std::array<SaleWord, 6> kResidenceWords = {"single_family_home", "townhouse", "condo", "apartment", "mobile_home", "other"};
constexpr std::array<SaleWord, 32> kCompanyWords = {
    "21stCentury",   "AAA",      "Allstate",     "AmFam",           "Amica",      "AssuranceAmerica", "BristolWest", "Dairyland",
    "DirectAuto",    "Elephant", "Erie",         "Esurance",        "Farmers",    "Gainsco",          "Geico",       "Hartford",
    "Infinity",      "Kemper",   "LibertyMutual", "Mercury",        "MetLife",    "NationalGeneral",  "Nationwide",  "Progressive",
    "Root",          "SafeAuto", "Safeco",       "StateFarm",       "TheGeneral", "Travelers",        "USAA",        "other"};
constexpr std::array<SaleWord, 5> kInsuredWords = {"less_than_6_months", "6_months_to_1_year", "1_to_2_years", "2_to_5_years",
                                               "5_plus_years"};
constexpr std::array<SaleWord, 6> kLapseWords = {"1_to_15_days",       "16_to_30_days", "31_days_to_6_months",
                                             "6_months_to_1_year", "1_to_4_years",  "5_plus_years"};
constexpr std::array<SaleWord, 5> kLapseReasonWords = {"military", "no_vehicle", "no_license", "no_need", "other"};
constexpr std::array<SaleWord, 4> kCoverageWords = {"state_minimum", "basic", "superior", "premium"};
constexpr std::array<SaleWord, 6> kRelationWords = {"self", "spouse", "child", "parent", "sibling", "other"};
constexpr std::array<SaleWord, 2> kGenderWords = {"male", "female"};
constexpr std::array<SaleWord, 7> kMaritalWords = {"single",  "married",              "divorced",   "separated",
                                               "widowed", "domestic_partnership", "civil_union"};
constexpr std::array<SaleWord, 6> kLicenseWords = {"active", "suspended", "revoked", "expired", "permit", "no_license"};
constexpr std::array<SaleWord, 5> kSuspensionWords = {"driving_related", "non_driving_related", "failed_medical_exam", "failed_exam",
                                                  "failed_to_comply"};
constexpr std::array<SaleWord, 8> kEmploymentWords = {"company", "self",    "military",  "government",
                                                  "retired", "student", "homemaker", "unemployed"};
constexpr std::array<SaleWord, 12> kEducationWords = {
    "less_than_high_school",       "vocational", "high_school",                "high_school_pursuing_bachelors", "associate",
    "associate_pursuing_bachelors", "bachelors", "bachelors_pursuing_graduate", "masters", "doctors", "lawyer", "phd"};
constexpr std::array<SaleWord, 22> kIndustryWords = {
    "financial",  "agriculture", "arts",        "assistants", "automotive", "cleaning", "computers", "construction",
    "counseling", "education",   "engineering", "executives", "health",     "law",      "operators", "postal",
    "maintenance", "service",    "food",        "sales",      "science",    "travel"};
constexpr std::array<SaleWord, 2> kGovernmentWords = {"federal_employee", "city_state_employee"};
constexpr std::array<SaleWord, 9> kStudentWords = {
    "high_school_student",  "technical_vocational_student", "freshman_undergraduate", "sophomore_undergraduate",
    "junior_undergraduate", "senior_undergraduate",         "graduate_student",       "law_student",
    "medical_student"};
constexpr std::array<SaleWord, 6> kMilitaryWords = {"active_duty",            "military_retiree", "veteran",
                                                "military_academy_cadet", "national_guard",   "military_reserves"};
constexpr std::array<SaleWord, 3> kIncidentWords = {"accident", "violation", "claim"};
constexpr std::array<SaleWord, 3> kFaultWords = {"not_at_fault", "less_than_50_percent", "majority_at_fault"};
constexpr std::array<SaleWord, 3> kDamageWords = {"property_only", "bodily_injury", "property_and_bodily_injury"};
constexpr std::array<SaleWord, 4> kViolationWords = {"driving_under_the_influence", "speeding", "driving_while_using_a_cell_phone",
                                                 "other"};
constexpr std::array<SaleWord, 4> kClaimWords = {"theft", "vandalism", "glass_repair", "other"};
constexpr std::array<SaleWord, 23> kCommercialWords = {
    "clergy",              "courier_service",    "daycare",             "delivery_fast_food",  "delivery_retail_wholesale",
    "delivery_route",      "delivery_us_mail",   "delivery_and_sales",  "doctor_professional", "farm_use",
    "lawyer_professional", "real_estate",        "repair_installation", "ridesharing",         "sales_multistate",
    "sales_route",         "sales_calls",        "social_worker",       "transport_people",    "travel_to_jobsites",
    "travel_to_meetings",  "visit_clients",      "visit_outside_offices"};
constexpr std::array<SaleWord, 3> kOwnershipWords = {"fully_paid", "financed", "leased"};
constexpr std::array<SaleWord, 5> kParkingWords = {"driveway", "private_garage", "parking_garage", "parking_lot", "street"};

constexpr std::array<SaleField, 8> kIncidentMembers = {{
    {"type", "R-R-", SaleKind::word, 0, 0, kIncidentWords},
    {"incident_date", "O-O-", SaleKind::day},
    {"fault_status", "O-O-", SaleKind::word, 0, 0, kFaultWords},
    {"damage_type", "O-O-", SaleKind::word, 0, 0, kDamageWords},
    {"violation_type", "O-O-", SaleKind::word, 0, 0, kViolationWords},
    {"violation_type_other", "O-O-", SaleKind::text, 1, kOwnLimit},
    {"claim_type", "O-O-", SaleKind::word, 0, 0, kClaimWords},
    {"claim_amount", "O-O-", SaleKind::number},
}};

constexpr std::array<SaleField, 26> kDriverMembers = {{
    {"first_name", "-R-R", SaleKind::text, 1, 100},
    {"middle_name", "-O-O", SaleKind::text, 1, 100},
    {"last_name", "-R-R", SaleKind::text, 1, 100},
    {"relationship_to_policyholder", "OROR", SaleKind::word, 0, 0, kRelationWords},
    {"birth_date", "OOOO", SaleKind::birth_day, 14, 99},
    {"age", "O-O-", SaleKind::number, 14, 99},
    {"gender", "R-R-", SaleKind::word, 0, 0, kGenderWords},
    {"marital_status", "R-R-", SaleKind::word, 0, 0, kMaritalWords},
    {"us_resident_past_twelve_months", "O-O-", SaleKind::flag},
    {"license_status", "R-R-", SaleKind::word, 0, 0, kLicenseWords},
    {"license_state_or_country", "O-O-", SaleKind::place, 1, kOwnLimit},
    {"license_number", "-O-O", SaleKind::text, 1, 100},
    {"age_first_licensed", "O-O-", SaleKind::number, 14, 99},
    {"first_licensed_date", "O-O-", SaleKind::day},
    {"suspended_or_revoked_past_five_years", "O-O-", SaleKind::flag},
    {"suspension_reason", "O-O-", SaleKind::word, 0, 0, kSuspensionWords},
    {"employment_status", "O-O-", SaleKind::word, 0, 0, kEmploymentWords},
    {"education", "O-O-", SaleKind::word, 0, 0, kEducationWords},
    {"occupation", "O-O-", SaleKind::text, 1, 100},
    {"industry", "O-O-", SaleKind::word, 0, 0, kIndustryWords},
    {"government_employment_type", "O-O-", SaleKind::word, 0, 0, kGovernmentWords},
    {"student_type", "O-O-", SaleKind::word, 0, 0, kStudentWords},
    {"military_affiliation", "O-O-", SaleKind::word, 0, 0, kMilitaryWords},
    {"sr_twenty_two", "O-O-", SaleKind::flag},
    {"bankruptcy", "O-O-", SaleKind::flag},
    {"incidents", "O-O-", SaleKind::list, 0, 6, {}, kIncidentMembers},
}};

constexpr std::array<SaleField, 20> kVehicleMembers = {{
    {"year", "R-R-", SaleKind::number, 1900},
    {"make", "R-R-", SaleKind::text, 1, kOwnLimit},
    {"model", "R-R-", SaleKind::text, 1, kOwnLimit},
    {"trim", "O-O-", SaleKind::text, 1, kOwnLimit},
    {"vin", "O-O-", SaleKind::vin, 17, 17},
    {"license_plate_state", "O-O-", SaleKind::state, 2, 2},
    {"license_plate", "O-O-", SaleKind::text, 1, kOwnLimit},
    {"commercial_use", "R-O-", SaleKind::flag},
    {"type_of_commercial_use", "O-O-", SaleKind::word, 0, 0, kCommercialWords},
    {"primary_driver", "O-O-", SaleKind::flag},
    {"ownership", "O-O-", SaleKind::word, 0, 0, kOwnershipWords},
    {"vehicle_purchased_new", "O-O-", SaleKind::flag},
    {"vehicle_purchase_date", "O-O-", SaleKind::day},
    {"annual_mileage", "O-O-", SaleKind::number},
    {"current_mileage", "O-O-", SaleKind::number},
    {"average_daily_mileage", "O-O-", SaleKind::number},
    {"commute_distance", "O-O-", SaleKind::number, 0, 500},
    {"commute_days_per_week", "O-O-", SaleKind::number, 0, 7},
    {"alarm", "O-O-", SaleKind::flag},
    {"parking", "O-O-", SaleKind::word, 0, 0, kParkingWords},
}};

constexpr std::array<SaleField, 50> kSaleFields = {{
    {"media_type", "RRRR", SaleKind::word, 0, 0, kMediaWords},
    {"bid_id", "-R-R", SaleKind::text, 1, 100},
    {"external_id", "OOOO", SaleKind::text, 1, 100},
    {"state_abbreviation", "R-RO", SaleKind::state, 2, 2},
    {"zip", "R-OO", SaleKind::zip, 5, 5},
    {"language", "OORO", SaleKind::word, 0, 0, kLanguageWords},
    {"currently_insured", "R-R-", SaleKind::flag},
    {"home_ownership", "R-O-", SaleKind::flag},
    {"sr_twenty_two", "R-O-", SaleKind::flag},
    {"lead_type", "O---", SaleKind::word, 0, 0, kLeadTypeWords},
    {"dial_in_phone", "---R", SaleKind::phone, 10, 10},
    {"trusted_form_cert_url", "OOOO", SaleKind::proof, 1, 500},
    {"tcpa_language", "OOOO", SaleKind::text, 1, 2000},
    {"tcpa_json", "OOOO", SaleKind::text, 1, 5000},
    {"leadid_token", "OOOO", SaleKind::text, 1, kOwnLimit},
    {"ip_address", "R-O-", SaleKind::network, 2, 45},
    {"user_agent", "R-O-", SaleKind::text, 1, 500},
    {"lead_created_at", "R-O-", SaleKind::moment, 20, 20},
    {"sub_id", "O-O-", SaleKind::tracking, 1, 30},
    {"campaign_name", "R-O-", SaleKind::text, 1, 100},
    {"media_source", "O-O-", SaleKind::text, 1, kOwnLimit},
    {"traffic_channel", "O-O-", SaleKind::word, 0, 0, kChannelWords},
    {"placement_type", "O-O-", SaleKind::word, 0, 0, kPlacementWords},
    {"landing_page", "O-O-", SaleKind::text, 1, 500},
    {"search_keyword", "O-O-", SaleKind::text, 1, kOwnLimit},
    {"first_name", "-R-O", SaleKind::text, 1, 100},
    {"middle_name", "-O-O", SaleKind::text, 1, 100},
    {"last_name", "-R-O", SaleKind::text, 1, 100},
    {"street_address", "-R-O", SaleKind::text, 1, 200},
    {"city", "-R-O", SaleKind::text, 1, 100},
    {"contact_phone", "-R-O", SaleKind::phone, 10, 10},
    {"mobile_phone", "-O-O", SaleKind::phone, 10, 10},
    {"daytime_phone", "-O-O", SaleKind::phone, 10, 10},
    {"evening_phone", "-O-O", SaleKind::phone, 10, 10},
    {"email", "-R-O", SaleKind::email, 1, 100},
    {"credit_status", "O-O-", SaleKind::word, 0, 0, kCreditWords},
    {"residence_type", "O-O-", SaleKind::word, 0, 0, kResidenceWords},
    {"months_at_address", "O-O-", SaleKind::number},
    {"current_company", "O-O-", SaleKind::word, 0, 0, kCompanyWords},
    {"current_company_tenure_months", "O-O-", SaleKind::number},
    {"current_policy_expires", "O-O-", SaleKind::last_day},
    {"current_bi_per_person", "O-O-", SaleKind::number},
    {"current_bi_per_accident", "O-O-", SaleKind::number},
    {"continuous_insurance_duration", "O-O-", SaleKind::word, 0, 0, kInsuredWords},
    {"lapse_duration", "O-O-", SaleKind::word, 0, 0, kLapseWords},
    {"lapse_reason", "O-O-", SaleKind::word, 0, 0, kLapseReasonWords},
    {"coverage_type", "O-O-", SaleKind::word, 0, 0, kCoverageWords},
    {"policy_start_date", "O-O-", SaleKind::day},
    {"drivers", "RROO", SaleKind::list, 1, 6, {}, kDriverMembers},
    {"vehicles", "R-O-", SaleKind::list, 1, 6, {}, kVehicleMembers},
}};

}  // namespace

SaleUse SaleField::use(SaleMedia media, SaleStep step) const {
    const std::size_t at = (media == SaleMedia::lead ? 0u : 2u) + (step == SaleStep::ping ? 0u : 1u);
    return uses[at] == 'R' ? SaleUse::required : uses[at] == 'O' ? SaleUse::optional : SaleUse::none;
}

bool SaleField::only(SaleMedia media, SaleStep step) const {
    return in(media, step) && !in(media, step == SaleStep::ping ? SaleStep::post : SaleStep::ping);
}

std::span<const SaleField> sale_fields() {
    return kSaleFields;
}

const SaleField* sale_field(std::span<const SaleField> fields, std::string_view name) {
    for (const auto& field : fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

const char* sale_media_name(SaleMedia media) {
    return media == SaleMedia::lead ? "lead" : "call";
}

}  // namespace bindery
