#include "services/sale_tidy.h"

#include <catch2/catch.hpp>

#include "core/exact_json.h"
#include "services/sale_samples.h"
#include "services/sale_words.h"

using namespace bindery;

namespace {

const SaleField* find_field(std::span<const SaleField> fields, std::string_view name) {
    for (const auto& field : fields) {
        if (field.name == name) return &field;
        if (const auto* inner = find_field(field.members, name)) return inner;
    }
    return nullptr;
}

struct Spelling {
    const char* field;
    const char* raw;   // JSON
    const char* tidy;  // JSON; nothing: left out
};

// Of the top level, of a driver, of a vehicle.
json tidied(const char* list, const Spelling& spelling) {
    json raw = {{spelling.field, json::parse(spelling.raw)}};
    const bool top = *list == '\0';
    if (!top && !raw.contains("age")) raw["age"] = 40;
    if (!top) raw = {{list, {raw}}};
    const auto lead = tidy_lead(SaleMedia::lead, raw).lead;
    const json& object = top ? lead : lead[list][0];
    return object.contains(spelling.field) ? object[spelling.field] : json();
}

}  // namespace

TEST_CASE("a lead in order stays as it is", "[sale]") {
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        const auto tidy = tidy_lead(media, full_sale(media));
        CHECK(tidy.lead == full_sale(media));
        CHECK(tidy.changed == std::vector<std::string>{});
        CHECK(tidy.dropped == std::vector<std::string>{});
        CHECK(tidy.faults.empty());
    }
}

TEST_CASE("spellings that are certain become the field's own", "[sale]") {
    const Spelling top[] = {
        {"state_abbreviation", R"("Texas")", R"("TX")"},
        {"state_abbreviation", R"(" nm ")", R"("NM")"},
        {"state_abbreviation", R"("Tejas")", R"("Tejas")"},
        {"zip", R"("87501-1234")", R"("87501")"},
        {"zip", "6510", R"("06510")"},
        {"zip", R"("8750")", R"("08750")"},
        {"language", R"("English")", R"("en")"},
        {"language", R"("Español")", R"("es")"},
        {"currently_insured", R"("Yes")", "true"},
        {"currently_insured", R"("n")", "false"},
        {"currently_insured", "1", "true"},
        {"currently_insured", R"("uninsured")", "false"},
        {"currently_insured", R"("perhaps")", R"("perhaps")"},
        {"home_ownership", R"("Own")", "true"},
        {"home_ownership", R"("Rent")", "false"},
        {"sr_twenty_two", R"("0")", "false"},
        {"contact_phone", R"("+1 (214) 555-0142")", R"("2145550142")"},
        {"contact_phone", R"("214.555.0142 x7")", R"("2145550142")"},
        {"contact_phone", "2145550142", R"("2145550142")"},
        {"contact_phone", R"("555-0142")", R"("555-0142")"},
        {"email", R"(" Ana@Mail.Example ")", R"("ana@mail.example")"},
        {"lead_created_at", R"("2026-11-22T14:30:00.250-07:00")", R"("2026-11-22T21:30:00Z")"},
        {"lead_created_at", R"("2026-11-22 14:30")", R"("2026-11-22 14:30")"},
        {"current_policy_expires", R"("1/31/2027")", R"("2027-01-31")"},
        {"policy_start_date", R"("2026-12-01T00:00:00")", R"("2026-12-01")"},
        {"credit_status", R"("Good")", R"("above_average")"},
        {"credit_status", R"("Below Average")", R"("below_average")"},
        {"residence_type", R"("Mobile home")", R"("mobile_home")"},
        {"months_at_address", R"("3 years")", "36"},
        {"months_at_address", R"("18 months")", "18"},
        {"months_at_address", R"("18")", "18"},
        {"current_company_tenure_months", R"("1 yr")", "12"},
        {"current_company", R"("State Farm Insurance")", R"("StateFarm")"},
        {"current_company", R"("GEICO")", R"("Geico")"},
        {"current_company", R"("Liberty Mutual")", R"("LibertyMutual")"},
        {"current_company", R"("21st Century")", R"("21stCentury")"},
        {"current_company", R"("American Family")", R"("AmFam")"},
        {"current_company", R"("Desert Mutual")", R"("other")"},
        {"current_company", R"("None")", ""},
        {"current_bi_per_person", R"("$30,000")", "30000"},
        {"current_bi_per_accident", R"("60k")", "60000"},
        {"current_bi_per_person", R"("30/60")", R"("30/60")"},
        {"current_bi_per_person", R"("$ 1,030,000")", "1030000"},
        {"current_bi_per_person", R"("30.000")", R"("30.000")"},
        {"current_bi_per_person", R"("12,5")", R"("12,5")"},
        {"current_bi_per_person", R"("1,0000")", R"("1,0000")"},
        {"current_bi_per_person", R"("1000,000")", R"("1000,000")"},
        {"current_bi_per_person", R"("1.234,5")", R"("1.234,5")"},
        {"current_bi_per_person", R"("10000 15000")", R"("10000 15000")"},
        {"current_bi_per_person", R"("30 k")", "30000"},
        {"current_bi_per_person", R"("3e4")", R"("3e4")"},
        {"current_bi_per_person", R"("30,000 miles")", R"("30,000 miles")"},
        {"months_at_address", R"("18k")", R"("18k")"},
        {"continuous_insurance_duration", R"("5+ years")", R"("5_plus_years")"},
        {"continuous_insurance_duration", R"("Less than 6 months")", R"("less_than_6_months")"},
        {"lapse_duration", R"("31 days to 6 months")", R"("31_days_to_6_months")"},
        {"traffic_channel", R"("PPC")", R"("cpc")"},
        {"first_name", R"("  Ana ")", R"("Ana")"},
        {"middle_name", R"("   ")", ""},
        {"middle_name", "null", ""},
        {"city", "77", R"("77")"},
        {"email", R"({"deep":{"er":1}})", "{}"},
    };
    for (const auto& spelling : top) {
        INFO(spelling.field << " " << spelling.raw);
        CHECK(tidied("", spelling) == (*spelling.tidy == '\0' ? json() : json::parse(spelling.tidy)));
    }
    const Spelling driver[] = {
        {"gender", R"("F")", R"("female")"},
        {"gender", R"("x")", R"("x")"},
        {"marital_status", R"("Married")", R"("married")"},
        {"marital_status", R"("Domestic Partner")", R"("domestic_partnership")"},
        {"marital_status", R"("s")", R"("s")"},
        {"license_status", R"("Valid")", R"("active")"},
        {"license_status", R"("Learner's permit")", R"("permit")"},
        {"license_status", R"("")", R"("active")"},
        {"birth_date", R"("6/15/1990")", R"("1990-06-15")"},
        {"license_state_or_country", R"("California")", R"("CA")"},
        {"license_state_or_country", R"("India")", R"("India")"},
        {"license_number", "55512", R"("55512")"},
        {"education", R"("Bachelor's Degree")", R"("bachelors")"},
        {"employment_status", R"("Self-employed")", R"("self")"},
        {"age", R"("41")", "41"},
        {"age", R"("41 miles")", R"("41 miles")"},
        {"bankruptcy", R"("no")", "false"},
    };
    for (const auto& spelling : driver) {
        INFO(spelling.field << " " << spelling.raw);
        CHECK(tidied("drivers", spelling) == json::parse(spelling.tidy));
    }
    const Spelling vehicle[] = {
        {"year", R"("2021")", "2021"},
        {"year", R"("20 21")", R"("20 21")"},
        {"year", R"("2k")", R"("2k")"},
        {"year", R"("2,021")", R"("2,021")"},
        {"year", R"("$2021")", R"("$2021")"},
        {"commute_distance", R"("12 mi")", "12"},
        {"annual_mileage", R"("12k miles")", "12000"},
        {"annual_mileage", R"("$12000")", R"("$12000")"},
        {"current_mileage", R"("-5")", "-5"},
        {"vin", R"("1hg-cm82633a004352")", R"("1HGCM82633A004352")"},
        {"ownership", R"("Lease")", R"("leased")"},
        {"commercial_use", R"("Business")", "true"},
        {"type_of_commercial_use", R"("Uber")", R"("transport_people")"},
        {"type_of_commercial_use", R"("ridesharing")", R"("ridesharing")"},
        {"annual_mileage", R"("12,000 miles")", "12000"},
        {"license_plate_state", R"("texas")", R"("TX")"},
        {"parking", R"("On street")", R"("street")"},
    };
    for (const auto& spelling : vehicle) {
        INFO(spelling.field << " " << spelling.raw);
        CHECK(tidied("vehicles", spelling) == json::parse(spelling.tidy));
    }
}

TEST_CASE("every synonym names a field and one of its words, and shadows none", "[sale]") {
    for (const auto& synonym : sale_synonyms()) {
        INFO(synonym.field << " " << synonym.key);
        const auto* field = find_field(sale_fields(), synonym.field);
        REQUIRE(field != nullptr);
        CHECK(std::find(field->words.begin(), field->words.end(), synonym.word) != field->words.end());
        CHECK(std::find(field->words.begin(), field->words.end(), synonym.key) == field->words.end());
        CHECK(word_key(synonym.key) == synonym.key);
        CHECK(sale_word(*field, synonym.key) == std::string(synonym.word));
    }
}

TEST_CASE("an amount keeps its digits", "[sale]") {
    const json raw = {{"drivers", {{{"age", 40}, {"incidents", {{{"type", "claim"}, {"claim_amount", "$ 1,250.55"}}}}}}}};
    CHECK(dump_exact(tidy_lead(SaleMedia::lead, raw).lead).find("\"claim_amount\":1250.55") != std::string::npos);
}

TEST_CASE("flat columns and lists in texts become lists", "[sale]") {
    const json flat = json::parse(R"({"driver1_gender":"F","driver1_age":"44","driver1_incident1_type":"DUI","driver1_incident_2_type":"accident",
        "driver_3_gender":"M","driver_3_age":41,"driver2_gender":"","driver2_age":null,"vehicle1_year":"2019","vehicle1_make":"Kia",
        "vehicle1_model":"Soul","driver_notes":"none","driver1_shoe":"44"})");
    const auto tidy = tidy_lead(SaleMedia::lead, flat);
    CHECK(tidy.lead == json::parse(R"({"drivers":[{"gender":"female","age":44,"license_status":"active","relationship_to_policyholder":"self",
          "incidents":[{"type":"violation","violation_type":"driving_under_the_influence"},{"type":"accident"}]},
          {"gender":"male","age":41,"license_status":"active"}],
        "vehicles":[{"year":2019,"make":"Kia","model":"Soul","commercial_use":false}]})"));
    CHECK(tidy.dropped == std::vector<std::string>{"drivers[0].shoe", "driver_notes"});
    const json texts = {{"drivers", R"([{"gender":"F","age":44,"incidents":"[{\"type\":\"claim\"}]"}])"}, {"vehicles", "[]"}};
    CHECK(tidy_lead(SaleMedia::lead, texts).lead["drivers"][0]["incidents"] == json::parse(R"([{"type":"claim"}])"));
    CHECK_FALSE(tidy_lead(SaleMedia::lead, texts).lead.contains("vehicles"));
    CHECK(tidy_lead(SaleMedia::lead, {{"vehicles", "two cars"}}).lead["vehicles"] == json::object());
}

TEST_CASE("members that no step takes are named by their path", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    CHECK(tidy_lead(SaleMedia::lead, lead).dropped.empty());
    lead["dui"] = true;
    lead["drivers"][1]["shoe_size"] = 44;
    lead["drivers"][0]["incidents"][2]["note"] = "x";
    lead["vehicles"][0][std::string("na\0me\xff\n", 7)] = 1;
    lead["dial_in_phone"] = "2145550100";
    auto dropped = tidy_lead(SaleMedia::lead, lead).dropped;
    std::sort(dropped.begin(), dropped.end());
    CHECK(dropped == std::vector<std::string>{"dial_in_phone", "drivers[0].incidents[2].note", "drivers[1].shoe_size", "dui", "vehicles[0].na?me??"});
    CHECK(tidy_lead(SaleMedia::call, {{"lead_type", "shared"}, {"bid_id", "b"}}).dropped == std::vector<std::string>{"lead_type"});
    json many = json::object();
    for (int i = 0; i < 1000; ++i) many["field" + std::to_string(i)] = i;
    CHECK(tidy_lead(SaleMedia::lead, many).dropped.size() == 100);
}

TEST_CASE("a lead or call with incidents and no driver is a fault: nothing is sold without its accident", "[sale]") {
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        for (const char* text : {R"({"incidents": [{"type": "DUI"}]})", R"({"incident1_type": "accident"})", R"({"drivers": [], "incidents": "[{\"type\":\"claim\"}]"})"}) {
            const auto tidy = tidy_lead(media, json::parse(text));
            INFO(text);
            REQUIRE(tidy.faults.size() == 1);
            CHECK(tidy.faults[0].path == "incidents[0]");
            CHECK(tidy.faults[0].message.find("drivers") != std::string::npos);
            CHECK(tidy.dropped.empty());
        }
        for (const char* text : {R"({"incidents": []})", R"({"incidents": null})", R"({"incident1_type": ""})"}) CHECK(tidy_lead(media, json::parse(text)).faults.empty());
    }
}

TEST_CASE("incidents beside the drivers go under theirs, or are a fault", "[sale]") {
    const json two = json::parse(R"([{"gender":"female","age":44},{"gender":"male","age":41}])");
    json raw = {{"drivers", two}, {"incidents", json::parse(R"([{"driver":2,"type":"accident"},{"driver":"1","claim_type":"glass"},{"type":"claim"},{"driver":3}])")}};
    auto tidy = tidy_lead(SaleMedia::lead, raw);
    CHECK(tidy.lead["drivers"][1]["incidents"] == json::parse(R"([{"type":"accident"}])"));
    CHECK(tidy.lead["drivers"][0]["incidents"] == json::parse(R"([{"type":"claim","claim_type":"glass_repair"}])"));
    REQUIRE(tidy.faults.size() == 2);
    CHECK(tidy.faults[0].path == "incidents[2].driver");
    CHECK(tidy.faults[1].path == "incidents[3].driver");
    raw = {{"drivers", {two[0]}}, {"incident1_type", "speeding"}};
    tidy = tidy_lead(SaleMedia::lead, raw);
    CHECK(tidy.faults.empty());
    CHECK(tidy.dropped.empty());
    CHECK(tidy.lead["drivers"][0]["incidents"] == json::parse(R"([{"type":"violation","violation_type":"speeding"}])"));
}

TEST_CASE("incidents in flat columns go to the driver whose number they say, also where numbers are left out", "[sale]") {
    const std::string drivers = R"("driver1_gender":"F","driver1_age":44,"driver2_gender":"","driver3_gender":"M","driver3_age":41)";
    struct Case {
        const char *incident, *first, *second;  // the drivers' incidents, JSON; nothing: none
        const char* fault;
    };
    const Case cases[] = {
        {R"("incident1_driver":3,"incident1_type":"DUI")", "", R"([{"type":"violation","violation_type":"driving_under_the_influence"}])", ""},
        {R"("incident1_driver":"1","incident1_type":"accident")", R"([{"type":"accident"}])", "", ""},
        {R"("incident1_driver":2,"incident1_type":"DUI")", "", "", "incidents[0].driver must be the number of a driver, 1 or 3: an incident belongs to a driver"},
        {R"("incident1_driver":4,"incident1_type":"DUI")", "", "", "incidents[0].driver must be the number of a driver, 1 or 3: an incident belongs to a driver"},
        {R"("incident1_type":"DUI")", "", "", "incidents[0].driver must be the number of a driver, 1 or 3: an incident belongs to a driver"},
        {R"("incident1_driver":"Leo","incident1_type":"DUI")", "", "", "incidents[0].driver must be the number of a driver, 1 or 3: an incident belongs to a driver"},
        {R"("incident1_driver":2,"incident1_type":"None")", "", "", ""},
        {R"("incident1_type":"N/A","incident2_type":"no","incident2_driver":"")", "", "", ""},
        {R"("driver3_incident1_type":"None","driver3_incident2_type":"claim")", "", R"([{"type":"claim"}])", ""},
        {R"("driver1_incident1_type":" no ","driver3_incidents":"None")", "", "", ""},
        {R"("incidents":"none")", "", "", ""},
        {R"("incidents":"[{\"driver\":3,\"type\":\"claim\"},{\"type\":\"No incidents\"}]")", "", R"([{"type":"claim"}])", ""},
    };
    for (const auto& c : cases) {
        INFO(c.incident);
        const auto tidy = tidy_lead(SaleMedia::lead, json::parse("{" + drivers + "," + c.incident + "}"));
        REQUIRE(tidy.lead["drivers"].size() == 2);
        const auto incidents = [&](std::size_t i) { return tidy.lead["drivers"][i].value("incidents", json()); };
        CHECK(incidents(0) == (*c.first == '\0' ? json() : json::parse(c.first)));
        CHECK(incidents(1) == (*c.second == '\0' ? json() : json::parse(c.second)));
        CHECK(sale_faults_text(tidy.faults) == c.fault);
        CHECK(tidy.dropped.empty());
    }
    // One driver is the only one, whatever its number; what says "none" and more than that is no clear word.
    auto tidy = tidy_lead(SaleMedia::lead, json::parse(R"({"driver2_age":44,"incident1_type":"DUI"})"));
    CHECK(tidy.lead["drivers"][0]["incidents"].size() == 1);
    tidy = tidy_lead(SaleMedia::lead, json::parse(R"({"driver2_age":44,"incident1_type":"DUI","incident1_driver":1})"));
    CHECK(sale_faults_text(tidy.faults) == "incidents[0].driver must be the number of a driver, 2: an incident belongs to a driver");
    tidy = tidy_lead(SaleMedia::lead, json::parse(R"({"driver1_age":44,"driver1_incident1_type":"None","driver1_incident1_date":"2025-01-10","driver1_incident1_incident_date":"2025-01-10"})"));
    CHECK(tidy.lead["drivers"][0]["incidents"][0]["type"] == "None");
}

TEST_CASE("an incident's type follows from what it holds", "[sale]") {
    struct Case { const char* raw; const char* tidy; };
    const Case cases[] = {
        {R"({"type":"Ticket","violation_type":"ran a red light"})", R"({"type":"violation","violation_type":"other","violation_type_other":"ran a red light"})"},
        {R"({"violation_type":"DWI"})", R"({"type":"violation","violation_type":"driving_under_the_influence"})"},
        {R"({"damage_type":"both"})", R"({"type":"accident","damage_type":"property_and_bodily_injury"})"},
        {R"({"claim_type":"hail"})", R"({"type":"claim","claim_type":"other"})"},
        {R"({"type":"Theft","claim_amount":900})", R"({"type":"claim","claim_type":"theft","claim_amount":900})"},
        {R"({"claim_type":"theft","fault_status":"at fault"})", R"({"claim_type":"theft","fault_status":"majority_at_fault"})"},
        {R"({"type":"other"})", R"({"type":"other"})"},
    };
    for (const auto& c : cases) {
        INFO(c.raw);
        const json raw = {{"drivers", {{{"age", 40}, {"incidents", {json::parse(c.raw)}}}}}};
        CHECK(tidy_lead(SaleMedia::lead, raw).lead["drivers"][0]["incidents"][0] == json::parse(c.tidy));
    }
}

TEST_CASE("the policyholder comes first, named once", "[sale]") {
    const json raw = json::parse(R"({"first_name":"Ana","last_name":"Baca","drivers":[{"first_name":"Leo","last_name":"Rios","age":44,
        "relationship_to_policyholder":"husband"},{"age":41,"relationship_to_policyholder":"Policyholder"}]})");
    auto tidy = tidy_lead(SaleMedia::lead, raw);
    CHECK(tidy.lead["drivers"][0]["relationship_to_policyholder"] == "self");
    CHECK(tidy.lead["drivers"][0]["first_name"] == "Ana");
    CHECK(tidy.lead["drivers"][1]["first_name"] == "Leo");
    CHECK(std::count(tidy.changed.begin(), tidy.changed.end(), "drivers") == 1);
    tidy = tidy_lead(SaleMedia::call, {{"first_name", "Ana"}, {"drivers", {{{"gender", "female"}, {"age", 41}}}}});
    CHECK_FALSE(tidy.lead["drivers"][0].contains("first_name"));
    CHECK_FALSE(tidy.lead["drivers"][0].contains("relationship_to_policyholder"));
}

TEST_CASE("drivers of a call of whom too little is said to go anywhere are named", "[sale]") {
    const auto dropped = [](const char* drivers) { return tidy_lead(SaleMedia::call, {{"drivers", json::parse(drivers)}}).dropped; };
    CHECK(dropped(R"([{"birth_date":"1990-06-15"}])") == std::vector<std::string>{"drivers (too little is said of them)"});
    CHECK(dropped(R"([{"relationship_to_policyholder":"self"},{}])") == std::vector<std::string>{"drivers (too little is said of them)"});
    CHECK(dropped(R"(["x"])") == std::vector<std::string>{"drivers (too little is said of them)"});
    CHECK(dropped(R"([{"birth_date":"1990-06-15","gender":"female"}])").empty());
    CHECK(dropped(R"([{"first_name":"Ann"}])").empty());
    CHECK(dropped("[]").empty());
}

TEST_CASE("a first driver with another name isn't taken for the policyholder unless that is said", "[sale]") {
    const std::string fault = "drivers[0].relationship_to_policyholder must be stated: this driver has another name than the policyholder, and no driver is said to be self";
    struct Case {
        const char* drivers;
        bool fault;
    };
    const Case cases[] = {
        {R"([{"age":40,"first_name":"Bob","last_name":"Other"}])", true},
        {R"([{"age":40,"first_name":"Bob","last_name":"Roebuck"},{"age":41,"first_name":"Ann","last_name":"Roebuck"}])", true},
        {R"([{"age":40,"last_name":"Other"}])", true},
        {R"([{"age":40,"first_name":"Bob","last_name":"Other","relationship_to_policyholder":"self"}])", false},
        {R"([{"age":40,"first_name":"ANN","last_name":"Roebuck"}])", false},
        {R"([{"age":40,"first_name":"A.","last_name":"Roebuck"}])", false},
        {R"([{"age":40,"first_name":"Annabel","last_name":"Roebuck"}])", false},
        {R"([{"age":40,"first_name":"Ann","last_name":"Married"}])", false},
        {R"([{"age":40}])", false},
        {R"([{"age":40,"first_name":"Bob","last_name":"Other"},{"age":41,"relationship_to_policyholder":"self"}])", false},
    };
    for (const auto& c : cases) {
        INFO(c.drivers);
        const auto tidy = tidy_lead(SaleMedia::lead, {{"first_name", "Ann"}, {"last_name", "Roebuck"}, {"drivers", json::parse(c.drivers)}});
        CHECK(sale_faults_text(tidy.faults) == (c.fault ? fault : ""));
    }
}

TEST_CASE("what no field stands for is dropped by name", "[sale]") {
    json raw = {{"dui", true}, {"note", ""}, {"dial_in_phone", "2145550142"}, {"drivers", {{{"age", 40}, {"hair", "red"}}}}};
    CHECK(tidy_lead(SaleMedia::lead, raw).dropped == std::vector<std::string>{"drivers[0].hair", "dial_in_phone", "dui"});
    CHECK(tidy_lead(SaleMedia::call, raw).lead["dial_in_phone"] == "2145550142");
    for (const json& odd : {json(nullptr), json(3), json("x"), json::array({1})}) CHECK(tidy_lead(SaleMedia::lead, odd).lead == json::object());
}
