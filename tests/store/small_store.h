#pragma once
// A store with a few tables, made by hand, and what SQL on it comes to.
#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/job_sql.h"

namespace bindery::test {

using Catch::Matchers::Contains;

// A store with a few tables, made by hand: what JobSql sees of the real one.
class SmallStore {
  public:
    SmallStore() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bindery-sql-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        SQLite::Database db(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        db.exec(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;"
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
            "INSERT INTO meta VALUES ('identity_key', x'00112233');"
            "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, detail TEXT);"
            "CREATE TABLE pull_state (dataset TEXT PRIMARY KEY, last_verdict TEXT) WITHOUT ROWID;"
            "CREATE TABLE record_bindpilot_renewals (key TEXT, state TEXT, premium TEXT, premium_cents INTEGER, "
            "expiration_date TEXT);"
            "INSERT INTO record_bindpilot_renewals VALUES ('r_1', 'TX', '1200.50', 120050, '2026-03-01'),"
            " ('r_2', 'OK', '0.10', 10, '2026-02-01'), ('r_3', NULL, NULL, NULL, NULL);"
            "CREATE VIEW bindpilot_renewals AS SELECT * FROM record_bindpilot_renewals;");
    }
    ~SmallStore() { std::filesystem::remove_all(folder_); }

    std::filesystem::path file() const { return folder_ / "bindery.db"; }
    void write(const std::string& sql) { SQLite::Database(file().string(), SQLite::OPEN_READWRITE, 1000).exec(sql); }

    JobSql sql(SqlLimits limits = {}) const {
        const Values parameters{{"today", "2026-01-15"},
                                {"now", "2026-01-15T06:00:00.000Z"},
                                {"territory", json::array({"TX", "NM"})},
                                {"limit", 10},
                                {"percent", exact_number("10.5")},
                                {"long", exact_number("12345678901234567890.12")},
                                {"flag", true},
                                {"nothing", nullptr},
                                {"owner", {{"tx", "ann@example.com"}}}};
        return JobSql(file(), parameters, std::move(limits));
    }

  private:
    std::filesystem::path folder_;
};

inline json one(JobSql& sql, const std::string& text) {
    json found;
    int rows = 0;
    sql.for_each_cells(text, [&](const std::vector<json>& cells) {
        found = cells.at(0);
        ++rows;
    });
    REQUIRE(rows == 1);
    return found;
}

// What running `text` comes to: an error's code and text, or its rows.
struct Answer {
    std::optional<ErrorCode> code;
    std::string text;
};

inline Answer ask(JobSql& sql, const std::string& text) {
    try {
        std::string rows;
        sql.for_each_cells(text, [&](const std::vector<json>& cells) {
            for (const json& cell : cells) rows += dump_exact(cell) + "|";
        });
        return {std::nullopt, rows};
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
}

}  // namespace bindery::test
