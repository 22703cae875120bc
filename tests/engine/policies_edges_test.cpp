// The policies job where two books are awkward: several terms, placeholders, quarrels, words that came before a change, partners
// that change, effects that nobody wants any more.
#include <SQLiteCpp/SQLiteCpp.h>

#include "core/exact_json.h"
#include "engine/store_care.h"
#include "policies_books.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("Several terms of one number: each is corrected by itself") {
    Books books(2);
    books.rows.push_back(ams(0, 395, {{"premium", 1500}}));
    books.world.services.lists["/policies"].push_back(policy(0, 395, {{"id", "p_2000"}, {"premium", 1500}}));
    books.settle();
    books.rows.back()["premium"] = 1600;
    books.theirs(0)["status"] = "cancelled";
    CHECK(books.both().effects.done == 2);
    REQUIRE(books.world.services.corrections.size() == 2);
    std::map<std::string, json> by_id;
    for (const auto& made : books.world.services.corrections) by_id[made.body["id"]] = made.body;
    CHECK(by_id["p_1000"] == json::parse(R"({"id":"p_1000","policy_number":"HO-771000","expiration_date":"2026-02-14","status":"active"})"));
    CHECK(by_id["p_2000"] == json::parse(R"({"id":"p_2000","policy_number":"HO-771000","expiration_date":"2027-02-14","premium":1600.00})"));
    CHECK(books.theirs(0)["premium"] == 1000);
    quiet(books);
}

TEST_CASE("A term that only our book has is reported, and takes nothing from the one before") {
    Books books(2);
    books.settle();
    books.rows.push_back(ams(0, 395, {{"premium", 1500}}));
    const RunReport report = books.both();
    CHECK(report.reconciled[0].only_ours == 1);
    CHECK(report.reconciled[0].pairs == 2);
    CHECK(report.conflicts == 0);
    CHECK(books.world.services.writes == 0);
}

TEST_CASE("A policy that was out of the store for long comes back with the same difference, and is corrected anew") {
    Books books(4);
    books.world.settings("retention: {removed: 90d, corrections: 90d, history: 90d}\n");
    books.settle();
    const json premium = books.theirs(1)["premium"];
    books.ours(1)["premium"] = 1600;
    CHECK(books.both().effects.done == 1);
    books.both();  // shown
    const json theirs = books.theirs(1), ours = books.ours(1);
    books.world.services.lists["/policies"].erase(books.world.services.lists["/policies"].begin() + 1);
    books.rows.erase(books.rows.begin() + 1);
    for (int i = 0; i < 3; ++i) {
        books.world.clock.advance(std::chrono::hours(24));
        RunOptions allowed;
        allowed.allow_removed = 1;
        books.world.import_book(books.rows);
        books.world.run("policies", allowed);
    }
    books.world.clock.advance(std::chrono::hours(100 * 24));
    books.both();
    books.world.with_engine([&](const Engine& engine) { purge(engine.store, purge_rules(engine.config, books.world.clock.wall()), {}); });
    CHECK(books.world.rows("SELECT key FROM record_bindpilot_policies WHERE key = 'p_1001'").empty());
    CHECK(books.world.rows("SELECT id FROM correction WHERE key = 'p_1001'").empty());
    const std::size_t before = books.world.services.corrections.size();
    json back = theirs;
    back["premium"] = premium;
    books.world.services.lists["/policies"].push_back(back);
    books.rows.push_back(ours);
    books.rows.back()["premium"] = premium;
    books.both();  // they agree, as when it first came
    books.rows.back()["premium"] = 1600;
    CHECK(books.both().effects.done == 1);
    CHECK(books.world.services.corrections.size() == before + 1);
}

TEST_CASE("A placeholder is no policy number: it overwrites none, whoever owns the field, and the record counts as emptied") {
    for (const std::string owner : {"theirs", "both", "ours"}) {
        INFO("owner " << owner);
        Books books(4, {{"policy_number: ours", "policy_number: " + owner}});
        books.settle();
        books.theirs(1)["policy_number"] = "PENDING";
        const RunReport report = books.both();
        INFO(to_text(report));
        CHECK(report.reconciled[0].pairs == 4);
        CHECK(report.conflicts == 0);
        CHECK(books.world.rows("SELECT count(*) FROM correction WHERE dataset = 'book.policies'") == std::vector<std::string>{"0"});
        CHECK(report.effects.planned == 0);
        CHECK(report.reconciled[0].cleared == 1);
        quiet(books);
    }
}

TEST_CASE("Our book changes its mind again and again: that is no quarrel") {
    Books books;
    books.settle();
    for (int round = 0; round < 6; ++round) {
        books.ours(1)["premium"] = round % 2 == 0 ? 1100 : 1000;
        CHECK(books.both().effects.done == 1);
        quiet(books);
    }
    CHECK(books.conflicts().empty());
}

TEST_CASE("A value that another writer replaces before it is ever read is braked too") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    for (int round = 0; round < 2; ++round) {
        CHECK(books.both().effects.done == 1);
        books.theirs(1)["premium"] = 2000 + round;
    }
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.effects.planned == 0);
    CHECK(report.reconciled[0].braked == 1);
    CHECK(books.conflicts() == std::vector<std::string>{"war|premium|1100.00|2001.00"});
}

TEST_CASE("A decision is remembered though a side had moved on for a while") {
    Books books;
    books.settle();
    books.ours(0)["client_email"] = "a@client.example";
    books.theirs(0)["client_email"] = "b@client.example";
    books.both();
    resolve(books, "theirs", "b@client.example");
    books.both();  // the AMS doesn't take its list
    books.ours(0)["client_email"] = "z@client.example";
    books.both();
    CHECK(books.conflicts() == std::vector<std::string>{"values|client_email|z@client.example|b@client.example"});
    books.ours(0)["client_email"] = "a@client.example";
    const RunReport report = books.both();
    CHECK(report.conflicts == 0);
    CHECK(books.world.rows("SELECT key, wanted FROM correction WHERE state = 'open'") == std::vector<std::string>{"HO771000|2026-02-14|b@client.example"});
    CHECK(books.world.services.writes == 0);
}

TEST_CASE("An open correction of the AMS follows its record to another number") {
    Books books;
    books.settle();
    books.theirs(0)["client_email"] = "new@client.example";
    books.both();
    books.ours(0)["policy_number"] = "HO-990000";
    books.both();
    CHECK(books.world.rows("SELECT key, field, wanted FROM correction WHERE state = 'open' AND dataset = 'book.policies'") ==
          std::vector<std::string>{"HO990000|2026-02-14|client_email|new@client.example"});
    quiet(books);
    CHECK(books.world.rows("SELECT key, field, wanted FROM correction WHERE state = 'open' AND dataset = 'book.policies'").size() == 1);
}

TEST_CASE("A field that the job doesn't reconcile any more, and a pair that is none any more, leave nothing waiting") {
    Books books;
    books.settle();
    books.world.services.on_write = [](const HttpRequest&, std::size_t) { return bindery::test::says(405); };
    books.ours(0)["premium"] = 1100;
    books.ours(1)["status"] = "cancelled";
    books.both();
    REQUIRE(books.world.count_by_state()["held"] == 2);
    books.world.shipped_policies({{"      premium: ours\n", ""}});
    books.both();
    CHECK(books.world.rows("SELECT field, state FROM correction ORDER BY field") == std::vector<std::string>{"premium|dropped", "status|open"});
    books.rows.erase(books.rows.begin() + 1);
    books.both();
    CHECK(books.world.rows("SELECT field, state FROM correction ORDER BY field") == std::vector<std::string>{"premium|dropped", "status|dropped"});
    CHECK(books.world.count_by_state()["held"] == 0);
    CHECK(books.world.count_by_state()["withdrawn"] == 2);
}

TEST_CASE("What was in doubt and is overtaken goes, and the newer value with it") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    books.world.services.on_write = [](const HttpRequest&, std::size_t nth) -> std::optional<Fault> { return nth == 1 ? std::optional(lost_before()) : std::nullopt; };
    bool down = false;
    books.world.services.on_read = [&](const HttpRequest&, std::size_t) -> std::optional<Fault> {
        if (books.world.services.writes > 0 && !down) return bindery::test::says(500);
        return std::nullopt;
    };
    CHECK(books.both().exit != ExitCode::done);
    REQUIRE(books.world.count_by_state()["in_doubt"] == 1);
    down = true;
    books.ours(1)["premium"] = 1200;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(books.theirs(1)["premium"] == 1200);
    CHECK(books.world.count_by_state()["held"] == 0);
    CHECK(books.world.count_by_state()["withdrawn"] == 1);
    quiet(books);
    // The old value is wanted again: it isn't stuck.
    books.ours(1)["premium"] = 1100;
    CHECK(books.both().effects.done == 1);
    CHECK(books.theirs(1)["premium"] == 1100);
    quiet(books);
}

TEST_CASE("What both cleared is agreed to be blank, whatever else differs") {
    for (const bool differs : {false, true}) {
        INFO("another field differs: " << differs);
        Books books;
        books.settle();
        // A file's blank says nothing: in our book a value goes with the record's document only.
        SQLite::Database(books.world.store_file().string(), SQLite::OPEN_READWRITE, 1000)
            .exec("UPDATE record_book_policies SET client_email = NULL, client_email_key = NULL, doc = json_remove(doc, '$.client_email') WHERE key LIKE 'HO771000|%'");
        books.ours(0)["client_email"] = books.theirs(0)["client_email"] = nullptr;
        if (differs) {
            books.ours(0)["client_phone"] = "5125550001";
            books.theirs(0)["client_phone"] = "5125550002";
        }
        books.both();
        books.ours(0)["client_email"] = "zeb1000@client.example";
        books.both();
        CHECK(books.theirs(0)["client_email"] == "zeb1000@client.example");
    }
}

TEST_CASE("An echo stays one though another field has agreed since") {
    Books books;
    books.settle();
    books.ours(0)["client_email"] = "x@client.example";
    CHECK(books.both().effects.done == 1);
    books.world.services.deaf.insert("p_1000");
    books.ours(0)["client_email"] = "y@client.example";
    CHECK(books.both().effects.done == 1);
    books.ours(0)["premium"] = books.theirs(0)["premium"] = 1111;
    for (int i = 0; i < 2; ++i) {
        books.both();
        CHECK(books.conflicts().empty());
    }
    CHECK(books.world.rows("SELECT had, wanted, state FROM correction WHERE field = 'client_email' ORDER BY id") ==
          std::vector<std::string>{"zeb1000@client.example|x@client.example|dropped", "x@client.example|y@client.example|open"});
}

TEST_CASE("A correction in doubt of which a person wrote a part goes out whole") {
    Books books;
    books.settle();
    books.ours(1)["premium"] = 1100;
    books.ours(1)["status"] = "cancelled";
    books.world.services.on_write = [](const HttpRequest&, std::size_t nth) -> std::optional<Fault> { return nth == 1 ? std::optional(lost_before()) : std::nullopt; };
    bool blind = true;
    books.world.services.on_read = [&](const HttpRequest&, std::size_t) -> std::optional<Fault> {
        return blind && books.world.services.writes > 0 ? std::optional(bindery::test::says(500)) : std::nullopt;
    };
    books.both();
    REQUIRE(books.world.count_by_state()["in_doubt"] == 1);
    blind = false;
    books.theirs(1)["premium"] = 1100;
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(books.theirs(1)["status"] == "cancelled");
    CHECK(books.world.count_by_state() == std::map<std::string, std::int64_t>{{"done", 1}});
    quiet(books);
}

TEST_CASE("A pair that stood is asked about when another record claims one of the two") {
    Books books(4, {{"max_removed: 10%", "max_removed: 50%"}});
    books.settle();
    quiet(books);
    books.world.services.lists["/policies"].push_back(policy(1, 31, {{"id", "p_2001"}, {"premium", 5}}));
    const RunReport report = books.both();
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::doubt);
    CHECK(report.effects.planned == 0);
    CHECK(books.world.rows("SELECT kind, theirs_key FROM conflict WHERE state = 'open' ORDER BY theirs_key") == std::vector<std::string>{"match|p_1001", "match|p_2001"});
    books.world.services.lists["/policies"].pop_back();
    books.both();
    books.both();
    CHECK(books.world.rows("SELECT state FROM conflict") == std::vector<std::string>{"overtaken", "overtaken"});
    quiet(books);
}

TEST_CASE("Two live records that a person's words make the same one are asked about, and nothing is written meanwhile") {
    Books books(2);
    books.settle();
    const std::string ours = books.world.rows("SELECT ours_key FROM agreed WHERE theirs_key = 'p_1000'").at(0);
    const auto say = [&](const std::string& theirs, int same) {
        books.world.with_engine([&](const Engine& engine) { engine.store.transaction([&] { Conflicts(engine.store).link("policies", theirs, ours, same); }); });
    };
    say("p_1000", Conflicts::kSame);
    say("p_1001", Conflicts::kSame);
    books.ours(0)["premium"] = 4321;
    for (int i = 0; i < 2; ++i) {
        const RunReport report = books.both();
        INFO(to_text(report));
        CHECK(report.exit == (i == 0 ? ExitCode::doubt : ExitCode::done));  // told once
        CHECK(report.effects.planned == 0);
        CHECK(books.world.rows("SELECT kind, theirs_key FROM conflict WHERE state = 'open' AND theirs_key <> '' ORDER BY theirs_key") == std::vector<std::string>{"match|p_1000", "match|p_1001"});
    }
    say("p_1001", Conflicts::kDifferent);
    books.both();
    CHECK(books.theirs(0)["premium"] == 4321);
    quiet(books);
}

TEST_CASE("a name in another case, form of Unicode or without its accents is no correction, another name is one") {
    const std::string spelling = GENERATE("Jose\xCC\x81 Pen\xCC\x83" "a", "JOS\xC3\x89 PE\xC3\x91" "A", "Jose Pena");
    Books books(2, {{"      client_email: both", "      client_name: ours\n      client_email: both"}});
    books.ours(0)["client_name"] = "Jos\xC3\xA9 Pe\xC3\xB1" "a";
    books.theirs(0)["client_name"] = spelling;
    quiet(books);
    CHECK(books.corrections().empty());
    books.ours(0)["client_name"] = "Jos\xC3\xA9 Pe\xC3\xB1" "a Ruiz";
    CHECK(books.both().effects.done == 1);
    CHECK(books.theirs(0)["client_name"] == "Jos\xC3\xA9 Pe\xC3\xB1" "a Ruiz");
}

TEST_CASE("a rewrite is found by the client's name in whatever spelling") {
    Books books(2);
    books.ours(0)["client_name"] = "JOS\xC3\x89 PE\xC3\x91" "A";
    books.theirs(0)["client_name"] = "Jose Pena";
    books.theirs(0)["policy_number"] = "HO-999000";
    const RunReport report = books.both();
    INFO(to_text(report));
    REQUIRE(report.reconciled.size() == 1);
    CHECK(report.reconciled[0].pairs == 2);
    CHECK(report.reconciled[0].by_fallback == 1);
}
