// Why a renewal has no task today: told for each, and never at odds with what is selected.
#include <set>

#include "engine/renewals_store.h"
#include "jobs.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// The renewals that an effect's rows are made of.
std::set<std::string> sources(const std::map<std::string, Values>& rows) {
    std::set<std::string> ids;
    for (const auto& [id, row] : rows) {
        const std::string all = row.at("source_ids");
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = std::min(all.find(", ", at), all.size());
            ids.insert(all.substr(at, end - at));
            at = end + 2;
        }
    }
    return ids;
}

}  // namespace

TEST_CASE("A renewal without a task has the reason, its own day and place in it") {
    RenewalsStore agency;
    const std::string chosen = agency.renewal();
    const std::string early = agency.renewal({{"expiration_date", in_days(46)}});
    const std::string large = agency.renewal({{"line_of_business", "bop"}, {"current_premium", 30000}, {"expiration_date", in_days(121)}});
    const std::string past = agency.renewal({{"expiration_date", in_days(-1)}});
    const std::string renewed = agency.renewal({{"status", "renewed"}});
    const std::string away = agency.renewal({{"state", "CA"}, {"zip", "90001"}});
    const std::string gone = agency.renewal();
    agency.gone(gone);
    const auto choices = agency.choices("renewal_task");
    CHECK(choices.at(chosen).empty());
    CHECK(choices.at(early) == "not due yet, the stage 45-day of personal begins on " + in_days(1));
    CHECK(choices.at(large) == "not due yet, the stage 120-day of large_commercial begins on " + in_days(1));
    CHECK(choices.at(past) == "expired, on " + in_days(-1));
    CHECK(choices.at(renewed) == "status needs no work, BindPilot says renewed");
    CHECK(choices.at(away) == "outside the territory, in CA 90001");
    CHECK(choices.count(gone) == 0);
    agency.var("stages") = json::object();
    CHECK(agency.choices("renewal_task").at(chosen) == "no stages for its line");
}

TEST_CASE("An expired renewal without an alarm has the reason") {
    RenewalsStore agency;
    const auto expired = [&](int days, json changed = json::object()) {
        changed["expiration_date"] = in_days(-days);
        return agency.renewal(changed);
    };
    const std::string alarmed = expired(3), dropped = expired(4), old = expired(31), renewed = expired(2, {{"status", "Renewed"}});
    const std::string followed = expired(5, {{"policy_number", "HO-1"}}), next = agency.renewal();
    agency.policy({{"policy_number", "ho 1"}, {"effective_date", in_days(-5)}, {"expiration_date", in_days(360)}});
    const std::string away = expired(6, {{"state", "CA"}, {"zip", "90001"}});
    agency.gone(dropped);
    auto choices = agency.choices("expired_alarm");
    CHECK(choices.at(alarmed).empty());
    CHECK(choices.at(dropped).empty());
    CHECK(choices.at(away).empty());
    CHECK(choices.at(old) == "expired long ago, on " + in_days(-31) + ", over 30 days");
    CHECK(choices.at(renewed) == "status needs no work, BindPilot says Renewed");
    CHECK(choices.at(followed) == "a policy took its place");
    CHECK(choices.at(next) == "not expired");
    agency.var("alarm_all_territories") = false;
    CHECK(agency.choices("expired_alarm").at(away) == "outside the territory, in CA 90001");
}

TEST_CASE("What is selected and what is passed over are all renewals, each once") {
    RenewalsStore agency;
    unsigned seed = 7;
    const auto pick = [&](const std::vector<json>& values) {
        seed = seed * 1103515245u + 12345u;
        return values[(seed >> 16) % values.size()];
    };
    std::set<std::string> all;
    for (int i = 0; i < 300; ++i) {
        const std::string number = "HO-" + std::to_string(i / 3);  // packages: three rows of one number
        seed = seed * 1103515245u + 12345u;
        all.insert(agency.renewal({{"policy_number", pick({number, number, "TBD", nullptr})},
                                   {"line_of_business", pick({"homeowners", "bop", "cyber", nullptr})},
                                   {"state", pick({"TX", "OK", "CA", nullptr})},
                                   {"status", pick({"Pending", "Renewed", "Offered", nullptr})},
                                   {"current_premium", pick({1000, 30000, nullptr})},
                                   {"expiration_date", in_days(static_cast<int>((seed >> 16) % 180) - 45)}}));
    }
    for (const auto& [effect, rows] : {std::pair{"renewal_task", agency.tasks()}, std::pair{"expired_alarm", agency.alarms()}}) {
        INFO(effect);
        std::set<std::string> told, chosen;
        for (const auto& [id, reason] : agency.choices(effect)) {
            told.insert(id);
            if (reason.empty()) chosen.insert(id);
        }
        CHECK(told == all);
        CHECK(chosen == sources(rows));
        CHECK(chosen.size() > 10);
        CHECK(chosen.size() < all.size() - 10);
    }
}

TEST_CASE("The report counts what a step passes over by its reasons") {
    World world;
    world.job("tasks", tasks_job("passed_over: {bindpilot.renewals: \"SELECT key, CASE WHEN key > 'r_1' THEN 'too late' END AS reason FROM bindpilot_renewals\"}"));
    for (int i = 0; i < 4; ++i) world.services.lists["/renewals"].push_back(renewal(i, 20 + i));
    const RunReport report = world.run("tasks");
    std::int64_t late = 0;
    for (const auto& document : world.services.lists["/renewals"]) late += document.at("id").get<std::string>() > "r_1" ? 1 : 0;
    REQUIRE(late > 0);
    CHECK(report.passed_over.at("call").at("bindpilot.renewals") == std::map<std::string, std::int64_t>{{"too late", late}});
    CHECK(to_json(report).at("passed_over").at("call").at("bindpilot.renewals").at("too late") == late);
    CHECK_THAT(to_text(report), Contains("call passed over in bindpilot.renewals: too late " + std::to_string(late)));
}
