// bindery run, the daemon, as systemd and people treat it: started, reloaded, paused, stopped, shot.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "support.h"

using namespace bindery::e2e;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Fails the test when it doesn't come about: a limit against hanging, not a measure.
void until(const std::function<bool()>& good) {
    for (int i = 0; i < 1000; ++i) {
        if (good()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("it didn't come about");
}

int runs_of(const Agency& agency, const std::string& job, const std::string& outcome = "done") {
    if (!fs::exists(agency.store())) return 0;
    const Ended ended = agency.run({"--output", "json", "runs", "--job", job, "--limit", "1000"});
    if (ended.code != 0) return 0;  // the store is being made
    int n = 0;
    const json object = ended.object();
    for (const auto& run : object.at("runs")) n += run.at("outcome") == outcome ? 1 : 0;
    return n;
}

// A job that only reads, so that it may run as often as it likes.
void reading_job(const Agency& agency, const std::string& name, const std::string& schedule) {
    write_text(agency / ("jobs/" + name + ".yaml"), "job: " + name + "\nschedule: " + schedule + "\nsteps:\n  - pull: bindpilot.renewals\n");
}

// What systemd would hear.
class NotifySocket {
  public:
    explicit NotifySocket(const Agency& agency) : path_(agency / "notify") {
        fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~NotifySocket() { ::close(fd_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    std::string path() const { return path_.string(); }
    bool heard(const std::string& part) {
        std::string bytes(8192, '\0');
        for (ssize_t n = 0; (n = ::recv(fd_, bytes.data(), bytes.size(), 0)) > 0;) all_ += bytes.substr(0, static_cast<std::size_t>(n)) + "\n";
        return has(all_, part);
    }

  private:
    fs::path path_;
    int fd_ = -1;
    std::string all_;
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
