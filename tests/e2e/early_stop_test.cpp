// A SIGTERM that comes before a command has begun: it waits until it is known how the command ends, then ends it like any later one.
#include <csignal>

#include "support.h"

using namespace bindery::e2e;

namespace {

// The signal is there before the program's first instruction, and outlives exec.
void stopped_already() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, nullptr);
    ::raise(SIGTERM);
}

}  // namespace

TEST_CASE("A stop that comes before a command has begun ends it with 143, and leaves no run under way and no lock") {
    Sandbox sandbox;
    Agency agency(sandbox);
    agency.synced(0);
    const std::string before = agency.cell("SELECT count(*) FROM effect");
    for (const Words& words : {Words{"sync", "--job", "renewals"}, Words{"plan", "--job", "renewals"}, Words{"sync", "--all"}, Words{"run"}, Words{"check", "--online"},
                               Words{"backup", "copy.backup"}, Words{"purge"}}) {
        INFO(words.front() << " " << words.back());
        Words all{"--output", "json"};
        all.insert(all.end(), words.begin(), words.end());
        const Ended ended = agency.start(all, stopped_already).wait();
        INFO(ended.out << ended.err);
        CHECK(ended.code == 143);
        if (words.front() != "run") CHECK(ended.object().is_object());
        CHECK(agency.cell("SELECT count(*) FROM run WHERE state = 'running'") == "0");
    }
    CHECK_FALSE(fs::exists(agency / "copy.backup"));
    CHECK(agency.cell("SELECT count(*) FROM effect") == before);
    agency.synced(0);
    // What only looks ends at once.
    CHECK(agency.start({"status"}, stopped_already).wait().signal == SIGTERM);
}
