// The shipped policies job: the AMS's book against BindPilot, a field at a time.
#include <fstream>
#include <iterator>

#include "engine/export_csv.h"
#include "policies_books.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("books that agree send nothing, and remember what they agreed on") {
    Books books;
    const RunReport report = books.settle();
    REQUIRE(report.reconciled.size() == 1);
    CHECK(report.reconciled[0].pairs == 4);
    CHECK(report.reconciled[0].differ == 0);
    CHECK(books.world.services.writes == 0);
    CHECK(books.world.rows("SELECT count(*), sum(theirs_doc IS NOT NULL) FROM agreed") == std::vector<std::string>{"4|4"});
    quiet(books);
}

TEST_CASE("nobody imported a book yet: the job says so and corrects nothing") {
    Books books;
    const RunReport report = books.world.run("policies");
    CHECK(report.exit == ExitCode::done);
    CHECK(books.world.services.writes == 0);
    CHECK(says(report, "holds nothing yet"));
    CHECK(books.world.rows("SELECT count(*) FROM conflict") == std::vector<std::string>{"0"});
}

TEST_CASE("what the AMS owns is corrected at the service, by id, and believed when a reading shows it") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1234.5;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.effects.done == 1);
    REQUIRE(books.world.services.corrections.size() == 1);
    CHECK(books.world.services.corrections[0].body ==
          json::parse(R"({"id":"p_1001","policy_number":"HO-771001","expiration_date":"2026-02-15","premium":1234.50})"));
    CHECK(books.world.effects()[0].body.find("\"premium\":1234.50") != std::string::npos);
    CHECK(books.corrections() == std::vector<std::string>{"bindpilot.policies p_1001 premium|1000.00|1234.50|open"});
    CHECK(books.world.rows("SELECT json_extract(base, '$.premium') FROM agreed WHERE theirs_key = 'p_1001'") == std::vector<std::string>{"1000.00"});
    quiet(books);
    CHECK(books.corrections() == std::vector<std::string>{"bindpilot.policies p_1001 premium|1000.00|1234.50|done"});
    CHECK(books.world.rows("SELECT json_extract(base, '$.premium') FROM agreed WHERE theirs_key = 'p_1001'") == std::vector<std::string>{"1234.50"});
}

TEST_CASE("a change of the other side is corrected back and listed with what it was") {
    Books books;
    books.settle();
    books.theirs(2)["status"] = "cancelled";
    books.both();
    CHECK(books.theirs(2)["status"] == "active");
    CHECK(books.corrections() == std::vector<std::string>{"bindpilot.policies p_1002 status|cancelled|active|open"});
    quiet(books);
}

TEST_CASE("a contact that was changed at the service goes into the list for the AMS until an import shows it") {
    Books books;
    books.settle();
    books.theirs(0)["client_email"] = "new@client.example";
    CHECK(books.both().effects.planned == 0);
    CHECK(books.corrections() == std::vector<std::string>{"book.policies HO771000|2026-02-14 client_email|zeb1000@client.example|new@client.example|open"});
    quiet(books);
    quiet(books);
    CHECK(books.corrections().size() == 1);
    books.ours(0)["client_email"] = "new@client.example";
    quiet(books);
    CHECK(books.corrections() == std::vector<std::string>{"book.policies HO771000|2026-02-14 client_email|zeb1000@client.example|new@client.example|done"});
}

TEST_CASE("a contact that both sides changed is a conflict, opened once, and a person's word is carried out") {
    for (const std::string take : {"ours", "theirs", "third@client.example"}) {
        INFO("take " << take);
        Books books;
        books.settle();
        books.ours(0)["client_email"] = "a@client.example";
        books.theirs(0)["client_email"] = "b@client.example";
        const RunReport report = books.both();
        CHECK(report.exit == ExitCode::doubt);
        CHECK(report.conflicts == 1);
        CHECK(books.conflicts() == std::vector<std::string>{"values|client_email|a@client.example|b@client.example"});
        const RunReport again = books.both();
        CHECK(again.exit == ExitCode::done);
        CHECK(again.conflicts == 1);
        CHECK(books.world.services.writes == 0);
        books.world.with_engine([&](const Engine& engine) {
            engine.store.transaction([&] {
                Conflicts conflicts(engine.store);
                const auto c = conflicts.list({}).at(0);
                CHECK(c.ours_changed["kind"] == "changed");
                const std::string wanted = take == "ours" ? *c.ours_value : take == "theirs" ? *c.theirs_value : take;
                CHECK(conflicts.resolve(c.id, take, wanted));
                CHECK_FALSE(conflicts.resolve(c.id, take, wanted));
            });
        });
        const RunReport carried = books.both();
        INFO(to_text(carried));
        CHECK(carried.exit == ExitCode::done);
        const std::string wanted = take == "ours" ? "a@client.example" : take == "theirs" ? "b@client.example" : take;
        CHECK(books.theirs(0)["client_email"] == wanted);
        CHECK(books.conflicts().empty());
        quiet(books);
        books.ours(0)["client_email"] = wanted;  // the AMS takes its list
        quiet(books);
        CHECK(books.world.rows("SELECT state FROM conflict") == std::vector<std::string>{"settled"});
        quiet(books);
    }
}

TEST_CASE("a conflict is closed when the sides agree by themselves") {
    Books books;
    books.settle();
    books.ours(0)["client_phone"] = "5125550001";
    books.theirs(0)["client_phone"] = "512-555-0002";
    books.both();
    CHECK(books.conflicts().size() == 1);
    books.theirs(0)["client_phone"] = "(512) 555-0001";
    quiet(books);
    CHECK(books.conflicts("agreed").size() == 1);
}

TEST_CASE("a blank overwrites nothing, on either side") {
    Books books;
    books.settle();
    books.ours(0)["premium"] = nullptr;
    books.ours(0)["client_email"] = "";
    books.theirs(1)["client_phone"] = nullptr;
    const RunReport report = books.both();
    CHECK(report.effects.planned == 0);
    CHECK(report.reconciled[0].cleared == 1);  // a blank of the AMS's file says nothing: the book keeps what it had
    CHECK(books.corrections().empty());
    CHECK(books.conflicts().empty());
    quiet(books);
}

TEST_CASE("an answered correction isn't sent again, and two later lists without it hold it for a person") {
    Books books;
    books.settle();
    books.world.services.deaf.insert("p_1001");
    books.ours(1)["premium"] = 1100;
    CHECK(books.both().effects.done == 1);
    const RunReport first = books.both();
    CHECK(first.reconciled[0].unconfirmed == 1);
    CHECK(first.effects.held == 0);
    const RunReport second = books.both();
    CHECK(second.exit == ExitCode::doubt);
    CHECK(second.reconciled[0].not_kept == 1);
    CHECK(second.effects.held == 1);
    REQUIRE(second.attention.size() == 1);
    const RunReport third = books.both();
    CHECK(third.effects.planned == 0);
    CHECK(third.effects.held == 1);
    CHECK(books.world.services.writes == 1);
    // The person says: once more; now it is kept.
    books.world.services.deaf.clear();
    books.world.settle(books.world.effects()[0], "retry");
    CHECK(books.both().effects.done == 1);
    CHECK(books.theirs(1)["premium"] == 1100);
    quiet(books);
    CHECK(books.world.effects().size() == 1);
}

TEST_CASE("a field that is changed back again and again is braked and shown") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    for (int round = 0; round < 2; ++round) {
        CHECK(books.both().effects.done == 1);
        quiet(books);
        books.theirs(1)["premium"] = 1000;
    }
    const RunReport braked = books.both();
    INFO(to_text(braked));
    CHECK(braked.effects.planned == 0);
    CHECK(braked.exit == ExitCode::doubt);
    CHECK(books.conflicts() == std::vector<std::string>{"war|premium|1100.00|1000.00"});
    quiet(books);
    books.world.with_engine([&](const Engine& engine) {
        engine.store.transaction([&] { CHECK(Conflicts(engine.store).resolve(1, "ours", "1100.00")); });
    });
    CHECK(books.both().effects.done == 1);
    quiet(books);
    CHECK(books.conflicts().empty());
}

TEST_CASE("a rewrite under another number is a field that differs, not a loss and a new client") {
    Books books;
    books.settle();
    books.ours(3)["policy_number"] = "HO-990003";
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.reconciled[0].by_fallback == 1);
    CHECK(report.reconciled[0].only_ours == 0);
    CHECK(report.reconciled[0].gone == 0);
    CHECK(report.effects.done == 1);
    CHECK(books.theirs(3)["policy_number"] == "HO-990003");
    quiet(books);
}

TEST_CASE("two candidates for one record are asked of a person, and the answer is remembered") {
    Books books(2);
    books.ours(0)["policy_number"] = "HO-1";
    books.ours(1).update(json{{"policy_number", "HO-2"}, {"client_name", books.ours(0)["client_name"]}, {"expiration_date", books.ours(0)["expiration_date"]},
                              {"effective_date", books.ours(0)["effective_date"]}});
    books.world.services.lists["/policies"].pop_back();
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::doubt);
    CHECK(report.effects.planned == 0);
    CHECK(books.world.rows("SELECT kind, theirs_key, candidates FROM conflict WHERE state = 'open'") ==
          std::vector<std::string>{R"(match|p_1000|["HO1|2026-02-14","HO2|2026-02-14"])"});
    books.world.with_engine([&](const Engine& engine) {
        engine.store.transaction([&] {
            Conflicts conflicts(engine.store);
            CHECK(conflicts.resolve(1, "same", "HO2|2026-02-14"));
            conflicts.link("policies", "p_1000", "HO2|2026-02-14", Conflicts::kSame);
        });
    });
    CHECK(books.both().effects.done == 1);
    CHECK(books.theirs(0)["policy_number"] == "HO-2");
    quiet(books);
}

TEST_CASE("gone on one side is reported, gone and modified is for a person") {
    Books books;
    books.settle();
    books.rows.pop_back();
    RunReport report = books.both();
    CHECK(report.reconciled[0].gone == 1);
    CHECK(report.exit == ExitCode::done);
    CHECK(books.conflicts().empty());
    books.theirs(3)["premium"] = 2000;
    report = books.both();
    CHECK(report.exit == ExitCode::doubt);
    CHECK(books.conflicts() == std::vector<std::string>{R"(gone|||{"premium":"2000.00"})"});
    CHECK(books.theirs(3)["premium"] == 2000);
    CHECK(books.world.services.writes == 0);
    quiet(books);
}

TEST_CASE("a book that is older than it may be reports and corrects nothing") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    books.world.import_book(books.rows);
    books.world.clock.advance(std::chrono::hours(73));
    const RunReport report = books.world.run("policies");
    CHECK(report.effects.planned == 0);
    CHECK(report.reconciled[0].differ == 1);
    INFO(to_text(report));
    CHECK(says(report, "older than 3 d"));
    CHECK(books.both().effects.done == 1);
}

TEST_CASE("a service that takes no such write holds the corrections, says so once and names the list") {
    Books books(9);
    books.settle();
    books.world.services.on_write = [](const HttpRequest&, std::size_t) { return bindery::test::says(405); };
    for (int i = 0; i < 9; ++i) books.ours(i)["premium"] = 1100 + i;
    const RunReport report = books.both();
    CHECK(report.exit == ExitCode::partial);
    CHECK(report.effects.held == 9);
    CHECK(books.world.services.writes <= 4);  // those that were on their way
    CHECK(says(report, "bindery export --corrections policies --to FILE"));
    // Its dates are dates, also for a program that takes no guard off.
    books.world.with_engine([&](const Engine& engine) {
        ExportRequest request;
        request.corrections = "policies";
        request.to = books.world.folder() / "corrections.csv";
        CHECK(export_csv(engine.config, engine.store, request).rows == 9);
        std::ifstream file(request.to);
        const std::string list((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        CHECK_THAT(list, Catch::Contains(",2026-") && !Catch::Contains("'"));
    });
    quiet(books);
    // BindPilot's people do it by hand.
    for (int i = 0; i < 9; ++i) books.theirs(i)["premium"] = 1100 + i;
    const RunReport after = books.both();
    CHECK(after.effects.held == 0);
    CHECK(books.world.count_by_state()["done"] == 9);
    // That isn't the service's word: the next one is held as well, not refused.
    books.ours(0)["premium"] = 1150;
    CHECK(books.both().effects.held == 1);
    CHECK(books.world.count_by_state()["rejected"] == 0);
}

TEST_CASE("a policy that BindPilot no longer knows is refused alone, and the other corrections go on") {
    for (const std::size_t lost : {1u, 3u}) {  // before any reply of the run, and amid them
        Books books(9);
        books.settle();
        books.ours(8)["premium"] = 1500;
        CHECK(books.both().effects.done == 1);  // it takes such writes
        books.both();
        books.world.services.on_write = [&](const HttpRequest&, std::size_t nth) -> std::optional<Fault> {
            if (nth != lost + 1) return std::nullopt;
            return bindery::test::says(404);
        };
        for (int i = 0; i < 8; ++i) books.ours(i)["premium"] = 1100 + i;
        const RunReport report = books.both();
        INFO(to_text(report) << lost);
        CHECK(report.exit == ExitCode::partial);
        CHECK(report.effects.rejected == 1);
        CHECK(report.effects.held == 0);
        CHECK(report.effects.done == 7);
        CHECK_FALSE(says(report, "doesn't take this write"));
        // Somebody does it by hand: then it is done.
        for (int i = 0; i < 8; ++i) books.theirs(i)["premium"] = 1100 + i;
        books.both();
        CHECK(books.world.count_by_state()["rejected"] == 0);
    }
}

TEST_CASE("a service that took such writes and says no such place to one after the other takes them no more") {
    Books books(20);
    books.settle();
    books.ours(19)["premium"] = 1500;
    CHECK(books.both().effects.done == 1);
    books.both();
    books.world.services.on_write = [](const HttpRequest&, std::size_t) { return bindery::test::says(404); };
    for (int i = 0; i < 19; ++i) books.ours(i)["premium"] = 1100 + i;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.effects.held == 19);
    CHECK(report.effects.rejected == 0);
    CHECK(books.world.services.writes <= 1 + 3 + 3);  // three answers, and those that were on their way
    CHECK(says(report, "doesn't take this write"));
}

TEST_CASE("a lost reply of a correction is found in the list, and never doubled by the next run") {
    for (const bool arrived : {true, false}) {
        Books books;
        books.settle();
        books.world.services.on_write = [&](const HttpRequest&, std::size_t nth) -> std::optional<Fault> {
            if (nth > 1) return std::nullopt;
            return arrived ? lost_after() : lost_before();
        };
        books.ours(1)["premium"] = 1100;
        const RunReport report = books.both();
        INFO(to_text(report) << arrived);
        CHECK(books.theirs(1)["premium"] == 1100);
        CHECK(books.world.services.writes == (arrived ? 1u : 2u));
        CHECK(books.world.count_by_state()["done"] == 1);
        quiet(books);
    }
}

TEST_CASE("a correction that can't name its term is held") {
    Books books(3, {{"match:\n      - [policy_number, expiration_date] ", "match:\n      - [client_email]\n      - [policy_number, expiration_date] "}});
    books.theirs(1)["client_email"] = nullptr;
    books.ours(1)["premium"] = 1100;
    books.ours(1)["client_email"] = nullptr;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(books.world.services.writes == 0);
    CHECK(report.effects.held == 1);
    REQUIRE(report.attention.size() == 1);
    CHECK(report.attention[0].reason == "it can't name its record: client_email is blank there");
    const RunReport again = books.both();
    CHECK(again.effects.held == 1);
    CHECK(books.world.services.writes == 0);
}

TEST_CASE("a plan shows each field before and after, leaves no trace, and is what apply sends") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    books.theirs(0)["client_email"] = "b@client.example";
    books.world.import_book(books.rows);
    RunOptions plan;
    plan.kind = "plan";
    const RunReport planned = books.world.run("policies", plan);
    REQUIRE(planned.list.size() == 1);
    REQUIRE(planned.list[0].changes.size() == 1);
    CHECK(planned.list[0].changes[0].field == "premium");
    CHECK(planned.list[0].changes[0].before == "1000.00");
    CHECK(planned.list[0].changes[0].after == "1100.00");
    CHECK(planned.list[0].decision == "update");
    CHECK_THAT(planned.cost, Catch::Matchers::StartsWith("1 to update, 1 call"));
    CHECK(books.corrections().empty());
    CHECK(books.world.effects().empty());
    RunOptions apply;
    apply.kind = "apply";
    apply.plan = plan_of(planned);
    const RunReport applied = books.world.run("policies", apply);
    INFO(to_text(applied));
    CHECK(applied.effects.done == 1);
    CHECK(books.corrections().size() == 2);
    quiet(books);
}

TEST_CASE("more corrections than the guard allows: none is sent, all stay") {
    Books books(4, {{"max_effects: 500", "max_effects: 2"}});
    books.settle();
    for (int i = 0; i < 3; ++i) books.ours(i)["premium"] = 1100 + i;
    const RunReport report = books.both();
    CHECK(report.exit == ExitCode::guard);
    CHECK(books.world.services.writes == 0);
    RunOptions allow;
    allow.allow_effects = 3;
    CHECK(books.world.run("policies", allow).effects.done == 3);
    quiet(books);
}
