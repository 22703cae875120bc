#include "services/sale_rules.h"

#include <catch2/catch.hpp>
#include <functional>

#include "core/exact_json.h"
#include "services/sale_bodies.h"
#include "services/sale_samples.h"
#include "services/sale_schema.h"
#include "services/sale_values.h"

using namespace bindery;

namespace {

using Pointer = json::json_pointer;

std::vector<SaleFault> faults_with(SaleMedia media, const char* pointer, const char* value) {
    json lead = full_sale(media);
    const Pointer place(pointer);
    if (*value == '\0') lead[place.parent_pointer()].erase(place.back());
    else lead[place] = json::parse(value);
    return sale_faults(media, lead, sale_day());
}

// The fields of the table with an example's place in a full lead.
void each_place(std::span<const SaleField> fields, const std::string& pointer, const std::string& path,
                const std::function<void(const SaleField&, const std::string&, const std::string&)>& look) {
    for (const auto& field : fields) {
        const std::string name(field.name);
        look(field, pointer + "/" + name, path + name);
        // The second driver has the second incident; all three types are in each driver's list.
        if (field.kind == SaleKind::list) each_place(field.members, pointer + "/" + name + "/1", path + name + "[1].", look);
    }
}

bool has_fault(const std::vector<SaleFault>& faults, const std::string& path, const std::string& message) {
    for (const auto& fault : faults) {
        if (fault.path == path && fault.message == message) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("leads and calls with every field are in order", "[sale]") {
    CHECK(sale_faults(SaleMedia::lead, full_sale(SaleMedia::lead), sale_day()) == std::vector<SaleFault>{});
    CHECK(sale_faults(SaleMedia::call, full_sale(SaleMedia::call), sale_day()) == std::vector<SaleFault>{});
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        const json lead = full_sale(media);
        CHECK(sale_body_faults(media, SaleStep::ping, ping_body(media, lead, sale_day()), sale_day()) == std::vector<SaleFault>{});
        CHECK(sale_body_faults(media, SaleStep::ping, ping_body(media, lead, sale_day(), {true}), sale_day()) == std::vector<SaleFault>{});
        CHECK(sale_body_faults(media, SaleStep::post, post_body(media, lead, "b"), sale_day()) == std::vector<SaleFault>{});
    }
}

TEST_CASE("bodies of the shapes that the page shows are in order", "[sale]") {
    struct Case { SaleMedia media; SaleStep step; const char* body; };
    const Case cases[] = {
        {SaleMedia::lead, SaleStep::ping, R"({"media_type":"lead","lead_type":"exclusive","campaign_name":"autumn-form",
            "ip_address":"198.51.100.9","user_agent":"Mozilla/5.0","media_source":"Bing","landing_page":"https://quotes.example/auto",
            "lead_created_at":"2026-11-23T07:00:00Z","state_abbreviation":"NM","zip":"87501","language":"en","currently_insured":true,
            "sr_twenty_two":false,"home_ownership":true,
            "drivers":[{"gender":"female","age":44,"marital_status":"widowed","license_status":"active"}],
            "vehicles":[{"year":2019,"make":"Subaru","model":"Outback","commercial_use":false}]})"},
        {SaleMedia::lead, SaleStep::post, R"({"media_type":"lead","bid_id":"7c1e","trusted_form_cert_url":"https://cert.trustedform.com/77aa",
            "first_name":"Ana","last_name":"Baca","contact_phone":"5055550117","email":"ana@mail.example",
            "street_address":"9 Cerrillos Rd","city":"Santa Fe",
            "drivers":[{"first_name":"Ana","last_name":"Baca","relationship_to_policyholder":"self","birth_date":"1982-02-03"}]})"},
        {SaleMedia::call, SaleStep::ping, R"({"media_type":"call","external_id":"call-18","state_abbreviation":"OK","currently_insured":false,
            "language":"es"})"},
        {SaleMedia::call, SaleStep::post, R"({"media_type":"call","bid_id":"7c1e","dial_in_phone":"4055550121"})"},
        {SaleMedia::call, SaleStep::ping, R"({"media_type":"call","external_id":"call-19","state_abbreviation":"OK","zip":"73102",
            "currently_insured":true,"language":"en","trusted_form_cert_url":"https://cert.trustedform.com/88bb",
            "drivers":[{"gender":"male","birth_date":"1979-10-30","marital_status":"single","license_status":"permit"}],
            "vehicles":[{"year":2023,"make":"Ford","model":"Escape","commercial_use":false}]})"},
        {SaleMedia::lead, SaleStep::ping, R"({"media_type":"lead","external_id":"f-77","campaign_name":"autumn-form","ip_address":"2001:db8::7",
            "user_agent":"Mozilla/5.0","lead_created_at":"2026-11-22T07:00:00Z","state_abbreviation":"TX","zip":"79901",
            "currently_insured":true,"sr_twenty_two":false,"home_ownership":false,"credit_status":"average",
            "trusted_form_cert_url":"https://cert.trustedform.com/99cc",
            "drivers":[{"gender":"female","birth_date":"1991-01-20","marital_status":"married","license_status":"active",
                        "incidents":[{"type":"violation","violation_type":"speeding"}]},
                       {"gender":"male","age":39,"marital_status":"married","license_status":"active",
                        "incidents":[{"type":"accident","incident_date":"2025-08-04","fault_status":"not_at_fault",
                                      "damage_type":"property_only"}]}],
            "vehicles":[{"year":2020,"make":"Kia","model":"Soul","commercial_use":false},
                        {"year":2015,"make":"Ford","model":"F-150","commercial_use":true}]})"},
        {SaleMedia::lead, SaleStep::post, R"({"media_type":"lead","bid_id":"7c1e","trusted_form_cert_url":"https://cert.trustedform.com/99cc",
            "first_name":"Eva","last_name":"Rios","contact_phone":"9155550133","email":"eva.rios@mail.example","street_address":"4 Mesa St",
            "city":"El Paso","language":"en",
            "drivers":[{"first_name":"Eva","last_name":"Rios","relationship_to_policyholder":"self","birth_date":"1991-01-20","license_number":"55512"},
                       {"first_name":"Leo","last_name":"Rios","relationship_to_policyholder":"spouse","birth_date":"1987-05-06","license_number":"55513"}]})"},
        {SaleMedia::call, SaleStep::post, R"({"media_type":"call","bid_id":"7c1e","dial_in_phone":"4055550121","first_name":"Sam","last_name":"Lee",
            "contact_phone":"4055550122","email":"sam@mail.example","street_address":"1 Bricktown","city":"Oklahoma City",
            "state_abbreviation":"OK","zip":"73102"})"},
    };
    for (const auto& c : cases) {
        INFO(c.body);
        CHECK(sale_body_faults(c.media, c.step, json::parse(c.body), sale_day()) == std::vector<SaleFault>{});
    }
}

TEST_CASE("each field refuses what isn't of its kind, and says what is expected", "[sale]") {
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        const json whole = full_sale(media);
        int looked = 0;
        each_place(sale_fields(), "", "", [&](const SaleField& field, const std::string& pointer, const std::string& path) {
            const Pointer place(pointer);
            if (!field.in(media) || field.name == "bid_id") return;
            ++looked;
            INFO(sale_media_name(media) << " " << path);
            std::vector<json> wrong = {nullptr, json::object({{"a", 1}}), json::binary({1, 2}), std::string("a\0b", 3), "\xc3\x28"};
            if (field.kind != SaleKind::flag) wrong.push_back(true);
            if (field.kind != SaleKind::list) wrong.push_back(json::array({1, "x"}));
            if (field.kind == SaleKind::number) wrong.insert(wrong.end(), {field.low - 1, "20", std::nan("")});
            else wrong.insert(wrong.end(), {1.5, 7, ""});
            if (field.kind == SaleKind::number && field.high != 0) wrong.push_back(field.high + 0.5);
            if (field.kind == SaleKind::word) wrong.insert(wrong.end(), {"Other ", std::string(200, 'x')});
            if (field.kind == SaleKind::text || field.kind == SaleKind::place) wrong.insert(wrong.end(), {std::string(static_cast<std::size_t>(field.high) + 1, 'x'), "  "});
            if (field.kind == SaleKind::list) wrong.push_back(json::array_t(static_cast<std::size_t>(field.high) + 1, json::object()));
            json lead = whole;
            json& slot = lead[place];
            for (const auto& value : wrong) {
                slot = value;
                const auto faults = sale_faults(media, lead, sale_day());
                const bool garbled = value.is_string() && !plain_text(value.get<std::string>()) && field.kind != SaleKind::flag &&
                                     field.kind != SaleKind::number && field.kind != SaleKind::list;
                INFO((value.is_string() || value.is_number() ? "a text or number" : value.type_name()) << " gave " << sale_faults_text(faults));
                const auto message = garbled ? "must be text in valid UTF-8, without NUL" : expected_of(field);
                CHECK(has_fault(faults, path, message));
            }
            std::vector<json> right;
            if (field.kind == SaleKind::text) {
                std::string longest;
                for (int i = 0; i < field.high; ++i) longest += "\xc3\xa9";
                right.push_back(longest);
            }
            if (field.kind == SaleKind::number) right = {field.low, field.high != 0 ? field.high : 999999999};
            for (const auto word : field.words) right.push_back(word);
            for (const auto& value : right) {
                slot = value;
                CHECK_FALSE(has_fault(sale_faults(media, lead, sale_day()), path, expected_of(field)));
            }
        });
        CHECK(looked > 90);
    }
}

TEST_CASE("each required field is missed where its step needs it", "[sale]") {
    for (const auto media : {SaleMedia::lead, SaleMedia::call}) {
        each_place(sale_fields(), "", "", [&](const SaleField& field, const std::string& pointer, const std::string& path) {
            if (!sale_needs(field, media, SaleSteps::both) || field.name == "bid_id" || field.name == "media_type") return;
            INFO(sale_media_name(media) << " " << path);
            const auto faults = faults_with(media, pointer.c_str(), "");
            CHECK(has_fault(faults, path, "is required and " + expected_of(field)));
        });
        for (const auto step : {SaleStep::ping, SaleStep::post}) {
            const json lead = full_sale(media);
            const json body = step == SaleStep::ping ? ping_body(media, lead, sale_day()) : post_body(media, lead, "b");
            each_place(sale_fields(), "", "", [&](const SaleField& field, const std::string& pointer, const std::string& path) {
                const Pointer place(pointer);
                json changed = body;
                INFO(sale_media_name(media) << " " << path);
                if (field.use(media, step) == SaleUse::required) {
                    changed[place.parent_pointer()].erase(place.back());
                    CHECK(has_fault(sale_body_faults(media, step, changed, sale_day()), path, "is required and " + expected_of(field)));
                } else if (!field.in(media, step) && body.contains(place.parent_pointer())) {
                    changed[place] = 1;
                    CHECK(has_fault(sale_body_faults(media, step, changed, sale_day()), path,
                                    std::string("isn't a field of this step of a ") + sale_media_name(media)));
                }
            });
        }
    }
}

TEST_CASE("each named rule has its failing case and its near miss", "[sale]") {
    const auto lead = SaleMedia::lead, call = SaleMedia::call;
    struct Case {
        SaleMedia media;
        const char* pointer;  // the member that is set; a value of nothing removes it
        const char* value;
        const char* path;  // of the only fault; nothing: none
        const char* says = "";
    };
    const Case cases[] = {
        {lead, "/contact_phone", R"("12145550142")", "contact_phone", "exactly 10 digits"},
        {lead, "/mobile_phone", R"("214-555-01")", "mobile_phone", "exactly 10 digits"},
        {lead, "/daytime_phone", R"("(214) 555-0142")", "daytime_phone", "10 digits"},
        {lead, "/evening_phone", R"("214555014x")", "evening_phone", "10 digits"},
        {call, "/dial_in_phone", R"("+1214555014")", "dial_in_phone", "10 digits"},
        {call, "/dial_in_phone", "2145550142", "dial_in_phone", "10 digits"},
        {lead, "/zip", R"("0651")", "zip", "5 digits"},
        {lead, "/zip", R"("06510-1234")", "zip", "5 digits"},
        {lead, "/zip", "6510", "zip", "5 digits"},
        {lead, "/zip", R"("07501")", "zip", "begins with 0, which no ZIP code of NM does"},
        {lead, "/state_abbreviation", R"("tx")", "state_abbreviation", "two capitals"},
        {lead, "/state_abbreviation", R"("Texas")", "state_abbreviation", "two capitals"},
        {lead, "/state_abbreviation", R"("ZZ")", "state_abbreviation", "US state"},
        {lead, "/state_abbreviation", R"("DC")", ""},
        {lead, "/vehicles/0/license_plate_state", R"("Tx")", "vehicles[0].license_plate_state", "two capitals"},
        {lead, "/drivers/0/license_state_or_country", R"("Texas")", "drivers[0].license_state_or_country", "full name"},
        {lead, "/drivers/0/license_state_or_country", R"("ca")", "drivers[0].license_state_or_country", "two capitals"},
        {lead, "/drivers/0/license_state_or_country", R"("UK")", "drivers[0].license_state_or_country", "full name"},
        {lead, "/drivers/0/license_state_or_country", R"("CA")", ""},
        {lead, "/drivers/0/license_state_or_country", R"("United Kingdom")", ""},
        {lead, "/email", R"("ana.mail.example")", "email", "one @"},
        {lead, "/email", R"("ana@mail")", "email", "dot in its domain"},
        {lead, "/email", R"("ana@mail.")", "email", "dot"},
        {lead, "/email", R"("@mail.example")", "email", "one @"},
        {lead, "/email", R"("a@b@mail.example")", "email", "one @"},
        {lead, "/email", R"("ana maria@mail.example")", "email", "e-mail address"},
        {lead, "/email", R"("a@b.example")", ""},
        {lead, "/vehicles/0/vin", R"("1HGCM82633A00435")", "vehicles[0].vin", "exactly 17"},
        {lead, "/vehicles/0/vin", R"("1HGCM82633A0043521")", "vehicles[0].vin", "exactly 17"},
        {lead, "/vehicles/0/vin", R"("1HGCM82633A00435O")", "vehicles[0].vin", "without I, O and Q"},
        {lead, "/vehicles/0/vin", R"("1HGCM82633A 04352")", "vehicles[0].vin", "letters and digits"},
        {lead, "/vehicles/0/vin", R"("1hgcm82633a004352")", ""},
        {lead, "/sub_id", R"("a b")", "sub_id", "hyphens and underscores"},
        {lead, "/sub_id", R"("a123456789b123456789c1234567890")", "sub_id", "1 to 30"},
        {lead, "/trusted_form_cert_url", R"("http://cert.trustedform.com/1")", "trusted_form_cert_url", "https"},
        {lead, "/trusted_form_cert_url", R"("https://trustedform.com.evil.example/1")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://notrustedform.com/1")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com/")", "trusted_form_cert_url", "certificate"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com/a b")", "trusted_form_cert_url", "certificate"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example#.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example?.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example\\.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example:443#@cert.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://ana@cert.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example:x.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com:8443/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com./x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example%23.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://evil.example\u3002.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://.trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://cert..trustedform.com/x")", "trusted_form_cert_url", "TrustedForm"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com/?id=1")", "trusted_form_cert_url", "certificate"},
        {lead, "/trusted_form_cert_url", R"("https://cert.trustedform.com/#1")", "trusted_form_cert_url", "certificate"},
        {lead, "/trusted_form_cert_url", R"("https://trustedform.com")", "trusted_form_cert_url", "certificate"},
        {lead, "/trusted_form_cert_url", R"("https://Cert.TrustedForm.com/5f1c?a=b@c#d")", ""},
        {lead, "/trusted_form_cert_url", R"("https://trustedform.com/5f1c")", ""},
        {lead, "/trusted_form_cert_url", "", "trusted_form_cert_url", "consent proof"},
        {call, "/trusted_form_cert_url", "", ""},
        {lead, "/ip_address", R"("192.0.2.256")", "ip_address", "IPv4 or IPv6"},
        {lead, "/ip_address", R"("192.0.2.7, 10.0.0.1")", "ip_address", "one IPv4"},
        {lead, "/ip_address", R"("2001:db8::1")", ""},
        {lead, "/lead_created_at", R"("2026-11-23T08:15:30.000Z")", "lead_created_at", "YYYY-MM-DDTHH:MM:SSZ"},
        {lead, "/lead_created_at", R"("2026-11-23T24:15:30Z")", "lead_created_at", "UTC time"},
        {lead, "/lead_created_at", R"("2026-02-29T08:15:30Z")", "lead_created_at", "UTC time"},
        {lead, "/lead_created_at", R"("2026-11-23T08:15:30+")", "lead_created_at", "UTC time"},
        {lead, "/policy_start_date", R"("2026-02-30")", "policy_start_date", "YYYY-MM-DD"},
        {lead, "/policy_start_date", R"("11/23/2026")", "policy_start_date", "YYYY-MM-DD"},
        {lead, "/vehicles/1/vehicle_purchase_date", R"("2025-13-01")", "vehicles[1].vehicle_purchase_date", "YYYY-MM-DD"},
        {lead, "/drivers/0/first_licensed_date", R"("2025-1-1")", "drivers[0].first_licensed_date", "YYYY-MM-DD"},
        {lead, "/drivers/0/incidents/0/incident_date", R"("yesterday")", "drivers[0].incidents[0].incident_date", "YYYY-MM-DD"},
        {lead, "/current_policy_expires", R"("2026-11-22")", "current_policy_expires", "today or later"},
        {lead, "/current_policy_expires", R"("2026-11-23")", ""},
        {lead, "/current_policy_expires", R"("2027-11-23")", ""},
        {lead, "/current_policy_expires", R"("2027-11-24")", "current_policy_expires", "one year"},
        {lead, "/current_policy_expires", R"("2027-02-29")", "current_policy_expires", "YYYY-MM-DD"},
        {lead, "/drivers/0/birth_date", R"("2012-11-24")", "drivers[0].birth_date", "14 to 99"},
        {lead, "/drivers/0/birth_date", R"("2012-11-23")", ""},
        {lead, "/drivers/0/birth_date", R"("1926-11-23")", "drivers[0].birth_date", "14 to 99"},
        {lead, "/drivers/0/birth_date", R"("1926-11-24")", ""},
        {lead, "/drivers/0/birth_date", R"("2030-01-01")", "drivers[0].birth_date", "14 to 99"},
        {lead, "/drivers/0/birth_date", R"("1990-02-30")", "drivers[0].birth_date", "YYYY-MM-DD"},
        {lead, "/drivers/0/birth_date", "", ""},
        {lead, "/drivers/0/age", "", ""},
        {lead, "/drivers/0/relationship_to_policyholder", R"("spouse")", "drivers[0].relationship_to_policyholder", "must be self"},
        {lead, "/drivers/1/relationship_to_policyholder", R"("self")", "drivers[1].relationship_to_policyholder", "only drivers[0]"},
        {call, "/drivers/0/relationship_to_policyholder", R"("child")", "drivers[0].relationship_to_policyholder", "must be self"},
        {call, "/drivers/1/relationship_to_policyholder", R"("self")", "drivers[1].relationship_to_policyholder", "only drivers[0]"},
        {lead, "/drivers/0/incidents/0/claim_type", R"("theft")", "drivers[0].incidents[0].claim_type", "unless type is claim"},
        {lead, "/drivers/0/incidents/0/claim_amount", "12", "drivers[0].incidents[0].claim_amount", "unless type is claim"},
        {lead, "/drivers/0/incidents/0/violation_type", R"("speeding")", "drivers[0].incidents[0].violation_type", "unless type is violation"},
        {lead, "/drivers/0/incidents/1/fault_status", R"("not_at_fault")", "drivers[0].incidents[1].fault_status", "unless type is accident"},
        {lead, "/drivers/0/incidents/2/damage_type", R"("bodily_injury")", "drivers[0].incidents[2].damage_type", "unless type is accident"},
        {lead, "/drivers/0/incidents/1/violation_type_other", "", "drivers[0].incidents[1].violation_type_other", "is required when"},
        {lead, "/drivers/0/incidents/1/violation_type", R"("speeding")", "drivers[0].incidents[1].violation_type_other", "unless violation_type is other"},
        {lead, "/drivers/0/incidents/2/claim_type", "", ""},
        {lead, "/drivers/0/incidents", "[]", ""},
        {lead, "/drivers/0/incidents", "", ""},
        {lead, "/drivers", "[]", "drivers", "list of 1 to 6"},
        {lead, "/vehicles", "[]", "vehicles", "list of 1 to 6"},
        {call, "/vehicles", "[]", "vehicles", "list of 1 to 6"},
        {call, "/drivers", "", ""},
        {call, "/vehicles", "", ""},
        {call, "/vehicles/0/commercial_use", "", ""},
        {lead, "/vehicles/0/commercial_use", "", "vehicles[0].commercial_use", "is required"},
        {lead, "/vehicles/0", "null", "vehicles[0]", "must be an object"},
        {lead, "/drivers/1", "[]", "drivers[1]", "must be an object"},
        {lead, "/drivers/1/incidents/1", R"("dui")", "drivers[1].incidents[1]", "must be an object"},
        {lead, "/vehicles/1/year", "1899", "vehicles[1].year", "1900 or more"},
        {lead, "/vehicles/1/commute_distance", "501", "vehicles[1].commute_distance", "0 to 500"},
        {lead, "/vehicles/1/commute_days_per_week", "8", "vehicles[1].commute_days_per_week", "0 to 7"},
        {lead, "/lapse_reason", "", ""},
        {lead, "/media_type", R"("call")", "media_type", "must be lead"},
        {lead, "/media_type", "", ""},
        {lead, "/bid_id", "{}", ""},
        {lead, "/language", "", ""},
        {call, "/language", "", "language", "is required and must be one of: en, es"},
        {call, "/email", "", ""},
        {lead, "/unknown_thing", "1", ""},
    };
    for (const auto& c : cases) {
        const auto faults = faults_with(c.media, c.pointer, c.value);
        INFO(sale_media_name(c.media) << " " << c.pointer << " " << c.value << " gave " << sale_faults_text(faults));
        REQUIRE(faults.size() == (*c.path == '\0' ? 0 : 1));
        if (faults.empty()) continue;
        CHECK(faults[0].path == c.path);
        CHECK(faults[0].message.find(c.says) != std::string::npos);
    }
}

TEST_CASE("a ZIP code that begins with 0 is one of a state whose codes do, so that a lost digit isn't filled up with it", "[sale]") {
    const auto zip_fault = [](const char* state, const char* zip) {
        json lead = full_sale(SaleMedia::lead);
        lead["state_abbreviation"] = state;
        lead["zip"] = zip;
        return sale_faults_text(sale_faults(SaleMedia::lead, lead, sale_day()));
    };
    for (const char* state : {"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI", "AE"}) CHECK(zip_fault(state, "07520") == "");
    for (const char* zip : {"00501", "00544", "06390"}) CHECK(zip_fault("NY", zip) == "");
    for (const char* state : {"TX", "NY", "PA", "DC", "AP"}) CHECK(zip_fault(state, "07520") == std::string("zip begins with 0, which no ZIP code of ") + state + " does: a digit is missing, or the state is another");
    for (const char* state : {"TX", "CT", "NY"}) CHECK(zip_fault(state, "75201") == "");
    CHECK(zip_fault("Texas", "07520").find("begins with 0") == std::string::npos);  // one fault is enough
    json call = full_sale(SaleMedia::call);
    call.erase("zip");
    CHECK(sale_faults(SaleMedia::call, call, sale_day()).empty());
}

TEST_CASE("a lapse is for those who aren't insured", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    lead["currently_insured"] = true;
    const std::string message = "must be left out when currently_insured is true";
    CHECK(sale_faults(SaleMedia::lead, lead, sale_day()) == std::vector<SaleFault>{{"lapse_duration", message}, {"lapse_reason", message}});
    lead["currently_insured"] = "true";
    CHECK(sale_faults(SaleMedia::lead, lead, sale_day()) == std::vector<SaleFault>{{"currently_insured", "must be yes or no"}});
}

TEST_CASE("a driver without birth date and age is named", "[sale]") {
    json lead = full_sale(SaleMedia::lead);
    lead["drivers"][1].erase("birth_date");
    lead["drivers"][1].erase("age");
    CHECK(sale_faults(SaleMedia::lead, lead, sale_day()) == std::vector<SaleFault>{{"drivers[1].birth_date", "is required, unless age is there"}});
}

TEST_CASE("a year after ends on a real day", "[sale]") {
    struct Case { const char* from; const char* last; };
    for (const auto& c : {Case{"2026-11-23", "2027-11-23"}, Case{"2028-02-29", "2029-02-28"}, Case{"2027-02-28", "2028-02-28"}})
        CHECK(format_date(year_after(*parse_date(c.from))) == c.last);
}

TEST_CASE("all faults come at once, in the order of the table, without what was found", "[sale]") {
    const json lead = json::parse(R"({"zip":"Marker1","email":"Marker2","contact_phone":"Marker3","drivers":[{"gender":"Marker4","first_name":7},{"age":3}],
        "state_abbreviation":"Marker5","current_policy_expires":"Marker6","trusted_form_cert_url":"Marker7","ip_address":"Marker8"})");
    const auto faults = sale_faults(SaleMedia::lead, lead, sale_day());
    const auto text = sale_faults_text(faults);
    CHECK(text.find("Marker") == std::string::npos);
    CHECK(text.find("drivers[0].gender must be one of: male, female; ") != std::string::npos);
    for (const char* path : {"state_abbreviation", "zip", "email", "drivers[0].gender", "drivers[0].first_name", "drivers[1].age", "drivers[1].gender", "vehicles"})
        CHECK(std::count_if(faults.begin(), faults.end(), [&](const SaleFault& fault) { return fault.path == path; }) == 1);
    CHECK(text.find("state_abbreviation") < text.find("zip "));
    CHECK(text.find("zip ") < text.find("drivers[0]"));
    CHECK(text.find("drivers[1]") < text.find("vehicles"));
}

TEST_CASE("what is no object is one fault, and thousands stay a hundred", "[sale]") {
    for (const json& odd : {json(nullptr), json(7), json("lead"), json::array({json::object()})}) {
        CHECK(sale_faults(SaleMedia::lead, odd, sale_day()) == std::vector<SaleFault>{{"", "must be a JSON object"}});
        CHECK(sale_body_faults(SaleMedia::call, SaleStep::post, odd, sale_day()).size() == 1);
        CHECK(ping_body(SaleMedia::lead, odd, sale_day()) == json{{"media_type", "lead"}});
    }
    json body = post_body(SaleMedia::lead, full_sale(SaleMedia::lead), "b");
    for (int i = 0; i < 1000; ++i) body["x" + std::to_string(i)] = i;
    CHECK(sale_body_faults(SaleMedia::lead, SaleStep::post, body, sale_day()).size() == 100);
    // Six drivers and six cars without a member that they need, and what is left out is counted.
    json lead = full_sale(SaleMedia::lead);
    json& drivers = lead["drivers"] = json::array();
    const json incident = {{"type", "x"}, {"incident_date", "x"}, {"fault_status", "x"}, {"damage_type", "x"}};
    for (int i = 0; i < 6; ++i) drivers.push_back({{"age", "x"}, {"incidents", json::array({incident, incident, incident, incident, incident, incident})}});
    const auto faults = sale_faults(SaleMedia::lead, lead, sale_day());
    REQUIRE(faults.size() == 101);
    CHECK(faults[99].path.find("drivers[") == 0);
    CHECK(faults[100] == SaleFault{"", "and 86 more"});
    CHECK(sale_faults_text(faults).ends_with("; and 86 more"));
}
