// Who the shipped sale jobs leave alone: what any book says of the person, by e-mail or phone, holds for all three of them.
#include <catch2/catch.hpp>
#include <fstream>

#include "engine/buyer.h"
#include "engine/policies_books.h"

using namespace bindery;
using namespace bindery::test;

namespace {

constexpr const char* kMail = "ann1001@lead.example";
constexpr const char* kPhone = "512.655.1001";

// The three jobs in mode test, and one person that a job may offer: as a lead of the CRM, of the website's file, or on the line.
struct Agency {
    World world;
    Buyer buyer;
    Agency() {
        for (const char* job : {"lead-sales", "web-lead-sales", "web-call-sales"}) world.shipped(job);
        no_lists(world.services);
        world.elsewhere = [this](const HttpRequest& request, BootTime now) { return buyer.handle(request, now); };
        world.clock.advance(std::chrono::hours(4));  // 11 a.m. in Chicago
        std::filesystem::create_directories(world.folder() / "config/inbox");
    }
    std::vector<json>& leads() { return world.services.lists["/crm/leads"]; }
    std::vector<json>& clients() { return world.services.lists["/clients"]; }
    std::vector<json>& policies() { return world.services.lists["/policies"]; }

    void web_lead(const std::string& id, const std::string& mail, const std::string& phone, const std::string& sale, const std::string& opted_out) {
        const std::string now = rfc3339(world.clock.wall() - std::chrono::minutes(5));
        std::ofstream(world.folder() / "config/inbox" / ("web-leads-" + id + ".csv"))
            << "Lead ID,For Sale,Do Not Contact,Created At,Consent At,Certificate,Consent Text,IP,User Agent,First Name,Last Name,Email,Phone,Address,City,State,Zip,Currently Insured,SR22,Home Ownership,DOB,"
               "Gender,Marital Status,Vehicle 1 Year,Vehicle 1 Make,Vehicle 1 Model\n"
            << id << ',' << sale << ',' << opted_out << ',' << now << ',' << now << ",https://cert.trustedform.com/x,I agree,73.162.100.50,Mozilla/5.0,Ann,Roe," << mail << ',' << phone
            << ",1 Main St,Dallas,Texas,75201,yes,no,own,6/15/1990,F,Married,2021,Toyota,Camry\n";
    }
    void web_call(const std::string& id, const std::string& mail, const std::string& phone, const std::string& sale, const std::string& opted_out) {
        const std::string now = rfc3339(world.clock.wall() - std::chrono::minutes(1));
        std::ofstream(world.folder() / "config/inbox" / ("web-calls-" + id + ".csv"))
            << "Call ID,Called At,Caller ID,For Sale,Do Not Contact,State,Language,Currently Insured,Consent At,Certificate,Consent Text,First Name,Last Name,Email\n"
            << id << ',' << now << ',' << phone << ',' << sale << ',' << opted_out << ",Texas,en,yes," << now << ",https://cert.trustedform.com/x,I agree,Ann,Roe," << mail << '\n';
    }

    // What the job says of the person: "asked", a bar, or "" when it doesn't look at them.
    std::string offered_by(const std::string& job, const std::string& mail = kMail) {
        if (job == "lead-sales") leads().push_back(sale_lead(1, {{"email", mail}}));
        if (job == "web-lead-sales") web_lead("w1", mail, kPhone, "yes", "");
        if (job == "web-call-sales") web_call("c1", mail, kPhone, "yes", "");
        const RunReport report = world.run(job);
        INFO(to_text(report) << world.log.str());
        REQUIRE((report.exit == ExitCode::done || report.exit == ExitCode::partial));  // when a record is in quarantine
        const SaleReport& sale = report.sales.at(0);
        if (buyer.pings > 0) return "asked";
        return sale.passed_over.empty() ? "" : sale.passed_over.begin()->first;
    }
};

json of_person(json record, const std::string& by) {
    const std::string prefix = record.contains("client_name") ? "client_" : "";
    record[prefix + "email"] = by == "mail" ? json("Ann1001@Lead.example") : json("other@lead.example");
    record[prefix + "phone"] = by == "phone" ? json("+1 512 655 1001") : json("(512) 655-2002");
    return record;
}

}  // namespace

TEST_CASE("Somebody of whom no book knows anything is asked for, and so is who was a client once") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    const std::string by = GENERATE("mail", "phone");
    INFO(job << " by " << by);
    Agency agency;
    SECTION("unknown") {}
    SECTION("policies that ended, or of somebody else") {
        agency.policies() = {of_person(policy(1, 300, {{"client_id", "c_9"}, {"status", "Cancelled"}}), by), of_person(policy(2, -1, {{"client_id", "c_9"}}), by), of_person(policy(3, 300), "")};
        agency.world.import_book({of_person(ams(4, 300, {{"status", "Canceled "}}), by), of_person(ams(5, -1), by), of_person(ams(6, 300), "")});
    }
    SECTION("who opted out is another") {
        agency.leads() = {of_person(sale_lead(5, {{"status", "lost"}, {"customFields", {{"doNotContact", true}}}}), "")};
        agency.web_lead("w5", "no@lead.example", "5126552002", "no", "yes");
        agency.world.run("web-lead-sales");
    }
    CHECK(agency.offered_by(job) == "asked");
}

TEST_CASE("A policy in force makes a client, in BindPilot or the AMS's book, whatever its status doesn't say") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    const std::string by = GENERATE("mail", "phone");
    const json status = GENERATE(json("active"), json(""), json(nullptr), json("Renewed"));
    INFO(job << " by " << by << " status " << status.dump());
    Agency agency;
    SECTION("BindPilot's policy") { agency.policies() = {of_person(policy(1, 300, {{"client_id", "c_9"}, {"status", status}}), by)}; }
    SECTION("the AMS's") { agency.world.import_book({of_person(ams(1, 300, {{"status", status}}), by)}); }
    SECTION("the AMS's, which ends today") { agency.world.import_book({of_person(ams(1, 0, {{"status", status}}), by)}); }
    SECTION("the AMS's, which ended after the book was imported last") {
        agency.world.import_book({of_person(ams(1, 3, {{"status", status}}), by)}, agency.world.clock.wall() - std::chrono::hours(24 * 30));
        agency.world.clock.advance(std::chrono::hours(24 * 10));
        if (job == "lead-sales") {  // their consent is of this morning
            agency.leads().push_back(sale_lead(1, {{"createdAt", rfc3339(agency.world.clock.wall() - std::chrono::hours(1))}}));
            const RunReport report = agency.world.run(job);
            CHECK(report.sales.at(0).passed_over == std::map<std::string, std::int64_t>{{"client", 1}});
            return;
        }
    }
    CHECK(agency.offered_by(job) == "client");
}

TEST_CASE("A policy or a client's record that couldn't be taken in makes a client of whom it names") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    const std::string by = GENERATE("mail", "phone");
    INFO(job << " by " << by);
    Agency agency;
    SECTION("a policy without its end") { agency.policies() = {of_person(policy(1, 300, {{"client_id", "c_9"}, {"expiration_date", nullptr}}), by), of_person(policy(2, 300), "")}; }
    SECTION("one whose end can't be read") { agency.policies() = {of_person(policy(1, 300, {{"client_id", "c_9"}, {"expiration_date", "next spring"}}), by), of_person(policy(2, 300), "")}; }
    CHECK(agency.offered_by(job) == "client");
}

TEST_CASE("Whose client's record has a policy without a status is a client, though a quote of ours made the record") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    INFO(job);
    Agency agency;
    agency.clients() = {client(1, {{"id", "c_9"}, {"phone", kPhone}})};
    json bare = policy(1, 300, {{"client_id", "c_9"}, {"status", nullptr}});
    agency.policies() = {of_person(bare, "")};
    agency.world.run("web-lead-sales");
    agency.world.rows("INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, reply_id) "
                      "VALUES ('x', 'new_client', 'BN-X', 'quotes', 'bindpilot', 'create_client', '{}', 'done', 'POST', '/clients', '', '', 'hold', 1, 1, '', '', 'c_9')");
    CHECK(agency.offered_by(job) == "client");
}

TEST_CASE("Who asked anywhere not to be contacted isn't offered by any job") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    const std::string by = GENERATE("mail", "phone");
    INFO(job << " by " << by);
    const std::string mail = by == "mail" ? kMail : "other@lead.example";
    const std::string phone = by == "phone" ? kPhone : "(512) 655-2002";
    Agency agency;
    SECTION("on another lead of the CRM") {
        const json said = GENERATE(json(true), json("Yes"), json(1));
        agency.leads() = {of_person(sale_lead(5, {{"customFields", {{"doNotContact", said}}}}), by)};
        if (job == "lead-sales") agency.leads()[0]["customFields"]["lineOfBusiness"] = "home";
    }
    SECTION("on another lead of the website") {
        agency.web_lead("w5", mail, phone, "no", "yes");
        agency.world.run("web-lead-sales");
    }
    SECTION("in another call") {
        agency.web_call("c5", mail, phone, "no", "yes");
        agency.world.run("web-call-sales");
    }
    CHECK(agency.offered_by(job) == "do_not_contact");
}

TEST_CASE("Who is worked in the CRM as one lead, or was won, isn't offered as another") {
    const std::string job = GENERATE("lead-sales", "web-lead-sales", "web-call-sales");
    const std::string status = GENERATE("converted", "qualified", "");
    const std::string by = GENERATE("mail", "phone");
    INFO(job << " by " << by << " status " << status);
    Agency agency;
    agency.leads() = {of_person(sale_lead(5, {{"status", status}}), by)};
    CHECK(agency.offered_by(job) == "");
}
