// Leads are sold to the sandbox's Autobind by the real program: test, live, the story of a sale, a revocation, and the guide's own lines.
#include <ctime>

#include "support.h"

using namespace bindery::e2e;

namespace {

std::string an_hour_ago() {
    const std::time_t then = std::time(nullptr) - 3600;
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&then));
    return text;
}

// 1: good; 2: of a state that isn't bought; 3: turned down; 4: without a certificate.
void put_leads(const Sandbox& sandbox) {
    for (int n = 1; n <= 4; ++n) {
        const std::string id = "lead_s" + std::to_string(n);
        json custom = json::parse(R"({"lineOfBusiness": "Auto", "city": "Dallas", "language": "en", "mediaSource": "Google", "ipAddress": "73.162.100.50", "userAgent": "Mozilla/5.0",
            "landingPage": "https://agency.example/q", "consentText": "I agree to be called.", "currentlyInsured": true, "srTwentyTwo": false, "homeOwnership": true,
            "drivers": [{"gender": "male", "birth_date": "1990-06-15", "marital_status": "married", "license_status": "active", "first_name": "Ann", "last_name": "Roe", "relationship_to_policyholder": "self"}],
            "vehicles": [{"year": 2021, "make": "Toyota", "model": "Camry", "commercial_use": false}]})");
        custom["consentAt"] = an_hour_ago();
        if (n != 4) custom["trustedFormCertUrl"] = "https://cert.trustedform.com/abcdef12345" + std::to_string(n);
        sandbox.send("PUT", "/records/bi369/leads/" + id + "?silent=1",
                     {{"id", id}, {"firstName", "Ann"}, {"lastName", "Roe"}, {"email", id + (n == 3 ? "@blocked.example" : "@lead.example")}, {"phone", "(214) 655-010" + std::to_string(n)},
                      {"status", "lost"}, {"state", n == 2 ? "NY" : "TX"}, {"zip", n == 2 ? "10001" : "75201"}, {"streetAddress", "1 Main St"}, {"createdAt", an_hour_ago()}, {"updatedAt", an_hour_ago()}, {"customFields", custom}});
    }
}

json sale(const Agency& agency, int code) {
    const Ended ended = agency.run({"--output", "json", "sync", "--job", "lead-sales"});
    INFO(ended.out << ended.err);
    REQUIRE(ended.code == code);
    return ended.object().at("sales").at(0);
}

}  // namespace

TEST_CASE("Leads are offered in test, sold live once, told of by why, and a revoked person isn't offered") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    put_leads(sandbox);
    CHECK(sale(agency, 0).at("tested") == 2);  // the second evaluation is skipped there
    CHECK(sandbox.records("autobind", "leads").empty());
    replace_in(agency / "jobs/lead-sales.yaml", "mode: test ", "mode: live ");
    const Ended plan = agency.run({"plan", "--job", "lead-sales"});
    CHECK(plan.out.find("6550101") == std::string::npos);
    const json live = sale(agency, 0);
    CHECK(live.at("sold") == 1);
    CHECK(live.at("declined") == 1);
    CHECK(live.at("rejected") == json{{"failed_secondary_evaluation", 1}});
    CHECK(live.at("passed_over") == json{{"no_consent", 1}});
    CHECK(sandbox.records("autobind", "leads").size() == 2);  // one of them rejected
    CHECK(sale(agency, 0).at("asked") == 0);
    for (const auto& request : sandbox.requests("autobind")) CHECK(request.at("status") != 429);
    const Ended why = agency.run({"why", "bi369.leads", "lead_s1"});
    CHECK(why.out.find("https://cert.trustedform.com/abcdef123451") != std::string::npos);
    CHECK(why.out.find("I agree to be called.") != std::string::npos);
    CHECK(agency.cell("SELECT count(*) FROM sale_consent") == "2");
    CHECK(agency.run({"revoke", "lead_s2@lead.example"}).code == 0);
    CHECK(sale(agency, 0).at("passed_over").contains("do_not_contact"));
}

TEST_CASE("The lines of the guide to selling leads run as they stand") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    put_leads(sandbox);
    CHECK(run_examples(agency, "docs/autobind.md") == 6);
}
