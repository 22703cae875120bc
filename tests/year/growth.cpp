#include "year/growth.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "core/dates.h"

namespace bindery::test {
namespace {

// Identities and states of effects, and by which values they are found; what was done and by whom; what was sold; which files were taken.
// And quotes: BindPilot never lets go of one.
const std::set<std::string> kForGood{"effect", "effect_about", "audit", "sale", "import", "record_bindpilot_quotes"};
// Of these there are more when more went wrong.
const std::set<std::string> kOfTrouble{"run", "attempt"};
// A key that is replaced leaves its account's rows, so that a store that was restored is noticed however late.
const std::set<std::string> kOfKeys{"bucket", "pusher"};
constexpr std::int64_t kMostAnEffect = 2048;  // bytes that an effect leaves for good, with its rows of the audit trail
constexpr std::int64_t kMostAKey = 20;        // rows
constexpr std::int64_t kFree = 2 << 20;       // bytes: pages that the next runs take

std::int64_t most(const std::map<int, Sizes>& year, int from, int until, const std::function<std::int64_t(const Sizes&)>& value) {
    std::int64_t most = 0;
    for (const auto& [day, sizes] : year) {
        if (day >= from && day < until) most = std::max(most, value(sizes));
    }
    return most;
}

TableSize size_in(const Sizes& sizes, const std::string& table) {
    const auto found = sizes.find(table);
    return found == sizes.end() ? TableSize{} : found->second;
}

std::string quoted_name(const std::string& name) { return "\"" + name + "\""; }

void add_file(const std::filesystem::path& file, Sizes& sizes) {
    const SQLite::Database db(file.string(), SQLite::OPEN_READONLY, 5000);
    const std::string name = file.filename().string() + " ";
    SQLite::Statement tables(db, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (tables.executeStep()) {
        const std::string table = tables.getColumn(0).getString();
        SQLite::Statement rows(db, "SELECT count(*) FROM " + quoted_name(table));
        rows.executeStep();
        sizes[name + table].rows = rows.getColumn(0).getInt64();
    }
    SQLite::Statement pages(db, "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = 1 GROUP BY 1");
    while (pages.executeStep()) sizes[name + pages.getColumn(0).getString()].bytes = pages.getColumn(1).getInt64();
    SQLite::Statement free(db, "SELECT f.freelist_count, f.freelist_count * p.page_size FROM pragma_freelist_count f, pragma_page_size p");
    free.executeStep();
    sizes[name + "free"] = {free.getColumn(0).getInt64(), free.getColumn(1).getInt64()};
}

}  // namespace

Sizes sizes_of(const std::filesystem::path& folder) {
    Sizes sizes;
    for (const char* file : {"bindery.db", "inbox.db", "budget.db"}) {
        if (std::filesystem::exists(folder / file)) add_file(folder / file, sizes);
    }
    return sizes;
}

void hold_to_a_level(const std::map<int, Sizes>& year, int keys) {
    REQUIRE(year.rbegin()->first >= 357);
    std::set<std::string> tables;
    for (const auto& [day, sizes] : year) {
        for (const auto& [table, size] : sizes) tables.insert(table);
    }
    for (const auto& table : tables) {
        const std::string name = table.substr(table.find(' ') + 1);
        if (kForGood.contains(name) || name == "free" || name == "run_call") continue;
        const auto rows = [&](const Sizes& sizes) { return size_in(sizes, table).rows; };
        const std::int64_t second = most(year, 91, 183, rows), last = most(year, 274, 400, rows);
        INFO(table << " had at most " << second << " rows in the second quarter, and " << last << " in the last");
        if (kOfKeys.contains(name)) CHECK(last <= kMostAKey * keys);
        else CHECK(last <= second * (kOfTrouble.contains(name) ? 7 : 5) / 4 + 40);
    }
    for (const char* file : {"bindery.db", "inbox.db", "budget.db"}) {
        const auto free = [&](const Sizes& sizes) { return size_in(sizes, std::string(file) + " free").bytes; };
        INFO(file);
        CHECK(most(year, 183, 400, free) <= kFree);
        const auto passing = [&](const Sizes& sizes) {
            std::int64_t bytes = 0;
            for (const auto& [table, size] : sizes) bytes += table.starts_with(file) && !kForGood.contains(table.substr(table.find(' ') + 1)) ? size.bytes : 0;
            return bytes;
        };
        CHECK(most(year, 274, 400, passing) <= most(year, 91, 183, passing) * 3 / 2 + kFree);
    }
    const Sizes &half = year.lower_bound(183)->second, &end = year.rbegin()->second;
    const auto grown = [&](const std::string& table) { return size_in(end, "bindery.db " + table).bytes - size_in(half, "bindery.db " + table).bytes; };
    const std::int64_t effects = size_in(end, "bindery.db effect").rows - size_in(half, "bindery.db effect").rows;
    const std::int64_t bytes = grown("effect") + grown("effect_about") + grown("audit");
    INFO(effects << " effects of half a year left " << bytes << " bytes for good");
    CHECK(effects > 500);
    CHECK(bytes <= effects * kMostAnEffect);
}

void hold_to_the_calls(const std::map<int, Sizes>& year, const std::map<int, std::int64_t>& calls_until) {
    const auto until = [&](int day) {
        const auto after = calls_until.upper_bound(day);
        return after == calls_until.begin() ? 0 : std::prev(after)->second;
    };
    for (const auto& [day, sizes] : year) {
        const std::int64_t rows = size_in(sizes, "bindery.db run_call").rows, made = until(day) - until(day - 34);
        INFO("day " << day << ": run_call has " << rows << " rows, and " << made << " calls were made in 34 days");
        CHECK(rows <= made * 2 + 20);
    }
}

void hold_to_retention(const std::filesystem::path& folder, const std::string& now) {
    const SQLite::Database db((folder / "bindery.db").string(), SQLite::OPEN_READONLY, 5000);
    const auto none = [&](const std::string& sql, int days) {
        SQLite::Statement select(db, "SELECT count(*) FROM " + sql);
        const std::string before = rfc3339(parse_rfc3339(now) - std::chrono::hours(24) * days);
        select.bind(1, before);
        select.executeStep();
        INFO(sql << " before " << before);
        CHECK(select.getColumn(0).getInt64() == 0);
    };
    constexpr int kKept = 90 + 3;  // a purge may have been put off while the daemon was down
    none("change WHERE at < ?", kKept);
    none("quarantine WHERE last_at < ?", kKept);
    none("sale_ask WHERE at < ?", kKept);
    none("sale_consent WHERE posted_at < ?", kKept);
    none("run_call WHERE run IN (SELECT id FROM run WHERE ended_at < ?)", 33);
    none("attempt a JOIN effect e USING (identity) WHERE a.ended_at < ?1 AND e.updated_at < ?1 AND e.state IN ('done', 'dropped', 'withdrawn')", kKept);
    none("effect WHERE updated_at < ? AND state IN ('done', 'dropped', 'withdrawn') AND body <> ''", kKept);
    none("(SELECT job, count(*) AS old FROM run WHERE ended_at < ? GROUP BY job) WHERE old > 21", kKept);
    none("correction WHERE state <> 'open' AND closed_at < ? AND key <> '' AND key NOT IN (SELECT key FROM record_bindpilot_policies UNION SELECT key FROM record_book_policies "
         "UNION SELECT key FROM record_bi369_leads UNION SELECT key FROM record_book_leads)", kKept);
    const SQLite::Database inbox((folder / "inbox.db").string(), SQLite::OPEN_READONLY, 5000);
    SQLite::Statement events(inbox, "SELECT count(*) FROM event WHERE received < ?");
    events.bind(1, (parse_rfc3339(now) - std::chrono::hours(24) * kKept).time_since_epoch().count());
    events.executeStep();
    CHECK(events.getColumn(0).getInt64() == 0);
}

}  // namespace bindery::test
