// `checks:` of the shipped jobs: a wrong value inside vars is a fault with its place, and no run begins with one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "config/load.h"
#include "engine/check.h"
#include "engine/check_vars.h"
#include "store/store.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const std::filesystem::path kJobs = std::filesystem::path(BINDERY_SOURCE_DIR) / "jobs";

struct Altered {
    TempFolder folder;
    SimClock clock{parse_rfc3339("2026-01-15T13:00:00.000Z")};
    Store store{folder / "bindery.db", clock};

    std::vector<std::string> faults(const std::string& job, const std::string& from, const std::string& to, int* line = nullptr) {
        std::ifstream in(kJobs / (job + ".yaml"));
        std::ostringstream read;
        read << in.rdbuf();
        std::string text = read.str();
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        if (line != nullptr) *line = static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
        const auto file = folder / (job + ".yaml");
        std::ofstream(file) << text;
        return faults_of_vars(load_job(file, Settings{}, {{"BI369_PROJECT", "prj_1"}}), store.file(), "2026-01-15T13:00:00.000Z", "2026-01-15");
    }
};

}  // namespace

TEST_CASE("The vars of the shipped jobs are sound") {
    Altered jobs;
    for (const char* job : {"renewals", "policies", "leads", "quotes"}) {
        INFO(job);
        CHECK(jobs.faults(job, "job:", "job:") == std::vector<std::string>{});
    }
}

TEST_CASE("A wrong value inside vars is told with its line and what to do") {
    struct Case {
        const char *job, *from, *to;
        std::vector<std::string> says;
    };
    const Case cases[] = {
        {"renewals", "stage: 45-day, days: 45", "stage: 45-day, days: forty", {"`days`", "forty", "whole number"}},
        {"renewals", "stage: 45-day, days: 45", "stage: 45-day, day: 45", {"no `day`", "did you mean `days`"}},
        {"renewals", "due: 35, priority: low", "due: 350, priority: low", {"`due`", "at most 45"}},
        {"renewals", "due: 35, priority: low", "due: 35, priority: hihg", {"`priority`", "low, normal or high", "hihg"}},
        {"renewals", "stage: 30-day, days: 30, due: 20", "stage: 45-day, days: 30, due: 20", {"two stages of `personal`", "45-day"}},
        {"renewals", "line: workers_comp, to: w", "lines: workers_comp, to: w", {"no `lines`", "did you mean `line`"}},
        {"renewals", "line: workers_comp, to: w", "line: workers_cmp, to: w", {"workers_cmp", "did you mean `workers_comp`"}},
        {"renewals", "line: workers_comp, to: workcomp@agency.example}", "line: workers_comp}", {"owner rule 1", "no `to`"}},
        {"renewals", "to: oklahoma@agency.example", "to: oklahoma", {"`to`", "account_manager", "oklahoma"}},
        {"renewals", "state: OK, to", "state: OKL, to", {"OKL", "no US state"}},
        {"renewals", "zip: [\"786\", \"787\"]", "zip: [\"786\", \"787x\"]", {"787x", "ZIP"}},
        {"renewals", "{rule: oklahoma, state: OK, to", "{rule: oklahoma, to", {"owner rule 3", "no condition"}},
        {"renewals", "default_owner: renewals@agency.example", "default_owner: \"\"", {"`default_owner`", "e-mail"}},
        {"renewals", "default_owner: renewals@agency.example", "default_owner: renewals at agency", {"`default_owner`", "renewals at agency"}},
        {"renewals", "territory: [TX, OK, NM]", "territory: [TX, OKL, NM]", {"OKL", "no US state"}},
        {"renewals", "territory: [TX, OK, NM]", "territory: TX", {"`territory`", "a list of states"}},
        {"renewals", "territory_zips: []", "territory_zips: [abc]", {"abc", "ZIP"}},
        {"renewals", "other_lines: small_commercial", "other_lines: small_comercial", {"no group", "did you mean `small_commercial`"}},
        {"renewals", "umbrella: personal", "umbrella: personel", {"no group `personel`", "did you mean `personal`"}},
        {"renewals", "homeowners: personal", "homeowner: personal", {"line of business `homeowner`", "did you mean `homeowners`"}},
        {"renewals", "large_commercial:\n", "big_commercial:\n", {"no line uses the group `big_commercial`"}},
        {"renewals", "large_from: 25000", "large_from: many", {"`large_from`", "dollars"}},
        {"renewals", "flag_percent: 10", "flag_percent: -1", {"`flag_percent`", "below 0"}},
        {"renewals", "no_task_for: [Renewed]", "no_task_for: [true]", {"`no_task_for`", "no text"}},
        {"renewals", "\"2026-01-19\"", "\"2026-02-30\"", {"2026-02-30", "no date"}},
        {"renewals", "alarm_owner: \"\"", "alarm_owner: nobody", {"`alarm_owner`", "nobody"}},
        {"renewals", "alarm_all_territories: true", "alarm_all_territories: maybe", {"`alarm_all_territories`", "true or false"}},
        {"leads", "state: OK, to", "stat: OK, to", {"no `stat`", "did you mean `state`"}},
        {"leads", "to: oklahoma@agency.example", "to: account_manager", {"`to`", "e-mail"}},
        {"leads", "final: [converted, lost]", "final: [convertd, lost]", {"convertd", "did you mean `converted`"}},
        {"leads", "shared_by: 6", "shared_by: 0", {"`shared_by`", "at least 1"}},
        {"leads", "answer_field: duplicateOf", "answer_field: \"\"", {"`answer_field`", "custom field"}},
        {"quotes", "quote_status: [qualified]", "quote_status: [qualifed]", {"qualifed", "did you mean `qualified`"}},
        {"quotes", "territory: [TX, OK, NM]", "territory: [Texs]", {"Texs", "no US state"}},
        {"quotes", "    homeowners: [", "    homeowner: [", {"`homeowner`", "did you mean `homeowners`"}},
        {"quotes", "bop: [business owners,", "bop: [fleet,", {"`fleet`", "two lines"}},
        {"quotes", "best: 3", "best: three", {"`best`", "whole number"}},
        {"quotes", "default_owner: quotes@agency.example", "default_owner: 7", {"`default_owner`", "e-mail"}},
    };
    Altered jobs;
    for (const Case& c : cases) {
        INFO(c.job << ": " << c.to);
        int line = 0;
        const auto faults = jobs.faults(c.job, c.from, c.to, &line);
        std::string all;
        for (const auto& fault : faults) all += fault + "\n";
        INFO(all);
        const std::string place = std::string(c.job) + ".yaml:" + std::to_string(line) + ":";
        const auto told = std::find_if(faults.begin(), faults.end(), [&](const std::string& fault) {
            return fault.find(place) != std::string::npos && std::all_of(c.says.begin(), c.says.end(), [&](const std::string& word) { return fault.find(word) != std::string::npos; });
        });
        CHECK(told != faults.end());
        CHECK(faults.size() <= 2);
    }
}

TEST_CASE("No run begins with a fault in its vars, and nothing is read") {
    World world;
    world.shipped("renewals", {{"days: 45", "days: forty"}});
    world.with_engine([&](const Engine& engine) {
        try {
            run_job(engine, engine.config.job("renewals"), {});
            FAIL("it began");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::config);
            CHECK_THAT(error.what(), Catch::Contains("renewals.yaml:") && Catch::Contains("forty"));
        }
        CHECK_THROWS_AS(check_job_sql(engine.config.job("renewals"), engine.store.file(), true), Error);
        CHECK_NOTHROW(check_job_sql(engine.config.job("renewals"), engine.store.file()));
    });
    CHECK(world.rows("SELECT count(*) FROM run") == std::vector<std::string>{"0"});
}

TEST_CASE("A check that can't be read, or says nothing, is a fault of its own") {
    const std::string head = "job: tasks\nvars: {size: 3}\nchecks:\n  size: ", tail = "\nsteps:\n  - pull: bindpilot.policies\n";
    struct Case {
        const char *sql, *says;
    };
    for (const Case& c : {Case{"SELECT 1 AS one", "`problem` isn't there"}, Case{"SELECT 'x' AS problem WHERE :sise > 2", ":size"}, Case{"SELECT NULL AS problem", "doesn't say which"},
                          Case{"DELETE FROM run", "only a SELECT"}, Case{"SELECT json_extract('{', '$.a') AS problem", "malformed JSON"}, Case{"SELECT 'too small' AS problem WHERE :size < 5", "tasks.yaml:2:8: too small"}}) {
        World world;
        world.job("tasks", head + c.sql + tail);
        INFO(c.sql);
        world.with_engine([&](const Engine& engine) {
            const auto faults = faults_of_vars(engine.config.job("tasks"), engine.store.file(), "2026-01-15T13:00:00.000Z", "2026-01-15");
            REQUIRE(faults.size() == 1);
            CHECK_THAT(faults[0], Catch::Contains(c.says));
        });
    }
}
