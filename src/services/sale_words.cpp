#include "services/sale_words.h"

#include <algorithm>

#include "core/text.h"

namespace bindery {
namespace {

// Only what can mean nothing else.
constexpr SaleSynonym kSynonyms[] = {
    {"language", "english", "en"},
    {"language", "eng", "en"},
    {"language", "en_us", "en"},
    {"language", "spanish", "es"},
    {"language", "espanol", "es"},
    {"language", "espa_ol", "es"},
    {"language", "spa", "es"},
    {"language", "es_us", "es"},
    {"language", "es_mx", "es"},
    {"traffic_channel", "ppc", "cpc"},
    {"traffic_channel", "paid_search", "cpc"},
    {"traffic_channel", "sem", "cpc"},
    {"traffic_channel", "seo", "organic"},
    {"traffic_channel", "banner", "display"},
    {"traffic_channel", "social_media", "social"},
    {"traffic_channel", "e_mail", "email"},
    {"credit_status", "very_good", "above_average"},
    {"credit_status", "good", "above_average"},
    {"credit_status", "fair", "average"},
    {"credit_status", "bad", "poor"},
    {"residence_type", "house", "single_family_home"},
    {"residence_type", "single_family", "single_family_home"},
    {"residence_type", "single_family_house", "single_family_home"},
    {"residence_type", "townhome", "townhouse"},
    {"residence_type", "town_house", "townhouse"},
    {"residence_type", "condominium", "condo"},
    {"residence_type", "apt", "apartment"},
    {"residence_type", "manufactured_home", "mobile_home"},
    {"residence_type", "trailer", "mobile_home"},
    {"current_company", "american_family", "AmFam"},
    {"current_company", "twenty_first_century", "21stCentury"},
    {"current_company", "the_hartford", "Hartford"},
    {"current_company", "general", "TheGeneral"},
    {"coverage_type", "minimum", "state_minimum"},
    {"coverage_type", "state_min", "state_minimum"},
    {"relationship_to_policyholder", "policyholder", "self"},
    {"relationship_to_policyholder", "policy_holder", "self"},
    {"relationship_to_policyholder", "named_insured", "self"},
    {"relationship_to_policyholder", "insured", "self"},
    {"relationship_to_policyholder", "applicant", "self"},
    {"relationship_to_policyholder", "husband", "spouse"},
    {"relationship_to_policyholder", "wife", "spouse"},
    {"relationship_to_policyholder", "son", "child"},
    {"relationship_to_policyholder", "daughter", "child"},
    {"relationship_to_policyholder", "mother", "parent"},
    {"relationship_to_policyholder", "father", "parent"},
    {"relationship_to_policyholder", "brother", "sibling"},
    {"relationship_to_policyholder", "sister", "sibling"},
    {"relationship_to_policyholder", "roommate", "other"},
    {"relationship_to_policyholder", "friend", "other"},
    {"relationship_to_policyholder", "relative", "other"},
    {"gender", "m", "male"},
    {"gender", "man", "male"},
    {"gender", "f", "female"},
    {"gender", "woman", "female"},
    {"marital_status", "never_married", "single"},
    {"marital_status", "unmarried", "single"},
    {"marital_status", "widow", "widowed"},
    {"marital_status", "widower", "widowed"},
    {"marital_status", "domestic_partner", "domestic_partnership"},
    {"marital_status", "civil_partnership", "civil_union"},
    {"license_status", "valid", "active"},
    {"license_status", "current", "active"},
    {"license_status", "licensed", "active"},
    {"license_status", "learners_permit", "permit"},
    {"license_status", "learner_s_permit", "permit"},
    {"license_status", "unlicensed", "no_license"},
    {"license_status", "not_licensed", "no_license"},
    {"license_status", "none", "no_license"},
    {"employment_status", "employed", "company"},
    {"employment_status", "full_time", "company"},
    {"employment_status", "part_time", "company"},
    {"employment_status", "self_employed", "self"},
    {"employment_status", "housewife", "homemaker"},
    {"employment_status", "not_employed", "unemployed"},
    {"education", "ged", "high_school"},
    {"education", "high_school_diploma", "high_school"},
    {"education", "trade_school", "vocational"},
    {"education", "vocational_school", "vocational"},
    {"education", "associates", "associate"},
    {"education", "associates_degree", "associate"},
    {"education", "associate_degree", "associate"},
    {"education", "associate_s_degree", "associate"},
    {"education", "bachelor", "bachelors"},
    {"education", "bachelors_degree", "bachelors"},
    {"education", "bachelor_s_degree", "bachelors"},
    {"education", "master", "masters"},
    {"education", "masters_degree", "masters"},
    {"education", "master_s_degree", "masters"},
    {"education", "ph_d", "phd"},
    {"education", "law_degree", "lawyer"},
    {"student_type", "high_school", "high_school_student"},
    {"student_type", "freshman", "freshman_undergraduate"},
    {"student_type", "sophomore", "sophomore_undergraduate"},
    {"student_type", "junior", "junior_undergraduate"},
    {"student_type", "senior", "senior_undergraduate"},
    {"student_type", "graduate", "graduate_student"},
    {"military_affiliation", "active", "active_duty"},
    {"military_affiliation", "retired", "military_retiree"},
    {"military_affiliation", "reserve", "military_reserves"},
    {"military_affiliation", "reserves", "military_reserves"},
    {"military_affiliation", "cadet", "military_academy_cadet"},
    {"type", "collision", "accident"},
    {"type", "crash", "accident"},
    {"type", "ticket", "violation"},
    {"type", "citation", "violation"},
    {"type", "traffic_violation", "violation"},
    {"type", "moving_violation", "violation"},
    {"fault_status", "at_fault", "majority_at_fault"},
    {"fault_status", "no_fault", "not_at_fault"},
    {"damage_type", "property", "property_only"},
    {"damage_type", "property_damage", "property_only"},
    {"damage_type", "injury", "bodily_injury"},
    {"damage_type", "both", "property_and_bodily_injury"},
    {"violation_type", "dui", "driving_under_the_influence"},
    {"violation_type", "dwi", "driving_under_the_influence"},
    {"violation_type", "owi", "driving_under_the_influence"},
    {"violation_type", "dui_dwi", "driving_under_the_influence"},
    {"violation_type", "drunk_driving", "driving_under_the_influence"},
    {"violation_type", "speeding_ticket", "speeding"},
    {"violation_type", "cell_phone", "driving_while_using_a_cell_phone"},
    {"violation_type", "texting", "driving_while_using_a_cell_phone"},
    {"violation_type", "texting_while_driving", "driving_while_using_a_cell_phone"},
    {"claim_type", "stolen", "theft"},
    {"claim_type", "stolen_vehicle", "theft"},
    {"claim_type", "glass", "glass_repair"},
    {"claim_type", "windshield", "glass_repair"},
    {"type_of_commercial_use", "rideshare", "transport_people"},
    {"type_of_commercial_use", "ride_share", "transport_people"},
    {"type_of_commercial_use", "uber", "transport_people"},
    {"type_of_commercial_use", "lyft", "transport_people"},
    {"ownership", "own", "fully_paid"},
    {"ownership", "owned", "fully_paid"},
    {"ownership", "paid", "fully_paid"},
    {"ownership", "paid_off", "fully_paid"},
    {"ownership", "loan", "financed"},
    {"ownership", "finance", "financed"},
    {"ownership", "lease", "leased"},
    {"parking", "on_street", "street"},
    {"parking", "street_parking", "street"},
    {"parking", "lot", "parking_lot"},
};

struct FlagSynonym {
    std::string_view field, key;
    bool value;
};

constexpr FlagSynonym kFlagSynonyms[] = {
    {"home_ownership", "own", true},        {"home_ownership", "owner", true},      {"home_ownership", "homeowner", true},
    {"home_ownership", "rent", false},      {"home_ownership", "renter", false},    {"home_ownership", "renting", false},
    {"currently_insured", "insured", true}, {"currently_insured", "uninsured", false},
    {"commercial_use", "commercial", true}, {"commercial_use", "business", true},   {"commercial_use", "personal", false},
    {"commercial_use", "pleasure", false},
};

// Without what an insurer's name ends with.
std::string company_key(std::string key) {
    for (const std::string_view tail : {"_insurance_company", "_insurance_group", "_insurance", "_ins", "_company", "_group", "_inc"}) {
        if (key.size() > tail.size() && key.ends_with(tail)) return key.substr(0, key.size() - tail.size());
    }
    return key;
}

std::string letters_of(std::string_view key) {
    std::string letters = lower(key);
    std::erase(letters, '_');
    return letters;
}

}  // namespace

std::string word_key(std::string_view text) {
    constexpr std::size_t kLongest = 100;
    std::string key;
    for (const char c : text.substr(0, kLongest)) {
        if (c == '+') key += "_plus_";
        else key += is_letter(c) || is_digit(c) ? lower(c) : '_';
    }
    std::string squeezed;
    for (const char c : key) {
        if (c != '_' || (!squeezed.empty() && squeezed.back() != '_')) squeezed += c;
    }
    if (!squeezed.empty() && squeezed.back() == '_') squeezed.pop_back();
    return squeezed;
}

std::optional<std::string> sale_word(const SaleField& field, std::string_view text) {
    std::string key = word_key(text);
    const bool company = field.name == "current_company";
    if (company) key = company_key(key);
    if (key.empty()) return std::nullopt;
    for (const auto word : field.words) {
        if (word_key(word) == key || (company && letters_of(word) == letters_of(key))) return std::string(word);
    }
    for (const auto& synonym : sale_synonyms()) {
        if (synonym.field == field.name && synonym.key == key) return std::string(synonym.word);
    }
    return std::nullopt;
}

std::span<const SaleSynonym> sale_synonyms() {
    return kSynonyms;
}

std::optional<bool> sale_flag_word(std::string_view field, std::string_view text) {
    const auto key = word_key(text);
    for (const auto& synonym : kFlagSynonyms) {
        if (synonym.field == field && synonym.key == key) return synonym.value;
    }
    return std::nullopt;
}

}  // namespace bindery
