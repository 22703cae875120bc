// Leads are sold to the sandbox's Autobind by the real program: test, live, the story of a sale, a revocation, and the guide's own lines.
#include <ctime>

#include "support.h"

using namespace bindery::e2e;

namespace {

std::string minutes_ago(int minutes) {
    const std::time_t then = std::time(nullptr) - minutes * 60;
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&then));
    return text;
}

std::string an_hour_ago() { return minutes_ago(60); }

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
                      {"status", "lost"}, {"state", n == 2 ? "NY" : "TX"}, {"zip", n == 2 ? "10001" : "75201"}, {"streetAddress", std::to_string(n) + " Main St"}, {"createdAt", an_hour_ago()}, {"updatedAt", an_hour_ago()}, {"customFields", custom}});
    }
}

// The website's file, with flat columns. w1: good; w2: the file doesn't say that it's for sale; w3: of a state that the job sells; w4: the
// CRM works this person; w5: the same person as lead_s1; w6: no certificate; w7: opted out; w8: no time of consent.
void write_web_leads(const Agency& agency, const std::string& file) {
    const std::string now = an_hour_ago();
    std::string text =
        "Lead ID,For Sale,First Name,Last Name,Email,Phone,State,Zip,Certificate,Do Not Contact,Address,City,Created At,Consent At,Consent Text,IP,User Agent,Landing Page,Source,Currently Insured,"
        "Current Company,SR22,Home Ownership,Driver 1 Birth Date,Driver 1 Gender,Driver 1 Marital Status,Driver 1 License Status,Driver 1 Incident 1 Type,Driver 1 Incident 1 Date,"
        "Driver 2 First Name,Driver 2 Last Name,Driver 2 Relationship,Driver 2 Birth Date,Driver 2 Gender,Driver 2 Marital Status,Driver 2 License Status,"
        "Vehicle 1 Year,Vehicle 1 Make,Vehicle 1 Model\n";
    const auto row = [&](const std::string& id, const std::string& said, const std::string& email, const std::string& phone, const std::string& place, bool proof, const std::string& opted) {
        text += id + "," + said + ",Bea,Poe," + email + "," + phone + "," + place + "," + (proof ? "https://cert.trustedform.com/web" + id : "") + "," + opted + "," + id.substr(1) + " Oak St,Dallas," + now + "," + (id == "w8" ? "" : now) +
                ",I agree to be called.,73.162.100.50,Mozilla/5.0,https://agency.example/q,Google,yes,State Farm Insurance,no,own,6/15/1990,F,Married,Valid,DUI,3/1/2025,"
                "Bob,Poe,Husband,1988-01-02,M,Married,Valid,2021,Toyota,Camry\n";
    };
    row("w1", "yes", "w1@lead.example", "(214) 655-0201", "Texas,75201", true, "");
    row("w2", "", "w2@lead.example", "(214) 655-0202", "TX,75201", true, "");
    row("W3", "", "w3@lead.example", "(405) 655-0203", "OK,73301", true, "no");
    row("w4", "yes", "worked@lead.example", "(214) 655-0204", "TX,75201", true, "");
    row("w5", "yes", "w5@lead.example", "(214) 655-0101", "TX,75201", true, "");
    row("w6", "yes", "w6@lead.example", "(214) 655-0206", "TX,75201", false, "");
    row("w7", "yes", "w7@lead.example", "(214) 655-0207", "TX,75201", true, "yes");
    row("w8", "yes", "w8@lead.example", "(214) 655-0208", "TX,75201", true, "");
    fs::create_directories((agency / file).parent_path());
    write_text(agency / file, text);
}

// Callers. c1: good; c2: has hung up; c3: not for sale; c4: no certificate; c5: an accident of nobody knows whom; c6: no number to know the
// call by.
// `all`: also those that can't be sold for what is wrong with them, which is told within the hours of calls alone.
void write_web_calls(const Agency& agency, const std::string& file, bool all = true) {
    std::string text = "Call ID,Called At,Caller ID,For Sale,State,Language,Currently Insured,Consent At,Certificate,Consent Text,First Name,Driver 1 Incident 1 Type,Driver 1 Gender,DOB,Marital Status\n";
    const auto row = [&](const std::string& id, int ago, const std::string& phone, const std::string& sale, bool proof, const std::string& driver) {
        text += id + "," + minutes_ago(ago) + "," + phone + "," + sale + ",Texas,English,yes," + minutes_ago(ago) + "," + (proof ? "https://cert.trustedform.com/call1" : "") + ",I agree to be called.,Bea," + driver + "\n";
    };
    row("c1", 1, "(214) 655-0301", "yes", true, "DUI,F,6/15/1990,Married");
    row("c2", 30, "(214) 655-0302", "yes", true, ",,,");
    row("c3", 1, "(214) 655-0303", "no", true, ",,,");
    row("c4", 1, "(214) 655-0304", "yes", false, ",,,");
    if (all) {
        row("c5", 1, "(214) 655-0305", "yes", true, "Accident,,,");
        row("c6", 1, "", "yes", true, ",,,");
    }
    fs::create_directories((agency / file).parent_path());
    write_text(agency / file, text);
}

std::string last_run(const Agency& agency) { return std::to_string(agency.run({"--output", "json", "runs", "--limit", "1"}).object().at("runs").at(0).at("run").get<int>()); }

json sale(const Agency& agency, int code, const std::string& job = "lead-sales") {
    const Ended ended = agency.run({"--output", "json", "sync", "--job", job});
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
    CHECK(agency.run({"status"}).out.find("effects rejected") == std::string::npos);  // the buyer's no is nobody's to mend
    CHECK(agency.run({"effects", "--state", "rejected"}).out.find("BN-") == std::string::npos);
    CHECK(agency.run({"effects", "--state", "turned_down"}).out.find("failed_secondary_evaluation") != std::string::npos);
    CHECK(sale(agency, 0).at("asked") == 0);
    for (const auto& request : sandbox.requests("autobind")) CHECK(request.at("status") != 429);
    const Ended why = agency.run({"why", "bi369.leads", "lead_s1"});
    CHECK(why.out.find("https://cert.trustedform.com/abcdef123451") != std::string::npos);
    CHECK(why.out.find("I agree to be called.") != std::string::npos);
    const std::string bid = agency.cell("SELECT a.bid_id FROM sale_ask AS a JOIN sale AS s USING (identity) WHERE s.once_per ->> 'lead_id' = 'lead_s1' AND a.mode = 'live'");
    CHECK(why.out.find(": bid " + bid + " at $") != std::string::npos);
    CHECK(agency.cell("SELECT count(*) FROM sale_consent") == "2");
    const Ended shown = agency.run({"show", "3"});
    INFO(shown.out);
    CHECK(shown.out.find("lead_sale: 4 leads, 3 for sale, 3 asked, 2 bids, 1 declined, 1 sold for $") != std::string::npos);
    CHECK(shown.out.find("(no_consent)") != std::string::npos);
    CHECK(agency.run({"revoke", "lead_s2@lead.example"}).code == 0);
    CHECK(sale(agency, 0).at("passed_over").contains("do_not_contact"));

    // No record is left, and the proof is still shown to who has one of the sale's names.
    const std::string ref = agency.cell("SELECT ref FROM sales WHERE once_per ->> 'lead_id' = 'lead_s1'");
    CHECK(agency.run({"forget", "lead_s1@lead.example", "--yes"}).code == 0);
    for (const auto& words : {std::vector<std::string>{"bi369.leads", "lead_s1"}, {"lead_s1"}, {ref}, {bid}}) {
        std::vector<std::string> arguments{"why"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        const Ended forgotten = agency.run(arguments);
        INFO(forgotten.out << forgotten.err);
        CHECK(forgotten.code == 0);
        CHECK(forgotten.out.find("https://cert.trustedform.com/abcdef123451") != std::string::npos);
        CHECK(forgotten.out.find(": bid " + bid + " at $") != std::string::npos);
        CHECK(forgotten.out.find("barred when the person was forgotten") != std::string::npos);
    }
    for (const char* name : {"nobody", "BN-00000000"}) {
        const Ended unknown = agency.run({"why", name});
        CHECK(unknown.code == 64);
        CHECK(unknown.err.find("its reference (BN-…)") != std::string::npos);
    }
    CHECK(agency.run({"revoke", ref}).out.find("Barred from every sale already") != std::string::npos);
}

TEST_CASE("What a person should look at is shown with the run, also when nobody saw it end") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5", "--fault", "kind=status,status=400,service=autobind,times=0"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    put_leads(sandbox);
    CHECK(sale(agency, 3).at("refused") == 3);
    const Ended shown = agency.run({"show", "1"});
    INFO(shown.out);
    const auto first = shown.out.find("look at BN-");
    REQUIRE(first != std::string::npos);
    CHECK(shown.out.find("look at BN-", first + 1) != std::string::npos);
    CHECK(shown.out.find("(lead_sale, refused): the ping breaks a rule") != std::string::npos);
}

TEST_CASE("Leads of the website's file are sold by SQL and YAML alone, and nobody whom the CRM works, has sold or may not sell") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    use_job(agency, "web-lead-sales");
    put_leads(sandbox);
    sandbox.send("PUT", "/records/bi369/leads/lead_w?silent=1", {{"id", "lead_w"}, {"firstName", "Bea"}, {"lastName", "Poe"}, {"email", "worked@lead.example"}, {"status", "quoted"},
                                                              {"createdAt", an_hour_ago()}, {"updatedAt", an_hour_ago()}});
    for (const char* job : {"lead-sales", "web-lead-sales"}) replace_in(agency / ("jobs/" + std::string(job) + ".yaml"), "mode: test ", "mode: live ");
    replace_in(agency / "jobs/web-lead-sales.yaml", "not_written: [] ", "not_written: [OK] ");
    CHECK(sale(agency, 0).at("sold") == 1);
    write_web_leads(agency, "config/inbox/web-leads-1.csv");
    const json live = sale(agency, 0, "web-lead-sales");
    INFO(live.dump(2));
    CHECK(live.at("sold") == 2);
    CHECK(live.at("passed_over").at("no_consent") == 1);
    CHECK(live.at("passed_over").at("no_consent_time") == 1);
    CHECK(live.at("passed_over").at("do_not_contact") == 1);
    CHECK(live.at("passed_over").at("sold_lately") == 1);
    CHECK(agency.cell("SELECT group_concat(once_per ->> 'web_lead_id', ' ') FROM (SELECT once_per FROM sales WHERE effect = 'web_lead_sale' AND state = 'sold' ORDER BY 1)") == "w1 w3");
    CHECK(agency.cell("SELECT count(*) FROM sales WHERE once_per ->> 'web_lead_id' IN ('w2', 'w4')") == "0");
    bool as_spelled = false;
    for (const json& sold : sandbox.records("autobind", "leads")) as_spelled = as_spelled || sold.at("external_id") == "W3";
    CHECK(as_spelled);
    CHECK(agency.cell("SELECT count(*) FROM quarantine") == "0");
    CHECK(fs::exists(agency / "config/inbox/done/web-leads-1.csv"));
    CHECK(agency.run({"why", "book.web_leads", "w1"}).out.find("https://cert.trustedform.com/webw1") != std::string::npos);
    // A run's own figures, and why a lead wasn't sold.
    const std::string shown = agency.run({"show", last_run(agency)}).out;
    INFO(shown);
    CHECK(shown.find("web_lead_sale: 6 leads, 2 for sale, 2 asked, 2 bids, 2 sold for $") != std::string::npos);
    CHECK(shown.find("passed over: 1 not to be contacted, or not known (do_not_contact), 1 without a certificate of consent (no_consent), 1 without a time of consent that can be read (no_consent_time), 1 the person was sold lately (sold_lately)") != std::string::npos);
    const std::string why = agency.run({"why", "book.web_leads", "w8"}).out;
    INFO(why);
    CHECK(why.find("passed_over, without a time of consent that can be read (no_consent_time)") != std::string::npos);
    CHECK(why.find("its write stands above") == std::string::npos);
    CHECK(why.find("its `select` looks at this record today") != std::string::npos);
    // The day's report as a file: a line each of what either job did.
    CHECK(agency.run({"export", "--sql", "SELECT effect, mode, asked, sold, rejected_by_reason, money FROM sales_by_day WHERE mode = 'live' ORDER BY day, effect", "--to", "sales.csv"}).code == 0);
    const std::string report = read_text(agency / "sales.csv");
    INFO(report);
    CHECK(report.rfind("effect,mode,asked,sold,rejected_by_reason,money", 0) == 0);
    CHECK(report.find("lead_sale,live,3,1,failed_secondary_evaluation 1,") != std::string::npos);
    CHECK(report.find("web_lead_sale,live,2,2,,") != std::string::npos);
    CHECK(report.find("@") == std::string::npos);
    // Neither job sells any of them again.
    CHECK(sale(agency, 0, "web-lead-sales").at("asked") == 0);
    CHECK(sale(agency, 0).at("asked") == 0);
}

TEST_CASE("Callers of a file are sold by SQL and YAML alone while they are on the line, and handed to the phone system") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "web-call-sales");
    // Whatever the hour is where this runs.
    replace_in(agency / "jobs/web-call-sales.yaml", "hours: {from: 8, to: 21}", "hours: {from: 0, to: 24}");
    write_web_calls(agency, "config/inbox/web-calls-1.csv");
    const json tried = sale(agency, 3, "web-call-sales");
    INFO(tried.dump(2));
    CHECK(tried.at("tested") == 1);
    CHECK(tried.at("unfit") == 2);
    CHECK(tried.at("passed_over") == json{{"no_consent", 1}});
    const std::string shown = agency.run({"show", last_run(agency)}).out;
    INFO(shown);
    CHECK(shown.find("{\"web_call_id\":\"c6\"}") != std::string::npos);  // the quarantine's key alone says nothing to a person
    CHECK(agency.run({"status"}).out.find("quarantined: 2  (bindery query \"SELECT dataset, key, reason FROM quarantine\")") != std::string::npos);
    CHECK(agency.run({"why", "book.web_calls", "c2"}).out.find("hung up") != std::string::npos);
    CHECK(sandbox.records("autobind", "calls").empty());
    replace_in(agency / "jobs/web-call-sales.yaml", "mode: test ", "mode: live ");
    replace_in(agency / "jobs/web-call-sales.yaml", "#hand_off: {url: \"https://phones.agency.example/transfer\", secret: phone_secret, within: 60s}", "hand_off: {command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]}");
    CHECK(sale(agency, 3, "web-call-sales").at("sold") == 1);
    const json told = json::parse(read_text(agency / "told"));
    CHECK(told.at("lead") == json{{"web_call_id", "c1"}});
    CHECK(told.at("dial_in_phone") == "2146550301");
    CHECK(sandbox.records("autobind", "calls").size() == 1);
    const std::string bare = agency.cell("SELECT group_concat(reason, ' | ') FROM (SELECT reason FROM quarantine ORDER BY 1)");
    CHECK(bare.find("dial_in_phone") != std::string::npos);
    CHECK(sale(agency, 3, "web-call-sales").at("asked") == 0);
}

TEST_CASE("A shipped job that sells from files makes no agency stale that doesn't use it") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    fs::remove(agency.job_file());
    use_job(agency, "web-lead-sales");
    const Ended status = agency.run({"status"});
    CHECK(status.out.find("web-lead-sales") != std::string::npos);
    CHECK(status.out.find("STALE") == std::string::npos);
    const json none = sale(agency, 0, "web-lead-sales");  // no file, no leads: nothing to do
    CHECK(none.at("asked") == 0);
}

TEST_CASE("The lines of the guide to selling leads run as they stand") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    use_job(agency, "web-lead-sales");
    put_leads(sandbox);
    write_web_leads(agency, "web-leads.csv");
    use_job(agency, "web-call-sales");
    write_web_calls(agency, "web-calls.csv", false);
    CHECK(run_examples(agency, "docs/autobind.md") == 11);
    CHECK(read_text(agency / "sales.csv").rfind("day,effect,mode,asked,bids,declined,failed,sold,rejected,rejected_by_reason,unclear,billable,money", 0) == 0);
}

TEST_CASE("What was sold is drafted as one invoice in the CRM, and the lead is told of once") {
    const Sandbox sandbox({"--leads", "3", "--policies", "5"}, 1);
    Agency agency(sandbox, 1);
    use_job(agency, "lead-sales");
    use_job(agency, "sale_books");
    put_leads(sandbox);
    replace_in(agency / "jobs/lead-sales.yaml", "mode: test ", "mode: live ");
    replace_in(agency / "jobs/sale_books.yaml", "posted_day < :today", "posted_day <= :today");  // tomorrow's run, today
    replace_in(agency / "jobs/lead-sales.yaml", "    needs: complete", "    follow: 0s\n    needs: complete");  // a day waits for what is followed
    CHECK(sale(agency, 0).at("sold") == 1);
    const auto before = sandbox.records("bi369", "invoices").size();
    for (int run = 0; run < 2; ++run) {
        const Ended ended = agency.run({"sync", "--job", "sale_books"});
        INFO(ended.out << ended.err);
        CHECK(ended.code == 0);
    }
    CHECK(sandbox.records("bi369", "invoices").size() == before + 1);
    CHECK(agency.cell("SELECT count(*) FROM effect WHERE name = 'sale_invoice' AND state = 'done'") == "1");
    int patches = 0;
    for (const auto& request : sandbox.requests("bi369")) patches += request.at("method") == "PATCH" ? 1 : 0;
    CHECK(patches == 1);
}
