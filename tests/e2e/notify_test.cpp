// Messages to people from the command line: channels that are tried, and a start that fails on a mistake in the configuration.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>

#include "daemon_support.h"

using namespace bindery::e2e;

namespace {

void tell_by(const Agency& agency, const std::string& channels) {
    write_text(agency / "config/bindery.yaml", "store: bindery.db\nweb: {port: 0}\nnotify: {" + channels + "}\n");
}

// A program that keeps what it is told, one message after another.
std::string keeping(const Agency& agency) { return "command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]"; }

std::string told(const Agency& agency) { return fs::exists(agency / "told") ? read_text(agency / "told") : ""; }

}  // namespace

TEST_CASE("Each channel can be tried, and says what became of it") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    const Ended none = agency.run({"notify", "test"});
    CHECK(none.code == 78);
    CHECK(has(none.err, "there is no `notify` in"));

    tell_by(agency, keeping(agency));
    const Ended good = agency.run({"notify", "test"});
    INFO(good.out << good.err);
    CHECK(good.code == 0);
    CHECK(has(good.out, "command: took the message"));
    CHECK(has(told(agency), "Nothing is wrong."));
    CHECK_FALSE(fs::exists(agency.store()));  // nothing has run
    CHECK(agency.run({"notify", "test", "mail"}).code == 78);
    CHECK(agency.run({"notify", "test", "pigeon"}).code == 64);
    CHECK(agency.run({"notify"}).code == 64);

    tell_by(agency, keeping(agency) + ", webhook: {url: \"http://127.0.0.1:1/alerts\", secret: notify_secret}, mail: {smtp: \"smtps://127.0.0.1:1\", from: b@a.example, to: [you@a.example]}");
    const Ended missing = agency.run({"--output", "json", "notify", "test"});
    CHECK(missing.code == 1);
    const json channels = missing.object().at("channels");
    REQUIRE(channels.size() == 3);
    CHECK(channels[0].at("told") == true);
    CHECK(has(channels[1].at("problem"), "the secret notify_secret is nowhere"));
    CHECK(channels[2].at("told") == false);
    CHECK(has(channels[2].at("problem"), " (127.0.0.1:1)"));
    agency.variables()["NOTIFY_SECRET"] = "a-secret-of-the-hook";
    const Ended refused = agency.run({"notify", "test", "webhook"});
    CHECK(refused.code == 1);
    CHECK(has(refused.out, "webhook: FAILED: "));
    CHECK_FALSE(has(refused.out + refused.err, "a-secret-of-the-hook"));
}

TEST_CASE("check looks at how people are told: a program that isn't there and a secret that can't be read, each with its place") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, "command: [/nowhere/alert], webhook: {url: \"https://alerts.example/x\", secret: notify_secret}");
    const Ended ended = agency.run({"check"});
    CHECK(ended.code == 0);
    CHECK(has(ended.out, "bindery.yaml:3:19: nobody is told by command: /nowhere/alert isn't there"));
    CHECK(has(ended.out, "nobody is told by webhook: the secret notify_secret is nowhere"));
    CHECK(agency.run({"--output", "json", "check"}).object().at("warnings").size() >= 2);
    agency.variables()["NOTIFY_SECRET"] = "x";
    tell_by(agency, "command: [sh, -c, cat], webhook: {url: \"https://alerts.example/x\", secret: notify_secret}");
    CHECK_FALSE(has(agency.run({"check"}).out, "nobody is told"));
    tell_by(agency, "mail: {smtp: \"smtp://127.0.0.1:1/our.name\", from: b@a.example, to: [you@a.example], user: ann}");
    const Ended open = agency.run({"check"});
    CHECK(open.code == 0);
    CHECK(has(open.out, "`user` ann logs in at the mail server without a password"));
}

TEST_CASE("A job that never runs is told under cron alone once its stale_after has gone by, and status agrees") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    write_text(agency / "jobs/other.yaml", "job: other\nsteps:\n  - pull: bindpilot.renewals\n");
    const Words other{"sync", "--job", "other", "--trigger", "schedule"};
    CHECK(agency.run(other).code == 0);
    CHECK(agency.run({"status", "--check"}).code == 0);
    CHECK(told(agency).empty());
    CHECK(agency.cell("SELECT count(*) FROM job_turn WHERE job = 'renewals'") == "1");
    agency.rows("UPDATE job_turn SET first_seen = '2026-01-15T13:00:00.000Z'");
    CHECK(agency.run({"status", "--check"}).code != 0);
    CHECK(agency.run(other).code == 0);
    CHECK(has(told(agency), "job renewals had no good run for longer than its stale_after"));
}

TEST_CASE("A daemon that its store keeps from beginning is told once, however often it is started, and so is its end") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    agency.synced(0);
    fs::remove(agency / "told");
    const std::string sound = read_text(agency.store());
    for (const char* tail : {"-wal", "-shm"}) fs::remove(agency.store().string() + tail);
    write_text(agency.store(), "not a database!!" + sound.substr(16));
    for (int i = 0; i < 3; ++i) CHECK(agency.run({"run"}).code == 1);
    CHECK(count_of(told(agency), "the daemon can't begin, and no job runs: ") == 1);
    CHECK(has(told(agency), "isn't a SQLite database"));
    CHECK(has(told(agency), "put a backup in its place"));
    write_text(agency.store(), sound);
    Process daemon = agency.start({"run"});
    until([&] { return has(told(agency), "1 trouble is over") && !fs::exists(agency.store().string() + ".start-trouble"); });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A port that is taken at a start is told when starts have failed for five minutes") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    agency.synced(0);
    fs::remove(agency / "told");
    const std::string address = sandbox.variables().at("BI369_BASE_URL");
    const std::string taken = std::to_string(std::stoi(address.substr(address.find(':', 6) + 1)));
    replace_in(agency / "config/bindery.yaml", "web: {port: 0}", "web: {port: " + taken + "}");
    CHECK(agency.run({"run"}).code == 1);
    CHECK(told(agency).empty());
    const fs::path noted = agency.store().string() + ".start-trouble";
    json failing = json::parse(read_text(noted));
    const json last = failing.at("last");
    failing["since"] = failing["last"] = "2026-01-15T13:00:00.000Z";
    write_text(noted, failing.dump());
    CHECK(agency.run({"run"}).code == 1);
    CHECK(told(agency).empty());  // nothing had failed for long, it was stopped
    CHECK(json::parse(read_text(noted)).at("since").get<std::string>() >= last.get<std::string>());
    failing["last"] = last;
    write_text(noted, failing.dump());
    for (int i = 0; i < 2; ++i) CHECK(agency.run({"run"}).code == 1);
    CHECK(count_of(told(agency), "the daemon can't begin, and no job runs: ") == 1);
}

TEST_CASE("What a start that failed notes goes through no link, and takes nothing of what was noted when it can't be written") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    agency.synced(0);
    fs::remove(agency / "told");
    write_text(agency.store(), "not a database!!" + read_text(agency.store()).substr(16));
    for (const char* tail : {"-wal", "-shm"}) fs::remove(agency.store().string() + tail);
    const fs::path noted = agency.store().string() + ".start-trouble", part = noted.string() + ".part";
    write_text(agency / "victim", "precious");
    fs::create_symlink(agency / "victim", noted);
    CHECK(agency.run({"run"}).code == 1);
    CHECK(read_text(agency / "victim") == "precious");
    CHECK_FALSE(fs::is_symlink(noted));
    CHECK(mode_of(noted) == 0600);
    const std::string before = read_text(noted);
    fs::create_directories(part / "in the way");
    agency.variables()["RUNTIME_DIRECTORY"] = (agency / "nowhere").string();  // else it would be noted in memory
    const Ended ended = agency.run({"run"});
    CHECK(ended.code == 1);
    CHECK(has(ended.err, "people couldn't be told that the daemon doesn't begin"));
    CHECK(read_text(noted) == before);
    CHECK(count_of(told(agency), "the daemon can't begin, and no job runs: ") == 1);
}

TEST_CASE("The end of a failed start that nobody took is told later, and what fails then is told as new") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    const auto down = agency / "down";
    tell_by(agency, "command: [/bin/sh, -c, \"! test -e " + down.string() + " && cat >> " + (agency / "told").string() + "\"]");
    agency.synced(0);
    fs::remove(agency / "told");
    const std::string sound = read_text(agency.store());
    const fs::path noted = agency.store().string() + ".start-trouble";
    const auto damage = [&] {
        for (const char* tail : {"-wal", "-shm"}) fs::remove(agency.store().string() + tail);
        write_text(agency.store(), "not a database!!" + sound.substr(16));
    };
    damage();
    CHECK(agency.run({"run"}).code == 1);
    CHECK(count_of(told(agency), "the daemon can't begin, and no job runs: ") == 1);

    write_text(agency.store(), sound);
    write_text(down, "");
    {
        Process daemon = agency.start({"run"});
        until([&] { return json::parse(read_text(noted)).contains("ended"); });
        daemon.signal(SIGTERM);
        const Ended ended = daemon.wait();
        INFO(ended.err);
        CHECK(ended.code == 143);
    }
    CHECK_FALSE(json::parse(read_text(noted)).contains("since"));
    fs::remove(down);
    fs::remove(agency / "told");
    damage();
    CHECK(agency.run({"run"}).code == 1);
    CHECK(count_of(told(agency), "the daemon can't begin, and no job runs: ") == 1);

    write_text(agency.store(), sound);
    write_text(down, "");
    replace_in(agency.job_file(), "schedule:", "schedule: {every: 1s}\n#");
    Process daemon = agency.start({"run"});
    until([&] { return json::parse(read_text(noted)).contains("ended"); });
    fs::remove(down);
    until([&] { return has(told(agency), "1 trouble is over") && !fs::exists(noted); });  // after one of its runs, or ten minutes
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A start that failed on a mistake is told with the mistake, once, and its end when the daemon runs") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    agency.synced(0);
    fs::remove(agency / "told");
    const std::string job = read_text(agency.job_file());
    write_text(agency.job_file(), job + "schedul: {}\n");
    CHECK(agency.run({"run"}).code == 78);
    const Ended first = agency.run({"notify", "start-failed"});
    INFO(first.out << first.err);
    CHECK(first.code == 0);
    CHECK(has(told(agency), "the daemon didn't start, and no job runs: "));
    CHECK(has(told(agency), "unknown key `schedul`"));
    CHECK(agency.run({"notify", "start-failed"}).code == 0);
    CHECK(count_of(told(agency), "the daemon didn't start") == 1);

    // Another mistake, in the settings themselves.
    write_text(agency / "config/bindery.yaml", read_text(agency / "config/bindery.yaml") + "stor: x\n");
    CHECK(agency.run({"notify", "start-failed"}).code == 0);
    CHECK(has(told(agency), "unknown key `stor`"));

    fs::remove(agency / "told");
    write_text(agency.job_file(), job);
    tell_by(agency, keeping(agency));
    agency.synced(0);  // by hand or by cron: the service still stands
    CHECK(told(agency).empty());
    {
        Process daemon = agency.start({"run"});
        until([&] { return has(told(agency), "Over:"); });
        CHECK(has(told(agency), "the daemon didn't start"));
        // It runs: what is said of its start is about something else.
        fs::remove(agency / "told");
        const Ended beside = agency.run({"notify", "start-failed"});
        CHECK(beside.code == 0);
        CHECK(has(beside.err, "a daemon runs"));
        CHECK(told(agency).empty());
        daemon.signal(SIGTERM);
        CHECK(daemon.wait().code == 143);
    }

    // Where the reason shows nowhere, the journal has it; where nothing can be read, nobody can be told.
    agency.variables()["MONITOR_EXIT_STATUS"] = "78";
    agency.variables()["MONITOR_UNIT"] = "bindery@acme.service";
    CHECK(agency.run({"notify", "start-failed"}).code == 0);
    CHECK(has(told(agency), "exit code 78; the reason is in the journal: journalctl -u bindery@acme.service"));
    write_text(agency / "config/bindery.yaml", "notify: {command: [\n");
    const Ended hopeless = agency.run({"notify", "start-failed"});
    CHECK(hopeless.code == 78);
    CHECK(has(hopeless.err, "nobody can be told"));
}

TEST_CASE("Only an end that waits for a person is a start that failed") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    struct Row {
        std::string status;
        bool told;
    };
    for (const Row& row : std::vector<Row>{{"64", true}, {"78", true}, {"", true}, {"0", false}, {"1", false}, {"6", false}, {"143", false}, {"203", false}, {"KILL", false}, {"TERM", false}, {"780", false}}) {
        CAPTURE(row.status);
        fs::remove(agency / "told");
        agency.variables()["MONITOR_EXIT_STATUS"] = row.status;
        const Ended ended = agency.run({"notify", "start-failed"});
        CHECK(ended.code == 0);
        CHECK(has(told(agency), "the daemon didn't start") == row.told);
        CHECK(has(ended.err, "ended with " + row.status + ", which waits for nobody") != row.told);
    }
}

TEST_CASE("A start that failed leaves a store of another version as it is, and doesn't write beside one who tells people") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    tell_by(agency, keeping(agency));
    agency.synced(0);
    {
        // Somebody who never ends tells people.
        const int lock = ::open((agency.store().string() + ".lock-notify.").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(::flock(lock, LOCK_EX) == 0);
        CHECK(has(agency.run({"notify", "start-failed"}).err, "couldn't be noted"));
        CHECK(agency.rows("SELECT 1 FROM trouble WHERE key = 'start'").empty());
        ::close(lock);
    }
    agency.rows("DELETE FROM migration WHERE number = 11");
    agency.rows("DROP TABLE run_call");
    fs::remove(agency / "told");
    const Ended ended = agency.run({"notify", "start-failed"});
    INFO(ended.err);
    CHECK(ended.code == 0);
    CHECK(has(told(agency), "the daemon didn't start"));
    CHECK(has(ended.err, "couldn't be noted"));
    CHECK(agency.rows("SELECT 1 FROM sqlite_master WHERE name = 'run_call'").empty());
    CHECK_FALSE(fs::exists(agency.store().string() + ".before-0011"));
}

TEST_CASE("jobs tells of a retry that is pending, as one") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    agency.synced(0);
    CHECK_FALSE(has(agency.run({"jobs"}).out, "(retry)"));
    sandbox.fault({{"kind", "status"}, {"status", 400}, {"service", "bindpilot"}, {"times", 0}});
    CHECK(agency.sync().code == 1);
    sandbox.no_faults();
    CHECK(has(agency.run({"jobs"}).out, "(retry)"));
    const json fires = agency.run({"--output", "json", "jobs", "--next", "3"}).object().at("jobs").at(0).at("fires");
    REQUIRE(fires.size() == 3);
    CHECK(fires[0].at("retry") == true);
    CHECK(fires[1].at("retry") == false);
    agency.synced(0);
    CHECK_FALSE(has(agency.run({"jobs"}).out, "(retry)"));
}
