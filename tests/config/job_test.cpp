// Job files, alone and against the services.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "core/exact_json.h"
#include "folder.h"

using namespace bindery;

namespace {

const char* const kService = R"(service: demo
base_url: https://api.example.com
limits: [{tokens: 10, per: 1s}]
resources:
  things: {list: GET /things, fields: {name: text}}
  parts: {get: "GET /parts/{id}", fields: {name: text}}
operations:
  add: {call: "POST /boxes/{box_id}/things"}
)";

const char* const kJob = R"(job: daily
about: Adds what is missing.
schedule: {cron: "0 6 * * *", timezone: America/Denver, jitter: 2m}
stale_after: 26h
vars: {territory: [TX, NO], box: "${BOX}", rate: 1.50}
guard: {max_effects: 20, max_removed: 25%}
steps:
  - pull: demo.things
  - push: demo.add
    effect: new_thing
    select: |
      SELECT name FROM demo_things
       WHERE 1
    once_per: {name: text, due: date}
    when_in_doubt: retry
    needs: complete
    path: {box_id: "{box}"}
    body: {title: "Add {name}", note: x, rank: 007}
    volatile: [note]
    in_order_by: [name]
    count_by: [name]
)";

const char* const kLater = R"(  - push: demo.add
    effect: later
    select: SELECT 1 AS name
    once_per: {name: text}
    path: {box_id: "{box}"}
    body: {title: "Later {name}"}
)";

const Environment kEnvironment{{"HOME", "/home/agent"}, {"BOX", "b1"}};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

// What load_config says of the two files above with one piece of the job replaced.
std::string fault_of(const std::string& from, const std::string& to) {
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "timezone: UTC\n");
    folder.write("services/demo.yaml", kService);
    folder.write("jobs/daily.yaml", replaced(kJob, from, to));
    return folder.message([&] { return load_config(file, kEnvironment); });
}

}  // namespace

TEST_CASE("A job file becomes its struct") {
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "");
    folder.write("services/demo.yaml", kService);
    folder.write("jobs/daily.yaml", kJob);
    folder.write("jobs/.hidden.yaml", "[");
    folder.write("jobs/daily.yaml~", "[");
    folder.write("jobs/daily.yaml.bak", "[");
    const Config config = load_config(file, kEnvironment);
    const Job& job = config.job("daily");
    CHECK(job.timezone == "America/Denver");
    CHECK(job.schedule->cron == "0 6 * * *");
    CHECK(job.schedule->catch_up == "once");
    CHECK(job.schedule->jitter == Duration(std::chrono::minutes(2)));
    CHECK(job.stale_after == Duration(std::chrono::hours(26)));
    CHECK(job.time_limit == Duration(std::chrono::hours(1)));
    CHECK(dump_exact(job.vars) == R"({"box":"b1","rate":1.50,"territory":["TX","NO"]})");
    CHECK(job.guard.max_effects == 20);
    CHECK(job.guard.percent);
    CHECK(job.guard.max_removed_percent == Approx(25));
    REQUIRE(job.steps.size() == 2);
    CHECK(std::get<PullStep>(job.steps[0]).dataset() == "demo.things");
    const PushStep& push = std::get<PushStep>(job.steps[1]);
    CHECK(push.operation == "add");
    CHECK(push.effect == "new_thing");
    CHECK(push.select == "SELECT name FROM demo_things\n WHERE 1\n");
    CHECK(push.select_place.line == 12);
    CHECK(push.select_place.column == 7);
    REQUIRE(push.once_per.size() == 2);
    CHECK(push.once_per[0].first == "name");
    CHECK(push.once_per[1].second == FieldType::date);
    CHECK(push.when_in_doubt == WhenInDoubt::retry);
    CHECK(push.needs_complete);
    CHECK(dump_exact(push.body) == R"({"note":"x","rank":"007","title":"Add {name}"})");
    CHECK(push.volatile_members == std::vector<std::string>{"note"});
    CHECK(config.resource("demo.things").name == "things");
    CHECK(folder.message([&] { return config.job("dayli"); }) == "there is no job `dayli`; did you mean `daily`?");
    CHECK(folder.message([&] { return config.resource("demo.thngs"); }) ==
          "there is no resource of demo `thngs`; did you mean `things`?");
}

TEST_CASE("A fault of a job file names place, key and what it must be") {
    struct Row {
        std::string from;
        std::string to;
        std::string fault;
    };
    const std::vector<Row> rows{
        {"job: daily", "job: weekly", "jobs/daily.yaml:1:6: `job: weekly` stands in a file called daily.yaml"},
        {"0 6 * * *", "0 6 * *", "jobs/daily.yaml:3:18: `schedule.cron` must be a cron line of five fields"},
        {"America/Denver", "America/Dever", "jobs/daily.yaml:3:41: `schedule.timezone` must be a time zone such as"},
        {"jitter: 2m", "every: 2m", "jobs/daily.yaml:3:57: `schedule` takes either `cron` or `every`"},
        {"cron: \"0 6 * * *\", ", "", "jobs/daily.yaml:3:1: `schedule` needs `cron`, `every` or `after`"},
        {"0 6 * * *", "0 6 30 2 *", "jobs/daily.yaml:3:18: "},
        {"territory:", "today:", "jobs/daily.yaml:5:8: `today` is the run's own"},
        {"${BOX}", "${GONE}", "jobs/daily.yaml:5:34: the environment variable GONE isn't set"},
        {"25%", "lots", "jobs/daily.yaml:6:39: `guard.max_removed` must be a number of rows, or a share"},
        {"- pull: demo.things", "- pul: {}",
         "jobs/daily.yaml:8:5: there is no step `pul` in this version; there are pull, import, reconcile, push, export or sell; did you mean `pull`?"},
        {"- pull: demo.things", "- for: SELECT 1\n    pull: demo.things",
         "jobs/daily.yaml:8:5: a step begins with what it does"},
        {"    when_in_doubt: retry", "    when_in_dobut: retry",
         "jobs/daily.yaml:15:5: unknown key `when_in_dobut` in `steps[1]`; did you mean `when_in_doubt`?"},
        {"when_in_doubt: retry", "when_in_doubt: yes",
         "jobs/daily.yaml:15:20: `steps[1].when_in_doubt` must be one of hold or retry, not `yes`"},
        {"    effect: new_thing\n", "", "jobs/daily.yaml:9:5: `effect` is missing in `steps[1]`"},
        {"effect: new_thing", "effect: New Thing", "jobs/daily.yaml:10:13: `steps[1].effect` must be a name in small"},
        {"due: date", "due: dat", "jobs/daily.yaml:14:33: `steps[1].once_per.due` must be one of text"},
        {"needs: complete", "needs: all", "jobs/daily.yaml:16:12: `steps[1].needs` must be complete, not `all`"},
        {"volatile: [note]", "volatile: [notes]",
         "jobs/daily.yaml:19:16: the body has no member `notes`; did you mean `note`?"},
        {"Add {name}", "Add {name", "jobs/daily.yaml:18:19: a brace is opened and not closed"},
        {"pull: demo.things", "pull: demo.thing",
         "jobs/daily.yaml:8:11: `demo` has no resource `thing`; did you mean `things`?"},
        {"pull: demo.things", "pull: dmeo.things", "jobs/daily.yaml:8:11: there is no service `dmeo`"},
        {"pull: demo.things", "pull: demo.parts", "jobs/daily.yaml:8:11: `demo.parts` has no `list`; read it by id"},
        {"pull: demo.things", "pull: demo.things\n    for: SELECT 1",
         "jobs/daily.yaml:8:11: `demo.things` has no `get`"},
        {"    needs: complete", "    needs: complete\n    after: [new_thing]", "jobs/daily.yaml:17:13: `new_thing` would wait for itself"},
        {"    needs: complete", "    needs: complete\n    after: [new_thin]",
         "jobs/daily.yaml:17:13: no push of this job has the effect `new_thin`; did you mean `new_thing`?"},
        {"    count_by: [name]\n", "    count_by: [name]\n    after: [later]\n" + std::string(kLater),
         "jobs/daily.yaml:22:13: `new_thing` waits for `later`, which comes later; put that step above it"},
        {"    count_by: [name]\n", "    count_by: [name]\n    after: [later]\n" + std::string(kLater) + "    after: [new_thing]\n",
         "jobs/daily.yaml:22:13: `new_thing` and `later` would wait for each other"},
        {"push: demo.add", "push: demo.ad", "jobs/daily.yaml:9:11: `demo` has no operation `ad`"},
        {"path: {box_id: \"{box}\"}", "path: {}",
         "jobs/daily.yaml:9:11: `path` must give `box_id` for `POST /boxes/{box_id}/things`"},
        {"path: {box_id:", "path: {box: 1, box_id:", "jobs/daily.yaml:9:11: `path` gives `box`, which"},
        {"count_by: [name]\n", "count_by: [name]\n    passed_over: {demo.thngs: SELECT 1}\n",
         "jobs/daily.yaml:22:31: `passed_over` is about `demo.thngs`, and there is no such dataset; did you mean `demo.things`?"},
        {"count_by: [name]\n", "count_by: [name]\n  - pull: demo.things\n",
         "jobs/daily.yaml:22:5: pulls come before the first push or export (line 9)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.to);
        CHECK_THAT(fault_of(row.from, row.to), Catch::StartsWith(row.fault));
    }
}

TEST_CASE("The faults of all files come at once, and a broken service causes no second one") {
    const Folder folder;
    const auto file = folder.write("config/bindery.yaml", "");
    folder.write("config/services/demo.yaml", replaced(kService, "limits", "limts"));
    folder.write("jobs/daily.yaml", replaced(kJob, "stale_after: 26h", "stale_after: long"));
    folder.write("jobs/weekly.yaml", replaced(replaced(kJob, "job: daily", "job: weekly"), "about:", "abut:"));
    folder.write("jobs/yearly.yaml", replaced(kJob, "job: daily", "job: yearly"));
    const std::string message = folder.message([&] { return load_config(file, kEnvironment); });
    CHECK_THAT(message, Catch::StartsWith("config/services/demo.yaml:3:1: unknown key `limts`"));
    CHECK_THAT(message, Catch::Contains("\njobs/daily.yaml:4:14: `stale_after` must be a duration"));
    CHECK_THAT(message, Catch::Contains("\njobs/weekly.yaml:2:1: unknown key `abut`; did you mean `about`?"));
    CHECK_THAT(message, !Catch::Contains("no service"));
}

TEST_CASE("An effect's name belongs to one push of one job") {
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "");
    folder.write("services/demo.yaml", kService);
    folder.write("jobs/daily.yaml", kJob);
    folder.write("jobs/weekly.yaml", replaced(kJob, "job: daily", "job: weekly"));
    CHECK(folder.message([&] { return load_config(file, kEnvironment); }) ==
          "jobs/weekly.yaml:9:11: the effect `new_thing` is one of the job `daily` too; a name is used once");
}

TEST_CASE("A job that is there as .yaml and as .yml is refused") {
    const Folder folder;
    const auto file = folder.write("bindery.yaml", "");
    folder.write("services/demo.yaml", kService);
    folder.write("jobs/daily.yaml", kJob);
    folder.write("jobs/daily.yml", kJob);
    CHECK(folder.message([&] { return load_config(file, kEnvironment); }) ==
          "jobs/daily.yml: `daily` is there already, as .yaml or .yml; remove one of them");
}
