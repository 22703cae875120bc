#include "store/purge.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>

#include "core/error.h"
#include "store/care.h"
#include "store/ledger.h"
#include "support/child_process.h"
#include "pulls.h"

using namespace bindery;
using namespace bindery::test;

namespace {

constexpr const char* kOld = "2010-01-01T00:00:00.000Z";
constexpr const char* kYoung = "2026-11-01T00:00:00.000Z";

PurgeRules rules_for(const Mapping& mapping) {
    const Before before = "2019-01-01T00:00:00.000Z";
    PurgeRules rules;
    rules.datasets.push_back({&mapping, mapping.dataset, before, before, before, "2019-01-01"});
    rules.compared.push_back({"compare", "book.policies", mapping.dataset});
    rules.history = rules.quarantine = rules.runs = rules.effects = rules.conflicts = rules.corrections = before;
    return rules;
}

void effect(Agency& agency, const std::string& identity, const std::string& state, const std::string& updated, const std::string& once_per = "{}") {
    SQLite::Statement s(agency.store.db(),
                        "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, reply) "
                        "VALUES (?1, 'n', 'BN-' || ?1, 'j', 's', 'o', ?4, ?2, 'POST', '/p', '{\"secret\":1}', 'h', 'hold', 1, 1, ?3, ?3, 'reply')");
    s.bind(1, identity);
    s.bind(2, state);
    s.bind(3, updated);
    s.bind(4, once_per);
    s.exec();
}

std::string counts_of(const Purged& done) {
    std::string text;
    for (const auto& count : done.counts) text += (text.empty() ? "" : ", ") + count.kind + (count.dataset.empty() ? "" : " of " + count.dataset) + " " + std::to_string(count.rows);
    return text;
}

// Records p1… that were removed long ago.
void removed_records(Agency& agency, int count) {
    std::vector<std::string> documents;
    for (int i = 1; i <= count; ++i) documents.push_back(Policy{"p" + std::to_string(i), "NR-" + std::to_string(100 + i), "\"100.00\"", "2012-05-05"}.json());
    documents.push_back(Policy{"live", "NR-1", "\"100.00\"", "2012-05-05"}.json());
    agency.pull(documents);
    agency.store.db().exec(std::string("UPDATE record_bindpilot_policies SET removed_at = '") + kOld + "', removed_why = 'missing' WHERE key <> 'live'");
}

}  // namespace

TEST_CASE("A purge keeps each effect with its identity and state, and blanks only those that are settled and old") {
    Agency agency;
    for (const char* state : {"pending", "sending", "done", "rejected", "in_doubt", "held", "withdrawn", "dropped"}) {
        effect(agency, std::string("old_") + state, state, kOld);
        effect(agency, std::string("young_") + state, state, kYoung);
    }
    effect(agency, "old_corrected", "done", kOld);
    agency.store.db().exec("INSERT INTO correction (job, dataset, key, other_key, field, wanted, state, identity, since_run, since_at) VALUES ('compare', 'd', 'k', 'o', 'f', 'w', 'open', 'old_corrected', 1, '2010')");
    agency.store.db().exec(std::string("INSERT INTO attempt (identity, run, started_at, ended_at) VALUES ('old_done', 1, '2010', '") + kOld + "'), ('old_held', 1, '2010', '" + kOld + "')");
    const std::string before = agency.one("SELECT identity, state, content_hash FROM effect ORDER BY 1");
    const Purged done = purge(agency.store, rules_for(agency.mapping), {});
    CHECK(counts_of(done) == "attempts 1, effects 3");
    CHECK(agency.one("SELECT identity, state, content_hash FROM effect ORDER BY 1") == before);
    CHECK(agency.one("SELECT group_concat(identity, ' ') FROM (SELECT identity FROM effect WHERE body = '' AND reply IS NULL AND blanked_at IS NOT NULL ORDER BY 1)") == "old_done old_dropped old_withdrawn");
    CHECK(agency.one("SELECT count(*) FROM effect WHERE body = ''") == "3");
    Ledger ledger(agency.store);
    CHECK_THROWS_AS(ledger.settle("old_dropped", "retry"), Error);
    ledger.settle("young_dropped", "retry");
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), {})).empty());
}

TEST_CASE("A withdrawn effect whose content was purged is whole again when it is wanted again") {
    Agency agency;
    effect(agency, "e", "withdrawn", kOld);
    purge(agency.store, rules_for(agency.mapping), {});
    Ledger ledger(agency.store);
    EffectRow row = *ledger.find("e");
    REQUIRE(row.body.empty());
    row.state = "pending";
    row.body = "{\"fresh\":1}";
    agency.store.transaction([&] { ledger.put(row); });
    CHECK(ledger.find("e")->body == "{\"fresh\":1}");
    CHECK_FALSE(ledger.find("e")->blanked_at);
}

TEST_CASE("Removed records go only when nothing that is open, and no pair, needs them, and their date has passed too") {
    Agency agency;
    agency.mapping.window_field = "expires";
    removed_records(agency, 9);
    SQLite::Database& db = agency.store.db();
    db.exec("UPDATE record_bindpilot_policies SET expires = '2026-10-01' WHERE key = 'p2'");
    db.exec(std::string("UPDATE record_bindpilot_policies SET removed_at = '") + kYoung + "' WHERE key = 'p3'");
    db.exec("INSERT INTO agreed (job, theirs_key, ours_key, run, base) VALUES ('compare', 'p4', 'o4', 1, '{}')");
    db.exec("INSERT INTO conflict (job, kind, ours, theirs, ours_key, theirs_key, field, state, opened_run, opened_at) VALUES ('compare', 'values', 'book.policies', 'bindpilot.policies', 'o5', 'p5', 'f', 'open', 1, '2010')");
    db.exec("INSERT INTO correction (job, dataset, key, other_key, field, state, since_run, since_at) VALUES ('compare', 'bindpilot.policies', 'p6', 'o6', 'f', 'open', 1, '2010')");
    effect(agency, "doubt", "in_doubt", kOld, R"({"policy":"NR-107"})");
    effect(agency, "held", "held", kOld, R"({"policy":"p8"})");
    db.exec("INSERT INTO as_imported VALUES ('bindpilot.policies', 'p9', '{}'), ('bindpilot.policies', 'p2', '{}')");
    PurgeOptions dry;
    dry.dry = true;
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), dry)) == "removed of bindpilot.policies 2");
    CHECK(agency.one("SELECT count(*) FROM record_bindpilot_policies") == "10");
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), {})) == "removed of bindpilot.policies 2");
    CHECK(agency.one("SELECT group_concat(key, ' ') FROM (SELECT key FROM record_bindpilot_policies ORDER BY key)") == "live p2 p3 p4 p5 p6 p7 p8");
    CHECK(agency.one("SELECT key FROM as_imported") == "p2");
}

TEST_CASE("Of corrections stay the open ones, the latest of a field and the one that the next is known by, and of conflicts a person's word") {
    Agency agency;
    agency.pull({Policy{"p1"}.json()});
    SQLite::Database& db = agency.store.db();
    const std::string row = "INSERT INTO correction (id, job, dataset, key, other_key, field, state, identity, since_run, since_at, closed_at) VALUES ";
    const std::string old = std::string("'") + kOld + "'", head = ", 'compare', 'bindpilot.policies', 'p1', 'o1', ";
    db.exec(row + "(1" + head + "'a', 'done', 'i1', 1, '2010', " + old + ")");     // older than the next: goes
    db.exec(row + "(2" + head + "'a', 'dropped', 'i2', 1, '2010', " + old + ")");  // so is this
    db.exec(row + "(3" + head + "'a', 'done', 'i3', 1, '2010', " + old + ")");     // the latest of its field
    db.exec(row + "(4" + head + "'b', 'done', 'i4', 1, '2010', " + old + ")");     // the record's last answered
    db.exec(row + "(5" + head + "'c', 'open', 'i5', 1, '2010', NULL)");
    const std::string conflict = "INSERT INTO conflict (id, job, kind, ours, theirs, ours_key, theirs_key, field, state, take, wanted, opened_run, opened_at, closed_at) VALUES ";
    db.exec(conflict + "(1, 'compare', 'values', 'book.policies', 'bindpilot.policies', 'o1', 'p1', 'a', 'settled', 'ours', 'x', 1, '2010', " + old + ")");
    db.exec(conflict + "(2, 'compare', 'values', 'book.policies', 'bindpilot.policies', 'o1', 'gone', 'a', 'settled', 'ours', 'x', 1, '2010', " + old + ")");
    db.exec(conflict + "(3, 'compare', 'values', 'book.policies', 'bindpilot.policies', 'o1', 'p1', 'a', 'agreed', NULL, NULL, 1, '2010', " + old + ")");
    db.exec(conflict + "(4, 'compare', 'values', 'book.policies', 'bindpilot.policies', 'o1', 'p1', 'b', 'open', NULL, NULL, 1, '2010', NULL)");
    db.exec(conflict + "(5, 'compare', 'values', 'book.policies', 'bindpilot.policies', 'o1', 'gone', 'b', 'resolved', 'ours', 'x', 1, '2010', " + old + ")");
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), {})) == "conflicts 1, conflicts 1, corrections 2");
    CHECK(agency.one("SELECT group_concat(id, ' ') FROM (SELECT id FROM correction ORDER BY id)") == "3 4 5");
    CHECK(agency.one("SELECT group_concat(id, ' ') FROM (SELECT id FROM conflict ORDER BY id)") == "1 4 5");
}

TEST_CASE("Corrections go with their record: what it was corrected to is asked about no more once it is out of the store") {
    Agency agency;
    agency.pull({Policy{"p1"}.json()});
    SQLite::Database& db = agency.store.db();
    db.exec("CREATE TABLE record_book_policies (key TEXT NOT NULL); INSERT INTO record_book_policies VALUES ('o1'); INSERT INTO dataset VALUES ('book.policies', 'book_policies', '', '')");
    const std::string row = "INSERT INTO correction (id, job, dataset, key, other_key, field, state, identity, since_run, since_at, closed_at) VALUES ";
    const std::string old = std::string("'") + kOld + "'", young = std::string("'") + kYoung + "'";
    const auto add = [&](int id, const std::string& where, const std::string& state, const std::string& closed) {
        db.exec(row + "(" + std::to_string(id) + ", 'compare', " + where + ", '" + state + "', NULL, 1, '2010', " + closed + ")");
    };
    add(1, "'bindpilot.policies', 'p1', 'o1', 'a'", "done", old);
    add(2, "'bindpilot.policies', 'gone', 'o1', 'a'", "done", old);
    add(3, "'bindpilot.policies', 'gone', 'o1', 'b'", "dropped", old);
    add(4, "'bindpilot.policies', 'gone', 'o1', 'c'", "open", "NULL");
    add(5, "'bindpilot.policies', 'gone', 'o1', 'd'", "done", young);
    add(6, "'book.policies', 'o1', 'p1', 'a'", "done", old);
    add(7, "'book.policies', 'gone', 'p1', 'a'", "done", old);
    add(8, "'bindpilot.policies', '', 'o1', ''", "done", old);    // made from a record of ours that is there
    add(9, "'bindpilot.policies', '', 'gone', ''", "done", old);  // and from one that isn't
    PurgeRules rules = rules_for(agency.mapping);
    CHECK(counts_of(purge(agency.store, rules, {})) == "corrections 4");
    CHECK(agency.one("SELECT group_concat(id, ' ') FROM (SELECT id FROM correction ORDER BY id)") == "1 4 5 6 8");
}

TEST_CASE("Of runs stay the latest of each job and the good one that says how fresh it is") {
    Agency agency;
    SQLite::Database& db = agency.store.db();
    for (int i = 1; i <= 40; ++i) {
        db.exec("INSERT INTO run (id, job, kind, state, phase, now, today, timezone, started_at, ended_at, outcome, exit_code, report, pid) VALUES (" + std::to_string(i) +
                ", 'j', 'sync', 'ended', 'report', '', '', 'UTC', '2010', '" + kOld + "', '" + (i == 5 ? "done" : "failed") + "', " + (i == 5 ? "0" : "1") + ", '{}', 1)");
    }
    db.exec("INSERT INTO run_call (run, seq, service, kind, at) SELECT id, 1, 'crm', 'call', '' FROM run");
    db.exec("INSERT INTO run (id, job, kind, state, phase, now, today, timezone, started_at, pid) VALUES (41, 'j', 'sync', 'running', 'pull', '', '', 'UTC', '2010', 1)");
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), {})) == "runs 20");
    CHECK(agency.one("SELECT group_concat(id, ' ') FROM run WHERE id < 22") == "5");
    CHECK(agency.one("SELECT count(*) FROM run") == "21");
    CHECK(agency.one("SELECT count(*) FROM run_call") == "20");
    CHECK(agency.one("SELECT count(*) FROM run_call WHERE run NOT IN (SELECT id FROM run)") == "0");
}

TEST_CASE("Calls go before their runs do, by rows, and those of a run that goes on stay") {
    Agency agency;
    SQLite::Database& db = agency.store.db();
    for (int i = 1; i <= 4; ++i) {
        const bool ended = i != 3;
        db.exec("INSERT INTO run (id, job, kind, state, phase, now, today, timezone, started_at, ended_at, outcome, exit_code, report, pid) VALUES (" + std::to_string(i) + ", 'j', 'sync', '" + (ended ? "ended" : "running") +
                "', 'report', '', '', 'UTC', '" + kOld + "', " + (ended ? std::string("'") + (i == 4 ? kYoung : kOld) + "'" : "NULL") + ", 'done', 0, '{}', 1)");
    }
    db.exec("INSERT INTO run_call (run, seq, service, kind, at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT id, i, 'crm', 'call', '' FROM n, run");
    PurgeRules rules;
    rules.calls = "2019-01-01T00:00:00.000Z";
    PurgeOptions options;
    options.batch = 30;
    int transactions = 0;
    options.committed = [&] { ++transactions; };
    CHECK(counts_of(purge(agency.store, rules, options)) == "calls 100");
    CHECK(transactions == 4);  // 30 rows each
    CHECK(agency.one("SELECT count(*) FROM run") == "4");
    CHECK(agency.one("SELECT group_concat(run || ' ' || n, ', ') FROM (SELECT run, count(*) n FROM run_call GROUP BY run)") == "3 50, 4 50");
    CHECK(counts_of(purge(agency.store, rules, options)).empty());
}

TEST_CASE("History and quarantine go by their own times, of each dataset and of the rest") {
    Agency agency;
    SQLite::Database& db = agency.store.db();
    for (const char* dataset : {"bindpilot.policies", "gone.away", "effect:n"}) {
        for (const char* at : {kOld, kYoung}) {
            db.exec(std::string("INSERT INTO change (dataset, key, run, at, kind) VALUES ('") + dataset + "', 'k', 1, '" + at + "', 'added')");
            db.exec(std::string("INSERT INTO quarantine (dataset, key, reason, first_run, last_run, first_at, last_at) VALUES ('") + dataset + "', 'k', '" + at + "', 1, 1, '2010', '" + at + "')");
        }
    }
    PurgeRules rules = rules_for(agency.mapping);
    rules.datasets.front().history.reset();
    CHECK(counts_of(purge(agency.store, rules, {})) == "quarantine of bindpilot.policies 1, history 2, quarantine 2");
    CHECK(agency.one("SELECT count(*) FROM change") == "4");
    CHECK(agency.one("SELECT count(*) FROM quarantine") == "3");
    CHECK(agency.one("SELECT detail FROM audit WHERE kind = 'purge'") == "quarantine of bindpilot.policies 1, history 2, quarantine 2");
    CHECK(cared_at(agency.store, "purge") == agency.clock.wall());
    const PurgeRules forever{{{&agency.mapping, agency.mapping.dataset, {}, {}, {}, ""}}, {}, {}, {}, {}, {}, {}, {}, {}};
    CHECK(counts_of(purge(agency.store, forever, {})).empty());
}

TEST_CASE("Records of a dataset that isn't configured any more go when their last reading is that old, live ones too") {
    Agency agency;
    removed_records(agency, 5);  // and one that is live
    SQLite::Database& db = agency.store.db();
    db.exec(std::string("UPDATE record_bindpilot_policies SET read_at = '") + kOld + "'");
    db.exec(std::string("UPDATE pull_state SET complete_read_at = '") + kOld + "'");
    db.exec(std::string("UPDATE record_bindpilot_policies SET read_at = '") + kYoung + "' WHERE key = 'p2'");
    db.exec(std::string("UPDATE record_bindpilot_policies SET removed_at = '") + kYoung + "' WHERE key = 'p3'");
    effect(agency, "doubt", "in_doubt", kOld, R"({"policy":"p4"})");
    db.exec("INSERT INTO agreed_fields VALUES ('former', 'book.policies bindpilot.policies', '')");
    db.exec("INSERT INTO agreed (job, theirs_key, ours_key, run, base) VALUES ('former', 'p1', 'o1', 1, '{}'), ('former', 'p2', 'o2', 1, '{}')");
    PurgeRules rules = rules_for(agency.mapping);
    rules.removed = rules.datasets.front().removed;
    rules.datasets.clear();
    rules.compared.clear();
    CHECK(counts_of(purge(agency.store, rules, {})).find("removed of bindpilot.policies 3") != std::string::npos);
    CHECK(agency.one("SELECT group_concat(key, ' ') FROM (SELECT key FROM record_bindpilot_policies ORDER BY key)") == "p2 p3 p4");
    CHECK(agency.one("SELECT group_concat(theirs_key, ' ') FROM agreed") == "p2");
    db.exec(std::string("UPDATE pull_state SET complete_read_at = '") + kYoung + "'");
    db.exec("DELETE FROM effect");
    CHECK(counts_of(purge(agency.store, rules, {})).empty());  // the last whole list showed p4
}

TEST_CASE("A purge that is shot or stopped has taken whole batches, and the next one goes on to the same end") {
    Agency agency;
    for (int i = 0; i < 95; ++i) {
        agency.store.db().exec("INSERT INTO change (dataset, key, run, at, kind) VALUES ('d.x', 'k', 1, '2010', 'added')");
        effect(agency, "e" + std::to_string(1000 + i), "done", kOld);
    }
    const PurgeRules rules = rules_for(agency.mapping);
    const auto file = agency.store.file();
    for (int at = 1; at <= 3; ++at) {
        ChildProcess child([&] {
            Store store(file, agency.clock);
            PurgeOptions options;
            options.batch = 10;
            int commits = 0;
            options.committed = [&] {
                if (++commits == at) ::raise(SIGKILL);
            };
            purge(store, rules, options);
            return 0;
        });
        CHECK(child.exit_code() == -1);
    }
    CHECK(agency.one("SELECT count(*) FROM change") == "35");
    CHECK(integrity_problems(file).empty());
    CHECK_FALSE(cared_at(agency.store, "purge"));
    PurgeOptions stopped;
    stopped.batch = 10;
    int commits = 0;
    stopped.committed = [&] { ++commits; };
    stopped.stop = [&] { return commits == 2; };
    CHECK_FALSE(purge(agency.store, rules, stopped).whole);
    CHECK(agency.one("SELECT count(*) FROM change") == "15");
    CHECK_FALSE(cared_at(agency.store, "purge"));
    CHECK(counts_of(purge(agency.store, rules, {})) == "history 15, effects 95");
    CHECK(agency.one("SELECT count(*) FROM effect WHERE state = 'done'") == "95");
}

TEST_CASE("What was purged can't be read from the file, and a vacuum gives its room back") {
    Agency agency;
    for (int i = 0; i < 500; ++i) agency.store.db().exec("INSERT INTO change (dataset, key, run, at, kind, new) VALUES ('d.x', 'k', 1, '2010', 'changed', 'krista.whitehorse' || hex(randomblob(400)))");
    purge(agency.store, rules_for(agency.mapping), {});
    CHECK(free_bytes(agency.store) > 100'000);
    const auto before = agency.store.db().execAndGet("PRAGMA page_count").getInt64();
    agency.store.db().execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto bytes = [&] {
        std::ifstream in(agency.store.file(), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(bytes().find("krista.whitehorse") == std::string::npos);
    vacuum(agency.store);
    CHECK(free_bytes(agency.store) == 0);
    CHECK(agency.store.db().execAndGet("PRAGMA page_count").getInt64() < before);
}

TEST_CASE("A purge that can't get the store gives up with nothing changed") {
    Agency agency;
    for (int i = 0; i < 300; ++i) effect(agency, "e" + std::to_string(1000 + i), "done", kOld);
    const std::string before = agency.one("SELECT count(*) FROM effect WHERE body = ''");
    SQLite::Database hold(agency.store.file().string(), SQLite::OPEN_READWRITE);
    hold.exec("BEGIN IMMEDIATE");
    agency.store.db().setBusyTimeout(0);
    try {
        purge(agency.store, rules_for(agency.mapping), {});
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::store);
        CHECK(error.again() == Again::later);
    }
    CHECK(agency.one("SELECT count(*) FROM effect WHERE body = ''") == before);
    hold.exec("COMMIT");
}

TEST_CASE("Of sales go the questions and the proofs past their time, each sale keeps its state, and who may not be contacted stays barred") {
    Agency agency;
    SQLite::Database& db = agency.store.db();
    for (const char* at : {kOld, kYoung}) {
        const std::string time = at, id = time == kOld ? "old" : "young";
        db.exec("INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, first_run, run, first_at, updated_at) VALUES ('" + id + "', 's', 'BN', 'j', 'lead', 'live', '{}', 'posting', 1, 1, '" + time + "', '" + time + "')");
        db.exec("INSERT INTO sale_ask (identity, run, mode, at, day, answer) VALUES ('" + id + "', 1, 'live', '" + time + "', '2010-01-01', 'bid')");
        db.exec("INSERT INTO sale_consent (identity, certificate, words, address, agent, page, given_at, posted_at) VALUES ('" + id + "', 'c', 'w', 'a', 'b', 'p', '" + time + "', '" + time + "')");
        db.exec("INSERT INTO do_not_contact (person, kind, why, at) VALUES ('" + id + "', 'phone', 'revoked', '" + time + "')");
    }
    PurgeRules rules = rules_for(agency.mapping);
    purge(agency.store, rules, {});
    CHECK(agency.one("SELECT count(*) FROM sale_consent") == "2");  // kept for good unless a time is set
    rules.sales = "2019-01-01T00:00:00.000Z";
    purge(agency.store, rules, {});
    CHECK(agency.one("SELECT group_concat(identity) FROM sale_consent") == "young");
    CHECK(agency.one("SELECT group_concat(identity) FROM sale_ask") == "young");
    CHECK(agency.one("SELECT count(*) FROM sale") == "2");
    CHECK(agency.one("SELECT count(*) FROM do_not_contact") == "2");
}

TEST_CASE("What a buyer turned down is settled: what was sent is blanked in time, and its record isn't kept for it") {
    Agency agency;
    agency.mapping.window_field = "expires";
    removed_records(agency, 2);
    effect(agency, "no", "rejected", kOld, R"({"policy":"p1"})");
    effect(agency, "refused", "rejected", kOld, R"({"policy":"p2"})");
    SQLite::Database& db = agency.store.db();
    db.exec("UPDATE effect SET status = CASE identity WHEN 'no' THEN 200 ELSE 400 END");
    for (const std::string id : {"no", "refused"}) {
        db.exec("INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, posted_day, first_run, run, first_at, updated_at) VALUES ('" + id + "', 'n', 'r', 'j', 'lead', 'live', '{}', 'posting', '2010-01-01', 1, 1, '', '')");
        db.exec("INSERT INTO attempt (identity, run, started_at, ended_at) VALUES ('" + id + "', 1, '2010', '" + kOld + "')");
    }
    CHECK(counts_of(purge(agency.store, rules_for(agency.mapping), {})) == "removed of bindpilot.policies 1, attempts 1, effects 1");
    CHECK(agency.one("SELECT group_concat(identity) FROM effect WHERE body = ''") == "no");
    CHECK(agency.one("SELECT group_concat(key, ' ') FROM (SELECT key FROM record_bindpilot_policies ORDER BY key)") == "live p2");
    CHECK(agency.one("SELECT group_concat(identity) FROM attempt") == "refused");
}
