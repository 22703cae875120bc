#include "store/small_store.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("rows come as JSON values by column name") {
    const SmallStore store;
    JobSql sql = store.sql();
    std::vector<Values> rows;
    sql.for_each(
        "SELECT key, premium, premium_cents AS cents, premium_cents / 100.0 AS dollars FROM bindpilot_renewals ORDER "
        "BY key",
        [&](const Values& row) { rows.push_back(row); });
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].at("key") == "r_1");
    CHECK(rows[0].at("premium") == "1200.50");
    CHECK(rows[0].at("cents") == 120050);
    CHECK(dump_exact(rows[0].at("dollars")) == "1200.5");
    CHECK(rows[2].at("premium").is_null());
    CHECK(dump_exact(one(sql, "SELECT 4.0 / 2")) == "2.0");
}

TEST_CASE("columns are known without running, and the statement may end in a semicolon and comments") {
    const SmallStore store;
    JobSql sql = store.sql();
    const std::string text =
        "-- what we work on\nSELECT key, upper(state) AS place FROM bindpilot_renewals; /* end */ -- done; SELECT\n";
    CHECK(sql.columns(text) == std::vector<std::string>{"key", "place"});
    CHECK(sql.columns("WITH s AS (SELECT 1 AS a) SELECT count(*) AS n FROM s") == std::vector<std::string>{"n"});
}

TEST_CASE("parameters are bound by name and keep their kind") {
    const SmallStore store;
    JobSql sql = store.sql();
    CHECK(one(sql,
              "SELECT group_concat(key) FROM bindpilot_renewals WHERE state IN (SELECT value FROM "
              "json_each(:territory))") == "r_1");
    CHECK(one(sql, "SELECT :owner ->> '$.tx'") == "ann@example.com");
    CHECK(one(sql, "SELECT typeof(:limit) || :limit") == "integer10");
    CHECK(one(sql, "SELECT 10.4 < :percent AND 10.6 > :percent") == 1);
    CHECK(one(sql, "SELECT :long") == "12345678901234567890.12");
    CHECK(one(sql, "SELECT :flag") == 1);
    CHECK(one(sql, "SELECT :nothing IS NULL") == 1);
}

TEST_CASE("SQL that reads is allowed") {
    const SmallStore store;
    JobSql sql = store.sql();
    const std::string text = GENERATE(
        as<std::string>{},  //
        "SELECT 'do it now', ':limit', 'a -- b', 'ATTACH' ", "SELECT 1 AS now",
        "SELECT key AS \"now\" FROM bindpilot_renewals", "SELECT date(:today, '+45 days', 'weekday 1')",
        "SELECT strftime('%Y', :today)", "SELECT date(NULL)", "SELECT datetime(1700000000, 'unixepoch')",
        "SELECT julianday('2026-03-01') - julianday(:today)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
        "SELECT row_number() OVER (ORDER BY key), lag(key) OVER (ORDER BY key) FROM bindpilot_renewals",
        "SELECT json_group_array(json_object('k', key)) FROM bindpilot_renewals",
        "SELECT key FROM bindpilot_renewals WHERE state LIKE 't%'", "SELECT json, root, fullkey FROM json_each('[1]')",
        "SELECT value FROM json_tree('{\"a\": 1}')", "VALUES (1), (2)", "SELECT last_verdict FROM pull_state",
        "SELECT name FROM sqlite_master", "SELECT count(*) FROM main.bindpilot_renewals", "SELECT '''now'",
        "SELECT CASE WHEN 1 THEN iif(2, 3, 4) END", "SELECT [key], `state` FROM bindpilot_renewals",
        "SELECT (SELECT max(key) FROM bindpilot_renewals AS t WHERE t.state = r.state) FROM bindpilot_renewals AS r",
        "SELECT rowid FROM record_bindpilot_renewals", "SELECT round(abs(-2.5)), ceil(1.2), 7 % 4, 1 << 3",
        "SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 ORDER BY 1 LIMIT 1");
    const Answer answer = ask(sql, text);
    INFO(text << " → " << answer.text);
    CHECK_FALSE(answer.code.has_value());
}

TEST_CASE("date functions otherwise answer as SQLite's own") {
    const SmallStore store;
    JobSql sql = store.sql();
    SQLite::Database plain(":memory:");
    const std::string text =
        GENERATE(as<std::string>{}, "date('2026-01-31', '+1 month')", "date('2026-02-30')", "date('nonsense')",
                 "date(NULL)", "datetime('2026-01-15T06:00:00.000Z', '-7 hours')", "time('10:20:30.5')",
                 "strftime('%Y-W%W %j', '2026-01-15')", "typeof(julianday('2026-01-15'))", "unixepoch('2026-01-15')",
                 "date(1700000000, 'unixepoch', 'start of month')", "datetime(2460000.5)", "date('2026-01-15', NULL)");
    INFO(text);
    const json ours = one(sql, "SELECT quote(" + text + ")");
    CHECK(ours == plain.execAndGet("SELECT quote(" + text + ")").getString());
}

TEST_CASE("the domain's functions answer with NULL for what they can't read") {
    const SmallStore store;
    JobSql sql = store.sql();
    struct Case {
        const char* sql;
        const char* gives;
    };
    const auto [text, gives] = GENERATE(values<Case>({
        {"policy_key('ab-12 34')", "'AB1234'"},
        {"policy_key('TBD')", "NULL"},
        {"policy_key(NULL)", "NULL"},
        {"phone10('(512) 555-0100')", "'5125550100'"},
        {"phone10('none')", "NULL"},
        {"state2('texas')", "'TX'"},
        {"state2('Atlantis')", "NULL"},
        {"days_until('2026-03-01')", "45"},
        {"days_until('2026-01-14')", "-1"},
        {"days_until('2026-03-01', '2026-02-28')", "1"},
        {"days_until('03/01/2026')", "NULL"},
        {"days_until(NULL)", "NULL"},
        {"days_until('2026-03-01', NULL)", "NULL"},
        {"business_day('2026-01-17', '[]')", "'2026-01-16'"},
        {"business_day_before('2026-01-19', '[\"2026-01-19\"]')", "'2026-01-16'"},
        {"business_day_after('2026-01-17', '[\"2026-01-19\"]')", "'2026-01-20'"},
        {"business_day_after('2026-01-20', '[\"2026-01-19\"]')", "'2026-01-20'"},
        {"business_day_after('soon', '[]')", "NULL"},
        {"business_day_after(NULL, '[]')", "NULL"},
        {"money_text(123450)", "'1234.50'"},
        {"money_text(7)", "'0.07'"},
        {"money_text(-150)", "'-1.50'"},
        {"money_text(0)", "'0.00'"},
        {"money_text('12')", "'0.12'"},
        {"money_text(1.5)", "NULL"},
        {"money_text('much')", "NULL"},
        {"money_text(NULL)", "NULL"},
        {"known_by('[\"Ann@x.example; b@x.example\", \"(512) 555-0100\"]', 'Roe, Ann', '75201-1234')", "'[\"ann@x.example\",\"b@x.example\",\"5125550100\",\"name:roe 75201\",\"name:ann 75201\"]'"},
        {"known_by('none', 'De la Cruz', NULL)", "'[\"name:cruz\",\"name:delacruz\"]'"},
        {"known_by(NULL, 'Roe', '75201')", "'[\"name:roe 75201\",\"name:roe *\"]'"},
        {"known_by('call \"x\xFF@x.example', char(26446), 'soon')", "'[\"name:\xE6\x9D\x8E\"]'"},
        {"known_by(NULL, NULL, NULL)", "'[]'"},
        {"same_person('Roe, Ann', '4 Main St', '75201', 'TX', 'Bob', 'Roe', '4 Main Street', '75201-1234', NULL)", "3"},
        {"same_person('Roe, Ann', '4 Main St', '75201', 'TX', 'Ann', 'Roe', '4 Main Street', '75201-1234', NULL)", "4"},
        {"same_person('Roe, Ann', NULL, '75201', 'TX', 'Ann', 'Roe', '4 Main Street', '75201-1234', NULL)", "2"},
        {"same_person('Roe, Ann', NULL, NULL, 'TX', 'Ann', 'Roe', '4 Main Street', '75201-1234', NULL)", "1"},
        {"same_person('Roe, Ann', NULL, NULL, 'TX', 'Bob', 'Roe', '4 Main Street', '75201-1234', NULL)", "0"},
        {"same_person(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)", "0"},
        {"money_text(-9223372036854775807 - 1)", "'-92233720368547758.08'"},
    }));
    INFO(text);
    CHECK(one(sql, std::string("SELECT quote(") + text + ")") == gives);
}

TEST_CASE("a faulty list of holidays is an error, not a missing due date") {
    const SmallStore store;
    JobSql sql = store.sql();
    CHECK(ask(sql, "SELECT business_day('2026-01-17', '[\"Christmas\"]')").code == ErrorCode::sql);
    CHECK(ask(sql, "SELECT business_day('2026-01-17', 'nonsense')").code == ErrorCode::sql);
}

TEST_CASE("days_until with one argument needs a today") {
    const SmallStore store;
    JobSql sql(store.file(), {});
    CHECK_THAT(ask(sql, "SELECT days_until('2026-01-01')").text, Contains("needs :today"));
}

TEST_CASE("a runaway statement is ended, and the next one has its whole share") {
    const SmallStore store;
    SqlLimits limits;
    limits.steps = 2'000'000;
    JobSql sql = store.sql(limits);
    const std::string bomb = GENERATE(
        as<std::string>{}, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n, n AS m, "
        "n AS k");
    const Answer answer = ask(sql, bomb);
    CHECK(answer.code == ErrorCode::sql);
    CHECK_THAT(answer.text, Contains("ended after 2000000 steps"));
    CHECK(one(sql, "SELECT count(*) FROM bindpilot_renewals") == 3);
}

TEST_CASE("a statement ends when it is asked to stop") {
    const SmallStore store;
    SqlLimits limits;
    limits.stop = [] { return true; };
    JobSql sql = store.sql(limits);
    CHECK(ask(sql, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n").code ==
          ErrorCode::interrupted);
}

TEST_CASE("values and statements of absurd size are refused") {
    const SmallStore store;
    JobSql sql = store.sql();
    const Answer wide = ask(sql, "SELECT length(replace(printf('%1000000d', 1), ' ', printf('%1000d', 1)))");
    INFO(wide.text);
    CHECK(wide.code == ErrorCode::sql);
    CHECK(ask(sql, "SELECT '" + std::string(2 << 20, 'x') + "'").code == ErrorCode::config);
    std::string deep = "1";
    for (int i = 0; i < 1000; ++i) deep = "(" + deep + "+1)";
    CHECK(ask(sql, "SELECT " + deep).code == ErrorCode::config);
    CHECK(ask(sql, std::string("SELECT 1\0; SELECT 2", 19)).code == ErrorCode::config);
}

TEST_CASE("blobs and endless numbers are errors of the job, odd bytes in text are not") {
    const SmallStore store;
    JobSql sql = store.sql();
    CHECK(ask(sql, "SELECT x'00ff'").code == ErrorCode::sql);
    CHECK(ask(sql, "SELECT 9e999").code == ErrorCode::sql);
    CHECK(one(sql, "SELECT printf('%.4s', 'José')") == "Jos\xEF\xBF\xBD");
    CHECK(one(sql, "SELECT 'José'") == "José");
}

TEST_CASE("two columns of one name are refused where rows have names") {
    const SmallStore store;
    JobSql sql = store.sql();
    const std::string text = "SELECT key, state AS key FROM bindpilot_renewals";
    CHECK_THROWS_AS(sql.for_each(text, [](const Values&) {}), Error);
    CHECK(sql.columns(text).size() == 2);
}

TEST_CASE("what the row's reader throws comes through, and the connection works on") {
    const SmallStore store;
    JobSql sql = store.sql();
    CHECK_THROWS_AS(
        sql.for_each("SELECT key FROM bindpilot_renewals", [](const Values&) { throw std::out_of_range("mine"); }),
        std::out_of_range);
    CHECK(one(sql, "SELECT 1") == 1);
}

TEST_CASE("a held snapshot stands still while others write, and lets go") {
    SmallStore store;
    JobSql sql = store.sql();
    sql.hold_snapshot();
    store.write("INSERT INTO record_bindpilot_renewals (key) VALUES ('r_4')");
    CHECK(one(sql, "SELECT count(*) FROM bindpilot_renewals") == 3);
    sql.release_snapshot();
    CHECK(one(sql, "SELECT count(*) FROM bindpilot_renewals") == 4);
}

TEST_CASE("a table made after opening can be read at once") {
    SmallStore store;
    JobSql sql = store.sql();
    CHECK(ask(sql, "SELECT * FROM book_policies").code == ErrorCode::config);
    store.write("CREATE TABLE book_policies (key TEXT)");
    CHECK_FALSE(ask(sql, "SELECT * FROM book_policies").code.has_value());
}

TEST_CASE("the connection can't write even where the guard would let it") {
    const SmallStore store;
    const auto before = std::filesystem::last_write_time(store.file());
    JobSql sql = store.sql();
    sql.columns("SELECT 1");
    CHECK(std::filesystem::last_write_time(store.file()) == before);
    JobSql none(store.file().parent_path() / "none.db", {});
    CHECK_THROWS_AS(none.columns("SELECT 1"), Error);
    CHECK_FALSE(std::filesystem::exists(store.file().parent_path() / "none.db"));
}
