// The inbox of webhooks: what is kept once, what becomes of it, and what is left after a death.
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "core/error.h"
#include "store/inbox_writer.h"
#include "support/temp_folder.h"

using namespace bindery;
using bindery::test::TempFolder;

namespace {

const SystemClock kInboxClock;

WallTime at_minute(int minute) { return parse_rfc3339("2026-01-15T13:00:00Z") + std::chrono::minutes(minute); }

InboxEvent event_of(const std::string& id, int minute = 0, const std::string& service = "bi369") { return {0, service, id, "lead.updated", "{\"id\":\"" + id + "\"}", at_minute(minute)}; }

}  // namespace

TEST_CASE("An event is kept once a service, is its owner's alone, and its body goes when it's sorted") {
    const TempFolder folder;
    const auto store = folder / "bindery.db";
    {
        Inbox inbox(store, kInboxClock);
        CHECK(inbox.keep({event_of("a"), event_of("b"), event_of("a"), event_of("a", 0, "bindpilot")}, {{{"bi369", "too_large"}, 2}}) == std::vector<bool>{true, true, false, true});
    }
    struct stat there {};
    REQUIRE(::stat(inbox_beside(store).c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
    Inbox inbox(store, kInboxClock);
    CHECK(inbox.keep({event_of("b", 9)}, {}) == std::vector<bool>{false});
    const auto events = inbox.unsorted(2);
    REQUIRE(events.size() == 2);
    CHECK(events[0].id == "a");
    CHECK(events[0].seq < events[1].seq);
    CHECK(events[0].received == at_minute(0));
    inbox.sort({{events[0].seq, "echo", {}}, {events[1].seq, "unheard", {}}});
    CHECK(inbox.unsorted(10).size() == 1);
    CHECK(inbox.last_seq() == inbox.unsorted(10).front().seq);
    const InboxFacts facts = inbox.facts();
    CHECK(facts.waiting == 1);
    CHECK(facts.requests.at({"bi369", "too_large"}) == 2);
    CHECK(inbox.keep({event_of("a")}, {}) == std::vector<bool>{false});  // remembered after it was sorted
}

TEST_CASE("Hints stay until a run has dealt with them, and what came meanwhile stays too") {
    const TempFolder folder;
    Inbox inbox(folder / "bindery.db", kInboxClock);
    inbox.keep({event_of("1", 0), event_of("2", 1), event_of("3", 2)}, {});
    const auto events = inbox.unsorted(10);
    const Hint lead{"leads", "bi369.leads", "lead_1", 0, {}}, other{"quotes", "", "", 0, {}};
    inbox.sort({{events[0].seq, "hinted", {lead, other}}, {events[1].seq, "hinted", {lead}}});
    auto hints = inbox.hints();
    REQUIRE(hints.size() == 2);
    CHECK(hints[0].key == "lead_1");
    CHECK(hints[0].seq == events[1].seq);
    CHECK(hints[0].since == at_minute(0));
    CHECK(inbox.facts().oldest == at_minute(0));
    // A run begins; another event about the same record comes; the run ends.
    const std::int64_t begun = hints[0].seq;
    inbox.sort({{events[2].seq, "hinted", {lead}}});
    inbox.done("leads", begun);
    hints = inbox.hints();
    REQUIRE(hints.size() == 2);
    CHECK(hints[0].since == at_minute(2));  // what waited before is dealt with
    inbox.put_off("leads", {2, at_minute(5)});
    CHECK(inbox.tries().at("leads").failed == 2);
    CHECK(inbox.tries().at("leads").not_before == at_minute(5));
    inbox.done("leads", hints[0].seq);
    CHECK(inbox.hints().size() == 1);
    CHECK(inbox.tries().empty());
    inbox.drop_jobs_but({"leads", "renewals"});
    CHECK(inbox.hints().empty());
    inbox.drop_jobs_but({});
    CHECK(inbox.facts().waiting == 0);
}

TEST_CASE("A purge takes ids of old events and none that still waits") {
    const TempFolder folder;
    Inbox inbox(folder / "bindery.db", kInboxClock);
    inbox.keep({event_of("1", 0), event_of("2", 1), event_of("3", 20)}, {});
    const auto events = inbox.unsorted(10);
    inbox.sort({{events[1].seq, "unheard", {}}, {events[2].seq, "unheard", {}}});
    CHECK(inbox.purge(at_minute(10)) == 1);
    CHECK(inbox.unsorted(10).size() == 1);
    CHECK(inbox.keep({event_of("2", 21), event_of("3", 21)}, {}) == std::vector<bool>{true, false});
}

TEST_CASE("Two stores in one folder don't share an inbox, and a stranger's file is left alone") {
    const TempFolder folder;
    { const Inbox first(folder / "acme.db", kInboxClock); }
    try {
        const Inbox second(folder / "other.db", kInboxClock);
        FAIL("it took another store's inbox");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("acme.db") != std::string::npos);
        CHECK(error.hint().find("a folder of its own") != std::string::npos);
    }
    CHECK(Inbox::open_to_look(folder / "acme.db", kInboxClock));
    const TempFolder empty;
    CHECK_FALSE(Inbox::open_to_look(empty / "acme.db", kInboxClock));
}

TEST_CASE("Whether an event could be kept is tried with as much as the longest has") {
    const TempFolder folder;
    Inbox inbox(folder / "bindery.db", kInboxClock);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit room{1u << 20, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &room) == 0);
    std::string small, large;
    try {
        inbox.try_to_keep(256u << 10);
    } catch (const Error& error) {
        small = error.what();
    }
    try {
        inbox.try_to_keep(4u << 20);
    } catch (const Error& error) {
        large = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(small.empty());
    CHECK_FALSE(large.empty());
    inbox.try_to_keep(4u << 20);
}

TEST_CASE("Windows open, are seen, and shut") {
    const TempFolder folder;
    Inbox inbox(folder / "bindery.db", kInboxClock);
    inbox.open_window("bindpilot", at_minute(10));
    CHECK(inbox.windows().at("bindpilot").state == WindowState::asked);
    inbox.set_window("bindpilot", WindowState::open);
    CHECK(inbox.windows().at("bindpilot").state == WindowState::open);
    CHECK(inbox.windows().at("bindpilot").until == at_minute(10));
    inbox.secret_written("bindpilot");
    CHECK(inbox.windows().at("bindpilot").state == WindowState::secret_written);
    inbox.close_window("bindpilot");
    CHECK(inbox.windows().empty());
    inbox.secret_written("bindpilot");  // the daemon had shut it: it's told of the secret all the same
    CHECK(inbox.windows().at("bindpilot").state == WindowState::secret_written);
}

TEST_CASE("Many threads keep events at once, each told rightly whether its own was fresh") {
    const TempFolder folder;
    const auto store = folder / "bindery.db";
    std::atomic<int> fresh{0};
    {
        InboxWriter writer(store, kInboxClock);
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 25; ++i) {
                    if (writer.keep(event_of("e" + std::to_string(i % 20 + (t % 2) * 20)))) ++fresh;
                    writer.note("bi369", "bad_signature");
                }
            });
        }
        for (auto& thread : threads) thread.join();
    }
    CHECK(fresh == 40);
    Inbox inbox(store, kInboxClock);
    CHECK(inbox.unsorted(100).size() == 40);
    const auto requests = inbox.facts().requests;
    CHECK(requests.at({"bi369", "kept"}) == 40);
    CHECK(requests.at({"bi369", "repeated"}) == 160);
    CHECK(requests.at({"bi369", "bad_signature"}) == 200);
}

TEST_CASE("Each service's events are told apart: when the last came, what became of them, what waits and since when") {
    const TempFolder folder;
    Inbox inbox(folder / "bindery.db", kInboxClock);
    CHECK(inbox.facts().services.empty());
    inbox.keep({event_of("1", 3), event_of("2", 9), event_of("3", 4), event_of("a", 1, "bindpilot")}, {{{"bi369", "bad_signature"}, 2}});
    inbox.keep({event_of("2", 30)}, {});  // sent again: no new event
    auto facts = inbox.facts();
    CHECK(facts.services.at("bi369").last == at_minute(9));
    CHECK(facts.services.at("bi369").waiting == 3);
    CHECK(facts.services.at("bi369").oldest == at_minute(3));
    CHECK(facts.services.at("bindpilot").waiting == 1);
    CHECK(facts.waiting == 4);
    CHECK(facts.oldest == at_minute(1));
    const auto events = inbox.unsorted(10);
    const Hint lead{"leads", "bi369.leads", "lead_1", 0, {}}, whole{"tasks", "", "", 0, {}};
    inbox.sort({{events[0].seq, "hinted", {lead}}, {events[1].seq, "hinted", {lead, whole}}, {events[2].seq, "echo", {}}, {events[3].seq, "unheard", {}}});
    facts = inbox.facts();
    const std::map<std::string, std::int64_t> sorted{{"echo", 1}, {"hinted", 2}};
    CHECK(facts.services.at("bi369").sorted == sorted);
    CHECK(facts.services.at("bindpilot").sorted.at("unheard") == 1);
    CHECK(facts.services.at("bi369").waiting == 2);  // a record, and a whole job
    CHECK(facts.services.at("bindpilot").waiting == 0);
    CHECK(facts.requests.size() == 4);  // requests alone: kept twice, repeated, bad_signature
    inbox.purge(at_minute(1000));
    facts = inbox.facts();  // the events' ids are gone: whose the whole job was, nobody knows any more
    CHECK(facts.services.at("bi369").waiting == 1);
    CHECK(facts.waiting == 2);
    inbox.done("leads", events[1].seq);
    inbox.done("tasks", events[1].seq);
    CHECK(inbox.facts().waiting == 0);
    CHECK_FALSE(inbox.facts().oldest);
}
