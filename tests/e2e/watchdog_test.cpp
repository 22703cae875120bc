// A daemon that hangs is noticed, and one that works isn't: what systemd's watchdog and /readyz are told by the real program.
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>

#include "daemon_support.h"
#include "raw_client.h"

using namespace bindery::e2e;

namespace {

// The main thread of a child process, stopped as if it hung, while its other threads go on.
class StoppedMainThread {
  public:
    explicit StoppedMainThread(pid_t pid) : pid_(pid) {
        allowed_ = ::ptrace(PTRACE_SEIZE, pid_, nullptr, nullptr) == 0 && ::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) == 0 && ::waitpid(pid_, nullptr, __WALL) == pid_;
    }
    ~StoppedMainThread() {
        if (allowed_) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    }
    StoppedMainThread(const StoppedMainThread&) = delete;
    StoppedMainThread& operator=(const StoppedMainThread&) = delete;
    bool allowed() const { return allowed_; }

  private:
    pid_t pid_;
    bool allowed_ = false;
};

constexpr const char* kWatchdog = "400000";  // microseconds

struct Watched {
    Agency agency;
    NotifySocket systemd;
    int port = free_port();

    explicit Watched(const Sandbox& sandbox) : agency(sandbox), systemd(agency) {
        fs::remove(agency.job_file());
        agency.variables()["NOTIFY_SOCKET"] = systemd.path();
        agency.variables()["WATCHDOG_USEC"] = kWatchdog;
        write_text(agency / "config/bindery.yaml", "web: {port: " + std::to_string(port) + "}\n");
        reading_job(agency, "long", "{every: 10h}");
    }
};

}  // namespace

TEST_CASE("The watchdog hears from a daemon while its main loop turns, however long a run takes, and nothing from one that hangs") {
    const Sandbox sandbox({"--policies", "20"});
    Watched watched(sandbox);
    NotifySocket& systemd = watched.systemd;
    sandbox.fault({{"kind", "latency"}, {"service", "bindpilot"}, {"times", 0}, {"latency_ms", 600000}});
    Process daemon = watched.agency.start({"run"});
    until([&] { return systemd.times("WATCHDOG=1", "STATUS=running long") >= 10; });
    CHECK(systemd.messages().front().rfind("READY=1", 0) == 0);
    CHECK(watched.agency.cell("SELECT state FROM run") == "running");
    CHECK(http_status(watched.port, "/readyz") == 200);

    // Another daemon tells how time goes by.
    const Sandbox other_sandbox({"--policies", "20"});
    Watched other(other_sandbox);
    Process pace = other.agency.start({"run"});
    until([&] { return other.systemd.heard("WATCHDOG=1"); });
    {
        const StoppedMainThread hangs(daemon.pid());
        if (!hangs.allowed()) {
            WARN("this machine lets no test stop a thread (ptrace): that a daemon that hangs falls silent isn't tried");
            return;
        }
        const std::size_t before = systemd.messages().size(), paced = other.systemd.messages().size();
        until([&] { return other.systemd.times("WATCHDOG=1", "", paced) >= 10; });
        CHECK(systemd.messages().size() == before);
        CHECK(http_status(watched.port, "/healthz") == 200);
        CHECK(has(http_get(watched.port, "/readyz"), "the scheduler has stopped"));
        CHECK(http_status(watched.port, "/readyz") == 503);
    }
    const std::size_t back = systemd.messages().size();
    until([&] { return systemd.times("WATCHDOG=1", "", back) >= 3; });
    CHECK(http_status(watched.port, "/readyz") == 200);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(120)).code == 143);
}
