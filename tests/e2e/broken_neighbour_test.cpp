// One file at fault: what doesn't need it works, says so in one line, and nobody is told that something is over.
#include "daemon_support.h"

using namespace bindery::e2e;

namespace {

const std::string kKeeping = "command: [/bin/sh, -c, \"cat >> ";

void tell_into(const Agency& agency) { write_text(agency / "config/bindery.yaml", "store: bindery.db\nweb: {port: 0}\nnotify: {" + kKeeping + (agency / "told").string() + "\"]}\n"); }
std::string told(const Agency& agency) { return fs::exists(agency / "told") ? read_text(agency / "told") : ""; }

void misspell(const Agency& agency) { write_text(agency / "jobs/bad.yaml", "jb: bad\nsteps:\n  - pull: bindpilot.renewals\n"); }

// Sound files, then one that isn't.
struct Beside {
    Sandbox sandbox{{"--policies", "20", "--leads", "3"}};
    Agency agency{sandbox};
    Beside() {
        tell_into(agency);
        agency.synced(0);
        misspell(agency);
    }
};

}  // namespace

TEST_CASE("A job file at fault keeps no command from its work that doesn't need that job, and is named in one line") {
    const Beside here;
    const Agency& agency = here.agency;
    struct Says {
        Words words;
        int code;
        std::string text;  // of what it prints
    };
    const std::vector<Says> commands{{{"revoke", "ann@lead.example"}, 0, "Barred from every sale: 1 e-mail"},
                                     {{"pause", "renewals"}, 0, "job renewals is paused"},
                                     {{"resume", "renewals"}, 0, "job renewals starts by itself again."},
                                     {{"status"}, 0, "renewals"},
                                     {{"runs"}, 0, "renewals"},
                                     {{"show", "1"}, 0, "renewals"},
                                     {{"jobs"}, 0, "can't be read: "},
                                     {{"effects"}, 0, "renewal_task"},
                                     {{"conflicts"}, 0, "No conflicts."},
                                     {{"query", "SELECT 1 AS one"}, 0, "one"},
                                     {{"forget", "nobody@lead.example"}, 64, "nothing is held about that person"},
                                     {{"purge", "--dry-run"}, 0, "Removed records stay until the file of job bad can be read"},
                                     {{"purge"}, 0, "Removed records stay until the file of job bad can be read"},
                                     {{"backup", (agency / "copy.db").string()}, 0, "copy.db"},
                                     {{"webhooks", "list"}, 0, "Nothing is registered at bindpilot."},
                                     {{"settle", "BN-0000000000", "--as", "done"}, 64, "BN-0000000000"},
                                     {{"open", "--revoke"}, 0, "sessions were ended"},
                                     {{"check", "--integrity"}, 0, "sound"},
                                     {{"notify", "test"}, 0, "command: took the message"},
                                     {{"sync", "--job", "renewals"}, 0, "renewals"},
                                     {{"plan", "--job", "renewals"}, 0, "renewals"}};
    for (const auto& [words, code, text] : commands) {
        const Ended ended = agency.run(words);
        INFO(words.front() << "\n" << ended.out << ended.err);
        CHECK(ended.code == code);
        CHECK(has(ended.out + ended.err, text));
        CHECK(count_of(ended.err, "bindery: warning: this is left out: ") == 1);
        CHECK(has(ended.err, "bad.yaml:1:1: unknown key `jb`"));
    }
    const json status = agency.run({"--output", "json", "status"}).object();
    CHECK(has(status.at("jobs").at("bad").at("problem"), "bad.yaml:1:1"));
    CHECK(status.at("jobs").at("renewals").at("last").at("outcome") == "done");
    CHECK(agency.run({"status", "--check"}).code == 78);  // of one job nobody knows
    CHECK(has(agency.run({"jobs"}).out, "can't be read: "));
    const Ended both = agency.run({"--output", "json", "sync", "--job", "bad", "--job", "renewals"});
    CHECK(both.code == 78);
    CHECK(both.object().at("runs").at(0).at("outcome") == "failed");
    CHECK(both.object().at("runs").at(1).at("outcome") == "done");
    write_text(agency / "config/bindery.yaml", "store: bindery.db\nweb: {port: " + std::to_string(free_port()) + "}\n");
    CHECK(has(agency.run({"open"}).out, "while `bindery run` is running, which it isn't now: start it first."));
    tell_into(agency);
    CHECK(agency.run({"pause", "bad"}).code == 0);  // a daemon may run it as it was
    for (const Words& words : std::vector<Words>{{"check"}, {"sync", "--all"}, {"sync", "--job", "bad"}, {"plan", "--job", "bad"}, {"run"}}) {
        const Ended ended = agency.run(words);
        INFO(words.front() << "\n" << ended.out << ended.err);
        CHECK(ended.code == 78);
        CHECK(has(ended.err, "bad.yaml:1:1"));
    }
}

TEST_CASE("A job whose variable isn't set stops no other one, and what cron can't begin is told to people once, until it's over") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_into(agency);
    write_text(agency / "jobs/other.yaml", "job: other\nvars: {project: \"${NOWHERE}\"}\nsteps:\n  - pull: bindpilot.renewals\n");
    const Words cron{"sync", "--job", "renewals", "--trigger", "schedule"}, cron_other{"sync", "--job", "other", "--trigger", "schedule"};
    const Ended by_hand = agency.run({"sync", "--job", "renewals"});
    CHECK(by_hand.code == 0);
    CHECK(told(agency).empty());  // somebody may be writing that file
    CHECK(agency.run(cron).code == 0);
    CHECK(has(told(agency), "job other can't be run: "));
    CHECK(has(told(agency), "NOWHERE"));
    const std::string once = told(agency);
    CHECK(agency.run(cron_other).code == 78);
    CHECK(agency.run(cron).code == 0);
    CHECK(agency.run({"sync", "--all", "--trigger", "schedule"}).code == 78);
    CHECK(told(agency) == once);
    agency.variables()["NOWHERE"] = "prj_1";
    CHECK(agency.run(cron).code == 0);
    CHECK(has(told(agency).substr(once.size()), "job other can't be run"));  // over
}

TEST_CASE("What is known of a job whose file is at fault isn't over") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_into(agency);
    reading_job(agency, "other", "{every: 1h}");
    sandbox.fault({{"kind", "status"}, {"status", 400}, {"service", "bindpilot"}, {"times", 0}});
    const int failed = agency.run({"sync", "--job", "other", "--trigger", "schedule"}).code;
    INFO(told(agency));
    REQUIRE(failed == 1);
    REQUIRE(has(told(agency), "job other failed"));
    sandbox.no_faults();
    const std::size_t before = told(agency).size();
    replace_in(agency / "jobs/other.yaml", "job: other", "jb: other");
    CHECK(agency.run({"sync", "--job", "renewals"}).code == 0);
    CHECK(told(agency).size() == before);
    replace_in(agency / "jobs/other.yaml", "jb: other", "job: other");
    CHECK(agency.run({"sync", "--job", "other"}).code == 0);
    CHECK(has(told(agency).substr(before), "job other failed"));
}

TEST_CASE("Where records go for good, what says which they are must be sound, and who is barred needs nothing but the store") {
    const Beside here;
    const Agency& agency = here.agency;
    fs::remove(agency / "jobs/bad.yaml");
    replace_in(agency.service_file("bi369"), "service: bi369", "serice: bi369");
    CHECK(agency.run({"purge"}).code == 78);
    CHECK(agency.run({"forget", "ann@lead.example", "--yes"}).code == 78);
    const Ended barred = agency.run({"revoke", "ann@lead.example"});
    INFO(barred.out << barred.err);
    CHECK(barred.code == 78);  // barred, and said that the CRM's records of them weren't looked into
    CHECK(has(barred.out, "Barred from every sale: 1 e-mail"));
    CHECK(has(barred.out, "NOT LOOKED INTO: service.bi369"));
    CHECK(has(barred.err, "bi369.yaml:"));
    const Ended needs = agency.run({"sync", "--job", "renewals"});  // its tasks go there
    CHECK(needs.code == 78);
    CHECK(has(needs.err, "serice"));
    CHECK(agency.run({"status"}).code == 0);
}

TEST_CASE("A jobs folder that can't be read is a mistake, and no configuration without jobs") {
    const Beside here;
    const Agency& agency = here.agency;
    fs::rename(agency / "jobs", agency / "jobs.old");
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"status", "--check"}, {"purge"}, {"sync", "--all", "--trigger", "schedule"}, {"sync", "--job", "renewals", "--trigger", "schedule"}}) {
        const Ended ended = agency.run(command);
        INFO(command.front() << ": " << ended.out << ended.err);
        CHECK(ended.code == 78);
        CHECK(has(ended.err, "the folder of jobs can't be read"));
    }
}
