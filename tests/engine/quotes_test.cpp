// The shipped quotes job: from a qualified lead to a client, a request for quotes, and the task that names the best of them.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/people.h"

using namespace bindery;
using namespace bindery::test;

namespace {

struct Quotes {
    World world;
    Quotes() {
        world.shipped("quotes");
        no_lists(world.services);
    }
    std::vector<json>& list(const std::string& path) { return world.services.lists[path]; }
    RunReport run() { return world.run("quotes"); }
    RunReport good() {
        const RunReport report = run();
        INFO(to_text(report));
        REQUIRE(report.exit == ExitCode::done);
        return report;
    }
    void quiet() {
        const std::size_t writes = world.services.writes;
        good();
        CHECK(world.services.writes == writes);
    }
    std::vector<std::string> quoted() {  // client and line of each request, sorted
        std::vector<std::string> found;
        for (const auto& quote : list("/quotes")) found.push_back(quote["client_id"].get<std::string>() + " " + quote["line_of_business"].get<std::string>());
        std::sort(found.begin(), found.end());
        return found;
    }
    std::vector<std::string> titles() {
        std::vector<std::string> found;
        for (const auto& task : world.services.tasks) found.push_back(task.body["title"]);
        return found;
    }
    std::string text_of_task(const std::string& title) {
        for (const auto& task : world.services.tasks) {
            if (task.body["title"] == title) return task.body["description"];
        }
        return "";
    }
    void complete(std::size_t quote, const json& offers) {
        list("/quotes").at(quote).update({{"status", "completed"}, {"quotes", offers}});
    }
};

const json kOffers = json::parse(R"([{"carrier":"Dear","premium":1500.10,"coverage":{}},{"carrier":"Second","premium":812.5},
                                      {"carrier":"Best","premium":799.99},{"carrier":"Third","premium":1000}])");

// What became of a lead: "new", "client ID", "ask: …" or "nothing".
std::string outcome(Quotes& quotes, const json& lead) {
    for (const auto& title : quotes.titles()) {
        const std::string mine = "Lead " + lead["id"].get<std::string>() + ": ";
        if (title.rfind(mine, 0) == 0) return "ask: " + title.substr(mine.size());
    }
    const std::string where = lead["customFields"].value("place", "");
    for (const auto& quote : quotes.list("/quotes")) {
        if (quote["risk"].value("employees", "") != where) continue;
        return quote["client_id"].get<std::string>().rfind("new_", 0) == 0 ? "new" : "client " + quote["client_id"].get<std::string>();
    }
    return "nothing";
}

}  // namespace

TEST_CASE("A qualified lead becomes a client and a request, and a task names the best three when the quotes are there") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0, {{"streetAddress", "1 Main St"}})};
    const RunReport first = quotes.good();
    CHECK(first.effects.done == 2);
    REQUIRE(quotes.list("/clients").size() == 1);
    CHECK(quotes.list("/clients")[0] == json::parse(R"({"id":"new_1","name":"Ann Roea","email":"ann1000@lead.example","phone":"(512) 555-1000",
                                                        "street_address":"1 Main St","state":"TX","zip":"75001"})"));
    REQUIRE(quotes.list("/quotes").size() == 1);
    json asked = quotes.list("/quotes")[0];
    for (const char* given : {"quote_id", "status", "quotes"}) asked.erase(given);
    CHECK(asked == json::parse(R"({"client_id":"new_1","line_of_business":"personal_auto","state":"TX","risk":{"state":"TX","zip":"75001","drivers":2}})"));
    quotes.quiet();
    CHECK(quotes.titles().empty());
    quotes.complete(0, kOffers);
    CHECK(quotes.good().effects.done == 1);
    REQUIRE(quotes.titles() == std::vector<std::string>{"Quotes are ready: Ann Roea, personal auto"});
    CHECK_THAT(quotes.text_of_task(quotes.titles()[0]),
               Catch::Contains("4 carriers made an offer; the best for Ann Roea, personal auto.\n1. Best: $799.99\n2. Second: $812.5\n3. Third: $1000\nLook") && !Catch::Contains("Dear"));
    CHECK(quotes.world.services.tasks[0].body["assigneeEmail"] == "maria@agency.example");
    quotes.world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        CHECK(request.url.find("/quotes/") == std::string::npos);  // what is there isn't followed
        return std::nullopt;
    };
    quotes.quiet();
    quotes.world.services.on_read = nullptr;
    quotes.list("/crm/leads")[0]["status"] = "converted";
    quotes.quiet();
}

TEST_CASE("Who is new, who is a client already, and what a person must decide") {
    struct Case {
        const char* what;
        json changed;               // of the lead
        std::vector<json> clients;  // `{}` is the lead's own person
        std::vector<json> policies;
        const char* outcome;
    };
    const json own = json::object();
    const std::vector<Case> cases{
        {"nobody knows it", {}, {}, {}, "new"},
        {"same e-mail and name", {}, {{{"phone", nullptr}}}, {}, "client ID"},
        {"same e-mail, name in capitals", {}, {{{"phone", nullptr}, {"name", "NAME"}}}, {}, "client ID"},
        {"same phone and last name", {}, {{{"email", "other@x.example"}}}, {}, "client ID"},
        {"same phone and last name, initial", {}, {{{"email", nullptr}, {"name", "A. LAST"}}}, {}, "client ID"},
        {"same phone, another last name", {}, {{{"email", nullptr}, {"name", "Ann Smith"}}}, {}, "new"},
        {"same phone, no name there", {}, {{{"email", nullptr}, {"name", nullptr}}}, {}, "new"},
        {"same phone and last name, another first name", {}, {{{"email", nullptr}, {"name", "Bob LAST"}}}, {}, "ask: is it a client of another name?"},
        {"same e-mail, another name", {}, {{{"phone", nullptr}, {"name", "Bob LAST"}}}, {}, "ask: is it a client of another name?"},
        {"the same name only", {}, {{{"phone", nullptr}, {"email", nullptr}}}, {}, "new"},
        {"name and address", {{"streetAddress", "5 Elm  St"}}, {{{"phone", nullptr}, {"email", nullptr}, {"street_address", "5 ELM ST"}}}, {}, "client ID"},
        {"the same address, another name", {{"streetAddress", "6 Elm St"}}, {{{"phone", nullptr}, {"email", nullptr}, {"street_address", "6 Elm St"}, {"name", "Bob LAST"}}}, {}, "new"},
        {"two of them", {}, {{{"phone", nullptr}}, {{"email", nullptr}, {"id", "c_second"}}}, {}, "ask: several clients it may be"},
        {"one of the name, one of another", {}, {{{"phone", nullptr}}, {{"phone", nullptr}, {"id", "c_bob"}, {"name", "Bob LAST"}}}, {}, "client ID"},
        {"a policy in force", {}, {own}, {own}, "ask: a client already, not quoted"},
        {"a policy in force, no record", {}, {}, {own}, "ask: a client already, not quoted"},
        {"a policy of another of the household", {}, {}, {{{"client_name", "Bob LAST"}}}, "ask: is it a client of another name?"},
        {"an expired policy", {}, {own}, {{{"expiration_date", "2025-12-01"}}}, "client ID"},
        {"a cancelled policy", {}, {own}, {{{"status", "Cancelled"}}}, "client ID"},
        {"a person said who", {{"customFields", {{"bindpilotClient", "c_said_22"}}}}, {{{"id", "c_said_22"}, {"name", "Zoe Elk"}, {"email", nullptr}, {"phone", nullptr}}}, {own}, "client c_said_22"},
        {"a person said new", {{"customFields", {{"bindpilotClient", "New"}}}}, {own}, {own}, "new"},
        {"a person said nonsense", {{"customFields", {{"bindpilotClient", "c_404"}}}}, {own}, {}, "ask: its client id is not known"},
        {"no e-mail, no phone", {{"email", ""}, {"phone", nullptr}}, {}, {}, "ask: no e-mail and no phone"},
        {"no name", {{"firstName", ""}, {"lastName", nullptr}}, {}, {}, "ask: no name"},
        {"a company by its phone", {{"firstName", nullptr}, {"lastName", nullptr}, {"company", "Acme LLC"}}, {{{"email", nullptr}, {"name", "ACME  LLC"}}}, {}, "client ID"},
        {"not qualified", {{"status", "contacted"}}, {}, {}, "nothing"},
        {"elsewhere", {{"state", "CO"}}, {}, {}, "nothing"},
        {"nobody knows where", {{"state", nullptr}}, {}, {}, "nothing"},
        {"wants a boat", {{"customFields", {{"lineOfBusiness", "Boat"}}}}, {}, {}, "nothing"},
        {"in other words", {{"status", "Qualified "}, {"state", "Texas"}, {"customFields", {{"lineOfBusiness", "Personal_Auto"}}}}, {}, {}, "new"},
    };
    Quotes quotes;
    std::vector<json> leads;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const int number = static_cast<int>(i) + 1;
        json one = lead(number, {{"lastName", "Person" + std::string(1, static_cast<char>('A' + i % 26)) + std::string(i / 26, 'x')}, {"customFields", {{"place", "at " + std::to_string(i)}}}});
        const std::string last = one["lastName"];
        for (const auto& [member, value] : cases[i].changed.items()) {
            if (member == "customFields") one[member].update(value);
            else one[member] = value;
        }
        one["customFields"]["employees"] = one["customFields"]["place"];
        const auto named = [&](json record, const char* member, const json& changes) {
            record[member] = "Ann " + last;
            record.update(changes);
            if (!record[member].is_string()) return record;
            std::string name = record[member];
            if (name == "NAME") name = "ANN " + last;
            if (const auto at = name.find("LAST"); at != std::string::npos) name.replace(at, 4, last);
            record[member] = name;
            return record;
        };
        for (const auto& changes : cases[i].clients) quotes.list("/clients").push_back(named(client(number), "name", changes));
        for (const auto& changes : cases[i].policies) quotes.list("/policies").push_back(named(bound(number), "client_name", changes));
        quotes.list("/crm/leads").push_back(one);
        leads.push_back(one);
    }
    const RunReport report = quotes.good();
    INFO(to_text(report));
    const auto check = [&] {
        for (std::size_t i = 0; i < cases.size(); ++i) {
            INFO(cases[i].what);
            std::string wanted = cases[i].outcome;
            if (const auto at = wanted.find("ID"); at != std::string::npos) wanted.replace(at, 2, client(static_cast<int>(i) + 1)["id"].get<std::string>());
            CHECK(outcome(quotes, leads[i]) == wanted);
        }
    };
    check();
    const std::size_t writes = quotes.world.services.writes;
    quotes.quiet();
    quotes.quiet();
    CHECK(quotes.world.services.writes == writes);
    check();
}

TEST_CASE("A person's answer to a lead's question is what the next run goes on with") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0), lead(1)};
    quotes.list("/clients") = {client(0, {{"name", "Bob Roea"}}), client(1, {{"name", "Bob Roeb"}})};
    quotes.good();
    CHECK(quotes.titles().size() == 2);
    CHECK(quotes.quoted().empty());
    CHECK_THAT(quotes.text_of_task("Lead lead_1000: is it a client of another name?"), Catch::Contains("put BindPilot's client id, or the word new, into the lead's custom field bindpilotClient"));
    quotes.list("/crm/leads")[0]["customFields"]["bindpilotClient"] = "c_1000";
    quotes.list("/crm/leads")[1]["customFields"]["bindpilotClient"] = "new";
    quotes.good();
    CHECK(quotes.quoted() == std::vector<std::string>{"c_1000 personal_auto", "new_3 personal_auto"});
    CHECK(quotes.list("/clients").size() == 3);
    quotes.quiet();
}

TEST_CASE("Two leads of one person are one client and one request a line, though BindPilot's list lags") {
    for (const bool lags : {false, true}) {
        INFO((lags ? "lags" : "shows at once"));
        Quotes quotes;
        quotes.list("/crm/leads") = {lead(0), lead(1, {{"lastName", "Roea"}, {"email", "ann1000@lead.example"}, {"createdAt", "2026-01-12T00:00:00Z"}}),
                                     lead(2, {{"lastName", "ROEA"}, {"phone", "512.555.1000"}, {"email", nullptr}, {"customFields", {{"lineOfBusiness", "Home"}}}}),
                                     lead(3, {{"firstName", "Bob"}, {"lastName", "Roea"}, {"email", "ann1000@lead.example"}})};
        quotes.world.services.hides_new = lags;
        const RunReport first = quotes.good();
        CHECK(first.effects.done == 2);
        const auto clients = [&] { return quotes.list("/clients").size() + quotes.world.services.unlisted["/clients"].size(); };
        CHECK(clients() == 1);
        quotes.good();
        CHECK(clients() == 1);
        CHECK(quotes.list("/quotes").size() + quotes.world.services.unlisted["/quotes"].size() == 2);
        CHECK(quotes.titles() == std::vector<std::string>{"Lead lead_1003: is it a client of another name?"});
        quotes.world.services.show_new();
        quotes.quiet();
        CHECK(quotes.quoted() == std::vector<std::string>{"new_1 homeowners", "new_1 personal_auto"});
    }
}

TEST_CASE("A client that BindPilot refused holds no other lead up") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0, {{"email", "bad@@lead.example"}}), lead(1, {{"lastName", "Roea"}, {"phone", "(512) 555-1000"}, {"createdAt", "2026-01-12T00:00:00Z"}})};
    quotes.world.services.on_write = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/clients") != std::string::npos && request.body.find("ann1001") == std::string::npos) return says(422);
        return std::nullopt;
    };
    CHECK(quotes.run().exit == ExitCode::partial);
    CHECK(quotes.list("/clients").empty());
    quotes.run();
    CHECK(quotes.list("/clients").size() == 1);
    CHECK(quotes.quoted().size() == 1);
}

TEST_CASE("On half a list of clients nobody is new, and one quote that can't be read stops no client") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.list("/clients") = {client(0)};
    quotes.world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/clients") != std::string::npos) return says(404);
        return std::nullopt;
    };
    CHECK(quotes.run().exit == ExitCode::failed);
    CHECK(quotes.world.services.writes == 0);
    quotes.world.services.on_read = nullptr;
    quotes.good();
    CHECK(quotes.quoted() == std::vector<std::string>{"c_1000 personal_auto"});
    quotes.list("/crm/leads").push_back(lead(1));
    quotes.world.services.on_read = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/quotes/") != std::string::npos) return says(403);
        return std::nullopt;
    };
    CHECK(quotes.run().exit != ExitCode::done);
    CHECK(quotes.list("/clients").size() == 2);
}

TEST_CASE("No number that looks like a Social Security or account number leaves with a request") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0, {{"customFields",
                                          {{"vehicles", json::array({"VIN 1", "123-45-6789"})}, {"employees", {{"ssn", "123 45 6789"}}}, {"homeOwner", "123.45.6789"},
                                           {"yearBuilt", 123456789}, {"renewalMonth", 5}, {"secret", "x"}}}})};
    quotes.good();
    REQUIRE(quotes.list("/quotes").size() == 1);
    CHECK(quotes.list("/quotes")[0]["risk"] == json::parse(R"({"state":"TX","zip":"75001","drivers":2,"renewalMonth":5})"));
}

TEST_CASE("A lead that comes again after its quote is told of, not quoted again") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.good();
    quotes.complete(0, kOffers);
    quotes.good();
    quotes.list("/crm/leads").push_back(lead(1, {{"lastName", "Roea"}, {"email", "ann1000@lead.example"}, {"createdAt", "2026-01-16T00:00:00Z"}}));
    quotes.good();
    CHECK(quotes.quoted().size() == 1);
    REQUIRE(quotes.titles().size() == 2);
    CHECK(quotes.titles()[1] == "Lead lead_1001: quoted before");
    quotes.quiet();
}

TEST_CASE("A policy that our quote brought is no question to the lead that asked for it, and one to a later lead") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.list("/clients") = {client(0)};
    quotes.good();
    CHECK(quotes.quoted().size() == 1);
    quotes.list("/policies") = {bound(0)};
    quotes.quiet();
    quotes.list("/crm/leads").push_back(lead(1, {{"lastName", "Roea"}, {"email", "ann1000@lead.example"}, {"createdAt", "2026-01-16T00:00:00Z"}, {"customFields", {{"lineOfBusiness", "Home"}}}}));
    quotes.good();
    CHECK(quotes.titles() == std::vector<std::string>{"Lead lead_1001: a client already, not quoted"});
    quotes.quiet();
}

TEST_CASE("A client whose reply was lost is found again, a request whose reply was lost waits for a person") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.world.services.on_write = [](const HttpRequest&, std::size_t) -> std::optional<Fault> { return lost_after(); };
    const RunReport report = quotes.run();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::doubt);
    CHECK(quotes.list("/clients").size() == 1);
    CHECK(quotes.list("/quotes").size() == 1);
    CHECK(quotes.world.states("new_client") == std::map<std::string, std::string>{{"new_client {\"lead_id\":\"lead_1000\"}", "done"}});
    CHECK(quotes.world.states("new_quote") == std::map<std::string, std::string>{{"new_quote {\"client_id\":\"new_1\",\"line_of_business\":\"personal_auto\"}", "in_doubt"}});
    quotes.world.services.on_write = nullptr;
    for (int i = 0; i < 3; ++i) quotes.run();
    CHECK(quotes.list("/clients").size() == 1);
    CHECK(quotes.list("/quotes").size() == 1);
    CHECK(quotes.titles().empty());
    // The person looks: it isn't there.
    quotes.list("/quotes").clear();
    quotes.world.settle(quotes.world.effects("new_quote")[0], "retry");
    quotes.good();
    CHECK(quotes.list("/quotes").size() == 1);
}

TEST_CASE("Quotes that don't come are told of once, and followed until they do") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.good();
    quotes.world.clock.advance(std::chrono::hours(23));
    quotes.quiet();
    quotes.world.clock.advance(std::chrono::hours(2));
    quotes.good();
    const std::string late = "No quotes yet: request " + quotes.list("/quotes")[0]["quote_id"].get<std::string>();
    CHECK(quotes.titles() == std::vector<std::string>{late});
    quotes.world.clock.advance(std::chrono::hours(24 * 20));
    quotes.quiet();
    quotes.complete(0, json::parse(R"(["no offer", {"carrier":"A","premium":null}, {"carrier":null,"premium":"700.00"}, {"carrier":"Zero","premium":0}])"));
    quotes.good();
    REQUIRE(quotes.titles().size() == 2);
    CHECK_THAT(quotes.text_of_task(quotes.titles()[1]), Catch::Contains("One carrier made an offer for Ann Roea, personal auto.\n1. carrier not stated: $700.00\nLook"));
    quotes.quiet();
}

TEST_CASE("A request without a single offer is told of as such") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.good();
    quotes.complete(0, json::array());
    quotes.good();
    CHECK_THAT(quotes.text_of_task(quotes.titles().at(0)), Catch::Contains("No carrier made an offer for Ann Roea"));
}

TEST_CASE("The plan shows requests that follow from clients as then up to, and the guard counts them") {
    Quotes quotes;
    for (int i = 0; i < 6; ++i) quotes.list("/crm/leads").push_back(lead(i));
    RunOptions planning;
    planning.kind = "plan";
    const RunReport plan = quotes.world.run("quotes", planning);
    CHECK(plan.then_up_to.at("new_quote") == 6);
    CHECK(plan.effects.planned == 6);
    CHECK(quotes.world.services.writes == 0);
    quotes.world.shipped("quotes", {{"max_effects: 100", "max_effects: 11"}});
    CHECK(quotes.run().exit == ExitCode::guard);
    CHECK(quotes.world.services.writes == 0);
    quotes.world.shipped("quotes", {{"max_effects: 100", "max_effects: 12"}});
    CHECK(quotes.good().effects.done == 12);
}

TEST_CASE("A request whose reply named no id can't be followed, and a person is told so once") {
    Quotes quotes;
    quotes.list("/crm/leads") = {lead(0)};
    quotes.world.services.on_write = [](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/quotes") == std::string::npos) return std::nullopt;
        Fault fault = says(201, R"({"status":"success","data":{"status":"pending"}})");
        fault.acts = true;
        return fault;
    };
    quotes.good();
    REQUIRE(quotes.list("/quotes").size() == 1);
    quotes.good();
    REQUIRE(quotes.titles().size() == 1);
    CHECK_THAT(quotes.titles()[0], Catch::Contains("No quotes yet: request BN-"));
    CHECK_THAT(quotes.text_of_task(quotes.titles()[0]), Catch::Contains("named no id"));
    quotes.world.clock.advance(std::chrono::hours(24 * 3));
    quotes.quiet();
    CHECK(quotes.list("/quotes").size() == 1);
}
