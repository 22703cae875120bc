// What runs say of themselves holds nobody's data and no secret, whatever fails.
#include <catch2/catch.hpp>

#include "jobs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("The log and the reports of failing runs hold no personal data and no key") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: retry\n    count_by: [status]", "guard: {max_effects: 20, max_removed: 10%}\ntime_limit: 10m"));
    const std::string told = R"({"error":{"code":"bad","message":"Zebulon Quartermain1001 zeb1001@client.example HO-771001 is unknown"}})";
    std::string said;
    const auto run = [&](RunOptions options = {}) {
        const RunReport report = world.run("tasks", options);
        said += to_text(report);
        if (report.error) said += report.error->message + report.error->hint;
        for (const auto& warning : report.warnings) said += warning;
        for (const auto& attention : report.attention) said += attention.reason;
        world.clock.advance(std::chrono::minutes(20));
    };
    auto& list = world.services.lists["/renewals"];
    for (int i = 0; i < 12; ++i) list.push_back(renewal(i, 20 + i));
    list.push_back(renewal(20, 20, {{"policy_number", nullptr}}));
    list.push_back(renewal(21, 20, {{"expiration_date", "Zebulon"}}));
    list.push_back(renewal(22, 20, {{"current_premium", "HO-771022"}}));
    list.push_back(renewal(23, 20, {{"policy_number", "HO-771001"}, {"expiration_date", list[1]["expiration_date"]}, {"status", "Shopped"}}));
    const std::vector<Fault> faults{lost_before(), says(422, told), says(500, told), busy("3"), says(200, "<html>zeb1001@client.example"), lost_after(), no_connection()};
    world.services.on_write = [&](const HttpRequest&, std::size_t nth) { return nth <= faults.size() ? std::optional(faults[nth - 1]) : std::nullopt; };
    run();
    run();
    for (const int status : {401, 403}) {
        world.services.on_write = [&](const HttpRequest&, std::size_t) { return std::optional(says(status, told)); };
        for (auto& record : list) record["status"] = "Word" + std::to_string(status);
        list.push_back(renewal(30 + status, 40));
        run();
    }
    world.services.on_write = nullptr;
    for (const Fault& fault : {says(401, told), says(404, told), says(500, told), says(200, "<html>zeb1001@client.example"), says(200, told), lost_before(),
                               says(200, R"({"data":[{"policy_number":"HO-771001","client_name":"Zebulon"}],"meta":{"total":9}})")}) {
        world.services.on_read = [&](const HttpRequest&, std::size_t) { return std::optional(fault); };
        run();
    }
    world.services.on_read = nullptr;
    list.erase(list.begin(), list.begin() + 6);
    for (auto& record : list) record["expiration_date"] = "2026-04-0" + std::to_string(1 + record["id"].get<std::string>().size() % 9);
    run();
    run();
    for (auto& record : list) record.erase("expiration_date");
    run();
    world.run_or_die("tasks", {.at_reply = 2});
    said += world.log.str();
    for (const auto& row : world.rows("SELECT reason FROM quarantine UNION ALL SELECT reason FROM effect WHERE reason IS NOT NULL UNION ALL "
                                      "SELECT problem FROM attempt WHERE problem IS NOT NULL UNION ALL SELECT message FROM run WHERE message IS NOT NULL")) {
        said += row;
    }
    REQUIRE(said.size() > 2000);
    for (const char* word : {"Zebulon", "Quartermain", "client.example", "zeb1", "HO-77", "HO77", "ho77", "771001", "512555", "r_10", "p_10", "c_10", "bp-secret", "bi-secret",
                             "Bearer", "Bo Field"}) {
        const auto at = said.find(word);
        INFO(word << " in: " << (at == std::string::npos ? "" : said.substr(at < 200 ? 0 : at - 200, 400)));
        CHECK(at == std::string::npos);
    }
}
