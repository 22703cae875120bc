// What `check` says of jobs that sell, what the buyer's key is worth, and who took back their consent.
#include <ctime>

#include "daemon_support.h"

using namespace bindery::e2e;

namespace {

std::string now_text() {
    const std::time_t now = std::time(nullptr);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
    return text;
}

// One good lead of the website's file, sold by the shipped job in mode live.
void put_lead(const Agency& agency) {
    fs::create_directories(agency / "config/inbox");
    write_text(agency / "config/inbox/web-leads-1.csv",
               "Lead ID,For Sale,Created At,Consent At,Certificate,Consent Text,IP,User Agent,First Name,Last Name,Email,Phone,Address,City,State,Zip,Currently Insured,SR22,Home Ownership,DOB,Gender,Marital Status,"
               "Vehicle 1 Year,Vehicle 1 Make,Vehicle 1 Model\nw1,yes," + now_text() + "," + now_text() + ",https://cert.trustedform.com/try1,I agree.,73.162.100.50,Mozilla/5.0,Ann,Roe,ann@lead.example,(214) 655-0142,"
               "1 Main St,Dallas,Texas,75201,yes,no,own,6/15/1990,F,Married,2021,Toyota,Camry\n");
}

}  // namespace

TEST_CASE("check looks at who is told to transfer a sold call: a program that isn't there, a secret that is nowhere, each with its place") {
    const Sandbox sandbox({"--policies", "1"});
    Agency agency(sandbox);
    use_job(agency, "web-call-sales");
    const auto hand_off = [&](const std::string& how) {
        fs::copy_file(fs::path(BINDERY_SOURCE_DIR) / "jobs/web-call-sales.yaml", agency / "jobs/web-call-sales.yaml", fs::copy_options::overwrite_existing);
        replace_in(agency / "jobs/web-call-sales.yaml", "    kind: call\n", "    kind: call\n    hand_off: {" + how + "}\n");
        const Ended ended = agency.run({"check"});
        INFO(ended.err);
        CHECK(ended.code == 0);
        return ended.out;
    };
    const std::string program = hand_off("command: [phone.sh]");
    INFO(program);
    CHECK(has(program, "no sold call is transferred by command: phone.sh isn't there, or isn't a program that this account may run"));
    CHECK(has(program, "web-call-sales.yaml:"));
    CHECK(has(hand_off("url: \"https://phones.example/x\", secret: phone_secret"), "no sold call is transferred by url: the secret phone_secret is nowhere"));
    CHECK(has(agency.run({"--output", "json", "check"}).object().at("jobs").at("web-call-sales").at("warnings").dump(), "phone_secret"));
    agency.variables()["PHONE_SECRET"] = "x";
    CHECK_FALSE(has(hand_off("url: \"https://phones.example/x\", secret: phone_secret"), "no sold call"));
    CHECK_FALSE(has(hand_off("command: [sh, -c, cat]"), "no sold call"));
}

TEST_CASE("A field of `lead:` that the buyer doesn't know is a mistake of the file, with its line and the nearest") {
    const Sandbox sandbox({"--policies", "1"});
    const Agency agency(sandbox);
    use_job(agency, "web-lead-sales");
    REQUIRE(agency.run({"check"}).code == 0);
    replace_in(agency / "jobs/web-lead-sales.yaml", "      lead_type: exclusive", "      lead_typ: exclusive");
    for (const Words& words : {Words{"check"}, Words{"plan", "--job", "web-lead-sales"}}) {
        const Ended ended = agency.run(words);
        CHECK(ended.code == 78);
        CHECK(has(ended.err, "web-lead-sales.yaml:"));
        CHECK(has(ended.err, "`lead` of a sold lead has no field `lead_typ`, so it would be left out; did you mean `lead_type`?"));
    }
    replace_in(agency / "jobs/web-lead-sales.yaml", "      lead_typ: exclusive", "      drivers: [{first_nam: Ann}]");
    CHECK(has(agency.run({"check"}).err, "no field `drivers[0].first_nam`, so it would be left out; did you mean `first_name`?"));
}

TEST_CASE("check warns of a state that is none, of a folder that isn't there, of a consent that outlives its certificate") {
    const Sandbox sandbox({"--policies", "1"});
    const Agency agency(sandbox);
    use_job(agency, "web-lead-sales");
    CHECK(has(agency.run({"check"}).out, "no file comes into book.web_leads: there is no folder"));
    fs::create_directories(agency / "config/inbox");
    CHECK_FALSE(has(agency.run({"check"}).out, "there is no folder"));
    replace_in(agency / "jobs/web-lead-sales.yaml", "from: inbox/", "from: Inbox/");
    CHECK(has(agency.run({"check"}).out, "did you mean `inbox`?"));
    replace_in(agency / "jobs/web-lead-sales.yaml", "consent_life: 72h", "consent_life: 30d");
    CHECK(has(agency.run({"check"}).out, "`consent_life` is longer than the 72h"));
    replace_in(agency / "jobs/web-lead-sales.yaml", "not_written: []", "not_written: [Kalifornia]");
    const Ended state = agency.run({"check"});
    CHECK(state.code == 78);
    CHECK(has(state.err, "`Kalifornia` is no US state"));
}

TEST_CASE("check --online asks the buyer whether it takes the key, and a run names the key that it doesn't take") {
    const Sandbox sandbox({"--policies", "1", "--leads", "1"});
    Agency agency(sandbox);
    use_job(agency, "web-lead-sales");
    put_lead(agency);
    const Ended good = agency.run({"check", "--online"});
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    CHECK(has(good.out, "autobind: takes the key"));
    for (const auto& request : sandbox.requests("autobind")) CHECK(request.at("method") == "GET");
    agency.variables()["AUTOBIND_API_KEY"] = "wrong-key-of-somebody";
    const Ended bad = agency.run({"check", "--online"});
    CHECK(bad.code == 1);
    CHECK(has(bad.out, "autobind: FAILED: "));
    CHECK(has(bad.out, "check the key of autobind (from the environment variable AUTOBIND_API_KEY)"));
    const Ended run = agency.run({"sync", "--job", "web-lead-sales"});
    INFO(run.out << run.err);
    CHECK(run.code == 1);
    CHECK(has(run.out, "the key of autobind (from the environment variable AUTOBIND_API_KEY)"));
    CHECK_FALSE(has(run.out + run.err + bad.out + bad.err, "wrong-key"));
}

TEST_CASE("revoke says whom it barred and what was sold of them, lists, and can be undone with a trace") {
    const Sandbox sandbox({"--policies", "1", "--leads", "1"}, 1);
    const Agency agency(sandbox, 1);
    use_job(agency, "web-lead-sales");
    replace_in(agency / "jobs/web-lead-sales.yaml", "mode: test ", "mode: live ");
    put_lead(agency);
    CHECK(agency.run({"revoke"}).code == 64);
    const Ended typo = agency.run({"revoke", "ann@lead.exampel"});
    CHECK(typo.code == 0);
    CHECK(has(typo.out, "Barred from every sale: 1 e-mail or phone that wasn't yet.\nNo record here has it; barred all the same"));
    const Ended sold = agency.run({"sync", "--job", "web-lead-sales"});
    INFO(sold.out << sold.err);
    REQUIRE(sold.code == 0);
    const std::string ref = agency.cell("SELECT ref FROM sales WHERE state = 'sold'");
    REQUIRE(!ref.empty());
    const json told = agency.run({"--output", "json", "revoke", "ANN@lead.example"}).object();
    CHECK(told.at("barred") == 2);
    CHECK(told.at("records") == json::array({{{"dataset", "book.web_leads"}, {"key", "w1"}}}));
    CHECK(told.at("sold") == 1);
    CHECK(told.at("sales").at(0).at("ref") == ref);
    CHECK(told.at("sales").at(0).at("buyer") == "autobind");
    CHECK(told.at("sales").at(0).at("day").get<std::string>().size() == 10);
    const std::string again = agency.run({"revoke", "ann@lead.example"}).out;
    CHECK(has(again, "Barred from every sale already.\nKnown here by 1 record: book.web_leads w1.\n"));
    CHECK(has(again, "Sold before: " + ref + " on "));
    CHECK(has(agency.run({"why", "book.web_leads", "w1"}).out, "never offered to a buyer: its e-mail was barred by `bindery revoke`"));
    CHECK(agency.run({"--output", "json", "revoke", "--list"}).object().at("barred").size() == 3);
    CHECK(has(agency.run({"revoke", "--list", "2146550142"}).out, ref));
    CHECK(has(agency.run({"revoke", "--list", "bo@lead.example"}).out, "Not barred"));
    CHECK(agency.run({"revoke", "--list", "--undo", "x@y.example"}).code == 64);
    CHECK(agency.run({"--output", "json", "revoke", "--undo", "ann@lead.example"}).object().at("freed") == 2);
    CHECK(has(agency.run({"revoke", "--undo", "ann@lead.example"}).out, "nothing has changed"));
    // Asked for by the lead's id as well as by the e-mail.
    agency.run({"revoke", "w1"});
    CHECK(agency.run({"--output", "json", "revoke", "<ann@lead.example>,"}).object().at("barred") == 0);
    const Ended half = agency.run({"revoke", "--undo", "ann@lead.example"});
    CHECK(has(half.out, "2 e-mails and phones stay barred, since that was asked for by w1 too"));
    CHECK(has(agency.run({"revoke", "--undo", "w1"}).out, "Barred no more: 2 e-mails and phones."));
    const Ended two = agency.run({"revoke", "ann@lead.example, bo@lead.example"});
    CHECK(two.code == 64);
    CHECK(has(two.err, "that is more than one e-mail address"));
    CHECK(has(two.err, "give one e-mail"));
    CHECK(agency.run({"--output", "json", "revoke", "--list"}).object().at("barred").size() == 1);
    CHECK(agency.cell("SELECT count(*) FROM audit WHERE kind = 'revoke undone'") == "4");
    CHECK_FALSE(has(agency.run({"why", "book.web_leads", "w1"}).out, "never offered"));
}

TEST_CASE("A store that is restored from before a revocation says so when somebody is revoked again") {
    const Sandbox sandbox({"--policies", "1", "--leads", "1"}, 1);
    const Agency agency(sandbox, 1);
    CHECK(agency.run({"--output", "json", "revoke", "ann@lead.example"}).object().at("budget_file") == "told");
    const std::string backup = (agency / "copy.backup").string();
    REQUIRE(agency.run({"backup", backup}).code == 0);
    CHECK(agency.run({"--output", "json", "revoke", "bo@lead.example"}).object().at("budget_file") == "told");
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(agency.store().string() + end);
    fs::copy_file(backup, agency.store());
    const Ended behind = agency.run({"revoke", "bo@lead.example"});
    CHECK(behind.code == 0);
    CHECK(has(behind.out, "THIS STORE HAS FORGOTTEN revocations that were made before"));
}
