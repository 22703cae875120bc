// The figures of the sales page are those of the view sales_by_day, whatever the days hold.
#include "store/sale_report.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <random>

#include "store/sales.h"
#include "store/text_rows.h"
#include "support/fake_wire.h"
#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

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
            if (!asked.empty()) Sales(store).note_ask({row.identity, mode, asked, asked, number % 3 == 0 ? "decline" : number % 5 == 0 ? "failed" : "bid", std::nullopt, row.price, std::nullopt, 1});
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
        for_each_text_row(store, "SELECT day, effect, mode, asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money FROM sales_by_day WHERE " + where + " ORDER BY day DESC, effect, mode", {},
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
            rows.push_back(d.day + "|" + d.effect + "|" + d.mode + "|" + d.asked + "|" + d.bids + "|" + d.declined + "|" + d.failed + "|" + d.sold + "|" + d.rejected + "|" + d.rejected_by_reason + "|" + d.unclear + "|" + d.billable + "|" + d.money + "|");
        }
        return rows;
    }
};

}  // namespace

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
