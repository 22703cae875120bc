// The figures of the sales page are those of the view sales_by_day, whatever the days hold.
#include "store/sale_report.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "store/migrate.h"
#include "store/sales.h"
#include "store/sqlite_file.h"
#include "store/tallies.h"
#include "store/text_rows.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

// What the view sales_by_day was before its figures were copied and counted: from the ledger alone.
std::string as_it_was() {
    std::ifstream in(std::string(BINDERY_SOURCE_DIR) + "/migrations/0008_sales.sql");
    const std::string sql{std::istreambuf_iterator<char>(in), {}};
    const std::string begin = "CREATE VIEW sales_by_day AS";
    const auto from = sql.find(begin) + begin.size();
    return sql.substr(from, sql.rfind(';') - from);
}

constexpr const char* kFigures = "day, effect, mode, asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money";

std::vector<std::string> rows_of(SQLite::Database& db, const std::string& sql) {
    SQLite::Statement s(db, sql);
    std::vector<std::string> rows;
    while (s.executeStep()) {
        std::string row;
        for (int i = 0; i < s.getColumnCount(); ++i) row += s.getColumn(i).getString() + "|";
        rows.push_back(row);
    }
    return rows;
}

// What was earned is younger than that.
std::vector<std::string> without_earned(std::vector<std::string> rows) {
    for (auto& row : rows) row.erase(row.rfind('|', row.size() - 2) + 1);
    return rows;
}

std::vector<std::string> figures_as_they_were(SQLite::Database& db) { return rows_of(db, std::string("SELECT ") + kFigures + " FROM (" + as_it_was() + ") ORDER BY day DESC, effect, mode"); }

struct Shop {
    TempFolder folder;
    SimClock clock;
    Store store{folder / "bindery.db", clock};

    void offer(int number, const std::string& effect, const std::string& mode, const std::string& asked, const std::string& posted, const std::string& state, int status) {
        SaleRow row;
        row.identity = std::to_string(number);
        row.effect = effect;
        row.ref = "BN-" + row.identity;
        row.job = "j";
        row.mode = mode;
        row.once_per = "{\"lead_id\":\"" + row.identity + "\"}";
        row.state = posted.empty() ? "declined" : "posting";
        row.price = std::to_string(number % 7) + ".05";
        if (!posted.empty()) row.posted_day = posted;
        row.asked_at = asked;
        row.run = 1;
        store.transaction([&] {
            Sales(store).note(row);
            if (!asked.empty()) Sales(store).note_ask({row.identity, mode, asked, asked, number % 3 == 0 ? "decline" : number % 5 == 0 ? "failed" : "bid", std::nullopt, row.price, std::nullopt, 1, effect});
        });
        if (state.empty()) return;
        SQLite::Statement effect_row(store.db(), "INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, status, reason) "
                                                 "VALUES (?1, ?2, ?1, 'j', 'autobind', 'post', '{}', ?3, 'POST', '/', '', '', 'hold', 1, 1, '', '', ?4, ?5)");
        effect_row.bind(1, row.identity);
        effect_row.bind(2, effect);
        effect_row.bind(3, state);
        if (status != 0) effect_row.bind(4, status);
        if (number % 2 == 0) effect_row.bind(5, number % 4 == 0 ? "duplicate_phone" : "failed_secondary_evaluation");
        effect_row.exec();
        if (number % 2 == 0) Sales(store).followed(row.identity, number % 6 == 0, std::nullopt, true);
    }
    std::vector<std::string> view(const std::string& where) {
        std::vector<std::string> rows;
        for_each_text_row(store, "SELECT day, effect, mode, asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money, earned FROM sales_by_day WHERE " + where + " ORDER BY day DESC, effect, mode", {},
                          [&](TextCells& cells) {
                              std::string row;
                              for (const auto cell : cells) row += std::string(cell) + "|";
                              rows.push_back(row);
                          });
        return rows;
    }
    std::vector<std::string> days(const std::string& before, int count, std::int64_t most) {
        std::vector<std::string> rows;
        for (const auto& d : SaleFigures(store).days(before, count, most)) {
            rows.push_back(d.day + "|" + d.effect + "|" + d.mode + "|" + d.asked + "|" + d.bids + "|" + d.declined + "|" + d.failed + "|" + d.sold + "|" + d.rejected + "|" + d.rejected_by_reason + "|" + d.unclear + "|" + d.billable + "|" + d.money + "|" + d.earned + "|");
        }
        return rows;
    }
};

}  // namespace

TEST_CASE("What is copied and counted of posts says the same as the ledger, whatever happens to them") {
    Shop shop;
    std::mt19937 random(11);
    auto& db = shop.store.db();
    const char* states[] = {"pending", "sending", "done", "in_doubt", "held", "rejected", "withdrawn", "dropped"};
    for (int n = 1; n <= 150; ++n) shop.offer(n, random() % 3 == 0 ? "web_sale" : "lead_sale", "live", "2026-10-12", "2026-10-" + std::to_string(10 + random() % 3), states[random() % 8], random() % 3 == 0 ? 400 : 200);
    for (int step = 0; step < 300; ++step) {
        const std::string which = std::to_string(1 + random() % 160), state = states[random() % 8];
        switch (random() % 4) {
            case 0: db.exec("UPDATE effect SET state = '" + state + "', status = " + (random() % 2 == 0 ? "200" : "NULL") + ", reason = 'r" + std::to_string(random() % 3) + "' WHERE identity = '" + which + "'"); break;
            case 1: db.exec("UPDATE effect SET reason = NULL, status = 404 WHERE identity = '" + which + "'"); break;
            case 2: db.exec("DELETE FROM effect WHERE identity = '" + which + "' AND state IN ('pending', 'withdrawn')"); break;  // none that was sent ever goes
            case 3: db.exec("INSERT OR IGNORE INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, status) "
                            "VALUES ('" + which + "', 'task', 't', 'k', 's', 'o', '{}', '" + state + "', 'POST', '/', '', '', 'hold', 1, 1, '', '2026-10-" + std::to_string(10 + random() % 9) + "', " + (random() % 2 == 0 ? "200" : "500") + ")"); break;
        }
    }
    CHECK(without_earned(shop.days("", 31, 100000)) == figures_as_they_were(db));
    CHECK(without_earned(shop.view("1")) == figures_as_they_were(db));
    CHECK(rows_of(db, "SELECT name, state, effects FROM effect_tally WHERE effects <> 0 ORDER BY name, state") == rows_of(db, "SELECT name, state, count(*) FROM effect GROUP BY name, state"));
    for (const std::string name : {"", "task", "lead_sale", "none"}) {
        std::vector<std::string> counts;
        for (const auto& [state, count] : Ledger(shop.store).count_by_state("", name)) counts.push_back(state + "|" + std::to_string(count) + "|");
        CHECK(counts == rows_of(db, "SELECT state, count(*) FROM effect WHERE '" + name + "' IN ('', name) GROUP BY state"));
    }
    for (const std::string job : {"", "j", "k"}) {
        const auto refused = Ledger(shop.store).refused(job);
        CHECK(std::vector<std::string>{std::to_string(refused.count) + "|" + refused.since + "|"} ==
              rows_of(db, "SELECT count(*), coalesce(min(updated_at), '') FROM effect WHERE state = 'rejected' AND ('" + job + "' = '' OR job = '" + job + "') "
                          "AND NOT coalesce(status BETWEEN 200 AND 299 AND EXISTS (SELECT 1 FROM sale AS s WHERE s.effect = effect.name), 0)"));
    }
}

TEST_CASE("A store that comes from before its days were counted has the same figures afterwards") {
    TempFolder folder;
    SimClock clock;
    std::vector<std::string> before, tally;
    {
        auto list = compiled_migrations();
        std::erase_if(list, [](const Migration& one) { return one.number >= 12; });
        auto db = open_for_writing(folder / "bindery.db", kStoreFile);
        migrate(*db, folder / "bindery.db", list, "2026-10-01T00:00:00.000Z");
        db->exec("INSERT INTO meta (name, value) VALUES ('identity_key', randomblob(32)), ('store_id', 'one')");
        std::mt19937 random(5);
        const char* states[] = {"sending", "done", "done", "in_doubt", "held", "rejected", "rejected", "dropped", "pending"};
        for (int n = 1; n <= 200; ++n) {
            const std::string id = std::to_string(n), effect = random() % 3 == 0 ? "web_sale" : "lead_sale", day = "2026-10-" + std::to_string(10 + random() % 6), price = std::to_string(random() % 9) + ".05";
            const bool live = random() % 5 != 0;
            db->exec("INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, price, posted_day, billable, first_run, run, first_at, updated_at) VALUES ('" + id + "', '" + effect + "', 'r', 'j', 'lead', '" +
                     (live ? "live" : "test") + "', '{}', 'posting', '" + price + "', " + (live && n % 4 != 0 ? "'" + day + "'" : "NULL") + ", " + std::to_string(random() % 2) + ", 1, 1, '', '')");
            db->exec("INSERT INTO sale_ask (identity, run, mode, at, day, answer) VALUES ('" + id + "', 1, '" + (live ? "live" : "test") + "', '', '" + day + "', '" + (n % 3 == 0 ? "decline" : "bid") + "')");
            if (n % 4 == 0) continue;
            db->exec("INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, status, reason) VALUES ('" + id +
                     "', '" + effect + "', 'r', 'j', 's', 'o', '{}', '" + states[random() % 9] + "', 'POST', '/', '', '', 'hold', 1, 1, '', '', " + (random() % 3 == 0 ? "400" : "200") + ", " + (n % 2 == 0 ? "'duplicate_phone'" : "NULL") + ")");
        }
        before = rows_of(*db, std::string("SELECT ") + kFigures + " FROM sales_by_day ORDER BY day DESC, effect, mode");
        tally = rows_of(*db, "SELECT name, state, count(*) FROM effect GROUP BY name, state");
        REQUIRE(before.size() > 10);
    }
    Store store(folder / "bindery.db", clock);
    CHECK(rows_of(store.db(), std::string("SELECT ") + kFigures + " FROM sales_by_day ORDER BY day DESC, effect, mode") == before);
    CHECK(figures_as_they_were(store.db()) == before);
    CHECK(rows_of(store.db(), "SELECT name, state, effects FROM effect_tally ORDER BY name, state") == tally);
    std::vector<std::string> figures;
    for (const auto& d : SaleFigures(store).days("", 31, 100000)) figures.push_back(d.day + "|" + d.effect + "|" + d.mode + "|" + d.asked + "|" + d.bids + "|" + d.declined + "|" + d.failed + "|" + d.sold + "|" + d.rejected + "|" + d.rejected_by_reason + "|" + d.unclear + "|" + d.billable + "|" + d.money + "|");
    CHECK(figures == before);
}

TEST_CASE("The days of the sales page are those of the view, and they end where a look would take long") {
    Shop shop;
    std::mt19937 random(7);
    const char* states[] = {"sending", "done", "done", "in_doubt", "held", "rejected", "rejected", "dropped", "pending"};
    for (int n = 1; n <= 400; ++n) {
        const std::string asked = "2026-10-" + std::to_string(10 + random() % 20), posted = "2026-10-" + std::to_string(10 + random() % 20);
        const bool post = random() % 3 != 0, live = random() % 4 != 0;
        shop.offer(n, random() % 3 == 0 ? "web_sale" : "lead_sale", live ? "live" : "test", random() % 10 == 0 ? "" : asked, post && live ? posted : "", post && live ? states[random() % 9] : "", random() % 3 == 0 ? 400 : random() % 2 == 0 ? 200 : 0);
    }
    CHECK(shop.days("", 31, 100000) == shop.view("1"));
    CHECK(shop.days("2026-10-20", 5, 100000) == shop.view("day < '2026-10-20' AND day >= '2026-10-15'"));
    CHECK(shop.days("", 31, 1) == shop.view("day = (SELECT max(day) FROM sales_by_day)"));
    const auto some = shop.days("", 31, 150);
    CHECK(some.size() < shop.view("1").size());
    CHECK_FALSE(some.empty());
    CHECK(shop.days("2026-10-10", 31, 100000).empty());
    CHECK(shop.days("'", 31, 100000).empty());
    CHECK(SaleFigures(shop.store).last_day_before("2026-10-10").empty());
}

TEST_CASE("A day's money is what was sold for, and what it earned is what its invoice has, whatever a price looks like") {
    struct Sold {
        const char *kind, *price;
        int billable;  // -1: not heard
        const char *came_to;
    };
    struct Case {
        std::vector<Sold> sales;
        const char *money, *earned;
    };
    for (const Case& c : std::vector<Case>{{{{"lead", "4.20", 1, "done"}}, "4.20", "4.20"},
                                           {{{"lead", "4.20", -1, "done"}}, "4.20", "4.20"},
                                           {{{"lead", "4.20", 0, "done"}}, "4.20", "0.00"},
                                           {{{"call", "12.40", 1, "done"}, {"call", "12.40", 0, "done"}, {"call", "12.40", -1, "done"}}, "37.20", "12.40"},
                                           {{{"call", "12.40", 1, "rejected"}, {"lead", "4.20", -1, "in_doubt"}}, "0.00", "0.00"},
                                           {{{"lead", "4.2", -1, "done"}, {"lead", "4", -1, "done"}, {"lead", "0.05", -1, "done"}, {"lead", "1.239", -1, "done"}}, "9.48", "9.48"},
                                           {{{"lead", "999999999999999999999999.99", -1, "done"}, {"lead", "99999999999999999.99", 0, "done"}, {"lead", "4.20", -1, "done"}}, "2000000004.20", "1000000004.20"},
                                           {{{"lead", "", -1, "done"}, {"lead", "x", -1, "done"}}, "0.00", "0.00"}}) {
        Shop shop;
        int n = 0;
        for (const Sold& sold : c.sales) {
            const std::string id = std::to_string(1001 + 2 * n++);  // odd: offer() follows none of them
            shop.offer(std::stoi(id), "lead_sale", "live", "", "2026-10-12", sold.came_to, 200);
            SQLite::Statement s(shop.store.db(), "UPDATE sale SET kind = ?1, price = ?2, billable = ?3 WHERE identity = ?4");
            s.bind(1, sold.kind);
            s.bind(2, sold.price);
            if (sold.billable >= 0) s.bind(3, sold.billable);
            s.bind(4, id);
            s.exec();
        }
        INFO(c.sales.front().price);
        CHECK(rows_of(shop.store.db(), "SELECT money, earned FROM sales_by_day") == std::vector<std::string>{std::string(c.money) + "|" + c.earned + "|"});
        CHECK(shop.days("", 31, 100000) == shop.view("1"));
    }
}

TEST_CASE("Sales that were called rejected after they were taken, and stood as sold, are put right by the upgrade") {
    TempFolder folder;
    SimClock clock;
    {
        auto list = compiled_migrations();
        std::erase_if(list, [](const Migration& one) { return one.number >= 13; });
        auto db = open_for_writing(folder / "bindery.db", kStoreFile);
        migrate(*db, folder / "bindery.db", list, "2026-10-01T00:00:00.000Z");
        db->exec("INSERT INTO meta (name, value) VALUES ('identity_key', randomblob(32)), ('store_id', 'one')");
        for (const std::string id : {"rejected", "late", "unbillable", "followed", "held"}) {
            const bool followed = id == "followed";
            db->exec("INSERT INTO sale (identity, effect, ref, job, kind, mode, once_per, state, price, posted_day, billable, follow_until, first_run, run, first_at, updated_at) VALUES ('" + id + "', 'lead_sale', 'BN-" + id +
                     "', 'j', 'lead', 'live', '{}', 'posting', '4.20', '2026-10-10', " + (followed ? "NULL, '2026-10-11'" : "0, NULL") + ", 1, 1, '', '')");
            db->exec("INSERT INTO effect (identity, name, ref, job, service, operation, once_per, state, method, path, body, content_hash, when_in_doubt, first_run, run, created_at, updated_at, status) VALUES ('" + id +
                     "', 'lead_sale', 'BN-" + id + "', 'j', 's', 'o', '{}', '" + (id == "held" ? "held" : "done") + "', 'POST', '/', '', '', 'hold', 1, 1, '', '', 404)");
        }
        const auto named = [](const std::string& id, const std::string& reason, const std::string& effect = "lead_sale") { return R"({"effect":")" + effect + R"(","ref":"BN-)" + id + R"(","state":"done","reason":")" + reason + R"("})"; };
        const std::string words = "it was taken, and the service now calls it rejected";
        const std::string report = "{\"attention\":[" + named("rejected", words) + "," + named("late", words + ", which was heard only now: look whether the invoice of 2026-10-10 has it, and take it off") + "," +
                                   named("unbillable", "it isn't billable, which was heard only now") + "," + named("followed", words) + "," + named("held", words) + "," + named("unbillable", words, "other_sale") + "]}";
        for (const std::string& text : {report, std::string("now calls it rejected, cut off {"), std::string("{}")}) {
            SQLite::Statement run(*db, "INSERT INTO run (job, kind, state, phase, now, today, timezone, started_at, pid, report) VALUES ('j', 'sync', 'ended', 'report', '', '', '', '', 1, ?)");
            run.bind(1, text);
            run.exec();
        }
        REQUIRE(rows_of(*db, "SELECT sold, money FROM sales_by_day") == std::vector<std::string>{"4|16.80|"});
    }
    Store store(folder / "bindery.db", clock);
    CHECK(rows_of(store.db(), "SELECT sold, money, rejected, rejected_by_reason, unclear FROM sales_by_day") == std::vector<std::string>{"2|8.40|2|taken_back 2|1|"});
    CHECK(rows_of(store.db(), "SELECT ref FROM sales WHERE state = 'rejected' ORDER BY 1") == std::vector<std::string>{"BN-late|", "BN-rejected|"});
    CHECK(rows_of(store.db(), "SELECT state, effects FROM effect_tally WHERE effects > 0 ORDER BY state") == std::vector<std::string>{"done|2|", "held|1|", "rejected|2|"});
    CHECK(Ledger(store).refused().count == 0);
}
