// The weekly check, what a purge may take by the settings, and forgetting a person: on runs of jobs.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "engine/forget.h"
#include "engine/people.h"
#include "engine/store_care.h"
#include "jobs.h"
#include "store/care.h"
#include "store/job_turns.h"
#include "store/lock.h"
#include "support/world.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kDay = std::chrono::hours(24);

Purged purge_now(World& world) {
    Purged done;
    world.with_engine([&](const Engine& engine) { done = purge(engine.store, purge_rules(engine.config, engine.clock.wall()), {}); });
    return done;
}

Held look(World& world, const std::string& person, bool others_too = false) {
    Held held;
    world.with_engine([&](const Engine& engine) { held = held_about(engine.config, engine.store, person, others_too); });
    return held;
}

void forget_now(World& world, const std::string& person, bool others_too = false, std::int64_t allow = -1) {
    world.with_engine([&](const Engine& engine) { forget(engine.config, engine.store, person, others_too, allow); });
}

std::string keys_of(const std::vector<FoundRecord>& records) {
    std::set<std::string> keys;
    for (const auto& record : records) keys.insert(record.dataset + " " + record.key);
    std::string text;
    for (const auto& key : keys) text += (text.empty() ? "" : ", ") + key;
    return text;
}

// Every byte of the store and of what lies beside it, in small letters.
std::string bytes_of(World& world) {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(world.folder())) {
        if (!entry.path().filename().string().starts_with("bindery.db")) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        all.append(std::istreambuf_iterator<char>(in), {});
    }
    for (char& c : all) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return all;
}

void damage(World& world) {
    SQLite::Database db(world.store_file().string(), SQLite::OPEN_READWRITE);
    db.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX change_record ON change (key, dataset)' WHERE name = 'change_record'; PRAGMA writable_schema = OFF");
}

std::string care_of(World& world) { return world.rows("SELECT at FROM care WHERE task = 'integrity'").at(0); }

}  // namespace

TEST_CASE("A forget that was cut off before the file was written anew is finished by the next") {
    World world;
    world.job("leads", "job: leads\nsteps:\n  - pull: bi369.leads\n");
    world.services.lists["/crm/leads"] = {{{"id", "lead_1"}, {"firstName", "Zebulon"}, {"lastName", "Quixote"}, {"email", "zeb.q@mail.example"}, {"status", "new"}}};
    REQUIRE(world.run("leads").outcome == "done");
    {
        // Somebody reads all the while, so that the log with the old pages must stay.
        SQLite::Database reader(world.store_file().string(), SQLite::OPEN_READONLY);
        SQLite::Statement open(reader, "SELECT key FROM bi369_leads");
        REQUIRE(open.executeStep());
        world.with_engine([](const Engine& engine) {
            wait_at_most(engine.store, 50ms);
            CHECK_THROWS_WITH(forget(engine.config, engine.store, "zeb.q@mail.example", false, -1), Catch::Contains("traces may be left"));
        });
        CHECK_THAT(bytes_of(world), Catch::Contains("zebulon"));
    }
    CHECK(look(world, "zeb.q@mail.example").empty());
    REQUIRE(forget_was_cut(world.store_file()));
    world.with_engine([](const Engine& engine) { CHECK(finish_forgetting(engine.config, engine.store)); });
    CHECK_THAT(bytes_of(world), !Catch::Contains("zebulon") && !Catch::Contains("zeb.q"));
    CHECK_FALSE(forget_was_cut(world.store_file()));
    world.with_engine([](const Engine& engine) { CHECK_FALSE(finish_forgetting(engine.config, engine.store)); });
}

TEST_CASE("A forget whose transaction fails leaves no mark, and takes none of an earlier one that was cut off") {
    World world;
    world.job("leads", "job: leads\nsteps:\n  - pull: bi369.leads\n");
    world.services.lists["/crm/leads"] = {{{"id", "lead_1"}, {"firstName", "Zebulon"}, {"lastName", "Quixote"}, {"email", "zeb.q@mail.example"}, {"status", "new"}}};
    REQUIRE(world.run("leads").outcome == "done");
    world.with_engine([](const Engine& engine) { engine.store.db().exec("CREATE TRIGGER fails BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'it fails'); END"); });
    CHECK_THROWS(forget_now(world, "zeb.q@mail.example"));
    CHECK_FALSE(forget_was_cut(world.store_file()));
    CHECK(look(world, "zeb.q@mail.example").records.size() == 1);
    std::ofstream(world.store_file().string() + ".forgetting") << "";
    CHECK_THROWS(forget_now(world, "zeb.q@mail.example"));
    CHECK(forget_was_cut(world.store_file()));
}

TEST_CASE("The first run checks the store, then one a week, and a damaged store runs nothing until it is sound") {
    World world;
    world.job("tasks", tasks_job());
    fill(world.services);
    world.run("tasks");
    const std::string first = care_of(world);
    world.clock.advance(6 * kDay);
    world.run("tasks");
    CHECK(care_of(world) == first);
    world.clock.advance(kDay);
    world.run("tasks");
    const std::string second = care_of(world);
    CHECK(second > first);
    const std::size_t sent = world.services.tasks.size();
    damage(world);
    world.clock.advance(6 * kDay);
    world.services.lists["/renewals"].push_back(renewal(40, 30));
    world.run("tasks");  // not looked at yet
    world.clock.advance(2 * kDay);
    world.services.lists["/renewals"].push_back(renewal(41, 30));
    const auto runs = world.rows("SELECT count(*) FROM run");
    for (int i = 0; i < 2; ++i) {
        try {
            world.run("tasks");
            FAIL("it ran");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::store);
            CHECK(std::string(error.what()).find("is damaged") != std::string::npos);
            CHECK_FALSE(error.hint().empty());
        }
    }
    CHECK(world.services.tasks.size() == sent + 1);
    CHECK(world.rows("SELECT count(*) FROM run") == runs);
    CHECK(marked_damaged(world.store_file()));
    world.with_engine([](const Engine& engine) { engine.store.db().exec("REINDEX"); });
    world.run("tasks");
    CHECK_FALSE(marked_damaged(world.store_file()));
    CHECK(world.services.tasks.size() == sent + 2);
}

TEST_CASE("Damage that a person found is looked at by the next run, though a week hasn't passed") {
    World world;
    world.job("tasks", tasks_job());
    fill(world.services);
    world.run("tasks");
    damage(world);
    world.with_engine([](const Engine& engine) { CHECK_FALSE(check_store(engine.store).empty()); });
    CHECK_THROWS_AS(world.run("tasks"), Error);
}

TEST_CASE("From how long a kind is kept to before when it may go") {
    World world;
    world.job("tasks", tasks_job());
    Config config = world.config();
    Retention& kept = config.settings.retention;
    kept = {};
    kept.runs = kKeepForever;
    kept.quarantine = 90;
    kept.datasets["bindpilot.renewals"] = {std::nullopt, 100, kKeepForever};
    const PurgeRules rules = purge_rules(config, parse_rfc3339("2026-11-23T06:00:00Z"));
    CHECK_FALSE(rules.runs);
    CHECK(rules.calls == "2026-10-24T06:00:00.000Z");  // however long runs are kept
    CHECK(rules.quarantine == "2026-08-25T06:00:00.000Z");
    CHECK(rules.history == "2019-11-18T06:00:00.000Z");
    CHECK(rules.effects == rules.history);
    bool renewals = false, book = false;
    for (const auto& own : rules.datasets) {
        if (own.dataset == "bindpilot.renewals") {
            renewals = true;
            CHECK(own.removed == "2026-08-15T06:00:00.000Z");
            CHECK(own.window_before == "2026-08-15");
            CHECK_FALSE(own.quarantine);
            CHECK(own.history == rules.history);
            CHECK(own.mapping->window_field == "expiration_date");
        } else {
            CHECK(own.removed == rules.history);
        }
        book = book || own.dataset == "book.policies";
    }
    CHECK(renewals);
    CHECK(book);
}

TEST_CASE("After a purge of everything that is old, a sync makes nothing twice") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", kGuard));
    fill(world.services);
    const std::size_t made = static_cast<std::size_t>(world.run("tasks").effects.done);
    REQUIRE(made > 3);
    const auto ledger = world.rows("SELECT identity, state FROM effect ORDER BY 1");
    const auto renewals = world.services.lists["/renewals"];
    world.services.lists["/renewals"] = {renewals.front()};
    RunOptions allow;
    allow.allow_removed = 100;
    for (int i = 0; i < 2; ++i) world.run("tasks", allow);
    REQUIRE(world.rows("SELECT count(*) FROM bindpilot_renewals_all WHERE removed_at IS NOT NULL") == std::vector<std::string>{std::to_string(renewals.size() - 1)});
    world.clock.advance(8 * 366 * kDay);
    std::map<std::string, std::int64_t> rows;
    for (const auto& count : purge_now(world).counts) rows[count.kind] += count.rows;
    CHECK(rows["removed"] == static_cast<std::int64_t>(renewals.size()) - 1);
    CHECK(rows["effects"] == static_cast<std::int64_t>(made));
    CHECK(rows["history"] > 0);
    CHECK(world.rows("SELECT identity, state FROM effect ORDER BY 1") == ledger);
    CHECK(world.rows("SELECT count(*) FROM bindpilot_renewals_all") == std::vector<std::string>{"1"});
    world.services.lists["/renewals"] = renewals;
    const RunReport again = world.run("tasks");
    CHECK(again.effects.done == 0);
    CHECK(again.effects.already_done == static_cast<std::int64_t>(made));
    CHECK(world.services.tasks.size() == made);
    CHECK(purge_now(world).counts.empty());
}

TEST_CASE("What was removed within its retention stays for the alarm of the renewals") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", kGuard));
    world.services.lists["/renewals"] = {renewal(1, 200), renewal(2, 200)};
    world.run("tasks");
    world.services.lists["/renewals"].pop_back();
    RunOptions allow;
    allow.allow_removed = 5;
    for (int i = 0; i < 2; ++i) world.run("tasks", allow);
    const auto removed_of = [&](int days) {
        std::int64_t rows = 0;
        world.with_engine([&](const Engine& engine) {
            Config config = engine.config;
            config.settings.retention.removed = days;
            PurgeOptions dry;
            dry.dry = true;
            for (const auto& count : purge(engine.store, purge_rules(config, engine.clock.wall()), dry).counts) rows += count.kind == "removed" ? count.rows : 0;
        });
        return rows;
    };
    world.clock.advance(150 * kDay);
    CHECK(removed_of(kLeastKept) == 0);  // gone for 150 days, and expires in 50
    world.clock.advance(139 * kDay);
    CHECK(removed_of(kLeastKept) == 0);
    world.clock.advance(3 * kDay);
    CHECK(removed_of(kLeastKept) == 1);
}

TEST_CASE("Forgetting leaves no trace of the person in the file, keeps what was sent from being sent again, and tells who came back") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", kGuard));
    const json ann{{"client_name", "Krista Whitehorse"}, {"client_email", "krista.whitehorse@mail.example"}, {"client_phone", "(512) 555-7781"}};
    world.services.lists["/renewals"] = {renewal(1, 20, ann), renewal(2, 25), renewal(3, 30, ann)};
    world.run("tasks");
    world.services.lists["/renewals"][0]["client_email"] = "kw@second.example";  // what it was stands in the history
    RunOptions plan;
    plan.kind = "plan";
    world.services.lists["/renewals"].push_back(renewal(4, 31, ann));
    world.run("tasks", plan);  // whose report shows what would be sent
    const std::size_t tasks = world.services.tasks.size();
    REQUIRE(bytes_of(world).find("krista whitehorse") != std::string::npos);

    const Held held = look(world, "+1 512.555.7781");
    CHECK(keys_of(held.records) == keys_of(look(world, "KRISTA.Whitehorse@mail.example").records));
    CHECK(held.records.size() == 3);
    CHECK(held.effects.size() == 2);
    CHECK(held.counts.at("reports") == 1);
    CHECK(held.under_way.empty());
    forget_now(world, "+1 512.555.7781");
    const std::string bytes = bytes_of(world);
    for (const char* trace : {"krista whitehorse", "krista.whitehorse", "kw@second.example", "555-7781", "5125557781"}) {
        INFO(trace);
        CHECK(bytes.find(trace) == std::string::npos);
    }
    CHECK(world.rows("SELECT key FROM bindpilot_renewals_all").size() == 1);
    CHECK(world.rows("SELECT state, body = '' FROM effect WHERE blanked_at IS NOT NULL") == std::vector<std::string>{"done|1", "done|1"});
    const auto audit = world.rows("SELECT kind, detail, length(subject) FROM audit WHERE kind = 'forget'");
    CHECK(audit == std::vector<std::string>{"forget|3 records, 2 effects|16"});
    CHECK(look(world, "(512) 555-7781").empty());

    const RunReport back = world.run("tasks");
    CHECK(world.services.tasks.size() == tasks + 1);  // only the one that was new
    CHECK(back.effects.already_done == 3);
    REQUIRE(back.warnings.size() == 1);
    CHECK(back.warnings[0].find("3 records that were forgotten are back") != std::string::npos);
    CHECK(world.run("tasks").warnings.empty());
}

TEST_CASE("A forgotten record that a read by its id brings back is told of, once") {
    World world;
    world.job("quotes", "job: quotes\nabout: Quotes by id.\nsteps:\n  - pull: bindpilot.quotes\n    for: SELECT key FROM bindpilot_clients\n");
    world.job("clients", "job: clients\nabout: All clients.\nsteps: [{pull: bindpilot.clients}]\n");
    world.services.lists["/clients"] = {{{"id", "q1"}, {"name", "Ann"}}};
    world.run("clients");
    world.services.on_read = [&](const HttpRequest& request, std::size_t) -> std::optional<Fault> {
        if (request.url.find("/quotes/q1") == std::string::npos) return std::nullopt;
        return says(200, R"({"data":{"quote_id":"q1","status":"completed"}})");
    };
    REQUIRE(world.run("quotes").datasets.at("bindpilot.quotes").counts.added == 1);
    world.with_engine([](const Engine& engine) { engine.store.db().exec("DELETE FROM record_bindpilot_clients"); });
    forget_now(world, "q1");
    REQUIRE(world.rows("SELECT count(*) FROM bindpilot_quotes_all") == std::vector<std::string>{"0"});
    world.run("clients");
    const RunReport back = world.run("quotes");
    REQUIRE(back.warnings.size() == 1);
    CHECK(back.warnings[0].find("1 record that was forgotten is back") != std::string::npos);
    CHECK(world.run("quotes").warnings.empty());
}

TEST_CASE("What a job that is gone had agreed about a person goes with them") {
    World world;
    world.job("tasks", tasks_job());
    world.services.lists["/renewals"] = {renewal(1, 20, {{"client_name", "Krista Whitehorse"}, {"client_email", "krista@mail.example"}})};
    world.run("tasks");
    const std::string key = world.rows("SELECT key FROM bindpilot_renewals").at(0);
    world.with_engine([&](const Engine& engine) {
        engine.store.db().exec("INSERT INTO agreed_fields VALUES ('former', 'book.policies bindpilot.renewals', '')");
        engine.store.db().exec("INSERT INTO agreed (job, theirs_key, ours_key, run, base) VALUES ('former', '" + key + "', 'o1', 1, '{\"client_email\":\"krista@mail.example\"}')");
        engine.store.db().exec("INSERT INTO link (job, theirs_key, ours_key, same, at, who) VALUES ('former', '" + key + "', 'o1', 1, '2026', 'x')");
    });
    CHECK(look(world, "krista@mail.example").counts.at("pairs") == 2);
    forget_now(world, "krista@mail.example");
    CHECK(world.rows("SELECT (SELECT count(*) FROM agreed) + (SELECT count(*) FROM link)") == std::vector<std::string>{"0"});
}

TEST_CASE("Who shares a phone under another name stays, and a client's leads, policies and quotes go by their ids") {
    World world;
    world.shipped("quotes");
    no_lists(world.services);
    world.services.lists["/crm/leads"] = {lead(1), lead(2, {{"phone", lead(1)["phone"]}, {"firstName", "Bob"}})};
    world.services.lists["/clients"] = {client(1)};
    world.services.lists["/policies"] = {bound(1, {{"client_email", nullptr}, {"client_phone", nullptr}})};
    world.run("quotes");
    const Held held = look(world, "ann1001@lead.example");
    CHECK(keys_of(held.records) == "bi369.leads lead_1001, bindpilot.clients c_1001, bindpilot.policies " + world.services.lists["/policies"][0]["id"].get<std::string>());
    CHECK(keys_of(held.others) == "bi369.leads lead_1002");
    CHECK(keys_of(look(world, "c_1001").records) == keys_of(held.records));
    CHECK(keys_of(look(world, "ann1001@lead.example", true).others).empty());
    forget_now(world, "ann1001@lead.example");
    CHECK(world.rows("SELECT key FROM bi369_leads") == std::vector<std::string>{"lead_1002"});
    CHECK(world.rows("SELECT count(*) FROM bindpilot_policies") == std::vector<std::string>{"0"});
    CHECK(look(world, "nobody@lead.example").empty());
}

TEST_CASE("Nothing is forgotten while a write about the person may be on its way, while a job runs, or when too many would go") {
    World world;
    world.job("tasks", tasks_job("when_in_doubt: hold", kGuard));
    const json ann{{"client_name", "Krista Whitehorse"}, {"client_email", "krista@mail.example"}};
    world.services.lists["/renewals"] = {renewal(1, 20, ann)};
    const auto refusal = [&](std::int64_t allow = -1) {
        try {
            forget_now(world, "krista@mail.example", false, allow);
        } catch (const Error& error) {
            return std::string(code_name(error.code()));
        }
        return std::string("forgotten");
    };
    SECTION("in doubt") {
        world.services.on_write = [](const HttpRequest&, std::size_t) { return std::optional(lost_after()); };
        world.run("tasks");
        CHECK(look(world, "krista@mail.example").under_way.size() == 1);
        CHECK(refusal() == code_name(ErrorCode::guard));
        CHECK(world.rows("SELECT count(*) FROM bindpilot_renewals") == std::vector<std::string>{"1"});
        world.settle(world.effects().front(), "done");
        CHECK(refusal() == "forgotten");
    }
    SECTION("a job is running") {
        world.run("tasks");
        auto lock = JobLock::take(world.store_file(), "tasks");
        REQUIRE(lock);
        CHECK(refusal() == code_name(ErrorCode::running_elsewhere));
        lock.reset();
        CHECK(refusal() == "forgotten");
    }
    SECTION("somebody who works here") {
        for (int i = 2; i < 120; ++i) world.services.lists["/renewals"].push_back(renewal(i, 300, ann));
        RunOptions plan;
        plan.kind = "plan";
        world.run("tasks", plan);
        CHECK(refusal() == code_name(ErrorCode::guard));
        CHECK(refusal(119) == "forgotten");
    }
}
