// Who may be a client, or on the do-not-contact list, though no single e-mail or phone of theirs stands in a cell of its own: the three shipped sale jobs alike.
#include <catch2/catch.hpp>
#include <fstream>

#include "engine/buyer.h"
#include "engine/import_run.h"
#include "engine/policies_books.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const std::string kOwnMail = "ann1001@lead.example", kOwnPhone = "(512) 655-1001";

// Ann Roeb of 1001 Main St, 75201, as a lead of the CRM, of the website's file, or on the line.
struct Seller {
    World world;
    Buyer buyer;
    std::string mail = kOwnMail, phone = kOwnPhone, street = "1001 Main St", zip = "75201", first = "Ann", last = "Roeb";
    Seller() {
        for (const char* job : {"lead-sales", "web-lead-sales", "web-call-sales"}) world.shipped(job);
        no_lists(world.services);
        world.elsewhere = [this](const HttpRequest& request, BootTime now) { return buyer.handle(request, now); };
        world.clock.advance(std::chrono::hours(4));  // 11 a.m. in Chicago
        std::filesystem::create_directories(world.folder() / "config/inbox");
    }
    std::vector<json>& clients() { return world.services.lists["/clients"]; }
    std::vector<json>& policies() { return world.services.lists["/policies"]; }

    ImportRun import(const std::string& book, const std::string& text) {
        const auto file = world.folder() / (book + std::to_string(++files) + ".csv");
        std::ofstream(file) << text;
        std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(std::chrono::time_point_cast<std::chrono::nanoseconds>(world.clock.wall())));
        ImportRun done;
        world.with_engine([&](const Engine& engine) {
            ImportRequest request;
            request.file = file;
            request.book = "book." + book;
            done = run_import(engine.config, engine.store, engine.log, request);
        });
        return done;
    }

    // What the job says of her: "asked", a bar, or "" when it doesn't look at her.
    std::string offered_by(const std::string& job) {
        const std::string now = rfc3339(world.clock.wall() - std::chrono::minutes(1));
        const std::string consent = now + ",https://cert.trustedform.com/x,I agree,73.162.100.50,Mozilla/5.0," + first + "," + last + ",\"" + mail + "\",\"" + phone + "\"," + street + ",Dallas,Texas," + zip;
        const std::string header = "Consent At,Certificate,Consent Text,IP,User Agent,First Name,Last Name,Email,Phone,Address,City,State,Zip";
        if (job == "lead-sales") {
            world.services.lists["/crm/leads"].push_back(sale_lead(1, {{"email", mail}, {"phone", phone}, {"streetAddress", street}, {"zip", zip}, {"firstName", first}, {"lastName", last}}));
        } else if (job == "web-lead-sales") {
            std::ofstream(world.folder() / "config/inbox/web-leads-1.csv")
                << "Lead ID,For Sale,Created At," << header << ",Currently Insured,SR22,Home Ownership,DOB,Gender,Marital Status,Vehicle 1 Year,Vehicle 1 Make,Vehicle 1 Model\n"
                << "w1,yes," << now << ',' << consent << ",yes,no,own,6/15/1990,F,Married,2021,Toyota,Camry\n";
        } else {
            std::ofstream(world.folder() / "config/inbox/web-calls-1.csv") << "Call ID,For Sale,Called At," << header << ",Language,Currently Insured\n" << "c1,yes," << now << ',' << consent << ",en,yes\n";
        }
        const RunReport report = world.run(job);
        INFO(to_text(report) << world.log.str());
        REQUIRE((report.exit == ExitCode::done || report.exit == ExitCode::partial));  // when a record is in quarantine
        if (buyer.pings > 0) return "asked";
        const SaleReport& sale = report.sales.at(0);
        return sale.passed_over.empty() ? "" : sale.passed_over.begin()->first;
    }
    int files = 0;
};

std::string any_job() { return GENERATE("lead-sales", "web-lead-sales", "web-call-sales"); }

json other(const json& changed) {
    json record{{"id", "c_7"}, {"name", "Zoe Zeb"}, {"email", "other@x.example"}, {"phone", "2145559999"}, {"street_address", "7 Elm St"}, {"city", "Dallas"}, {"state", "TX"}, {"zip", "75209"}, {"created_at", "2020-01-10T17:20:00Z"}};
    record.update(changed);
    return record;
}

json of_ams(const json& changed) {
    json row = ams(1, 300, {{"client_name", "Zoe Zeb"}, {"client_email", "other@x.example"}, {"client_phone", "2145559999"}});
    row.update(changed);
    return row;
}

}  // namespace

TEST_CASE("Who may be a client by name and address isn't offered, by whichever phone and e-mail") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    SECTION("a client's record with another e-mail and phone") { seller.clients() = {other({{"name", "Ann Roeb"}, {"street_address", "1001 Main Street"}, {"zip", "75201-1234"}})}; }
    SECTION("one in capitals, the last name first, with a unit") { seller.clients() = {other({{"name", "ROEB, ANN M."}, {"street_address", "1001 MAIN ST APT 2"}, {"zip", "75201"}})}; }
    SECTION("one without an address") { seller.clients() = {other({{"name", "A. Roeb"}, {"street_address", nullptr}, {"zip", "75201"}})}; }
    SECTION("one of whom nothing but the name and the state is known") { seller.clients() = {other({{"name", "Ann Roeb"}, {"email", ""}, {"phone", nullptr}, {"street_address", nullptr}, {"zip", ""}})}; }
    SECTION("a policy whose client has the address") {
        seller.clients() = {other({{"name", "Estate of Roeb"}, {"street_address", "1001 Main St"}, {"zip", "75201"}})};
        seller.policies() = {policy(1, 300, {{"client_id", "c_7"}, {"client_name", "Ann Roeb"}})};
    }
    SECTION("a policy of whose client nothing but the name is known") { seller.policies() = {policy(1, 300, {{"client_id", "c_8"}, {"client_name", "Ann Roeb"}, {"client_email", ""}, {"client_phone", ""}})}; }
    SECTION("the AMS's policy without e-mail and phone") {
        seller.world.import_book({of_ams({{"client_name", "Roeb, Ann"}, {"client_email", nullptr}, {"client_phone", nullptr}, {"street", "1001 Main St"}, {"zip", "75201"}})});
    }
    SECTION("the AMS's with others, and a box at the post office") { seller.world.import_book({of_ams({{"client_name", "Roeb, Annie"}, {"street", "PO Box 12"}, {"zip", "75201"}})}); }
    CHECK(seller.offered_by(job) == "client");
}

TEST_CASE("Who has another name, or lives elsewhere, is asked for") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    SECTION("another last name in the house") { seller.clients() = {other({{"name", "Ann Poe"}, {"street_address", "1001 Main St"}, {"zip", "75201"}})}; }
    SECTION("another of the household") { seller.clients() = {other({{"name", "Bob & Mary Roeb"}, {"street_address", "1001 Main St."}, {"zip", "75201"}})}; }
    SECTION("another house of the ZIP code") { seller.clients() = {other({{"name", "Ann Roeb"}, {"street_address", "1002 Main St"}, {"zip", "75201"}})}; }
    SECTION("another ZIP code") { seller.clients() = {other({{"name", "Ann Roeb"}, {"street_address", "1001 Main St"}, {"zip", "75202"}})}; }
    SECTION("another first name where no house is known") { seller.clients() = {other({{"name", "Bob Roeb"}, {"street_address", ""}, {"zip", "75201"}})}; }
    SECTION("the name alone, of somebody who is known by a phone") { seller.clients() = {other({{"name", "Ann Roeb"}, {"street_address", ""}, {"zip", ""}})}; }
    SECTION("the name alone, in another state") { seller.clients() = {other({{"name", "Ann Roeb"}, {"email", ""}, {"phone", ""}, {"street_address", ""}, {"zip", ""}, {"state", "OK"}})}; }
    SECTION("a policy that ended") { seller.world.import_book({of_ams({{"client_name", "Ann Roeb"}, {"street", "1001 Main St"}, {"zip", "75201"}, {"status", "Cancelled"}})}); }
    CHECK(seller.offered_by(job) == "asked");
}

TEST_CASE("Each e-mail and phone of a client's record makes a client, also where a cell holds two") {
    const std::string job = any_job();
    const std::string mail = GENERATE("foo@x.example; ann1001@lead.example", "Ann <Ann1001@lead.example>", "mailto:ann1001@lead.example", "");
    const std::string phone = mail.empty() ? GENERATE("214-655-0017 / 512-655-1001", "214-655-0017; 512.655.1001 (cell)", "512-655-9917/1001", "+1 (512) 655-1001 ext 4") : "2145559999";
    const std::string cell_mail = mail.empty() ? "other@x.example" : mail;
    INFO(job << " with " << mail << phone);
    Seller seller;
    SECTION("BindPilot's client") { seller.clients() = {other({{"email", cell_mail}, {"phone", phone}})}; }
    SECTION("BindPilot's client, as a list") { seller.clients() = {other({{"email", {cell_mail, "x@x.example"}}, {"phone", {phone, "2145559998"}}})}; }
    SECTION("BindPilot's client, under a name that isn't known") { seller.clients() = {other({{"second_email", cell_mail}, {"mobile", phone}})}; }
    SECTION("BindPilot's policy") { seller.policies() = {policy(1, 300, {{"client_id", "c_9"}, {"client_email", cell_mail}, {"client_phone", phone}})}; }
    SECTION("the AMS's policy") { seller.world.import_book({of_ams({{"client_email", cell_mail}, {"client_phone", phone}})}); }
    CHECK(seller.offered_by(job) == "client");
}

TEST_CASE("A client's second phone in a column of its own makes a client, landed or in quarantine") {
    const std::string job = any_job();
    const std::string ends = GENERATE("1/1/2027", "soon");
    INFO(job << ' ' << ends);
    Seller seller;
    const ImportRun done = seller.import("policies", "Customer Name,Policy #,Res Phone Area Code,Res Phone,Cell Phone Area Code,Cell Phone,Policy Expiration Date\n\"Zeb, Zoe\",HO 1,214,555-0101,512,655-1001," + ends + "\n\"Zeb, Bo\",HO 2,214,555-0102,512,655-2002,1/1/2027\n");
    INFO(to_text(done));
    CHECK(seller.offered_by(job) == "client");
}

TEST_CASE("A cell that comes to hold two e-mails in a later file makes a client by each, until it holds one again") {
    const std::string job = any_job();
    const bool mended = GENERATE(false, true);
    INFO(job << mended);
    Seller seller;
    const auto import = [&](const std::string& mail) {
        seller.world.clock.advance(std::chrono::minutes(1));
        const ImportRun done = seller.import("policies", "Customer Name,Policy #,E-mail,Policy Expiration Date\n\"Zeb, Zoe\",HO 1,\"" + mail + "\",1/1/2027\n");
        INFO(to_text(done));
        return done.file.counts;
    };
    import("zoe@x.example");
    CHECK(import("zoe@x.example; ann1001@lead.example").changed == 1);
    CHECK(import(" zoe@x.example; ann1001@lead.example").changed == 0);
    if (mended) CHECK(import("zoe@y.example").changed == 1);
    CHECK(seller.world.rows("SELECT client_email FROM book_policies") == std::vector<std::string>{mended ? "zoe@y.example" : "zoe@x.example"});
    CHECK(seller.offered_by(job) == (mended ? "asked" : "client"));
}

TEST_CASE("A record that couldn't be taken in makes a client of whom it names, by name too") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    SECTION("by name and ZIP code") { seller.policies() = {policy(1, 300, {{"client_id", "c_9"}, {"client_name", "Ann Roeb"}, {"expiration_date", nullptr}, {"insured_zip", "75201"}}), policy(2, 300)}; }
    SECTION("by name, where it has no e-mail and phone") {
        seller.policies() = {policy(1, 300, {{"client_id", "c_9"}, {"client_name", "Roeb, Ann"}, {"client_email", ""}, {"client_phone", ""}, {"expiration_date", nullptr}}), policy(2, 300)};
    }
    SECTION("by the second phone of a cell") { seller.policies() = {policy(1, 300, {{"client_id", "c_9"}, {"client_phone", "214-655-0017 / 512-655-1001"}, {"expiration_date", nullptr}}), policy(2, 300)}; }
    CHECK(seller.offered_by(job) == "client");
}

TEST_CASE("Who stands in the do-not-contact list isn't offered, whatever a row of it looks like") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    const std::string row = GENERATE("\"no@x.example, ann1001@lead.example\",5125550021,asked", ",214-655-0022 / 512-655-1001,asked", "Ann <ann1001@lead.example>,,asked", "mailto:Ann1001@lead.example,,asked",
                                     "no@x.example,,or ann1001@lead.example", "no@x.example,512-655-9917/1001,", ",,Ann Roeb", "nobody,none,\"Roeb, Ann\"");
    INFO(row);
    const ImportRun done = seller.import("do_not_contact", "Email,Phone,Note\n" + row + "\nyes@x.example,2145550143,\n");
    INFO(to_text(done));
    CHECK(seller.offered_by(job) == "do_not_contact");
}

TEST_CASE("A later row of the do-not-contact list with another phone or e-mail takes nobody off it") {
    const std::string job = any_job();
    const std::string kept = GENERATE("no@x.example,512-655-1001", "Ann1001@lead.example,2145550021"), later = GENERATE("no@x.example,2145550022,", "zoe@x.example,2145550021,", "\"zoe@x.example; no@x.example\",5126551001,");
    INFO(job << ' ' << kept << ' ' << later);
    Seller seller;
    seller.import("do_not_contact", "Email,Phone,Note\n" + kept + ",\n");
    seller.world.clock.advance(std::chrono::minutes(1));
    INFO(to_text(seller.import("do_not_contact", "Email,Phone,Note\n" + later + "\n")));
    CHECK(seller.offered_by(job) == "do_not_contact");
}

TEST_CASE("Who gave two phones or an odd e-mail is known by each of them") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    seller.import("do_not_contact", "Email,Phone,Note\nann1001@lead.example,5126559917,asked\n");
    SECTION("a second phone") {
        seller.mail = "another@lead.example";
        seller.phone = "(512) 655-1001; 512-655-9917";
    }
    SECTION("an e-mail that reads otherwise") { seller.mail = "mailto:ann1001@lead.example"; }
    CHECK(seller.offered_by(job) == "do_not_contact");
}

TEST_CASE("A record in quarantine in which somebody asked not to be contacted holds for them") {
    const std::string job = any_job();
    const bool said = GENERATE(true, false);
    INFO(job << said);
    Seller seller;
    const std::string now = rfc3339(seller.world.clock.wall() - std::chrono::minutes(5));
    // Without its Lead ID.
    const ImportRun done = seller.import("web_leads", "Lead ID,Do Not Contact,Created At,First Name,Last Name,Email,Phone\n," + std::string(said ? "yes" : "no") + "," + now + ",Ann,Roeb,ann1001@lead.example,2145550001\nw9,no," + now + ",Bo,Poe,bo@x.example,2145550002\n");
    INFO(to_text(done));
    CHECK(seller.offered_by(job) == (said ? "do_not_contact" : "asked"));
}

TEST_CASE("Who is worked in the CRM under one of two e-mails isn't offered") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    json worked = sale_lead(5, {{"status", "qualified"}});
    SECTION("by e-mail") { worked["email"] = "foo@x.example, ann1001@lead.example"; }
    SECTION("by phone") { worked["phone"] = "214-655-0017 or 512-655-1001"; }
    seller.world.services.lists["/crm/leads"] = {worked};
    CHECK(seller.offered_by(job) == "");
}

TEST_CASE("Who shares a phone or e-mail with somebody who may not be sold isn't offered either, however far round") {
    const bool client_of_ours = GENERATE(true, false);
    Seller seller;
    if (client_of_ours) seller.clients() = {other({{"phone", "512 655 1002"}})};
    else seller.import("do_not_contact", "Email,Phone,Note\n,512 655 1002,\n");
    auto& leads = seller.world.services.lists["/crm/leads"];
    leads = {sale_lead(2, {{"email", "one@lead.example"}}), sale_lead(3, {{"email", "one@lead.example"}, {"phone", "(512) 655-7003"}}), sale_lead(4, {{"phone", "512-655-7003"}}), sale_lead(6)};
    const RunReport report = seller.world.run("lead-sales");
    INFO(to_text(report) << seller.world.log.str());
    CHECK(report.sales.at(0).passed_over == std::map<std::string, std::int64_t>{{client_of_ours ? "client" : "do_not_contact", 3}});
    CHECK(seller.buyer.pings == 1);
}

TEST_CASE("Records by whose e-mail or phone nobody can be known are counted by each run that sells") {
    const std::string job = any_job();
    INFO(job);
    Seller seller;
    seller.import("do_not_contact", "Email,Phone,Note\n,655-0017,asked\nyes@x.example,655-0018,\n");
    seller.clients() = {other({{"phone", "ask the office"}}), other({{"id", "c_8"}, {"email", "none"}}), other({{"id", "c_9"}, {"phone", ""}, {"email", "a@x.example; b@x.example"}})};
    seller.policies() = {policy(1, 300, {{"client_phone", "n/a"}})};
    seller.world.import_book({of_ams({{"client_email", "no e-mail"}})});
    REQUIRE(seller.offered_by(job) == "asked");
    const RunReport report = seller.world.run(job);
    const auto& passed = report.passed_over.begin()->second;
    using Reasons = std::map<std::string, std::int64_t>;
    CHECK(passed.at("bindpilot.clients") == Reasons{{"an e-mail or phone that can't be read", 2}});
    CHECK(passed.at("bindpilot.policies") == Reasons{{"an e-mail or phone that can't be read", 1}});
    CHECK(passed.at("book.policies") == Reasons{{"an e-mail or phone that can't be read", 1}});
    CHECK(passed.at("book.do_not_contact") == Reasons{{"in quarantine, with neither an e-mail nor a phone that can be read", 1}});
}

TEST_CASE("The jobs that sell have one meaning of who may be sold") {
    const auto shared = [](const std::string& job) {
        std::ifstream in(std::string(BINDERY_SOURCE_DIR) + "/jobs/" + job + ".yaml");
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const std::size_t from = text.find("  # From here to the end of `opted_out`"), to = text.find("  # The person is worked in the CRM");
        REQUIRE((from != std::string::npos && to != std::string::npos && from < to));
        const std::size_t odd = text.find("      # What holds nobody back");
        REQUIRE(odd != std::string::npos);
        return text.substr(from, to - from) + text.substr(odd);
    };
    CHECK(shared("lead-sales") == shared("web-lead-sales"));
    CHECK(shared("lead-sales") == shared("web-call-sales"));
}
