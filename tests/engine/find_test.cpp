// Doubts that the service itself can settle: it is asked, or it takes the call twice.
#include <catch2/catch.hpp>

#include "engine/doubt.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using Counts = std::map<std::string, std::int64_t>;

namespace {

const char* const kClients = R"(job: clients
about: A client for every policy.
steps:
  - pull: bindpilot.policies
  - push: bindpilot.create_client
    effect: new_client
    once_per: {id: text}
    body: {name: "{client_name}", email: "{client_email}", phone: "{client_phone}"}
    select: SELECT client_id AS id, client_name, client_email, client_phone FROM bindpilot_policies ORDER BY key
)";

const char* const kLeads = R"(job: leads
about: A status for every lead.
steps:
  - pull: bi369.leads
  - push: bi369.update_lead
    effect: lead_status
    once_per: {id: text}
    path: {lead_id: "{id}"}
    body: {status: contacted}
    select: SELECT key AS id FROM bi369_leads ORDER BY key
)";

FakeServices::FaultRule on_nth(std::size_t n, const Fault& fault) {
    return [n, fault](const HttpRequest&, std::size_t nth) { return nth == n ? std::optional(fault) : std::nullopt; };
}

void policies(World& world, int many) {
    world.services.lists["/clients"] = {};
    for (int i = 0; i < many; ++i) world.services.lists["/policies"].push_back(policy(i, 20 + i));
}

}  // namespace

TEST_CASE("A lost reply is looked up: what is there is done") {
    World world;
    world.job("clients", kClients);
    policies(world, 3);
    world.services.on_write = on_nth(2, lost_after());
    const RunReport report = world.run("clients");
    INFO(to_text(report));
    CHECK(world.services.writes == 3);
    CHECK(world.services.lists["/clients"].size() == 3);
    CHECK(world.count_by_state() == Counts{{"done", 3}});
    CHECK(report.effects.done == 3);
    CHECK(report.effects.in_doubt == 0);
    CHECK(report.exit == ExitCode::done);
    CHECK(world.rows("SELECT reply_id FROM effect WHERE reason IS NOT NULL").size() == 1);
}

TEST_CASE("A lost reply is looked up twice: what isn't there is sent again once") {
    World world;
    world.job("clients", kClients);
    policies(world, 3);
    world.services.on_write = on_nth(2, lost_before());
    std::size_t looks = 0;
    world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/clients") != std::string::npos && request.url.find("page=1&") != std::string::npos) ++looks;
        return std::nullopt;
    };
    const RunReport report = world.run("clients");
    INFO(to_text(report));
    CHECK(looks == 2);
    CHECK(world.services.writes == 4);
    CHECK(world.services.lists["/clients"].size() == 3);
    CHECK(world.count_by_state() == Counts{{"done", 3}});
    CHECK(report.exit == ExitCode::done);
    CHECK(world.run("clients").effects.already_done == 3);
    CHECK(world.services.writes == 4);
}

TEST_CASE("A list that lags by one look is believed at the second") {
    World world;
    world.job("clients", kClients);
    policies(world, 1);
    world.services.on_write = on_nth(1, lost_after());
    std::size_t looks = 0;
    world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/clients") == std::string::npos) return std::nullopt;
        return ++looks == 1 ? std::optional(says(200, R"({"data":[],"meta":{"total":0}})")) : std::nullopt;
    };
    world.run("clients");
    CHECK(world.services.writes == 1);
    CHECK(world.count_by_state() == Counts{{"done", 1}});
}

TEST_CASE("When the look fails nothing is proven, and the effect stays in doubt until a look succeeds") {
    World world;
    world.job("clients", kClients);
    policies(world, 1);
    world.services.on_write = on_nth(1, lost_after());
    world.services.on_read = [](const HttpRequest& request, std::size_t) {
        return request.url.find("/clients") != std::string::npos ? std::optional(says(404)) : std::nullopt;
    };
    const RunReport report = world.run("clients");
    CHECK(report.exit == ExitCode::doubt);
    CHECK(report.effects.in_doubt == 1);
    world.services.on_read = nullptr;
    CHECK(world.run("clients").exit == ExitCode::done);
    CHECK(world.services.writes == 1);
    CHECK(world.count_by_state() == Counts{{"done", 1}});
}

TEST_CASE("A process that dies in a call that can be looked up makes nothing twice") {
    for (std::size_t n = 3; n <= 5; ++n) {
        for (const Death& death : {Death{.at_start = n}, Death{.at_reply = n}}) {
            World world;
            world.job("clients", kClients);
            policies(world, 3);
            REQUIRE_FALSE(world.run_or_die("clients", death));
            world.clock.advance(std::chrono::minutes(1));
            const RunReport report = world.run("clients");
            INFO(to_text(report));
            CHECK(report.exit == ExitCode::done);
            CHECK(world.services.lists["/clients"].size() == 3);
            CHECK(world.count_by_state() == Counts{{"done", 3}});
        }
    }
}

TEST_CASE("A call that may be repeated is tried again, and in the next run once more") {
    World world;
    world.job("leads", kLeads);
    for (int i = 0; i < 2; ++i) world.services.lists["/crm/leads"].push_back({{"id", "l_" + std::to_string(i)}, {"firstName", "Ann"}, {"status", "new"}});
    SECTION("within the run") {
        world.services.on_write = on_nth(1, says(503));
        CHECK(world.run("leads").exit == ExitCode::done);
        CHECK(world.services.writes == 3);
    }
    SECTION("in the next run") {
        world.services.on_write = [](const HttpRequest& request, std::size_t) {
            return request.url.find("l_0") != std::string::npos ? std::optional(lost_after()) : std::nullopt;
        };
        const RunReport report = world.run("leads");
        INFO(to_text(report));
        CHECK(report.exit == ExitCode::doubt);
        CHECK(world.count_by_state() == Counts{{"done", 1}, {"in_doubt", 1}});
        world.services.on_write = nullptr;
        world.clock.advance(std::chrono::minutes(2));
        CHECK(world.run("leads").exit == ExitCode::done);
    }
    CHECK(world.count_by_state() == Counts{{"done", 2}});
    const std::size_t writes = world.services.writes;
    world.run("leads");
    CHECK(world.services.writes == writes);
}

TEST_CASE("A record shows an effect when all that both carry is equal by type") {
    World world;
    const Mapping& clients = world.config().resource("bindpilot.clients").mapping;
    const json body{{"name", "Ann Roe"}, {"phone", "(512) 555-0101"}, {"email", "Ann@Client.Example"}};
    struct Case {
        const char* document;
        bool shown;
    };
    for (const auto& [document, shown] : std::vector<Case>{
             {R"({"id":"1","name":"Ann Roe","phone":"512-555-0101","email":"ann@client.example","zip":"75001"})", true},
             {R"({"id":"1","name":"Ann Roe","phone":"512-555-0102","email":"ann@client.example"})", false},
             {R"({"id":"1","name":"Ann Roe","phone":"512-555-0101","email":null})", false},
             {R"({"id":"1","name":"Ann Roe","phone":"512-555-0101"})", false},
             {R"({"id":"1"})", false}}) {
        INFO(document);
        CHECK(shows_effect(clients, {}, body, json::parse(document)) == shown);
    }
    CHECK(shows_effect(clients, {"name"}, body, json::parse(R"({"id":"1","name":"Ann Roe"})")));
    CHECK_FALSE(shows_effect(clients, {}, json{{"other", 1}}, json::parse(R"({"id":"1","name":"Ann Roe"})")));
}

TEST_CASE("What the service adds inside an object that was sent doesn't hide the record") {
    World world;
    const Mapping& leads = world.config().resource("bi369.leads").mapping;
    const json body{{"email", "ann@lead.example"}, {"customFields", {{"lineOfBusiness", "auto"}, {"cars", {{{"year", 2021}}}}}}};
    for (const auto& [custom, shown] : std::vector<std::pair<const char*, bool>>{{R"({"lineOfBusiness":"auto","cars":[{"year":2021}]})", true},
                                                                                 {R"({"cars":[{"year":2021,"vin":null}],"tier":null,"lineOfBusiness":"auto"})", true},
                                                                                 {R"({"lineOfBusiness":"home","cars":[{"year":2021}]})", false},
                                                                                 {R"({"lineOfBusiness":"auto","cars":[{"year":2022}]})", false},
                                                                                 {R"({"lineOfBusiness":"auto","cars":[{"year":2021},{"year":2022}]})", false},
                                                                                 {R"({"lineOfBusiness":"auto"})", false},
                                                                                 {"[]", false}}) {
        INFO(custom);
        CHECK(shows_effect(leads, {}, body, json{{"id", "1"}, {"email", "Ann@Lead.Example"}, {"customFields", json::parse(custom)}}) == shown);
    }
}

TEST_CASE("A new lead is found by who it is, whatever the CRM makes of its notes and source") {
    World world;
    const Mapping& leads = world.config().resource("bi369.leads").mapping;
    const auto& find = world.config().services.at("bi369").operations.at("create_lead").find;
    REQUIRE(find);
    const json body{{"firstName", "Ann"}, {"lastName", "Roe"}, {"email", "ann@lead.example"}, {"phone", "(512) 555-0101"}, {"streetAddress", "1 Main St"}, {"zip", "75001"}, {"source", "form"}, {"notes", " a\nb "},
                    {"customFields", {{"lineOfBusiness", "auto"}}}};
    json shown{{"id", "1"}, {"firstName", "Ann"}, {"lastName", "Roe"}, {"email", "ann@lead.example"}, {"phone", "5125550101"}, {"street", "1 MAIN STREET"}, {"zip", "75001"}, {"source", "Website"}, {"notes", "a b"}};
    CHECK(shows_effect(leads, find->match, body, shown));
    // By a name alone it could be found in the lead of a namesake.
    CHECK(tells_who(leads, find->one_of, body));
    CHECK(tells_who(leads, find->one_of, json{{"firstName", "Ann"}, {"lastName", "Roe"}, {"phone", "(512) 555-0101"}}));
    CHECK_FALSE(tells_who(leads, find->one_of, json{{"firstName", "Ann"}, {"lastName", "Roe"}, {"email", ""}, {"zip", "75001"}}));
    for (const char* member : {"firstName", "lastName", "email", "phone", "zip"}) {
        INFO(member);
        json other = shown;
        other[member] = member == std::string("phone") ? "5125550199" : "someone@else.example";
        CHECK_FALSE(shows_effect(leads, find->match, body, other));
    }
}

TEST_CASE("A new client is found by name, e-mail and phone, however BindPilot writes the address") {
    World world;
    const Mapping& clients = world.config().resource("bindpilot.clients").mapping;
    const auto& find = world.config().services.at("bindpilot").operations.at("create_client").find;
    REQUIRE(find);
    const json body{{"name", "Ann Roe"}, {"email", "ann@client.example"}, {"phone", "(512) 555-0101"}, {"street_address", "1 Calle Pe\u00f1a"}, {"state", "TX"}, {"zip", "75001-1234"}};
    json shown{{"id", "1"}, {"name", "Ann Roe"}, {"email", "Ann@Client.Example"}, {"phone", "+15125550101"}, {"street_address", "1 CALLE PE\u00d1A"}, {"zip", "75001"}};
    CHECK(shows_effect(clients, find->match, body, shown));
    for (const char* member : {"name", "email", "phone"}) {
        INFO(member);
        json other = shown;
        other[member] = member == std::string("phone") ? "5125550199" : "someone@else.example";
        CHECK_FALSE(shows_effect(clients, find->match, body, other));
    }
}
