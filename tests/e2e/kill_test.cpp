// What is left after a process was shot, told to stop, or found another at work.
#include <algorithm>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "support.h"

using namespace bindery::e2e;

namespace {

// "BN-16E260C066" of a task's text.
std::string ref_in(const json& task) {
    const std::string text = task.dump();
    const std::size_t at = text.rfind("Ref BN-");
    return at == std::string::npos ? "" : text.substr(at + 4, 13);
}

std::map<std::string, int> tasks_by_ref(const Sandbox& sandbox) {
    std::map<std::string, int> count;
    for (const auto& task : sandbox.tasks()) ++count[ref_in(task)];
    return count;
}

std::set<std::string> decided(const Agency& agency) {
    std::set<std::string> all;
    for (const auto& row : agency.rows("SELECT name || once_per FROM effect")) all.insert(row.front());
    return all;
}

// Everywhere, so that there is much to send; several pages; no rests, so that kills fall on work rather than on waits.
void make_busy(const Agency& agency) {
    replace_in(agency.job_file(), "territory: [TX, OK, NM]", "territory: []");
    replace_in(agency.service_file("bindpilot"), "per_page: 100", "per_page: 15");
    replace_in(agency.service_file("bindpilot"), "{tokens: 10, per", "{tokens: 10000, per");
    replace_in(agency.service_file("bindpilot"), "{tokens: 100, per", "{tokens: 10000, per");
    replace_in(agency.service_file("bi369"), "{tokens: 600, per", "{tokens: 60000, per");
}

// No task is missing, none is there more than twice, and whatever isn't there exactly once is told by the ledger.
void check_books(const Agency& agency, const Sandbox& sandbox, const std::set<std::string>& wanted) {
    CHECK(decided(agency) == wanted);
    const auto tasks = tasks_by_ref(sandbox);
    std::size_t known = 0;
    for (const auto& row : agency.rows("SELECT ref, state, retries, attempts FROM effect")) {
        const auto found = tasks.find(row[0]);
        const int there = found == tasks.end() ? 0 : found->second;
        INFO(row[0] << " is " << row[1] << ", sent " << row[3] << " times, there " << there << " times");
        known += there > 0 ? 1 : 0;
        CHECK((row[1] == "done" || row[1] == "held"));
        CHECK(there <= 2);
        if (there == 0) CHECK(row[1] == "held");
        if (there == 2) CHECK((row[2] != "0" || row[1] == "held"));
    }
    CHECK(known == tasks.size());  // no task that the ledger doesn't know
    CHECK(agency.cell("PRAGMA integrity_check") == "ok");
}

}  // namespace

TEST_CASE("A process that is shot at any moment loses no task, doubles none unseen, and leaves a sound store") {
    const Sandbox sandbox({"--policies", "70", "--renewals", "45", "--no-limits"});
    const Agency agency(sandbox);
    make_busy(agency);
    double whole = 1000;  // seconds of a run that nobody disturbs
    for (int i = 0; i < 3; ++i) {
        agency.forget_everything();
        sandbox.reset();
        const Ended undisturbed = agency.sync();
        REQUIRE(undisturbed.code == 0);
        whole = std::min(whole, undisturbed.seconds);
    }
    const auto wanted = decided(agency);
    REQUIRE(wanted.size() > 20);

    std::mt19937 random(369);
    int kills = 0, doubts = 0, rounds = 0;
    while (kills < 200) {
        agency.forget_everything();
        sandbox.reset();
        ++rounds;
        for (int shot = 0; shot < 6; ++shot) {
            const double moment = std::uniform_real_distribution<double>(0, whole)(random);
            Process process = agency.start({"sync", "--job", "renewals"});
            std::this_thread::sleep_for(std::chrono::duration<double>(moment));
            const bool alive = process.running();
            if (alive) {
                process.signal(SIGKILL);
                ++kills;
            }
            const Ended ended = process.wait();
            if (!alive) CHECK((ended.code == 0 || ended.code == 5));
        }
        const Ended status = agency.run({"--output", "json", "status"});
        INFO(status.out << status.err);
        CHECK((status.code == 0 || status.code == 1));
        status.object();
        Ended last;
        for (int i = 0; i < 2; ++i) {
            last = agency.sync();
            INFO(last.err);
            CHECK((last.code == 0 || last.code == 5));
        }
        doubts += std::stoi(agency.cell("SELECT count(*) FROM effect WHERE retries > 0 OR state = 'held'"));
        check_books(agency, sandbox, wanted);
        const int writes = sandbox.writes();
        CHECK(agency.sync().code == 0);
        CHECK(sandbox.writes() == writes);
    }
    INFO(kills << " kills in " << rounds << " rounds");
    CHECK(doubts > 0);  // or the shots missed what this is about
}

TEST_CASE("SIGTERM ends a run in order, and the next one goes on") {
    const Sandbox sandbox({"--policies", "70", "--renewals", "45"});
    const Agency agency(sandbox);
    make_busy(agency);
    const Ended probe = agency.sync();
    const auto wanted = decided(agency);
    for (const char* where : {"/v1/renewals", "/v1/projects"}) {
        agency.forget_everything();
        sandbox.reset();
        sandbox.fault({{"kind", "latency"}, {"latency_ms", 1500}, {"path_prefix", where}, {"times", 0}, {"after", 1}});
        Process process = agency.start({"--output", "json", "sync", "--job", "renewals"});
        std::this_thread::sleep_for(std::chrono::duration<double>(probe.seconds + 0.7));
        REQUIRE(process.running());
        const auto asked = std::chrono::steady_clock::now();
        process.signal(SIGTERM);
        const Ended ended = process.wait();
        const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();
        INFO(where << ": " << ended.out << ended.err);
        CHECK(ended.code == 143);
        CHECK(took < 10);
        const json report = ended.object();
        CHECK(report.at("outcome") == "interrupted");
        CHECK(report.at("error").at("code") == "INTERRUPTED");
        sandbox.no_faults();
        CHECK(agency.sync().code == 0);
        CHECK(agency.sync().code == 0);
        check_books(agency, sandbox, wanted);
        for (const auto& [ref, there] : tasks_by_ref(sandbox)) {
            INFO(ref);
            CHECK(there == 1);  // an orderly end drains what is under way
        }
    }
}

TEST_CASE("A second run of a job that runs is refused by name, also as JSON, and harms nothing") {
    const Sandbox sandbox({"--policies", "60", "--fault", "kind=latency,latency_ms=2500,path_prefix=/v1/renewals"});
    const Agency agency(sandbox);
    Process first = agency.start({"--output", "json", "sync", "--job", "renewals"});
    while (sandbox.requests().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Ended second = agency.sync();
    INFO(second.out << second.err);
    CHECK(second.code == 6);
    CHECK(second.err.find("job renewals is running already (process " + std::to_string(first.pid()) + ")") != std::string::npos);
    CHECK(second.object().at("error").at("code") == "RUNNING_ELSEWHERE");
    const Ended status = agency.run({"status"});
    CHECK(status.code == 0);
    CHECK(status.out.find("running") != std::string::npos);
    const Ended done = first.wait();
    CHECK(done.code == 0);
    CHECK(sandbox.tasks().size() == done.object().at("effects").at("done"));
    CHECK(agency.run({"status"}).out.find("running") == std::string::npos);
}
