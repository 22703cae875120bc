// bindery run, the daemon, as systemd and people treat it: started, reloaded, paused, stopped, shot.
#include <sqlite3.h>
#include <unistd.h>

#include <csignal>

#include "daemon_support.h"

using namespace bindery::e2e;

namespace {

// A backup tool, or somebody's sqlite3 shell, in the middle of a transaction.
class LockedStore {
  public:
    explicit LockedStore(const Agency& agency) {
        REQUIRE(sqlite3_open_v2(agency.store().c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(db_, 10000);
        REQUIRE(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~LockedStore() { sqlite3_close(db_); }
    LockedStore(const LockedStore&) = delete;
    LockedStore& operator=(const LockedStore&) = delete;

  private:
    sqlite3* db_ = nullptr;
};

}  // namespace

TEST_CASE("The daemon starts what is due, one job after another, tells systemd, and stops in order") {
    const Sandbox sandbox({"--policies", "40"});
    Agency agency(sandbox);
    NotifySocket systemd(agency);
    agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    agency.variables()["WATCHDOG_USEC"] = "200000";
    reading_job(agency, "often", "{every: 1s}");
    reading_job(agency, "then", "{after: [often]}");
    Process daemon = agency.start({"run"});
    until([&] { return systemd.heard("READY=1") && runs_of(agency, "often") >= 2 && runs_of(agency, "then") >= 1; });
    until([&] { return systemd.heard("READY=1") && systemd.heard("WATCHDOG=1") && systemd.heard("STATUS="); });
    CHECK_FALSE(systemd.heard("nothing is scheduled"));  // also not at the first, when it hasn't looked yet

    // One daemon a store; a person's run beside it is fine.
    const Ended second = agency.run({"run"});
    CHECK(second.code == 6);
    CHECK(has(second.err, std::to_string(daemon.pid())));
    CHECK(agency.run({"sync", "--job", "renewals"}).code == 0);

    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait();
    INFO(ended.err);
    CHECK(ended.code == 143);
    CHECK(systemd.heard("STOPPING=1"));
    CHECK(has(ended.err, "stopped"));
    CHECK(agency.rows("SELECT 1 FROM run WHERE state = 'running'").empty());
}

TEST_CASE("While the only job runs its status doesn't say that nothing is scheduled") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    NotifySocket systemd(agency);
    agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    fs::remove(agency.job_file());
    reading_job(agency, "only", "{every: 10h}");
    Process daemon = agency.start({"run"});
    until([&] { return systemd.heard("STATUS=idle; next start at "); });
    CHECK(systemd.heard("STATUS=running only"));
    CHECK_FALSE(systemd.heard("nothing is scheduled"));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A paused job doesn't start by itself, and resume makes up what it missed at once") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    reading_job(agency, "often", "{every: 1h}");
    CHECK(agency.run({"pause", "often", "--why", "lunch"}).code == 0);
    const Ended again = agency.run({"--output", "json", "pause", "often"});
    CHECK(again.object().at("changed") == false);
    CHECK(agency.run({"pause", "oftn"}).code == 64);
    Process daemon = agency.start({"run"});
    until([&] { return fs::exists(agency / "config/bindery.db.bell") && !read_text(agency / "config/bindery.db.lock-daemon.").empty(); });
    CHECK(runs_of(agency, "often") == 0);
    const json jobs = agency.run({"--output", "json", "jobs"}).object();
    for (const auto& job : jobs.at("jobs")) CHECK(job.at("paused") == (job.at("job") == "often"));
    const json cron = agency.run({"--output", "json", "sync", "--job", "often", "--trigger", "schedule"}).object();
    CHECK(cron.at("outcome") == "paused");
    CHECK(runs_of(agency, "often") == 0);

    CHECK(agency.run({"resume", "often"}).code == 0);
    until([&] { return runs_of(agency, "often") == 1; });
    daemon.signal(SIGINT);
    CHECK(daemon.wait().code == 143);
    CHECK(agency.cell("SELECT group_concat(kind) FROM (SELECT kind FROM audit WHERE subject = 'job often' ORDER BY rowid)") == "pause,resume");
}

TEST_CASE("SIGHUP takes a new configuration, and leaves the old one in place of a broken one") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    reading_job(agency, "first", "{every: 1h}");
    Process daemon = agency.start({"run"});
    until([&] { return runs_of(agency, "first") == 1; });
    reading_job(agency, "second", "{evry: 1h}");
    daemon.signal(SIGHUP);
    const Ended broken = agency.run({"check"});
    CHECK(broken.code == 78);
    reading_job(agency, "second", "{every: 1h}");
    daemon.signal(SIGHUP);
    until([&] { return runs_of(agency, "second") == 1; });
    CHECK(runs_of(agency, "first") == 1);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A daemon that is shot goes on where it was, and repeats no turn that was taken") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    reading_job(agency, "hourly", "{every: 1h}");
    reading_job(agency, "often", "{every: 1s}");
    int before = 0;
    for (int i = 0; i < 4; ++i) {
        Process daemon = agency.start({"run"});
        until([&] { return runs_of(agency, "often") > before; });
        daemon.signal(SIGKILL);
        daemon.wait();
        before = runs_of(agency, "often");
    }
    CHECK(runs_of(agency, "hourly") + runs_of(agency, "hourly", "failed") == 1);
    CHECK(agency.cell("PRAGMA integrity_check") == "ok");
}

TEST_CASE("A store that another process keeps locked stops no daemon, and no stop: it says so and goes on when it can") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    NotifySocket systemd(agency);
    agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    reading_job(agency, "first", "{every: 1h}");
    fs::remove(agency.job_file());
    Process daemon = agency.start({"run"});
    until([&] { return runs_of(agency, "first") == 1 && systemd.heard("STATUS=idle"); });
    {
        const LockedStore locked(agency);
        reading_job(agency, "second", "{every: 1h}");
        daemon.signal(SIGHUP);  // a job that was never seen: the daemon has to write
        until([&] { return systemd.heard("is locked by another process"); });
        CHECK(daemon.running());
    }
    until([&] { return runs_of(agency, "second") == 1; }, 60);
    {
        const LockedStore locked(agency);
        daemon.signal(SIGTERM);
        CHECK(daemon.wait().code == 143);
    }
}

TEST_CASE("A job without its key is told of at once, without the key of anybody, and a lock that a dead process left holds up nothing") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    NotifySocket systemd(agency);
    reading_job(agency, "first", "{every: 1h}");
    fs::remove(agency.job_file());
    write_text(agency / "config/bindery.yaml", read_text(agency / "config/bindery.yaml") + "notify: {command: [/bin/sh, -c, \"cat > " + (agency / "told").string() + "; env > " + (agency / "env").string() + "\"]}\n");
    const std::string key = agency.variables().at("BINDPILOT_API_KEY");
    agency.variables().erase("BINDPILOT_API_KEY");
    Process daemon = agency.start({"run"});
    until([&] { return fs::exists(agency / "env") && has(read_text(agency / "told"), "job first failed (run 1)"); });
    CHECK(has(read_text(agency / "told"), "bindpilot_api_key is nowhere"));
    CHECK_FALSE(has(read_text(agency / "env"), "API_KEY"));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);

    // Shot in the middle of a run; then the machine starts, and its number is another's.
    agency.variables()["BINDPILOT_API_KEY"] = key;
    reading_job(agency, "second", "{every: 1s, retry: 1s}");
    sandbox.fault({{"kind", "latency"}, {"service", "bindpilot"}, {"times", 0}, {"latency_ms", 20000}});
    Process shot = agency.start({"run"});
    until([&] { return agency.cell("SELECT count(*) FROM run WHERE job = 'second' AND state = 'running'") == "1"; });
    shot.signal(SIGKILL);
    shot.wait();
    sandbox.no_faults();
    write_text(agency / "config/bindery.db.lock-second", std::to_string(::getpid()) + "\n");
    CHECK(has(agency.run({"status"}).out, "second"));
    Process again = agency.start({"run"});
    until([&] { return runs_of(agency, "second") >= 1; }, 60);
    again.signal(SIGTERM);
    CHECK(again.wait().code == 143);
}

TEST_CASE("A port that was asked for and is taken ends the start with one error that is worth another try, and SIGHUP ends no start") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    fs::remove(agency.job_file());
    reading_job(agency, "first", "{every: 1h}");
    const std::string url = sandbox.variables().at("BINDPILOT_BASE_URL");  // something listens there
    const std::string settings = read_text(agency / "config/bindery.yaml");
    write_text(agency / "config/bindery.yaml", settings + "web: {port: " + std::to_string(std::stoi(url.substr(url.rfind(':') + 1))) + "}\n");
    const Ended taken = agency.run({"run"});
    CHECK(taken.code == 1);
    CHECK(has(taken.err, "another program has it"));
    CHECK(runs_of(agency, "first") == 0);
    write_text(agency / "config/bindery.yaml", settings + "web: {port: 0}\n");
    NotifySocket systemd(agency);
    agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    fs::remove(agency / "config/bindery.db.bell");
    Process daemon = agency.start({"run"});
    until([&] { return fs::exists(agency / "config/bindery.db.bell"); });  // before, it is the test's own copy that hears
    for (int i = 0; i < 20; ++i) daemon.signal(SIGHUP);
    until([&] { return systemd.heard("RELOADING=1") && runs_of(agency, "first") == 1; });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A job that follows another starts when a person has run that one") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    fs::remove(agency.job_file());
    write_text(agency / "jobs/first.yaml", "job: first\nsteps:\n  - pull: bindpilot.renewals\n");  // by hand only
    reading_job(agency, "then", "{after: [first]}");
    Process daemon = agency.start({"run"});
    until([&] { return fs::exists(agency.store()) && agency.cell("SELECT count(*) FROM sqlite_schema WHERE name = 'job_turn'") == "1" && agency.cell("SELECT count(*) FROM job_turn") == "2"; });
    CHECK(runs_of(agency, "then") == 0);
    REQUIRE(agency.run({"sync", "--job", "first"}).code == 0);
    until([&] { return runs_of(agency, "then") == 1; });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A daemon whose store is replaced under it ends, so that it is started on the new one") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    reading_job(agency, "often", "{every: 1s}");
    fs::remove(agency.job_file());
    Process daemon = agency.start({"run"});
    until([&] { return runs_of(agency, "often") >= 1; });
    REQUIRE(agency.run({"backup", (agency / "copy.db").string()}).code == 0);
    fs::rename(agency / "copy.db", agency.store());
    const Ended ended = daemon.wait();
    INFO(ended.err);
    CHECK(ended.code == 1);
    CHECK(has(ended.err, "was replaced or removed under this daemon"));
}

TEST_CASE("A daemon that waits for a slow reply is gone within its time, and the effect is looked at later") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    replace_in(agency.job_file(), "schedule: {cron: \"0 6 * * *\", timezone: America/Denver, catch_up: once, jitter: 2m}", "schedule: {every: 1h}");
    sandbox.fault({{"kind", "latency"}, {"service", "bi369"}, {"method", "POST"}, {"times", 0}, {"latency_ms", 25000}});
    Process daemon = agency.start({"run"});
    until([&] { return fs::exists(agency.store()) && agency.cell("SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'effect'") == "1" && agency.cell("SELECT count(*) > 0 FROM effect WHERE state = 'sending'") == "1"; });
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(20));
    INFO(ended.err);
    CHECK(ended.code == 143);
    sandbox.no_faults();
    const Ended next = agency.run({"sync", "--job", "renewals"});
    INFO(next.out << next.err);
    CHECK((next.code == 0 || next.code == 5));
    CHECK(agency.rows("SELECT 1 FROM effect WHERE state = 'sending'").empty());
}

TEST_CASE("The examples of the schedule page run") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    CHECK(run_examples(agency, "docs/schedule.md") == 4);
}
