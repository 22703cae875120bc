// SQL that people must not run, some of it hostile.
#include "store/small_store.h"

using namespace bindery;
using namespace bindery::test;

TEST_CASE("SQL that does more than read, or reads what is closed, is refused as configuration") {
    const SmallStore store;
    JobSql sql = store.sql();
    struct Case {
        const char* sql;
        const char* says;
    };
    const auto [text, says] = GENERATE(values<Case>({
        {"", "empty"},
        {" -- nothing\n", "empty"},
        {";", "empty"},
        {"DELETE FROM record_bindpilot_renewals", "only a SELECT"},
        {"INSERT INTO pull_state VALUES ('a', 'b')", "only a SELECT"},
        {"WITH x AS (SELECT 1) DELETE FROM record_bindpilot_renewals", "only reading"},
        {"WITH x AS (SELECT 1) INSERT INTO pull_state SELECT 'a', 'b' RETURNING dataset", "only reading"},
        {"PRAGMA writable_schema = 1", "not PRAGMA"},
        {"/* SELECT */ PRAGMA user_version", "not PRAGMA"},
        {"ATTACH '/tmp/x.db' AS x", "not ATTACH"},
        {"BEGIN", "not BEGIN"},
        {"VACUUM INTO '/tmp/copy.db'", "not VACUUM"},
        {"EXPLAIN SELECT 1", "not EXPLAIN"},
        {"CREATE TABLE t (a)", "not CREATE"},
        {"SELECT 1; SELECT 2", "one statement only"},
        {"SELECT 1; DROP TABLE meta", "line 1, column 11"},
        {"SELECT value FROM meta", "meta isn't open"},
        {"SELECT count(*) FROM meta", "meta isn't open"},
        {"SELECT 1 FROM MAIN.\"MeTa\"", "meta isn't open"},
        {"WITH a AS (WITH b AS (SELECT hex(value) AS v FROM meta) SELECT v FROM b) SELECT 1 FROM a, a AS c WHERE a.v = "
         "c.v",
         "meta isn't open"},
        {"SELECT (SELECT detail FROM audit)", "audit isn't open"},
        {"SELECT * FROM sqlite_sequence", "isn't open"},
        {"SELECT * FROM sqlite_temp_master", "isn't open"},
        {"SELECT * FROM pragma_table_info('meta')", ""},
        {"SELECT * FROM pragma_database_list", ""},
        {"SELECT count(*) FROM pragma_database_list", ""},
        {"SELECT count(*) FROM dbstat", ""},
        {"SELECT data FROM sqlite_dbpage", ""},
        {"SELECT load_extension('x')", "load_extension"},
        {"SELECT readfile('/etc/passwd')", "no such function"},
        {"SELECT random()", "random isn't allowed"},
        {"SELECT hex(RandomBlob(8))", "randomblob isn't allowed"},
        {"SELECT changes()", "changes isn't allowed"},
        {"SELECT last_insert_rowid()", "last_insert_rowid isn't allowed"},
        {"SELECT sqlite_version()", "sqlite_version isn't allowed"},
        {"SELECT sqlite_compileoption_get(1)", "isn't allowed"},
        {"SELECT zeroblob(10)", "zeroblob isn't allowed"},
        {"SELECT fts3_tokenizer('simple')", "isn't allowed"},
        {"SELECT key FROM bindpilot_renewal", "did you mean bindpilot_renewals?"},
        {"SELECT premum FROM bindpilot_renewals", "did you mean premium?"},
        {"SELECT policykey('1')", "did you mean policy_key?"},
        {"SELECT\n  key,\n  FROM bindpilot_renewals", "SQL line 3, column 3: near \"FROM\""},
        {"SELECT \"no such column\"", "no such column"},
        {"SELECT :teritory", "the parameter :teritory has no value; did you mean :territory?"},
        {"SELECT 1,\n :limt", "SQL line 2, column 2"},
        {"SELECT ?", "parameters are written :name"},
        {"SELECT ?1", "parameters are written :name"},
        {"SELECT @limit", "not @limit"},
        {"SELECT $limit", "not $limit"},
        {"SELECT :1", "parameters are written :name"},
        {"SELECT :limit(1)", "has no value"},
        {"SELECT 1 FROM a.b.c", ""},
        {"SELECT 'unfinished", ""},
    }));
    const Answer answer = ask(sql, text);
    INFO(text << " → " << answer.text);
    CHECK(answer.code == ErrorCode::config);
    CHECK_THAT(answer.text, Contains(says));
    CHECK(one(sql, "SELECT count(*) FROM bindpilot_renewals") == 3);
}

TEST_CASE("the machine's clock and zone are refused by their place in the text") {
    const SmallStore store;
    JobSql sql = store.sql();
    struct Case {
        const char* sql;
        const char* says;
    };
    const auto [text, says] = GENERATE(values<Case>({
        {"SELECT date('now')", "line 1, column 13: 'now' isn't allowed"},
        {"SELECT key\nFROM bindpilot_renewals\nWHERE expiration_date > date( 'NoW' , '+1 day')", "line 3, column 31"},
        {"SELECT 'é', date('now')", "line 1, column 18"},
        {"SELECT CURRENT_DATE", "line 1, column 8: current_date isn't allowed"},
        {"SELECT current_timestamp", "current_timestamp isn't allowed"},
        {"SELECT Current_Time", "current_time isn't allowed"},
        {"SELECT date()", "date without a time value"},
        {"SELECT unixepoch( /* none */ )", "unixepoch without a time value"},
        {"SELECT strftime('%s')", "strftime without a time value"},
        {"SELECT \"datetime\"()", "datetime without a time value"},
        {"SELECT datetime(:now, 'localtime')", "depends on the zone"},
        {"SELECT datetime(max(:now, 'a'), 'UTC')", "depends on the zone"},
    }));
    const Answer answer = ask(sql, text);
    INFO(text << " → " << answer.text);
    CHECK(answer.code == ErrorCode::config);
    CHECK_THAT(answer.text, Contains(says));
}

TEST_CASE("the machine's clock and zone stay out of reach when the words are put together while running") {
    const SmallStore store;
    JobSql sql = store.sql();
    const std::string text =
        GENERATE(as<std::string>{}, "SELECT date('n' || 'ow')", "SELECT julianday(lower('N' || 'OW'))",
                 "SELECT strftime('%s', replace('n0w', '0', 'o'))", "SELECT datetime(:now, 'local' || 'time')",
                 "SELECT time(:now, '+1 day', 'u' || 'tc')", "SELECT date('sub' || 'sec')",
                 "SELECT unixepoch(x.w) FROM (SELECT char(110, 111, 119) AS w) AS x");
    const Answer answer = ask(sql, text);
    INFO(text << " → " << answer.text);
    CHECK(answer.code == ErrorCode::sql);
}
