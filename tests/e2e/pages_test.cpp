// The pages, health and metrics of a running daemon: the examples of their pages, Prometheus's own checks, one conflict from two tabs,
// and a stop while a decision waits for the store.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "support.h"

using namespace bindery::e2e;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(fd);
    return std::to_string(ntohs(address.sin_port));
}

// A daemon with pages, and curl as a person's browser.
struct Pages {
    explicit Pages(const Agency& of) : agency(of), port(free_port()), daemon(started()) {
        for (int i = 0; i < 1000 && curl({"-o", "/dev/null", "-w", "%{http_code}", base() + "/readyz"}) != "200"; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    Process started() const {
        write_text(agency / "config/bindery.yaml", read_text(agency / "config/bindery.yaml") + "\nweb: {port: " + port + "}\n");
        return agency.start({"run"});
    }
    std::string base() const { return "http://127.0.0.1:" + port; }
    std::string curl(Words words) const {
        words.insert(words.begin(), {"/usr/bin/curl", "-s", "--path-as-is", "-m", "60"});
        return Process(words, agency.start_variables(), agency.folder()).wait(std::chrono::seconds(70)).out;
    }
    void log_in() {
        const json opened = agency.run({"--output", "json", "open"}).object();
        CHECK(opened.at("daemon") == true);
        const std::string link = opened.at("link");
        const std::string token = link.substr(link.find("token=") + 6);
        const std::string headers = curl({"-D", "-", "-o", "/dev/null", "-d", "token=" + token, base() + "/login"});
        REQUIRE(has(headers, "303"));
        const auto at = headers.find("bindery_" + port);
        cookie = headers.substr(at, headers.find(';', at) - at);
        form_token = between(get("/"), "name=\"token\" value=\"");
    }
    std::string get(const std::string& path) const { return curl({"-b", cookie, base() + path}); }
    // As from one tab: the page that comes after the button.
    std::string post(const std::string& path, const Words& fields) const {
        Words words{"-L", "-b", cookie, "--data-urlencode", "token=" + form_token};
        for (const auto& field : fields) words.insert(words.end(), {"--data-urlencode", field});
        words.push_back(base() + path);
        return curl(words);
    }
    static std::string between(const std::string& text, const std::string& before) {
        const auto at = text.find(before);
        if (at == std::string::npos) return {};
        return text.substr(at + before.size(), text.find('"', at + before.size()) - at - before.size());
    }

    const Agency& agency;
    const std::string port;
    Process daemon;
    std::string cookie, form_token;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

// Holds the store's lock as a long import does.
class LongWrite {
  public:
    explicit LongWrite(const Agency& agency) {
        REQUIRE(sqlite3_open(agency.store().c_str(), &db_) == SQLITE_OK);
        sqlite3_busy_timeout(db_, 20'000);
        REQUIRE(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~LongWrite() { sqlite3_close(db_); }
    LongWrite(const LongWrite&) = delete;
    LongWrite& operator=(const LongWrite&) = delete;

  private:
    sqlite3* db_ = nullptr;
};

void one_conflict(const Agency& agency) {
    agency.rows("INSERT INTO conflict (job, kind, ours, theirs, ours_key, theirs_key, field, type, state, opened_run, opened_at, ours_value) VALUES "
                "('policies', 'gone', 'book.policies', 'bindpilot.policies', 'o1', 't1', '', '', 'open', 1, '2026-11-28T00:00:00Z', NULL)");
}

}  // namespace

TEST_CASE("The pages and metrics of a daemon: examples, Prometheus's checks, two tabs, a stop while a decision waits") {
    const Sandbox sandbox({"--policies", "30"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    CHECK(agency.run({"sync", "--job", "renewals"}).code == 0);
    CHECK(agency.run({"sync", "--job", "policies"}).code == 0);
    one_conflict(agency);
    Pages pages(agency);
    CHECK(run_examples(agency, "docs/pages.md") == 2);

    int examples = 0;
    std::istringstream lines(read_text(fs::path(BINDERY_SOURCE_DIR) / "docs/metrics.md"));
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("$ ", 0) != 0) continue;
        ++examples;
        const Ended ended = Process({"/bin/sh", "-c", replaced(line.substr(2), "8369", pages.port)}, agency.start_variables(), agency.folder()).wait();
        INFO(line << "\n" << ended.out << ended.err);
        CHECK(ended.code == 0);
        CHECK(ended.out.size() > 2);
    }
    CHECK(examples >= 3);

    if (fs::exists("/usr/bin/promtool")) {  // of Debian's package prometheus
        const std::string checks = "/usr/bin/curl -fsS " + pages.base() + "/metrics | /usr/bin/promtool check metrics && /usr/bin/promtool check rules " +
                                   (fs::path(BINDERY_SOURCE_DIR) / "packaging/prometheus/alerts.yml").string() + " && /usr/bin/promtool test rules " +
                                   (fs::path(BINDERY_SOURCE_DIR) / "tests/package/alerts_test.yml").string();
        const Ended ended = Process({"/bin/sh", "-c", checks}, agency.start_variables(), agency.folder()).wait();
        INFO(ended.out << ended.err);
        CHECK(ended.code == 0);
        CHECK(ended.err.empty());
    }

    pages.log_in();
    // Two tabs show the same conflict; the second word comes too late.
    const std::string seen = Pages::between(pages.get("/conflicts"), "name=\"seen\" value=\"");
    REQUIRE(seen.size() == 32);
    const std::string first = pages.post("/resolve", {"id=1", "seen=" + seen, "take=ours"});
    const std::string second = pages.post("/resolve", {"id=1", "seen=" + seen, "take=theirs"});
    INFO(first << second);
    CHECK(has(first, "Conflict 1: ours."));
    CHECK(has(second, "Nothing was changed: conflict 1 is closed already"));
    CHECK(agency.cell("SELECT take FROM conflict WHERE id = 1") == "ours");
    for (const char* path : {"/", "/runs", "/run?id=1", "/effects?state=done", "/quarantine", "/search?q=x", "/conflicts"}) {
        INFO(path);
        CHECK(pages.curl({"-b", pages.cookie, "-o", "/dev/null", "-w", "%{http_code}", pages.base() + path}) == "200");
    }

    // Something long writes: pages and health go on, and a stop waits for no decision.
    const LongWrite import(agency);
    std::vector<Process> waiting;
    for (int i = 0; i < 6; ++i) {
        waiting.emplace_back(Words{"/usr/bin/curl", "-s", "-m", "60", "-b", pages.cookie, "-d", "token=" + pages.form_token + "&id=1&take=ours&seen=x", pages.base() + "/resolve"},
                             agency.start_variables(), agency.folder());
    }
    CHECK(pages.curl({pages.base() + "/healthz"}) == "ok\n");
    CHECK(has(pages.get("/"), "<h1>Overview</h1>"));
    pages.daemon.signal(SIGTERM);
    const Ended ended = pages.daemon.wait(std::chrono::seconds(30));
    INFO(ended.err);
    CHECK(ended.code == 143);
}
