#include <catch2/catch.hpp>

#include "core/error.h"
#include "store/pulls.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

const std::string kA = Policy{"a"}.json(), kB = Policy{"b"}.json(), kC = Policy{"c"}.json();

}  // namespace

TEST_CASE("A first pull adds each record, and the same pull again changes nothing and writes no row") {
    Agency agency;
    const LandCounts first = agency.pull({kA, kB, kC});
    CHECK(first.seen == 3);
    CHECK(first.added == 3);
    CHECK(agency.live() == "a b c");
    CHECK(agency.one("SELECT policy_number, policy_number_key, premium, premium_cents, expires FROM bindpilot_policies "
                     "LIMIT 1") == "TX-1|TX1|100.00|10000|2027-01-31");
    CHECK(agency.history_of("a") == "added");
    const std::string rows = agency.one("SELECT * FROM record_bindpilot_policies");
    const LandCounts second = agency.pull({kC, kB, kA});
    CHECK(second.unchanged == 3);
    CHECK(second.added + second.changed + second.removed + second.missing_once == 0);
    CHECK(agency.one("SELECT * FROM record_bindpilot_policies") == rows);
    CHECK(agency.one("SELECT count(*) FROM change") == "3");
}

TEST_CASE("A changed field is one row of history, with what it was and what it is") {
    Agency agency;
    agency.pull({kA});
    const LandCounts counts = agency.pull({Policy{.id = "a", .premium = "1200.5", .status = "lapsed"}.json()});
    CHECK(counts.changed == 1);
    CHECK(agency.history_of("a") == "added\nchanged premium: 100.00 -> 1200.50\nchanged status: active -> lapsed");
    CHECK(agency.one("SELECT premium, premium_cents FROM bindpilot_policies") == "1200.50|120050");
}

TEST_CASE("A change outside the mapped fields is kept as the members that differ") {
    Agency agency;
    agency.pull({Policy{.id = "a", .more = R"(,"note":"x","vin":1)"}.json()});
    const LandCounts counts = agency.pull({Policy{.id = "a", .more = R"(,"note":"y","vin":1)"}.json()});
    CHECK(counts.changed == 1);
    CHECK(agency.history_of("a") == "added\nchanged *: {\"note\":\"x\"} -> {\"note\":\"y\"}");
    agency.pull({Policy{.id = "a", .more = ",\"note\":\"" + std::string(3000, 'z') + "\""}.json()});
    CHECK(agency.history_of("a").ends_with("changed *"));
}

TEST_CASE("A document that differs only in ignored members or spelling is unchanged, and the newest is kept") {
    Agency agency;
    agency.pull({Policy{.id = "a", .more = R"(,"updated_at":"1")"}.json()});
    const std::string again = Policy{.id = "a", .premium = "100", .more = R"(,"updated_at":"2")"}.json();
    const LandCounts counts = agency.pull({again});
    CHECK(counts.unchanged == 1);
    CHECK(counts.changed == 0);
    CHECK(agency.one("SELECT doc FROM bindpilot_policies") == again);
    CHECK(agency.history_of("a") == "added");
    CHECK(agency.pull({again}).unchanged == 1);
}

TEST_CASE("A key that comes twice in a pull is folded into one record") {
    Agency agency;
    const LandCounts counts =
        agency.pull({kA, kB, kC, Policy{.id = "a", .status = "later"}.json()}, agency.part_of_list());
    CHECK(counts.seen == 4);
    CHECK(counts.folded == 1);
    CHECK(counts.added == 3);
    CHECK(agency.one("SELECT status FROM bindpilot_policies WHERE key = 'a'") == "later");
}

TEST_CASE("A record is removed when two whole lists in a row lack it") {
    Agency agency;
    agency.pull({kA, kB});
    LandCounts counts = agency.pull({kA});
    CHECK(counts.removed == 0);
    CHECK(counts.missing_once == 1);
    CHECK(agency.live() == "a b");
    counts = agency.pull({kA});
    CHECK(counts.removed == 1);
    CHECK(counts.missing_once == 0);
    CHECK(counts.removed_keys == std::vector<std::string>{"b"});
    CHECK(agency.live() == "a");
    CHECK(agency.one("SELECT key, removed_at IS NOT NULL FROM bindpilot_policies_all ORDER BY key") == "a|0\nb|1");
    CHECK(agency.history_of("b") == "added\nremoved: - -> missing");
    CHECK(agency.pull({kA}).removed == 0);
}

TEST_CASE("A record that a pull brings in between is not removed") {
    Agency agency;
    agency.pull({kA, kB});
    agency.pull({kA});
    SECTION("a whole list") {
        CHECK(agency.pull({kA, kB}).unchanged == 2);
    }
    SECTION("a part of the list") {
        agency.pull({kB}, agency.part_of_list());
    }
    SECTION("a read by id") {
        land_one(agency.store, agency.mapping, "b", kB, agency.clock.wall(), 9);
    }
    SECTION("a reading that is quarantined") {
        CHECK(agency.pull({kA, Policy{.id = "b", .status = ""}.json()}).quarantined == 1);
    }
    CHECK(agency.pull({kA}).removed == 0);
    CHECK(agency.live() == "a b");
    CHECK(agency.pull({kA}).removed == 1);
}

TEST_CASE("Only whole, unstopped lists remove") {
    const bool resumed = GENERATE(false, true);
    CAPTURE(resumed);
    Agency agency;
    agency.pull({kA, kB});
    for (int i = 0; i < 3; ++i) {
        LandOptions options = agency.whole_list();
        options.complete = resumed;
        options.resumed = resumed;
        const LandCounts counts = agency.pull({kA}, options);
        CHECK(counts.removed + counts.missing_once == 0);
    }
    CHECK(agency.live() == "a b");
}

TEST_CASE("A pull that isn't proven between two that lack a record doesn't count for or against it") {
    Agency agency;
    agency.pull({kA, kB});
    agency.pull({kA});
    agency.pull({kA}, agency.part_of_list());
    CHECK(agency.pull({kA}).removed == 1);
}

TEST_CASE("The same list landed twice is one proof, not two") {
    Agency agency;
    agency.pull({kA, kB});
    agency.clock.advance(1min);
    const WallTime began = agency.clock.wall();
    CHECK(agency.pull_at(began, {kA}, agency.whole_list()).missing_once == 1);
    CHECK(agency.pull_at(began, {kA}, agency.whole_list()).removed == 0);
    CHECK(agency.live() == "a b");
}

TEST_CASE("One full import of a book is enough to remove, under the guard") {
    Agency agency;
    agency.pull({kA, kB});
    LandOptions options = agency.whole_list();
    options.one_list_is_enough = true;
    SECTION("within it") {
        const LandCounts counts = agency.pull({kA}, options);
        CHECK(counts.removed == 1);
        CHECK(counts.missing_once == 0);
    }
    SECTION("beyond it") {
        options.max_removed = 0;
        const LandCounts counts = agency.pull({kA}, options);
        CHECK(counts.removed == 0);
        CHECK(counts.withheld == 1);
        CHECK(agency.live() == "a b");
    }
}

TEST_CASE("Removals beyond the guard are withheld, all of them, until a person lets them pass") {
    Agency agency;
    std::vector<std::string> all, few;
    for (int i = 0; i < 10; ++i) all.push_back(Policy{std::string(1, static_cast<char>('a' + i))}.json());
    few.assign(all.begin(), all.begin() + 7);
    LandOptions options = agency.whole_list();
    options.max_removed = 2;
    agency.pull(all, options);
    agency.pull(few, options);
    LandCounts counts = agency.pull(few, options);
    CHECK(counts.withheld == 3);
    CHECK(counts.removed == 0);
    CHECK(counts.removed_keys.empty());
    CHECK(agency.one("SELECT count(*) FROM bindpilot_policies") == "10");
    SECTION("too small a permission changes nothing") {
        options.allow_removed = 2;
        CHECK(agency.pull(few, options).withheld == 3);
    }
    SECTION("a permission for as many lets them pass") {
        options.allow_removed = 3;
        counts = agency.pull(few, options);
        CHECK(counts.removed == 3);
        CHECK(counts.withheld == 0);
        CHECK(counts.removed_keys == std::vector<std::string>{"h", "i", "j"});
    }
    SECTION("a share of the live rows is counted before landing") {
        options.max_removed_percent = 29.9;
        CHECK(agency.pull(few, options).withheld == 3);
        options.max_removed_percent = 30;
        CHECK(agency.pull(few, options).removed == 3);
    }
}

TEST_CASE("A record that left its window as time passed is removed without asking the guard") {
    Agency agency;
    agency.mapping.window_field = "expires";
    const std::string over = Policy{.id = "over", .expires = "2026-11-22"}.json();
    const std::string today = Policy{.id = "today", .expires = "2026-11-23"}.json();
    const std::string undated = Policy{.id = "undated", .expires = ""}.json();
    LandOptions options = agency.whole_list();
    options.max_removed = 1;
    agency.pull({over, today, undated, kA}, options);
    CHECK(agency.pull({kA}, options).missing_once == 3);
    const LandCounts counts = agency.pull({kA}, options);
    CHECK(counts.expired == 1);
    CHECK(counts.removed == 1);
    CHECK(counts.withheld == 2);
    CHECK(counts.removed_keys.empty());
    CHECK(agency.live() == "a today undated");
    CHECK(agency.history_of("over") == "added\nremoved: - -> expired");
}

TEST_CASE("A removed record that comes back is live again, with its history") {
    Agency agency;
    agency.pull({kA, kB});
    agency.pull({kA});
    agency.pull({kA});
    const LandCounts counts = agency.pull({kA, Policy{.id = "b", .status = "rewritten"}.json()});
    CHECK(counts.added == 1);
    CHECK(agency.live() == "a b");
    CHECK(agency.history_of("b") == "added\nremoved: - -> missing\nreturned\nchanged status: active -> rewritten");
    CHECK(agency.pull({kA}).missing_once == 1);
}

TEST_CASE("An older reading never replaces a newer one") {
    Agency agency;
    agency.pull({kA});
    const WallTime before = agency.clock.wall();
    agency.clock.advance(1h);
    const std::string changed = Policy{.id = "a", .status = "changed"}.json();
    SECTION("than the record's own") {
        agency.pull({changed});
    }
    SECTION("than the last whole list, though it changed nothing") {
        agency.pull({kA});
        LandCounts counts = agency.pull_at(before, {changed}, agency.part_of_list());
        CHECK(counts.superseded == 1);
        CHECK(agency.history_of("a") == "added");
        return;
    }
    SECTION("than a part of a list that changed nothing else") {
        agency.pull({changed}, agency.part_of_list());
    }
    SECTION("than a read by id") {
        land_one(agency.store, agency.mapping, "a", changed, agency.clock.wall(), 7);
    }
    LandCounts counts = agency.pull_at(before, {kA}, agency.whole_list());
    CHECK(counts.superseded == 1);
    CHECK(counts.changed == 0);
    CHECK(agency.one("SELECT status FROM bindpilot_policies") == "changed");
    counts = agency.pull_at(before, {changed}, agency.part_of_list());
    CHECK(counts.unchanged == 1);
    CHECK(counts.superseded == 0);
}

TEST_CASE("An older whole list removes nothing, brings nothing back and moves no reading time back") {
    Agency agency;
    agency.pull({kA, kB});
    const WallTime before = agency.clock.wall();
    agency.pull({kA, kC});
    agency.pull({kA, kC});
    CHECK(agency.live() == "a c");
    const auto state = pull_state(agency.store, agency.mapping.dataset);
    const LandCounts counts = agency.pull_at(before, {kA, kB}, agency.whole_list());
    CHECK(counts.superseded == 1);
    CHECK(counts.unchanged == 1);
    CHECK(counts.missing_once == 0);
    CHECK(agency.live() == "a c");
    CHECK(pull_state(agency.store, agency.mapping.dataset)->complete_read_at == state->complete_read_at);
}

TEST_CASE("A reading time in the future is a clock that jumped and holds nothing back") {
    Agency agency;
    const WallTime now = agency.clock.wall();
    agency.clock.set_wall(now + 24h);
    agency.pull({kA, kB});
    agency.clock.set_wall(now);
    const std::string changed = Policy{.id = "a", .status = "changed"}.json();
    const LandCounts counts = agency.pull({changed});
    CHECK(counts.changed == 1);
    CHECK(counts.missing_once == 1);
    CHECK(agency.pull({changed}).removed == 1);
}

TEST_CASE("A record read by id while a list was under way isn't missed by that list") {
    Agency agency;
    agency.pull({kA});
    agency.clock.advance(1min);
    const WallTime began = agency.clock.wall();
    agency.clock.advance(1min);
    land_one(agency.store, agency.mapping, "b", kB, agency.clock.wall(), 5);
    CHECK(agency.pull_at(began, {kA}, agency.whole_list()).missing_once == 0);
}

TEST_CASE("A record that can't land is quarantined and its stored version stays") {
    Agency agency;
    agency.pull({kA});
    const std::string bad = Policy{.id = "a", .premium = "5", .status = ""}.json();
    LandCounts counts = agency.pull({bad, Policy{.id = "n", .status = ""}.json()});
    CHECK(counts.quarantined == 2);
    CHECK(agency.live() == "a");
    CHECK(agency.one("SELECT premium FROM bindpilot_policies") == "100.00");
    CHECK(agency.one("SELECT dataset, key, reason, first_run, last_run FROM quarantine ORDER BY key") ==
          "bindpilot.policies|a|status: is required and blank|2|2\nbindpilot.policies|n|status: is required and "
          "blank|2|2");
    counts = agency.pull({bad});
    CHECK(counts.quarantined == 1);
    CHECK(agency.one("SELECT key, first_run, last_run, first_at < last_at FROM quarantine ORDER BY key") ==
          "a|2|3|1\nn|2|2|0");
    SECTION("until the same version as before comes again") {
        CHECK(agency.pull({kA}).unchanged == 1);
        CHECK(agency.history_of("a") == "added");
    }
    SECTION("until a good one comes") {
        CHECK(agency.pull({Policy{.id = "a", .premium = "5"}.json()}).changed == 1);
    }
    SECTION("until it is gone") {
        agency.pull({});
        CHECK(agency.pull({}).removed == 1);
    }
    CHECK(agency.one("SELECT key FROM quarantine").empty());  // n: it never landed, and two whole lists in a row lacked it
}

TEST_CASE("What never landed leaves quarantine when two whole lists in a row lack it, and by nothing less") {
    Agency agency;
    const std::string bad = Policy{.id = "n", .status = ""}.json();
    const auto waits = [&] { return agency.one("SELECT key FROM quarantine") == "n"; };
    agency.pull({kA, bad});
    agency.pull({kA}, agency.part_of_list());
    agency.pull({kA}, agency.part_of_list());
    CHECK(waits());
    agency.pull({kA});
    CHECK(waits());
    agency.pull({kA, bad}, agency.part_of_list());  // it is there, though no whole list has shown it since
    agency.pull({kA});
    CHECK(waits());
    agency.pull({kA, bad});
    agency.pull({kA});
    CHECK(waits());
    agency.pull({kA});
    CHECK_FALSE(waits());
}

TEST_CASE("A record whose latest reading was refused keeps the reading time of the version that is shown") {
    Agency agency;
    agency.pull({kA});
    agency.pull({kA});
    const std::string seen = agency.one("SELECT read_at FROM bindpilot_policies");
    const std::string bad = Policy{.id = "a", .status = ""}.json();
    agency.pull({bad});
    agency.pull({bad});
    CHECK(agency.one("SELECT read_at FROM bindpilot_policies") == seen);
    agency.pull({kA});
    CHECK(agency.one("SELECT read_at FROM bindpilot_policies") > seen);
}

TEST_CASE("Rows without a key are quarantined under a name of their content") {
    Agency agency;
    const LandCounts counts = agency.pull({kA, R"({"status":"x"})", "7", "null"}, agency.part_of_list());
    CHECK(counts.quarantined == 3);
    CHECK(counts.seen == accounted(counts));
    CHECK(agency.one("SELECT count(*), sum(key LIKE 'no-key-%') FROM quarantine") == "3|3");
    CHECK(agency.one("SELECT reason FROM quarantine WHERE document = '7'") == "the row isn't a record");
    agency.pull({kA, "7"}, agency.part_of_list());
    CHECK(agency.one("SELECT count(*) FROM quarantine") == "3");
}

TEST_CASE("A record in another charset is quarantined alone, and counts as present") {
    Agency agency;
    agency.pull({kA, kB});
    const std::string latin1 = Policy{.id = "b", .more = ",\"note\":\"caf\xe9\""}.json();
    for (int i = 0; i < 3; ++i) {
        const LandCounts counts = agency.pull({kA, latin1});
        CHECK(counts.quarantined == 1);
        CHECK(counts.unchanged == 1);
        CHECK(counts.removed + counts.missing_once == 0);
    }
    CHECK(agency.one("SELECT key, reason FROM quarantine") == "b|the record holds bytes that aren't UTF-8");
    CHECK(agency.live() == "a b");
}

TEST_CASE("An optional value that can't be read is stored as blank and told by its field, not its value") {
    Agency agency;
    const LandCounts counts = agency.pull({Policy{.id = "a", .premium = "\"secret\""}.json(),
                                           Policy{.id = "b", .premium = "\"hidden\""}.json(),
                                           Policy{.id = "c", .expires = "someday"}.json()});
    CHECK(counts.added == 3);
    CHECK(counts.unreadable == std::vector<std::string>{"premium: 2 values can't be read as money",
                                                        "expires: 1 value can't be read as date"});
    CHECK(agency.one("SELECT premium, premium_cents FROM bindpilot_policies WHERE key = 'a'") == "-|-");
}

TEST_CASE("A row's reading time is the later of its own and the last whole list's, unless that one lacked it") {
    Agency agency;
    agency.pull({kA, kB, kC});
    const auto read = [&](const char* key) {
        return agency.one(std::string("SELECT read_at FROM bindpilot_policies_all WHERE key = '") + key + "'");
    };
    const auto whole = [&] { return *pull_state(agency.store, agency.mapping.dataset)->complete_read_at; };
    agency.pull({kA, kB, kC});
    const std::string second = whole();
    CHECK(read("b") == second);
    agency.pull({kA, kB});
    CHECK(read("a") == whole());
    CHECK(read("c") == second);  // the last list that had it, though none of them wrote the row
    CHECK(whole() > second);
    agency.pull({kB}, agency.part_of_list());
    CHECK(read("b") == *pull_state(agency.store, agency.mapping.dataset)->last_read_at);
    CHECK(read("a") == whole());
    agency.pull({kA, kB});
    CHECK(read("c") == second);  // removed now
}

TEST_CASE("What a pull told of fields is remembered of whole lists alone") {
    Agency agency;
    CHECK_FALSE(pull_state(agency.store, agency.mapping.dataset));
    agency.pull({kA, Policy{.id = "b", .premium = "null"}.json()});
    agency.pull({Policy{.id = "b", .premium = "null"}.json()}, agency.part_of_list());
    auto state = pull_state(agency.store, agency.mapping.dataset);
    REQUIRE(state);
    CHECK(state->seen == 2);
    CHECK(state->last_verdict == "incomplete: stopped");
    CHECK(state->last_read_at > state->complete_read_at);
    const std::map<std::string, double> shares(state->presence.begin(), state->presence.end());
    CHECK(shares.at("premium") == 0.5);
    CHECK(shares.at("status") == 1.0);
    agency.pull({});
    CHECK(pull_state(agency.store, agency.mapping.dataset)->presence.size() == 4);
}

TEST_CASE("A read by id adds, changes and removes at once") {
    Agency agency;
    const auto at = [&] {
        agency.clock.advance(1min);
        return agency.clock.wall();
    };
    CHECK(land_one(agency.store, agency.mapping, "a", kA, at(), 1).added == 1);
    CHECK(land_one(agency.store, agency.mapping, "a", kA, at(), 2).unchanged == 1);
    CHECK(agency.one("SELECT read_at FROM bindpilot_policies") == rfc3339(agency.clock.wall()));
    const WallTime early = at();
    CHECK(land_one(agency.store, agency.mapping, "a", Policy{.id = "a", .status = "x"}.json(), at(), 3).changed == 1);
    CHECK(land_one(agency.store, agency.mapping, "a", kA, early, 4).superseded == 1);
    CHECK(land_one(agency.store, agency.mapping, "a", std::nullopt, early, 4).removed == 0);
    CHECK(land_one(agency.store, agency.mapping, "b", kA, at(), 5).quarantined == 1);
    CHECK(land_one(agency.store, agency.mapping, "z", std::nullopt, at(), 5).removed == 0);
    CHECK(land_one(agency.store, agency.mapping, "a", std::nullopt, at(), 6).removed == 1);
    CHECK(agency.live() == "");
    CHECK(land_one(agency.store, agency.mapping, "a", kA, early, 7).superseded == 1);
    CHECK(land_one(agency.store, agency.mapping, "a", kA, at(), 8).added == 1);
    CHECK(agency.history_of("a") ==
          "added\nchanged status: active -> x\nremoved: - -> gone\nreturned\nchanged status: x -> active");
}

TEST_CASE("The run's own writes and the landing are one transaction") {
    Agency agency;
    Staging staging(agency.store.file(), "job", agency.mapping, agency.clock);
    staging.begin(agency.clock.wall());
    const std::vector<std::string> documents{kA};
    staging.add_page(1, agency.clock.wall(), views(documents), {});
    const auto fail = [&] {
        CHECK(agency.live() == "a");
        throw Error(ErrorCode::interrupted, "stopped");
    };
    CHECK_THROWS_AS(land(agency.store, agency.mapping, staging, agency.whole_list(), fail), Error);
    CHECK(agency.live() == "");
    CHECK_FALSE(pull_state(agency.store, agency.mapping.dataset));
    bool called = false;
    CHECK(land(agency.store, agency.mapping, staging, agency.whole_list(), [&] { called = true; }).added == 1);
    CHECK(called);
    // The staged pages can go on being used after landing.
    CHECK(staging.add_page(2, agency.clock.wall(), views(documents), {}).repeated == 1);
}

TEST_CASE("Landing what was never staged is an error of the program") {
    Agency agency;
    const Staging staging(agency.store.file(), "job", agency.mapping, agency.clock);
    CHECK_THROWS_AS(land(agency.store, agency.mapping, staging, agency.whole_list()), Error);
}
