#include <catch2/catch.hpp>

#include "services/sale_bodies.h"
#include "services/sale_samples.h"

using namespace bindery;

namespace {

// Pia O'Brien-Núñez and her son.
json pia() {
    json lead = full_sale(SaleMedia::lead);
    lead["first_name"] = "Pia";
    lead["last_name"] = "O'Brien";
    lead["email"] = "pia@lead.example";
    lead["contact_phone"] = "2146559105";
    lead["mobile_phone"] = "2146559106";
    lead["street_address"] = "12 Main St, Apt 4";
    lead["drivers"][0].update({{"first_name", "Pia"}, {"last_name", "O'Brien"}, {"birth_date", "1990-06-05"}, {"license_number", "TX-0815-4711"}});
    lead["drivers"][1].update({{"first_name", "Al"}, {"last_name", "N\xC3\xBA\xC3\xB1" "ez"}, {"birth_date", "2004-11-23"}, {"license_number", "B77123456"}});
    return lead;
}

}  // namespace

TEST_CASE("what a text of a ping tells of the person is found in whatever spelling, and near misses aren't", "[sale]") {
    struct Case {
        const char* text;
        bool told;
    };
    const Case cases[] = {
        {"I agree to be called.", false},
        {"I, pia@lead.example, agree.", true},
        {"mail PIA@Lead.Example", true},
        {"?e=pia%40lead.example", true},
        {"?e=pia%2540lead.example", true},
        {"pia at another.example", true},  // her name alone, where a text may be left out
        {"maria@lead.example", true},  // somebody's
        {"call 2146559105", true},
        {"call +1 (214) 655-9105 now", true},
        {"214.655.9106", true},
        {"phone%3D214%20655%209105", true},
        {"[\"214\",\"655\",\"9105\"]", true},
        {"214655910", false},
        {"2146559107", false},
        {"Pia O'Brien agrees", true},
        {"O\xE2\x80\x99" "Brien, Pia", true},
        {"piaobrien", true},
        {"an utopia of prices", false},
        {"Mr. OBRIEN", true},
        {"nunez", true},
        {"N\xC3\x9A\xC3\x91" "EZ", true},
        {"Al", false},  // too short to be told from a word
        {"12 MAIN ST. APT 4", true},
        {"112 Main St", false},
        {"born 1990-06-05", true},
        {"born 6/5/1990", true},
        {"06/05/1990", true},
        {"20041123", true},
        {"1990-06-15", false},
        {"licence tx 0815 4711", true},
        {"b77123456", true},
        {"100%", false},
        {"%zz%4", false},
    };
    for (const auto& c : cases) {
        INFO(c.text);
        json lead = pia();
        lead["tcpa_language"] = c.text;
        const PingParts ping = ping_parts(SaleMedia::lead, lead, sale_day());
        CHECK(ping.body.contains("tcpa_language") != c.told);
        CHECK(ping.kept_out.paths == (c.told ? std::vector<std::string>{"tcpa_language"} : std::vector<std::string>{}));
        CHECK(ping.kept_out.faults.empty());
        CHECK(post_body(SaleMedia::lead, lead, "bid").at("tcpa_language") == c.text);
    }
}

TEST_CASE("each free text of a ping is looked at: what it can do without is left out, what it needs is a fault, an address loses what follows its path", "[sale]") {
    struct Case {
        const char *pointer, *text, *stays, *path, *fault;  // `stays`: what is in the ping then; none: nothing
    };
    const Case cases[] = {
        {"/landing_page", "https://x.example/q?email=pia@lead.example&phone=2146559105", "https://x.example/q", "landing_page (from its ? on)", nullptr},
        {"/landing_page", "https://x.example/q#pia%20o%27brien", "https://x.example/q", "landing_page (from its ? on)", nullptr},
        {"/landing_page", "https://x.example/q?utm=google&zip=75201#top", "https://x.example/q?utm=google&zip=75201#top", nullptr, nullptr},
        {"/landing_page", "https://x.example/thanks/pia?a=1", nullptr, "landing_page", nullptr},
        {"/tcpa_json", R"({"phone": "(214) 655-9105"})", nullptr, "tcpa_json", nullptr},
        {"/external_id", "pia@lead.example", nullptr, "external_id", nullptr},
        {"/sub_id", "2146559105", nullptr, "sub_id", nullptr},
        {"/search_keyword", "insurance for O'Brien", nullptr, "search_keyword", nullptr},
        {"/trusted_form_cert_url", "https://cert.trustedform.com/1?e=pia@lead.example", nullptr, "trusted_form_cert_url", nullptr},
        {"/trusted_form_cert_url", "https://cert.trustedform.com/pia", "https://cert.trustedform.com/pia", nullptr, nullptr},
        {"/campaign_name", "google of Pia O'Brien", nullptr, nullptr, "campaign_name must not hold the person's name: it goes into the ping, which doesn't say who the lead is"},
        {"/campaign_name", "obrien-auto", "obrien-auto", nullptr, nullptr},  // a name alone isn't worth the sale
        {"/user_agent", "Mozilla (2146559105)", nullptr, nullptr, "user_agent must not hold the person's phone: it goes into the ping, which doesn't say who the lead is"},
        {"/drivers/0/occupation", "Pia", "Pia", nullptr, nullptr},
        {"/drivers/0/occupation", "pia@lead.example", nullptr, "drivers[0].occupation", nullptr},
        {"/drivers/0/license_state_or_country", "born 6/5/1990", nullptr, "drivers[0].license_state_or_country", nullptr},
        {"/drivers/1/incidents/1/violation_type_other", "call 2146559105", nullptr, nullptr, "drivers[1].incidents[1].violation_type_other must not hold the person's phone: it goes into the ping, which doesn't say who the lead is"},
        {"/drivers/0/license_number", "other", nullptr, nullptr, nullptr},  // a word
        {"/vehicles/1/make", "2146559105", nullptr, nullptr, "vehicles[1].make must not hold the person's phone: it goes into the ping, which doesn't say who the lead is"},
        {"/vehicles/1/trim", "12 main st apt 4", nullptr, "vehicles[1].trim", nullptr},
    };
    for (const auto& c : cases) {
        INFO(c.pointer << " " << c.text);
        json lead = pia();
        const json::json_pointer place(c.pointer);
        lead[place] = c.text;
        const PingParts ping = ping_parts(SaleMedia::lead, lead, sale_day());
        CHECK(ping.body == ping_body(SaleMedia::lead, lead, sale_day()));
        if (c.stays == nullptr) CHECK_FALSE(ping.body.contains(place));
        else CHECK(ping.body.at(place) == c.stays);
        CHECK(ping.kept_out.paths == (c.path == nullptr ? std::vector<std::string>{} : std::vector<std::string>{c.path}));
        CHECK(sale_faults_text(ping.kept_out.faults) == (c.fault == nullptr ? "" : c.fault));
    }
}

TEST_CASE("a lead that says nothing of a person, or is none, keeps its texts", "[sale]") {
    for (const json& who : {json::object(), json({{"email", 1}, {"first_name", json::array()}, {"drivers", {1, {{"last_name", nullptr}}}}}), json({{"first_name", std::string(100000, 'a')}})}) {
        json lead = who;
        lead["tcpa_language"] = "I agree";
        CHECK(ping_body(SaleMedia::lead, lead, sale_day()).at("tcpa_language") == "I agree");
    }
    CHECK(ping_parts(SaleMedia::lead, json("text"), sale_day()).kept_out.paths.empty());
}
