// The files that come with the program load, and config/schema/*.json say what the tables of keys say.
// To write the schemas anew: BINDERY_WRITE_SCHEMAS=1 test_config "The shipped schemas are those of the tables of keys"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/load.h"

using namespace bindery;

namespace {

const std::filesystem::path kSource = BINDERY_SOURCE_DIR;
const Environment kEnvironment{{"HOME", "/home/agent"}, {"BI369_PROJECT", "prj_1"}};

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("The shipped schemas are those of the tables of keys") {
    for (const std::string kind : {"bindery", "service", "book", "csv", "job"}) {
        const std::filesystem::path file = kSource / "config" / "schema" / (kind + ".json");
        const std::string wanted = schema(kind).dump(2) + "\n";
        if (std::getenv("BINDERY_WRITE_SCHEMAS")) std::ofstream(file, std::ios::binary) << wanted;
        CAPTURE(kind);
        CHECK(content(file) == wanted);
        CHECK(wanted.find("\"pattern\"") == std::string::npos);
        CHECK(wanted.find("\"format\": \"") == std::string::npos);
    }
}

TEST_CASE("The shipped settings load") {
    const Settings settings = load_settings(kSource / "config" / "bindery.yaml", kEnvironment);
    CHECK(settings.store == kSource / "config" / "bindery.db");
    CHECK(settings.services == kSource / "config" / "services");
    CHECK(settings.jobs == kSource / "jobs");
    CHECK(settings.budget == "/home/agent/.local/state/bindery/budget.db");
}

TEST_CASE("Each shipped service file loads") {
    for (const std::string name : {"bindpilot", "bi369", "autobind"}) {
        CAPTURE(name);
        const Service service = load_service(kSource / "config" / "services" / (name + ".yaml"), kEnvironment);
        CHECK(service.name == name);
        CHECK(service.bearer_secret == name + "_api_key");
        CHECK(service.keep_back == 0.1);
        CHECK_FALSE(service.limits.empty());
    }
}

TEST_CASE("BindPilot's file has its endpoints, limits and the moving window of renewals") {
    const Service service = load_service(kSource / "config" / "services" / "bindpilot.yaml", kEnvironment);
    REQUIRE(service.limits.size() == 2);
    CHECK(service.limits[0].name == "100/60s");
    CHECK(service.limits[1].name == "10/1s");
    CHECK(service.resources.at("renewals").mapping.window_field == "expiration_date");
    CHECK(service.resources.at("policies").mapping.window_field.empty());
    CHECK(service.operations.at("upsert_policy").unsupported == std::vector<int>{404, 405});
    CHECK(service.envelope.success == "/status");
    std::vector<std::string> calls;
    for (const auto& [name, resource] : service.resources) {
        if (resource.list) calls.push_back("GET " + resource.list->path);
        if (resource.get) calls.push_back("GET " + resource.get->path);
    }
    for (const auto& [name, operation] : service.operations) {
        calls.push_back(operation.call.method + " " + operation.call.path);
    }
    CHECK_THAT(calls, Catch::UnorderedEquals(std::vector<std::string>{
                          "GET /policies", "GET /renewals", "GET /clients", "GET /clients/{id}", "GET /carriers",
                          "GET /quotes/{id}", "GET /webhooks", "POST /policies", "POST /clients", "POST /quotes",
                          "POST /webhooks"}));
}

TEST_CASE("Bi369's limits follow the plan") {
    const auto file = kSource / "config" / "services" / "bi369.yaml";
    CHECK(load_service(file, {}).limits.at(0).name == "600/60s");
    CHECK(load_service(file, {{"BI369_PLAN", "enterprise"}}).limits.at(0).name == "3000/60s");
    CHECK_THROWS_WITH(load_service(file, {{"BI369_PLAN", "basic"}}),
                      Catch::Contains("`plan` must be one of `plans`: enterprise or pro") ||
                          Catch::Contains("`plan` must be one of `plans`: pro or enterprise"));
    const Service service = load_service(file, {});
    CHECK(service.operations.at("create_task").call.path == "/projects/{project_id}/tasks");
    CHECK_FALSE(service.operations.at("create_task").repeatable);
    CHECK_FALSE(service.operations.at("create_task").find);
    CHECK(service.operations.at("create_task").unsupported == std::vector<int>{405});
    CHECK(service.envelope.success == "/success");
    CHECK(service.resources.at("leads").mapping.fields.at(1).pointers == std::vector<std::string>{"/firstName"});
}

TEST_CASE("Autobind's calls have a limit, a time-out and a retry table each") {
    const Service service = load_service(kSource / "config" / "services" / "autobind.yaml", kEnvironment);
    REQUIRE(service.limits.size() == 3);
    CHECK(service.limits[1].name == "POST /leads/post 20/1s");
    CHECK(service.operations.at("ping").timeout == Duration(std::chrono::seconds(2)));
    CHECK(service.operations.at("post").timeout == Duration(std::chrono::seconds(15)));
    CHECK(service.timeout == Duration(std::chrono::seconds(5)));
    CHECK(service.retry.waits == std::vector<Duration>{std::chrono::seconds(1), std::chrono::seconds(3)});
    CHECK(service.envelope.data.empty());
    CHECK(service.operations.at("post").reply_id == "/bid_id");
}
