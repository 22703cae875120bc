// What is left of a configuration when some of its files are at fault.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "core/error.h"
#include "folder.h"

using namespace bindery;

namespace {

const Environment kEnvironment{{"HOME", "/home/agent"}};

std::string service(const std::string& name) {
    return "service: " + name + "\nbase_url: https://" + name + ".example\nlimits: [{tokens: 10, per: 1s}]\nresources:\n  things: {list: GET /things, fields: {name: text}}\n" +
           "operations:\n  add: {call: POST /things}\n";
}

std::string pulling(const std::string& name, const std::string& from = "demo") { return "job: " + name + "\nsteps:\n  - pull: " + from + ".things\n"; }

std::string pushing(const std::string& name, const std::string& effect) {
    return "job: " + name + "\nsteps:\n  - push: demo.add\n    effect: " + effect + "\n    select: SELECT 1 AS name\n    once_per: {name: text}\n    body: {title: x}\n";
}

struct Files {
    Folder folder;
    std::filesystem::path file = folder.write("bindery.yaml", "timezone: UTC\n");
    Files() {
        folder.write("services/demo.yaml", service("demo"));
        folder.write("services/other.yaml", service("other"));
        folder.write("jobs/good.yaml", pulling("good"));
    }
    Config part(Sound sound = Sound::settings) const { return load_config_in_part(file, kEnvironment, sound); }
};

}  // namespace

TEST_CASE("A sound configuration is the same in part and whole") {
    const Files files;
    const Config config = files.part();
    CHECK(config.jobs.size() == 1);
    CHECK(config.left_out.empty());
    CHECK(config.faults.empty());
}

TEST_CASE("A job file at fault, or with a variable that isn't set, leaves the others as they are") {
    struct Row {
        const char* text;
        const char* fault;
    };
    const Row rows[] = {{"jb: bad\nsteps:\n  - pull: demo.things\n", "bad.yaml:1:1: unknown key `jb`"},
                        {"job: bad\nvars: {project: \"${NOWHERE}\"}\nsteps:\n  - pull: demo.things\n", "NOWHERE"},
                        {"job: bad\nsteps:\n  - pull: demo.thngs\n", "no resource `thngs`"},
                        {"job: bad\nschedule: {after: [gone]}\nsteps:\n  - pull: demo.things\n", "there is no job `gone`"},
                        {"[", "bad.yaml"}};
    for (const Row& row : rows) {
        INFO(row.text);
        const Files files;
        files.folder.write("jobs/bad.yaml", row.text);
        for (const Sound sound : {Sound::settings, Sound::records}) {
            const Config config = files.part(sound);
            CHECK(config.jobs.size() == 1);
            CHECK(config.jobs.contains("good"));
            REQUIRE(config.left_out.size() == 1);
            CHECK_THAT(config.fault_of("job.bad"), Catch::Contains(row.fault));
            CHECK_FALSE(config.faults.empty());
            CHECK_THAT(files.folder.message([&] { return config.job("bad"); }), Catch::Contains(row.fault));
        }
        CHECK_THAT(files.folder.message([&] { return load_config(files.file, kEnvironment); }), Catch::Contains(row.fault));
        CHECK_THROWS_AS(files.part(Sound::all), Error);
    }
}

TEST_CASE("A service or book at fault takes the jobs that name it along, and no others") {
    const Files files;
    files.folder.write("services/other.yaml", "serice: other\n");
    files.folder.write("jobs/needs.yaml", pulling("needs", "other"));
    files.folder.write("jobs/fills.yaml", "job: fills\nsteps:\n  - import: book.bad\n    from: x.csv\n");
    files.folder.write("books/bad.yaml", "bok: bad\n");
    const Config config = files.part();
    CHECK(config.jobs.size() == 1);
    CHECK(config.services.size() == 1);
    CHECK_THAT(config.fault_of("service.other"), Catch::Contains("other.yaml:1:1: unknown key `serice`"));
    CHECK_THAT(config.fault_of("book.bad"), Catch::Contains("bad.yaml:1:1"));
    CHECK_THAT(config.fault_of("job.needs"), Catch::Contains("needs.yaml") && Catch::Contains("`other`") && Catch::Contains("another file is at fault"));
    CHECK(!config.fault_of("job.fills").empty());
    CHECK_THAT(files.folder.message([&] { return config.service("other"); }), Catch::Contains("serice"));
    CHECK_THROWS_AS(files.part(Sound::records), Error);
}

TEST_CASE("Jobs that share an effect's name are both left out: nobody knows whose it is") {
    const Files files;
    files.folder.write("jobs/one.yaml", pushing("one", "task"));
    files.folder.write("jobs/two.yaml", pushing("two", "task"));
    files.folder.write("jobs/three.yaml", pushing("three", "call"));
    const Config config = files.part();
    CHECK(config.jobs.size() == 2);
    CHECK_THAT(config.fault_of("job.one"), Catch::Contains("the effect `task` is one of the job `one` too"));
    CHECK_THAT(config.fault_of("job.two"), Catch::Contains("the effect `task`"));
}

TEST_CASE("bindery.yaml itself must be sound, whatever is needed, and what it says of datasets where records are removed") {
    const Files files;
    files.folder.write("bindery.yaml", "stor: x\n");
    CHECK_THROWS_AS(files.part(), Error);
    files.folder.write("bindery.yaml", "retention: {datasets: {demo.thngs: {removed: 1y}}}\n");
    CHECK(files.part().faults.size() == 1);
    CHECK_THROWS_AS(files.part(Sound::records), Error);
}

TEST_CASE("A folder that can't be read is never forgiven") {
    const Files files;
    std::filesystem::remove_all(files.folder.path() / "jobs");
    for (const Sound sound : {Sound::settings, Sound::records}) CHECK_THROWS_WITH(files.part(sound), Catch::Contains("the folder of jobs can't be read"));
}

TEST_CASE("A job whose SQL reads what is at fault is left out, also where only its SQL names it") {
    const std::string select = "    once_per: {name: text}\n    body: {title: x}\n    select: ";
    const auto job = [&](const std::string& sql) { return "job: reads\nsteps:\n  - push: demo.add\n    effect: reads\n" + select + sql + "\n"; };
    struct Row {
        const char* sql;
        bool left_out;
    };
    const Row rows[] = {{"SELECT name FROM book_barred", true},   {"SELECT name FROM Book_Barred_all", true}, {"SELECT name FROM book_barred_twice", false},
                        {"SELECT name FROM other_things", true}, {"SELECT name FROM another_things", false}, {"SELECT name FROM demo_things", false}};
    for (const Row& row : rows) {
        INFO(row.sql);
        const Files files;
        files.folder.write("books/barred.yaml", "bok: barred\n");
        files.folder.write("services/other.yaml", "serice: other\n");
        files.folder.write("jobs/reads.yaml", job(row.sql));
        const Config config = files.part();
        CHECK(config.jobs.contains("reads") != row.left_out);
        CHECK(config.fault_of("job.reads").empty() != row.left_out);
        CHECK(config.jobs.contains("good"));
    }
}
