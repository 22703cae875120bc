// What tells of a person in a text of a ping, and what only looks like it.
#include <catch2/catch.hpp>

#include "core/exact_json.h"
#include "services/sale_bodies.h"
#include "services/sale_samples.h"

using namespace bindery;

namespace {

json zoltan() {
    json lead = full_sale(SaleMedia::lead);
    lead.update({{"first_name", "Zoltan"}, {"middle_name", "Bela"}, {"last_name", "Quigley"}, {"email", "zq.privat@lead.example"}, {"contact_phone", "2146559105"}, {"street_address", "17 Elm St"}});
    lead["drivers"][0].update({{"first_name", "Zoltan"}, {"middle_name", "Bela"}, {"last_name", "Quigley"}, {"birth_date", "1990-06-15"}, {"license_number", "TX9988776"}});
    return lead;
}

// What the campaign's name, which a ping can't do without, is found to hold; empty: it goes into the ping.
std::string told(const json& who, const std::string& text) {
    json lead = who;
    lead["campaign_name"] = text;
    const PingParts ping = ping_parts(SaleMedia::lead, lead, sale_day());
    CHECK(ping.body.contains("campaign_name") == ping.kept_out.faults.empty());
    if (ping.kept_out.faults.empty()) return {};
    const std::string& message = ping.kept_out.faults.front().message;
    return message.substr(14, message.find(':') - 14);  // after "must not hold "
}

bool in_ping(const char* field, const std::string& text) {
    json lead = zoltan();
    lead[field] = text;
    return ping_parts(SaleMedia::lead, lead, sale_day()).body.value(field, json()) == text;
}

}  // namespace

TEST_CASE("a person's street is found however short and with its words in full, and another isn't", "[sale]") {
    struct Case {
        const char *street, *text;
        bool told;
    };
    const Case cases[] = {
        {"17 Elm St", "I live at 17 Elm St", true},
        {"17 Elm St", "https://x.example/17-elm-st/thanks", true},
        {"17 Elm St", "of 17ElmSt", true},
        {"17 Elm St", "17 ELM STREET", true},
        {"17 Elm Street, Apt 4", "17 elm st.", true},
        {"17 Elm St #4", "17 Elm St", true},
        {"17 N Elm Ave Unit 4", "17 north elm avenue", true},
        {"1 Main St", "at 1 Main St, call", true},
        {"5 Oak", "5 oak", true},
        {"PO Box 81", "PO Box 81", true},
        {"12 St", "12 St", false},  // too little to be told from other words
        {"17 Elm St", "17 Elm Ave", false},
        {"17 Elm St", "117 Elm St", false},
        {"17 Elm St", "Elm St", false},
        {"Unit 4, 9 Oak Ln", "unit 4", false},
        {"", "17 Elm St", false},
    };
    for (const auto& c : cases) {
        INFO(c.street << " in " << c.text);
        json lead = zoltan();
        lead["street_address"] = c.street;
        CHECK(told(lead, c.text) == (c.told ? "the person's street address" : ""));
    }
}

TEST_CASE("escapes of JSON, of HTML and of addresses hide nothing of a person", "[sale]") {
    struct Case {
        const char *text, *told;
    };
    const Case cases[] = {
        {R"({"first":"Jos\u00e9","last":"N\u00fa\u00f1ez"})", "the person's name"},
        {R"(Jos\u00E9 N\u00FA\u00F1ez)", "the person's name"},
        {R"(\\u004aose Nunez)", "the person's name"},
        {R"(Jose\nNunez)", "the person's name"},
        {R"(Jos&eacute; N&uacute;&ntilde;ez)", "the person's name"},
        {"Jos%C3%A9+N%C3%BA%C3%B1ez", "the person's name"},
        {"Jose%u0020N%u00fa%u00F1ez", "the person's name"},
        {R"(zq.privat\u0040lead.example)", "the person's e-mail"},
        {"zq.privat&#64;lead.example", "the person's e-mail"},
        {"zq.privat&#x40;lead&period;example", "the person's e-mail"},
        {"zq.privat&commat;lead.example", "the person's e-mail"},
        {"zq.privat%2540lead.example", "the person's e-mail"},
        {"zq.privat\xE2\x80\x8B@lead.example", "the person's e-mail"},
        {"zq.privat @ lead.example", "the person's e-mail"},
        {"zq.privat (at) lead.example", "the person's e-mail"},
        {"zq-privat_lead-example", "the person's e-mail"},
        {R"(\u0032\u0031\u0034 655 9105)", "the person's phone"},
        {"%32%31%34 655 9105", "the person's phone"},
        {"\xEF\xBC\x92\xEF\xBC\x91\xEF\xBC\x94\xEF\xBC\x96\xEF\xBC\x95\xEF\xBC\x95\xEF\xBC\x99\xEF\xBC\x91\xEF\xBC\x90\xEF\xBC\x95", "the person's phone"},
        {R"(6\/15\/1990)", "the person's birth date"},
        {R"(\ud83d\ude00 TX9988776)", "the person's license number"},
        {R"(\u12 \uD800 & &; &#; &#x; &#99999999999; %u12 \)", ""},
        {R"(C:\users\new)", ""},
        {"AT&T &amp; co 100%", ""},
    };
    json lead = zoltan();
    lead["landing_page"] = "https://x.example/t;e=zq.privat&#64;lead.example";  // that # ends no address
    CHECK_FALSE(ping_body(SaleMedia::lead, lead, sale_day()).contains("landing_page"));
    lead["drivers"][0].update({{"first_name", "Jos\xC3\xA9"}, {"last_name", "N\xC3\xBA\xC3\xB1" "ez"}});
    for (const auto& c : cases) {
        INFO(c.text);
        CHECK(told(lead, c.text) == c.told);
    }
}

TEST_CASE("a birth date is found in whatever form, and another day isn't", "[sale]") {
    for (const char* text : {"1990-06-15T00:00:00Z", "1990-06-15T00:00:00.000Z", "dob=1990-06-15T00:00", "dob19900615", "19900615T0000", "1990/6/15", "6/15/1990", "06151990",
                             "15.06.1990", "15/6/1990", "6/15/90", "06-15-90", "15.6.90", "June 15, 1990", "Jun 15 1990", "15-JUN-1990", "June 15th, 1990", "the 15th of June 1990",
                             "15 de junio de 1990", "junio 15, 1990", "Jun 15 90"}) {
        INFO(text);
        CHECK(told(zoltan(), text) == "the person's birth date");
    }
    for (const char* text : {"1990-06-16T00:00:00Z", "1990-16-15", "1190-06-15", "219900615", "6/15/1991", "16/15/90", "6/15/900", "June 1990", "Jul 15, 1990", "1990", "June 15"}) {
        INFO(text);
        CHECK(told(zoltan(), text) == "");
    }
}

TEST_CASE("a whole name is found with whatever stands between its first and last, and two strangers aren't", "[sale]") {
    struct Case {
        const char *first, *middle, *last, *text;
        bool told;
    };
    const Case cases[] = {
        {"Zoltan", "Bela", "Quigley", "Zoltan Bela Quigley", true},
        {"Zoltan", "Bela", "Quigley", "Mozilla/5.0 (zoltan-b-quigley)", true},
        {"Zoltan", "", "Quigley", "Zoltan X. Quigley", true},
        {"Zoltan", "", "Quigley", "Zoltan Maria Luis Quigley", true},
        {"Zoltan", "", "Quigley", "Zoltan sells to all who ask for Quigley", false},
        {"Zoltan", "Bela", "Quigley", "Bela Quigley", true},
        {"Zoltan", "Bela", "Quigley", "zoltanbelaquigley", true},
        {"Zoltan", "Bela", "Quigley", "ZoltanBQuigley", true},
        {"Zoltan", "Bela", "Quigley", "Quigley, Zoltan", true},
        {"Zoltan", "Bela", "Quigley", "bela", false},  // a name alone isn't worth the sale
        {"Zoltan Bela", "", "Quigley", "Zoltan Quigley", true},
        {"Zoltan", "", "Quigley Jr.", "Zoltan Quigley", true},
        {"Zoltan", "", "Quigley III", "QUIGLEY ZOLTAN", true},
        {"Mr. Zoltan", "", "Quigley", "Zoltan Quigley", true},
        {"Zoltan", "", "Smith-Jones", "zoltan jones", true},
        {"Maria", "", "de la Cruz", "Maria Cruz", true},
        {"Bo", "", "Li", "Bo Li", true},
        {"Bo", "", "Linn", "bolinn", true},
        {"Bo", "", "Linn", "bolinnfield", false},
        {"\xE5\xB0\x8F\xE6\x98\x8E", "", "\xE7\x8E\x8B", "\xE6\x88\x91\xE6\x98\xAF\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E\xE5\x90\x8C\xE6\x84\x8F", true},
        {"Z", "", "Quigley", "zz quigley", false},
        {"", "", "Quigley", "Zoltan Quigley", false},
    };
    for (const auto& c : cases) {
        INFO(c.first << " " << c.middle << " " << c.last << " in " << c.text);
        json lead = full_sale(SaleMedia::lead);
        for (json* of : {&lead, &lead["drivers"][0]}) of->update({{"first_name", c.first}, {"middle_name", c.middle}, {"last_name", c.last}});
        CHECK(told(lead, c.text) == (c.told ? "the person's name" : ""));
    }
    CHECK_FALSE(in_ping("tcpa_language", "signed Bela"));
}

TEST_CASE("an e-mail address or a phone that isn't the person's own is found too, and what only looks like one isn't", "[sale]") {
    for (const char* text : {"zq.work@corp.example", "<zq_work+1@mail.corp.example>", "mailto:a@b.io", "zq.work%40corp.example", "https://user:word@host.example/x"}) {
        INFO(text);
        CHECK(told(zoltan(), text) == "an e-mail address");
        CHECK_FALSE(in_ping("tcpa_language", text));
    }
    for (const char* text : {"@user", "https://x.example/@user/post", "logo@2x.png", "package@1.2.3", "maps @32.77,-96.79", "a@b", "a@.com", "@a.com", "privacy@agency.example", "opt-out@agency.example"}) {
        INFO(text);
        CHECK(told(zoltan(), text) == "");
    }
    for (const char* text : {"972-555-1111", "(972) 555-1111", "972.555.1111", "972 555 1111", "+1 972 555-1111", "1-972-555-1111", "+19725551111", "tel:9725551111", "call 9725551111", "phone=9725551111",
                             "call me at 9725551111", R"("phone_number": "9725551111")", "972-555-1111x12", "/call/972-555-1111/", "972%20555%201111", "(972)5551111", "972\xE2\x80\x93" "555\xE2\x80\x93" "1111",
                             "contactPhone=19725551111"}) {
        INFO(text);
        CHECK(told(zoltan(), text) == "a phone number");
        CHECK_FALSE(in_ping("tcpa_language", text));
    }
    const char* const innocent[] = {
        "google-auto-full-form", "campaign 6483920175", "id=6483920175", "ts=1711200000", "73.162.100.50", "Chrome/120.0.6099.230", "FBBV/5644310055", "Build/219.234.5678", "550e8400-e29b-41d4-a716-446655440000",
        "300-555-1111-2", "72-555-1111", "123-456-7890", "972-155-1111", "1-800-555-1111", "call 8885551111", "2026-11-23 14:30:00", "972-555-11112", "9725551111222333", "a972-555-1111", "iPhone 9725551111",
        "phone 972555111", "75201", "911-555-1111", "48.8566,2.3522", "utm_id=12345678901234",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005;FBDV/iPhone14,5;FBMD/iPhone;FBRV/5664310055]",
        "Mozilla/5.0 (Linux; Android 13; SM-G998U Build/TP1A.220624.014) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.230 Mobile Safari/537.36 Instagram 269.0.0.18.75 (26/8.0.0; 480dpi; 1080x2076; 436384447)",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
    };
    for (const char* text : innocent) {
        INFO(text);
        CHECK(told(zoltan(), text) == "");
        CHECK(in_ping("tcpa_language", text));
    }
    for (const char* url : {"https://cert.trustedform.com/5f1c0ffee972555111100972555111", "https://cert.trustedform.com/9725551111"}) CHECK(in_ping("trusted_form_cert_url", url));
    json lead = zoltan();
    lead["vehicles"][0]["make"] = "9725551111";  // no id stands there
    CHECK_FALSE(ping_parts(SaleMedia::lead, lead, sale_day()).kept_out.faults.empty());
    lead["contact_phone"] = "8885551111";
    CHECK(told(lead, "888.555.1111") == "the person's phone");
}

TEST_CASE("a figure that is the person's phone is left out of a ping, and any other stays", "[sale]") {
    struct Case {
        const char* pointer;
        json value;
        bool stays;
    };
    const Case cases[] = {
        {"/vehicles/0/current_mileage", 2146559105, false},
        {"/vehicles/0/current_mileage", exact_number("2146559105.0"), false},
        {"/vehicles/0/current_mileage", 2146559106, true},
        {"/drivers/0/incidents/2/claim_amount", 2146559105, false},
        {"/vehicles/0/vin", "2146559105ABCDEFG", false},
        {"/vehicles/0/vin", "2146559106ABCDEFG", true},
    };
    for (const auto& c : cases) {
        INFO(c.pointer << " " << c.value);
        json lead = zoltan();
        const json::json_pointer place(c.pointer);
        lead[place] = c.value;
        const PingParts ping = ping_parts(SaleMedia::lead, lead, sale_day());
        CHECK(ping.body.contains(place) == c.stays);
        CHECK(ping.kept_out.paths.size() == (c.stays ? 0 : 1));
    }
    json lead = zoltan();
    lead["vehicles"][0]["year"] = 2146559105;
    CHECK(sale_faults_text(ping_parts(SaleMedia::lead, lead, sale_day()).kept_out.faults).find("vehicles[0].year must not hold the person's phone") == 0);
}
