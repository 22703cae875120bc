// The shipped leads job: Bi369's leads against our own book, tidy, owned, converted, and doubles shown to a person.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/people.h"
#include "store/conflicts.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// A lead that needs nothing.
json settled(int number, const json& changed = json::object()) {
    json document = lead(number, {{"status", "new"}, {"customFields", json::object()}});
    for (const auto& [name, value] : changed.items()) document[name] = value;
    return document;
}

// A row of the website's file about that person.
json row(int number, const json& changed = json::object()) {
    const json person = settled(number);
    json document{{"first_name", person["firstName"]}, {"last_name", person["lastName"]}, {"email", person["email"]}, {"phone", person["phone"]},
                  {"state", "TX"},                     {"zip", "75001"},                  {"source", "Form"},         {"line_of_business", "Auto"}};
    document.update(changed);
    return document;
}

using Replaced = std::vector<std::pair<std::string, std::string>>;

// As the book knows a row that has an e-mail.
std::string key_of(const json& row) {
    std::string key = "|email+first_name+last_name|" + row["email"].get<std::string>() + "|" + row["first_name"].get<std::string>() + "|" + row["last_name"].get<std::string>();
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return key;
}

struct Leads {
    World world;
    explicit Leads(const Replaced& replaced = {}) {
        world.shipped("leads", replaced);
        no_lists(world.services);
    }
    std::vector<json>& crm() { return world.services.lists["/crm/leads"]; }
    std::vector<json>& policies() { return world.services.lists["/policies"]; }
    RunReport run() { return world.run("leads"); }
    RunReport good() {
        const RunReport report = run();
        INFO(to_text(report));
        REQUIRE(report.exit == ExitCode::done);
        return report;
    }
    void quiet() {
        const std::size_t writes = world.services.writes;
        const RunReport report = run();
        INFO(to_text(report));
        CHECK(report.exit == ExitCode::done);
        CHECK(world.services.writes == writes);
    }
    // "lead_1001 {...}" of each PATCH, sorted.
    std::vector<std::string> patched() {
        std::vector<std::string> found;
        for (const auto& patch : world.services.patches) found.push_back(patch.path.substr(patch.path.rfind('/') + 1) + " " + patch.body.dump());
        std::sort(found.begin(), found.end());
        return found;
    }
    std::vector<std::string> titles() {
        std::vector<std::string> found;
        for (const auto& task : world.services.tasks) found.push_back(task.body["title"]);
        std::sort(found.begin(), found.end());
        return found;
    }
    std::vector<std::string> conflicts() { return world.rows("SELECT kind, theirs_key, ours_key, coalesce(field, '') FROM conflict WHERE state = 'open' ORDER BY theirs_key, ours_key"); }
    // As `bindery resolve` does.
    void answer(int take) {
        world.with_engine([&](const Engine& engine) {
            engine.store.transaction([&] {
                Conflicts conflicts(engine.store);
                const auto open = conflicts.list({});
                REQUIRE(open.size() == 1);
                REQUIRE(conflicts.resolve(open[0].id, take == Conflicts::kDifferent ? "different" : "same", open[0].candidates.front()));
                conflicts.link("leads", open[0].theirs_key, open[0].candidates.front(), take);
            });
        });
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Spellings are tidied once, and what a person means by one stays") {
    struct Case {
        json changed;
        const char* patch;  // "" for none
    };
    const std::vector<Case> cases{
        {json::object(), ""},
        {{{"firstName", "ANN"}}, R"({"firstName":"Ann"})"},
        {{{"firstName", "ann"}, {"lastName", "ROE"}}, R"({"firstName":"Ann","lastName":"Roe"})"},
        {{{"firstName", " Ann "}}, R"({"firstName":"Ann"})"},
        {{{"firstName", "JP"}}, ""},
        {{{"firstName", "al"}}, R"({"firstName":"Al"})"},
        {{{"firstName", "McKay"}, {"lastName", "de la Cruz"}}, ""},
        {{{"lastName", "mcdonald"}}, ""},
        {{{"lastName", "O'BRIEN"}}, ""},
        {{{"firstName", "JOSÉ"}}, ""},
        {{{"firstName", nullptr}, {"lastName", ""}}, ""},
        {{{"email", "Ann.Other@Lead.Example"}}, R"({"email":"ann.other@lead.example"})"},
        {{{"email", "no address"}}, ""},
        {{{"phone", "5125559111"}}, R"({"phone":"(512) 555-9111"})"},
        {{{"phone", "+1 512.555.9112"}}, R"({"phone":"(512) 555-9112"})"},
        {{{"phone", "512-555-9113 ext. 12"}}, ""},
        {{{"phone", "(512) 555-9114 x5"}}, ""},
        {{{"phone", "555-0100"}}, ""},
        {{{"phone", nullptr}}, ""},
        {{{"state", "texas"}}, R"({"state":"TX"})"},
        {{{"state", "Ontario"}}, ""},
    };
    Leads leads;
    Lines wanted;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        leads.crm().push_back(settled(static_cast<int>(i), cases[i].changed));
        if (*cases[i].patch != 0) wanted.push_back("lead_" + std::to_string(1000 + i) + " " + cases[i].patch);
    }
    std::sort(wanted.begin(), wanted.end());
    leads.run();
    CHECK(leads.patched() == wanted);
    const std::size_t writes = leads.world.services.writes;
    leads.run();
    CHECK(leads.world.services.writes == writes);
    leads.crm()[1]["firstName"] = "ANN";  // a person means it
    leads.crm()[2]["lastName"] = "ROE";   // this one too, though they let the first name be
    leads.run();
    CHECK(leads.world.services.writes == writes);
}

TEST_CASE("An owner is given by territory, to leads that never had one, and taken from nobody") {
    Leads leads;
    struct Case {
        json changed;
        const char* owner;
    };
    const std::vector<Case> cases{
        {{{"ownerEmail", nullptr}, {"state", "OK"}}, "oklahoma@agency.example"},
        {{{"ownerEmail", ""}, {"state", "Texas"}, {"zip", "78701"}}, "austin@agency.example"},
        {{{"ownerEmail", " "}, {"zip", "75001"}}, "leads@agency.example"},
        {{{"ownerEmail", nullptr}, {"state", nullptr}, {"zip", nullptr}}, "leads@agency.example"},
        {{{"ownerEmail", "Bo"}}, "Bo"},  // no address, but somebody's word
        {{{"ownerEmail", "devon@agency.example"}, {"state", "OK"}}, "devon@agency.example"},
        {{{"ownerEmail", nullptr}, {"status", "lost"}}, nullptr},
        {{{"ownerEmail", nullptr}, {"status", "Converted"}}, nullptr},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) leads.crm().push_back(settled(static_cast<int>(i), cases[i].changed));
    leads.run();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        INFO(i);
        CHECK(leads.crm()[i]["ownerEmail"] == (cases[i].owner == nullptr ? json() : json(cases[i].owner)));
    }
    const std::size_t writes = leads.world.services.writes;
    leads.crm()[0]["ownerEmail"] = "sam@agency.example";
    leads.crm()[2]["ownerEmail"] = nullptr;  // a person took it away
    leads.run();
    CHECK(leads.world.services.writes == writes);
}

TEST_CASE("Only a policy that was newly bound for this person converts a lead, once") {
    struct Case {
        const char* what;
        json lead, policies;
        bool converted;
    };
    const json own = json::object();
    const std::vector<Case> cases{
        {"bound after it came", own, json::array({own}), true},
        {"no policy", own, json::array(), false},
        {"by phone and last name", own, json::array({{{"client_email", nullptr}}}), true},
        {"by phone, another last name", own, json::array({{{"client_email", nullptr}, {"client_name", "Ann Smith"}}}), false},
        {"by phone, no name there", own, json::array({{{"client_email", nullptr}, {"client_name", nullptr}}}), false},
        {"another of the household", own, json::array({{{"client_name", "Bob LAST"}}}), false},
        {"a last name alone", own, json::array({{{"client_name", "LAST"}}}), true},
        {"the same name alone", own, json::array({{{"client_email", nullptr}, {"client_phone", nullptr}}}), false},
        {"three days before", own, json::array({{{"effective_date", "2026-01-07"}}}), true},
        {"a client since long", own, json::array({{{"effective_date", "2025-12-07"}}}), false},
        {"still being issued", own, json::array({{{"status", "pending"}}}), false},
        {"cancelled", own, json::array({{{"status", "Cancelled"}}}), false},
        {"a renewal: the same number", own, json::array({own, {{"id", "p_old%"}, {"client_id", nullptr}, {"effective_date", "2025-01-11"}, {"expiration_date", "2026-01-11"}}}), false},
        {"a renewal: the same line, rewritten", own,
         json::array({own, {{"id", "p_old%"}, {"policy_number", "OLD-%"}, {"effective_date", "2025-01-11"}, {"expiration_date", "2026-01-11"}}}), false},
        {"a second line", own, json::array({own, {{"id", "p_old%"}, {"policy_number", "OLD-%"}, {"line_of_business", "umbrella"}, {"effective_date", "2025-01-11"}}}), true},
        {"lost, by a person", {{"status", "Lost"}}, json::array({own}), false},
        {"nobody knows when it came", {{"createdAt", nullptr}}, json::array({own}), false},
        {"a company", {{"firstName", nullptr}, {"lastName", nullptr}, {"company", "Acme LLC"}, {"email", nullptr}}, json::array({{{"client_name", "ACME LLC"}, {"client_email", nullptr}}}), true},
    };
    Leads leads;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const int number = static_cast<int>(i);
        const std::string last = "Person" + std::string(1, static_cast<char>('a' + i));
        json changed = cases[i].lead;
        if (!changed.contains("lastName")) changed["lastName"] = last;
        leads.crm().push_back(settled(number, changed));
        for (const auto& changes : cases[i].policies) {
            json one = bound(number, {{"client_name", "Ann " + last}});
            one.update(changes);
            for (auto& [member, value] : one.items()) {
                if (!value.is_string()) continue;
                std::string text = value;
                if (const auto at = text.find("LAST"); at != std::string::npos) text.replace(at, 4, last);
                if (const auto at = text.find('%'); at != std::string::npos) text.replace(at, 1, std::to_string(number));
                value = text;
            }
            leads.policies().push_back(one);
        }
    }
    leads.run();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        INFO(cases[i].what);
        CHECK((leads.crm()[i]["status"] == "converted") == cases[i].converted);
    }
    const std::size_t writes = leads.world.services.writes;
    leads.run();
    CHECK(leads.world.services.writes == writes);
    // A person takes it back: neither the same policy nor the next one says it again.
    leads.crm()[0]["status"] = "contacted";
    leads.policies().push_back(bound(0, {{"id", "p_0"}, {"policy_number", "NEW-1"}, {"line_of_business", "umbrella"}, {"client_name", "Ann Persona"}}));
    leads.run();
    CHECK(leads.world.services.writes == writes);
    CHECK(leads.crm()[0]["status"] == "contacted");
}

TEST_CASE("A policy that was known before the lead came converts nothing, though its dates move on") {
    Leads leads;
    leads.policies() = {bound(0, {{"effective_date", "2025-02-01"}, {"expiration_date", "2026-02-01"}})};
    leads.good();
    leads.world.clock.advance(std::chrono::hours(24 * 20));
    leads.crm() = {settled(0, {{"createdAt", "2026-01-25T00:00:00Z"}})};
    leads.policies()[0].update({{"effective_date", "2026-02-01"}, {"expiration_date", "2027-02-01"}});
    leads.quiet();
    CHECK(leads.crm()[0]["status"] == "new");
}

TEST_CASE("What may be one lead twice goes to a person, by the domain's order, and the answer is kept") {
    struct Case {
        const char* what;
        json first, second;  // what differs from two strangers
        bool asked;
    };
    const std::vector<Case> cases{
        {"strangers", json::object(), json::object(), false},
        {"the same e-mail", {{"email", "One%@x.example"}}, {{"email", "one%@x.example"}}, true},
        {"the same phone and last name", {{"phone", "5127771%"}, {"lastName", "Sam%"}}, {{"phone", "(512) 777-1%"}, {"lastName", "SAM%"}}, true},
        {"the same phone, another last name", {{"phone", "5127771%"}}, {{"phone", "(512) 777-1%"}}, false},
        {"the same name", {{"lastName", "Same%"}}, {{"lastName", "Same%"}}, false},
        {"name and address", {{"lastName", "Same%"}, {"streetAddress", "1 Main"}}, {{"lastName", "same%"}, {"streetAddress", "1  main"}}, true},
        {"name and street, another ZIP", {{"lastName", "Same%"}, {"streetAddress", "2 Main"}}, {{"lastName", "Same%"}, {"streetAddress", "2 Main"}, {"zip", "75002"}}, false},
        {"a household", {{"email", "h%@x.example"}, {"firstName", "Bob"}}, {{"email", "h%@x.example"}}, true},
        {"a person said no", {{"email", "n%@x.example"}}, {{"email", "n%@x.example"}, {"customFields", {{"duplicateOf", "No"}}}}, false},
        {"a person said yes", {{"email", "y%@x.example"}}, {{"email", "y%@x.example"}, {"customFields", {{"duplicateOf", "lead_1"}}}}, false},
    };
    Leads leads(Replaced{{"tidy: true", "tidy: false"}});
    Lines wanted;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const int number = static_cast<int>(i) * 2;
        const auto filled = [&](json document) {
            for (auto& [member, value] : document.items()) {
                if (!value.is_string()) continue;
                std::string text = value;
                if (const auto at = text.find('%'); at != std::string::npos) text.replace(at, 1, std::to_string(100 + i));
                value = text;
            }
            return document;
        };
        leads.crm().push_back(settled(number, filled(cases[i].first)));
        leads.crm().push_back(settled(number + 1, filled(cases[i].second)));
        const std::string n = std::to_string(1000 + number), m = std::to_string(1001 + number);
        if (cases[i].asked) wanted.push_back("Two leads, one person? lead_" + n + " and lead_" + m);
    }
    leads.good();
    CHECK(leads.titles() == wanted);
    CHECK(leads.world.services.deleted.empty());
    CHECK(leads.patched().empty());
    leads.quiet();
    for (const auto& task : leads.world.services.tasks) {
        if (task.body["title"] == "Two leads, one person? lead_1014 and lead_1015") CHECK_THAT(task.body["description"].get<std::string>(), Catch::Contains("the same e-mail, but another name: perhaps one household."));
    }
}

TEST_CASE("An e-mail that many leads share makes nobody one") {
    Leads leads(Replaced{{"max_removed: 10%", "max_removed: 100%"}});
    for (int i = 0; i < 7; ++i) leads.crm().push_back(settled(i, {{"email", "none@none.example"}}));
    leads.quiet();
    leads.crm().pop_back();
    leads.world.run("leads");
    leads.world.run("leads");  // gone after the second list without it
    CHECK(leads.titles().size() == 15);
}

TEST_CASE("A duplicate is deleted only where the rule is on, a person marked it and nobody worked it") {
    const auto fill_in = [](Leads& leads) {
        leads.crm() = {settled(0), settled(1, {{"customFields", {{"duplicateOf", "lead_1000"}}}}), settled(2, {{"customFields", {{"duplicateOf", "lead_1000"}}}, {"status", "contacted"}}),
                       settled(3, {{"customFields", {{"duplicateOf", "lead_404"}}}}), settled(4, {{"customFields", {{"duplicateOf", "lead_1004"}}}}),
                       settled(5, {{"customFields", {{"duplicateOf", "lead_1006"}}}}), settled(6, {{"customFields", {{"duplicateOf", "lead_1005"}}}}),
                       settled(7, {{"customFields", {{"duplicateOf", "no"}}}})};
    };
    Leads off;
    fill_in(off);
    off.quiet();
    Leads on(Replaced{{"delete_duplicates: false", "delete_duplicates: true"}, {"max_removed: 10%", "max_removed: 100%"}});
    fill_in(on);
    on.good();
    REQUIRE(on.world.services.deleted.size() == 1);
    CHECK(on.world.services.deleted[0].path == "/crm/leads/lead_1001");
    on.quiet();
    on.quiet();
    Leads guarded(Replaced{{"delete_duplicates: false", "delete_duplicates: true"}, {"max_effects: 300", "max_effects: 0"}});
    fill_in(guarded);
    CHECK(guarded.run().exit == ExitCode::guard);
    CHECK(guarded.world.services.deleted.empty());
}

TEST_CASE("A delete whose reply was lost is done when the lead is gone") {
    Leads leads(Replaced{{"delete_duplicates: false", "delete_duplicates: true"}, {"max_removed: 10%", "max_removed: 100%"}});
    leads.crm() = {settled(0), settled(1, {{"customFields", {{"duplicateOf", "lead_1000"}}}})};
    leads.world.services.on_write = [](const HttpRequest&, std::size_t) -> std::optional<Fault> { return lost_after(); };
    leads.run();
    leads.world.services.on_write = nullptr;
    leads.run();
    CHECK(leads.world.rows("SELECT state FROM effect") == Lines{"done"});
    leads.quiet();
    leads.quiet();
}

TEST_CASE("Leads of the website go into the CRM once, with what they say, and differences cross by field") {
    Leads leads;
    leads.crm() = {settled(1), settled(2)};
    leads.world.import_leads({row(0, {{"street", "1 Main"}, {"lead_id", "web-77"}, {"notes", "call late"}}), row(1, {{"source", "Other"}}), row(2)});
    leads.good();
    REQUIRE(leads.crm().size() == 3);
    CHECK(leads.crm()[2] == json::parse(R"({"id":"new_1","firstName":"Ann","lastName":"Roea","email":"ann1000@lead.example","phone":"(512) 555-1000","streetAddress":"1 Main",
                                            "state":"TX","zip":"75001","source":"Form","notes":"call late","customFields":{"lineOfBusiness":"Auto"}})"));
    leads.crm()[2].update({{"ownerEmail", "maria@agency.example"}, {"status", "new"}, {"createdAt", "2026-01-15T13:00:00Z"}});
    leads.quiet();
    // Theirs changed, ours changed, both changed.
    leads.crm()[0]["phone"] = "(512) 555-7001";
    leads.world.import_leads({row(1, {{"zip", "75009"}})});
    leads.crm()[1]["phone"] = "(512) 555-7002";
    leads.world.import_leads({row(2, {{"phone", "512-555-8002"}})});
    const RunReport report = leads.run();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::doubt);
    CHECK(leads.conflicts() == Lines{"values|lead_1002|" + key_of(row(2)) + "|phone"});
    CHECK(leads.patched() == Lines{R"(lead_1001 {"zip":"75009"})"});
    CHECK(leads.world.rows("SELECT phone FROM record_book_leads WHERE email = 'ann1001@lead.example'") == Lines{"(512) 555-7001"});
    leads.quiet();
}

TEST_CASE("On half a list of the CRM no lead is new") {
    Leads leads;
    for (int i = 0; i < 150; ++i) leads.crm().push_back(settled(i, {{"email", "x" + std::to_string(i) + "@x.example"}, {"phone", nullptr}}));
    leads.world.import_leads({row(1, {{"email", "x149@x.example"}, {"last_name", leads.crm()[149]["lastName"]}, {"phone", nullptr}})});
    leads.world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("leads") != std::string::npos && request.url.find("page=2") != std::string::npos) return says(404);
        return std::nullopt;
    };
    const RunReport half = leads.run();
    CHECK(half.exit == ExitCode::failed);
    CHECK(leads.world.services.writes == 0);
    CHECK(std::any_of(half.warnings.begin(), half.warnings.end(), [](const std::string& line) { return line.find("1 records of book.leads wait") != std::string::npos; }));
    leads.world.services.on_read = nullptr;
    CHECK(leads.run().exit == ExitCode::partial);  // goes on where it stopped: no proof either
    CHECK(leads.world.services.writes == 0);
    leads.quiet();
    CHECK(leads.crm().size() == 150);
}

TEST_CASE("A second row about a person who is in the CRM makes no second lead, until a person says that it's another") {
    for (const int take : {Conflicts::kOneMore, Conflicts::kDifferent}) {
        INFO("answer " << take);
        Leads leads;
        leads.crm() = {settled(1)};
        leads.world.import_leads({row(1), row(1, {{"email", "second@lead.example"}})});
        const RunReport report = leads.run();
        INFO(to_text(report));
        CHECK(report.exit == ExitCode::doubt);
        CHECK(leads.world.services.writes == 0);
        CHECK(leads.conflicts() == Lines{"match|lead_1001|" + key_of(row(1, {{"email", "second@lead.example"}})) + "|"});
        leads.quiet();
        leads.answer(take);
        leads.run();
        leads.run();
        CHECK(leads.conflicts().empty());
        CHECK(leads.crm().size() == (take == Conflicts::kOneMore ? 1 : 2));
    }
}

TEST_CASE("Two new rows about one person make one lead, and two of a household make two") {
    Leads leads;
    leads.world.import_leads({row(1), row(1, {{"email", "second@lead.example"}}), row(2), row(2, {{"first_name", "Bob"}})});
    leads.run();
    REQUIRE(leads.crm().size() == 3);
    leads.run();
    CHECK(leads.crm().size() == 3);
    CHECK(std::count_if(leads.crm().begin(), leads.crm().end(), [](const json& one) { return one["lastName"] == "Roeb"; }) == 1);
}

TEST_CASE("A misspelt second row makes no second lead, whether its twin is new, has its lead, or was linked by a person") {
    const json right = row(1, {{"first_name", "Miguel"}, {"last_name", "Ortiz"}}), slip = row(1, {{"first_name", "Migel"}, {"last_name", "Ortis"}}), third = row(1, {{"first_name", "Miguell"}, {"last_name", "Ortiz"}});
    const json known = settled(1, {{"firstName", "Miguel"}, {"lastName", "Ortiz"}});
    {
        INFO("one of them has its lead, in the same file or since long");
        for (const bool before : {false, true}) {
            Leads leads;
            leads.crm() = {known};
            if (before) {
                leads.world.import_leads({right});
                leads.good();
            }
            leads.world.import_leads({right, slip});
            CHECK(leads.run().exit == ExitCode::doubt);
            CHECK(leads.crm().size() == 1);
            CHECK(leads.conflicts() == Lines{"match|lead_1001|" + key_of(slip) + "|"});
            leads.quiet();
            leads.answer(Conflicts::kOneMore);
            leads.run();
            leads.run();
            CHECK(leads.crm().size() == 1);
            CHECK(leads.conflicts().empty());
        }
    }
    {
        INFO("three rows");
        Leads leads;
        leads.crm() = {known};
        leads.world.import_leads({right, slip, third});
        CHECK(leads.run().exit == ExitCode::doubt);
        CHECK(leads.crm().size() == 1);
        CHECK(leads.conflicts().size() == 2);
    }
    {
        INFO("none is there yet: one is made, the others are asked about");
        Leads leads;
        leads.world.import_leads({right, slip, third});
        leads.run();
        CHECK(leads.crm().size() == 1);
        CHECK(leads.run().exit == ExitCode::doubt);
        CHECK(leads.crm().size() == 1);
        CHECK(leads.conflicts().size() == 2);
    }
    {
        INFO("a person linked the slip; the right one comes later");
        Leads leads;
        leads.crm() = {known};
        leads.world.import_leads({slip});
        CHECK(leads.run().exit == ExitCode::doubt);
        leads.answer(Conflicts::kSame);
        leads.run();
        leads.world.import_leads({slip, right});
        leads.run();
        CHECK(leads.crm().size() == 1);
        CHECK(leads.conflicts().size() >= 1);
    }
    {
        INFO("its lead was found by phone and name");
        Leads leads;
        leads.crm() = {settled(1, {{"firstName", "Miguel"}, {"lastName", "Ortiz"}, {"email", nullptr}})};
        leads.world.import_leads({right, row(1, {{"first_name", "Migel"}, {"last_name", "Ortiz"}, {"email", "m@x.example"}})});
        leads.run();
        leads.run();
        CHECK(leads.crm().size() == 1);
        CHECK(leads.conflicts().size() >= 1);
    }
}

TEST_CASE("A row that fits a lead under another name, or two leads, is a person's to decide") {
    Leads leads;
    leads.crm() = {settled(1), settled(2, {{"email", "two@x.example"}}), settled(3, {{"email", "two@x.example"}, {"lastName", "Roec"}})};
    leads.world.import_leads({row(1, {{"first_name", "Bob"}}), row(2, {{"email", "two@x.example"}, {"phone", nullptr}})});
    CHECK(leads.run().exit == ExitCode::doubt);
    CHECK(leads.conflicts() == Lines{"match|lead_1001||", "match|lead_1002||", "match|lead_1003||"});
    CHECK(leads.crm().size() == 3);
    CHECK(leads.patched().empty());
}

TEST_CASE("Tidying never undoes a correction that goes to the same lead, and comes after it") {
    for (const bool lags : {false, true}) {
        INFO((lags ? "the list lags" : "the list shows it at once"));
        Leads leads(Replaced{{"tidy: true", "tidy: false"}});
        leads.crm() = {settled(1, {{"phone", "5125551001"}, {"firstName", "ANN"}})};
        leads.world.import_leads({row(1)});
        leads.good();
        leads.world.shipped("leads");
        leads.world.import_leads({row(1, {{"phone", "512-555-9999"}})});
        RunOptions planning;
        planning.kind = "plan";
        const RunReport plan = leads.world.run("leads", planning);
        CHECK(plan.list.size() == 1);
        CHECK(std::any_of(plan.warnings.begin(), plan.warnings.end(), [](const std::string& line) { return line.find("lead_tidy: 1 effects wait") != std::string::npos; }));
        const json before = leads.crm()[0];
        leads.run();
        CHECK(leads.patched() == Lines{R"(lead_1001 {"phone":"512-555-9999"})"});
        if (lags) {
            const json after = leads.crm()[0];
            leads.crm()[0] = before;
            leads.run();
            CHECK(leads.patched().size() == 1);
            leads.crm()[0] = after;
        }
        leads.run();
        leads.quiet();
        CHECK(leads.crm()[0]["phone"] == "(512) 555-9999");
        CHECK(leads.crm()[0]["firstName"] == "Ann");
    }
}

TEST_CASE("A tidying whose reply was lost is not repeated over what a person has written since") {
    for (const bool arrived : {false, true}) {
        INFO((arrived ? "arrived" : "did not arrive"));
        Leads leads;
        leads.crm() = {settled(1, {{"phone", "5125551001"}})};
        leads.world.services.on_write = [&](const HttpRequest&, std::size_t) -> std::optional<Fault> { return arrived ? lost_after() : lost_before(); };
        CHECK(leads.run().exit == ExitCode::doubt);
        leads.world.services.on_write = nullptr;
        leads.crm()[0]["phone"] = "(512) 555-4444";
        const std::size_t writes = leads.world.services.writes;
        leads.good();
        CHECK(leads.world.services.writes == writes);
        CHECK(leads.crm()[0]["phone"] == "(512) 555-4444");
        CHECK(leads.world.rows("SELECT state FROM effect") == Lines{"withdrawn"});
        leads.quiet();
    }
}

TEST_CASE("What a person wrote since a lead was last read isn't written over by a run that couldn't read it") {
    Leads leads;
    leads.crm() = {settled(1, {{"phone", "5125550142"}, {"ownerEmail", ""}, {"email", "Ann1001@Lead.Example"}})};
    leads.world.services.on_write = [](const HttpRequest&, std::size_t) { return std::optional(no_connection()); };
    leads.run();  // wants to tidy and to own it, and can't
    leads.world.services.on_write = nullptr;
    leads.crm()[0]["phone"] = "5125550199";
    leads.crm()[0]["ownerEmail"] = "ann@agency.example";
    leads.world.services.on_read = [](const HttpRequest& request, std::size_t) { return request.url.find("/crm/leads") != std::string::npos ? std::optional(says(404)) : std::nullopt; };
    leads.run();
    CHECK(leads.patched().empty());
    leads.world.services.on_read = nullptr;
    leads.good();
    REQUIRE(leads.world.services.patches.size() == 1);
    CHECK(leads.world.services.patches[0].body == json{{"phone", "(512) 555-0199"}, {"email", "ann1001@lead.example"}});
}

TEST_CASE("A household that stands in both books is paired by its names, and asked about where they don't tell") {
    Leads leads;
    const json shared{{"email", "home@x.example"}, {"phone", nullptr}};
    const auto in_crm = [&](int number, const char* first) {
        json document = settled(number, {{"lastName", "Roeb"}, {"firstName", first}});
        document.update(shared);
        return document;
    };
    const auto in_book = [&](const char* first, const char* zip) {
        json document = row(1, {{"first_name", first}, {"zip", zip}});
        document.update(shared);
        return document;
    };
    leads.crm() = {in_crm(1, "Ann"), in_crm(2, "Bob"), in_crm(3, "Cal")};
    leads.world.import_leads({in_book("Ann", "75001"), in_book("Bob", "75001")});
    const RunReport report = leads.run();
    INFO(to_text(report));
    CHECK(report.reconciled.at(0).pairs == 2);
    CHECK(leads.conflicts().empty());
    leads.world.import_leads({in_book("Bob", "75002")});
    leads.run();
    CHECK(leads.patched() == Lines{R"(lead_1002 {"zip":"75002"})"});
    CHECK(leads.crm().size() == 3);
}
