#include "store/datasets.h"

#include <catch2/catch.hpp>

#include "core/error.h"
#include "store/pulls.h"

using namespace bindery;
using namespace bindery::test;
using namespace std::chrono_literals;

TEST_CASE("A dataset's table and views are named after it") {
    CHECK(view_name("bindpilot.renewals") == "bindpilot_renewals");
    CHECK(table_name("book.policies") == "record_book_policies");
}

TEST_CASE("Ensuring a dataset again does nothing while the mapping is the same") {
    Agency agency;
    agency.pull({Policy{"a"}.json()});
    const std::string built = agency.one("SELECT built_at FROM dataset");
    const std::string schema = agency.one("PRAGMA schema_version");
    agency.clock.advance(1h);
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one("SELECT built_at FROM dataset") == built);
    CHECK(agency.one("PRAGMA schema_version") == schema);
}

TEST_CASE("A changed mapping rebuilds every row from its document and writes no history") {
    Agency agency;
    agency.pull({Policy{.id = "a", .more = R"(,"client":{"email":"Ann@X.example"})"}.json(), Policy{"b"}.json(),
                 Policy{"gone"}.json()});
    agency.pull({Policy{.id = "a", .more = R"(,"client":{"email":"Ann@X.example"})"}.json(), Policy{"b"}.json()});
    agency.pull({Policy{.id = "a", .more = R"(,"client":{"email":"Ann@X.example"})"}.json(), Policy{"b"}.json()});
    const std::string times =
        agency.one("SELECT key, first_seen_at, read_at, removed_at FROM bindpilot_policies_all ORDER BY key");
    const std::string changes = agency.one("SELECT count(*) FROM change");
    agency.mapping.fields.push_back({"client_email", FieldType::email, false, true, {"/client/email"}});
    agency.mapping.fields[1] = {"price", FieldType::money, false, false, {"/premium"}};
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one(
              "SELECT key, price_cents, client_email, client_email_key FROM bindpilot_policies_all ORDER BY key") ==
          "a|10000|ann@x.example|ann@x.example\nb|10000|-|-\ngone|10000|-|-");
    CHECK(agency.one("SELECT key, first_seen_at, read_at, removed_at FROM bindpilot_policies_all ORDER BY key") ==
          times);
    CHECK(agency.one("SELECT count(*) FROM change") == changes);
    CHECK(agency.one("PRAGMA integrity_check") == "ok");
    const LandCounts counts =
        agency.pull({Policy{.id = "a", .more = R"(,"client":{"email":"Ann@X.example"})"}.json(), Policy{"b"}.json()});
    CHECK(counts.unchanged == 2);
    CHECK(agency.one("SELECT count(*) FROM sqlite_master WHERE name LIKE '%new%'") == "0");
}

TEST_CASE("A row that the new mapping refuses stays live with what can be read, and waits in quarantine") {
    Agency agency;
    const std::string a = Policy{.id = "a", .more = R"(,"carrier":"Acme")"}.json(), b = Policy{"b"}.json();
    agency.pull({a, b});
    agency.pull({a, b});
    const std::string read_at = agency.one("SELECT read_at FROM bindpilot_policies WHERE key = 'b'");
    agency.mapping.fields.push_back({"carrier", FieldType::text, true, false, {"/carrier"}});
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one("SELECT key, premium, carrier FROM bindpilot_policies ORDER BY key") ==
          "a|100.00|Acme\nb|100.00|-");
    CHECK(agency.one("SELECT key, reason FROM quarantine") == "b|carrier: is required and blank");
    CHECK(agency.pull({a, b}).quarantined == 1);
    CHECK(agency.one("SELECT read_at FROM bindpilot_policies WHERE key = 'b'") == read_at);
    const LandCounts counts = agency.pull({a, Policy{.id = "b", .more = R"(,"carrier":"Zeta")"}.json()});
    CHECK(counts.changed == 1);
    CHECK(agency.one("SELECT count(*) FROM quarantine") == "0");
    CHECK(agency.history_of("b").find("changed carrier: - -> Zeta") != std::string::npos);
}

TEST_CASE("A rebuild leaves in quarantine what is newer than the record") {
    Agency agency;
    agency.mapping.fields.push_back({"carrier", FieldType::text, true, false, {"/carrier"}});
    ensure_dataset(agency.store, agency.mapping);
    agency.pull({Policy{.id = "a", .more = R"(,"carrier":"Acme")"}.json()});
    REQUIRE(agency.pull({Policy{"a"}.json()}).quarantined == 1);
    agency.mapping.fields.push_back({"client_email", FieldType::email, false, true, {"/client/email"}});
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one("SELECT count(*) FROM quarantine WHERE key = 'a'") == "1");
}

TEST_CASE("Rows that get the same key under a changed mapping become the later one, and the other is quarantined") {
    Agency agency;
    agency.pull({Policy{.id = "a", .status = "first", .more = R"(,"number":7)"}.json()}, agency.part_of_list());
    agency.pull({Policy{.id = "b", .status = "second", .more = R"(,"number":7)"}.json()}, agency.part_of_list());
    agency.mapping.key_pointers = {"/number"};
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one("SELECT key, status FROM bindpilot_policies") == "7|second");
    CHECK(agency.one("SELECT key, document LIKE '%first%' FROM quarantine") == "7|1");
}

TEST_CASE("Two columns or two views of one name are refused as configuration errors") {
    Agency agency;
    const auto refused = [&](const Mapping& mapping) {
        try {
            ensure_dataset(agency.store, mapping);
        } catch (const Error& error) {
            return error.code() == ErrorCode::config;
        }
        return false;
    };
    for (const char* name : {"key", "doc", "READ_AT", "premium_cents", "Status", "policy_number_key", "rowid"}) {
        CAPTURE(name);
        Mapping mapping = policies();
        mapping.dataset = "bindpilot.more";
        mapping.fields.push_back({name, FieldType::text, false, false, {"/x"}});
        CHECK(refused(mapping));
    }
    Mapping mapping = policies();
    mapping.dataset = "bindpilot.policies_all";
    CHECK(refused(mapping));
    mapping.dataset = "bindpilot_policies.x";
    CHECK_FALSE(refused(mapping));
}

TEST_CASE("A field may be called like a word of SQL") {
    Agency agency;
    Mapping mapping;
    mapping.dataset = "book.order";
    mapping.key_pointers = {"/id"};
    mapping.fields = {{"select", FieldType::text, false, true, {"/id"}},
                      {"group", FieldType::money, false, true, {"/group"}}};
    ensure_dataset(agency.store, mapping);
    CHECK(land_one(agency.store, mapping, "1", R"({"id":"1","group":3})", agency.clock.wall(), 1).added == 1);
    CHECK(agency.one("SELECT \"select\", group_cents FROM book_order") == "1|300");
}

TEST_CASE("Another program reads the store with plain SQLite") {
    Agency agency;
    agency.pull({Policy{"a"}.json(), Policy{"b"}.json()});
    agency.pull({Policy{"a"}.json()});
    SQLite::Database shell(agency.store.file().string());  // none of our functions
    const auto ask = [&](const char* sql) { return shell.execAndGet(sql).getString(); };
    CHECK(ask("PRAGMA integrity_check") == "ok");
    CHECK(ask("SELECT count(*) FROM bindpilot_policies WHERE read_at > '2026'") == "2");
    CHECK(ask("SELECT count(*) FROM bindpilot_policies_all") == "2");
    CHECK(ask("SELECT json_extract(doc, '$.status') FROM bindpilot_policies WHERE key = 'a'") == "active");
    CHECK(ask("SELECT typeof(premium) || typeof(premium_cents) || typeof(doc) FROM bindpilot_policies") ==
          "textintegertext");
}

TEST_CASE("A join of two views on a matched field goes by index") {
    Agency agency;
    SQLite::Statement plan(
        agency.store.db(),
        "EXPLAIN QUERY PLAN SELECT a.premium, b.premium FROM bindpilot_policies a JOIN bindpilot_policies b "
        "ON b.policy_number_key = a.policy_number_key");
    std::string text;
    while (plan.executeStep()) text += plan.getColumn(3).getString() + "\n";
    CHECK(text.find("USING INDEX record_bindpilot_policies_policy_number_key") != std::string::npos);
    CHECK(text.find("MATERIALIZE") == std::string::npos);
}

TEST_CASE("What records are matched by is made anew when a release folds it otherwise") {
    Agency agency;
    agency.mapping.fields.push_back({"client_name", FieldType::text, false, true, {"/client_name"}});
    ensure_dataset(agency.store, agency.mapping);
    agency.pull({Policy{.id = "a", .more = R"(,"client_name":"Jos\u00e9 Pe\u00f1a")"}.json()});
    CHECK(agency.one("SELECT client_name, client_name_key FROM bindpilot_policies") == "Jos\xC3\xA9 Pe\xC3\xB1" "a|jose pena");
    // As the release before left it.
    agency.one("UPDATE record_bindpilot_policies SET client_name_key = 'jos\xC3\xA9 pe\xC3\xB1" "a' RETURNING 1");
    agency.one("UPDATE dataset SET signature = '1:' || substr(signature, 3) RETURNING 1");
    ensure_dataset(agency.store, agency.mapping);
    CHECK(agency.one("SELECT client_name_key FROM bindpilot_policies") == "jose pena");
    CHECK(agency.one("SELECT count(*) FROM change") == "1");
}
