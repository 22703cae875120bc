#include "store/sale_report.h"

#include <charconv>

#include "store/text_rows.h"

namespace bindery {
namespace {

std::int64_t count_in(std::string_view text) {
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

}  // namespace

bool SaleReport::any() {
    bool found = false;
    for_each_text_row(store_, "SELECT 1 FROM sale LIMIT 1", {}, [&](TextCells&) { found = true; });
    return found;
}

std::vector<SaleDay> SaleReport::days(const std::string& before, int days) {
    std::vector<SaleDay> rows;
    const std::string sql =
        "SELECT day, effect, mode, asked, bids, declined, failed, sold, rejected, rejected_by_reason, unclear, billable, money "
        "FROM (SELECT *, dense_rank() OVER (ORDER BY day DESC) AS nth FROM sales_by_day WHERE ?1 = '' OR day < ?1) "
        "WHERE nth <= " + std::to_string(days) + " ORDER BY day DESC, effect, mode";
    for_each_text_row(store_, sql, {before}, [&](TextCells& cells) {
        SaleDay row;
        std::size_t i = 0;
        for (auto* text : {&row.day, &row.effect, &row.mode, &row.asked, &row.bids, &row.declined, &row.failed, &row.sold, &row.rejected, &row.rejected_by_reason, &row.unclear, &row.billable, &row.money}) {
            *text = cells[i++];
        }
        rows.push_back(std::move(row));
    });
    return rows;
}

std::vector<UnclearSale> SaleReport::unclear(const std::string& from, const std::string& to) {
    std::vector<UnclearSale> rows;
    for_each_text_row(store_,
                      "SELECT s.identity, s.ref, s.effect, s.posted_day FROM sale AS s JOIN effect AS e ON e.identity = s.identity "
                      "WHERE e.state IN ('in_doubt', 'held') AND s.mode = 'live' AND s.posted_day BETWEEN ?1 AND ?2 ORDER BY s.posted_day, s.ref",
                      {from, to}, [&](TextCells& cells) { rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]), std::string(cells[3])}); });
    return rows;
}

std::vector<SaleTally> SaleReport::tallies(const std::string& sql) {
    std::vector<SaleTally> rows;
    for_each_text_row(store_, sql, {}, [&](TextCells& cells) { rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]), count_in(cells[3])}); });
    return rows;
}

std::vector<SaleTally> SaleReport::by_state() { return tallies("SELECT effect, mode, state, count(*) FROM sales GROUP BY effect, mode, state"); }

std::vector<SaleTally> SaleReport::by_answer() {
    return tallies("SELECT s.effect, a.mode, a.answer, count(*) FROM sale_ask AS a JOIN sale AS s ON s.identity = a.identity GROUP BY s.effect, a.mode, a.answer");
}

std::vector<SaleTally> SaleReport::rejected() {
    return tallies("SELECT effect, mode, reason, count(*) FROM sales WHERE state = 'rejected' AND mode = 'live' GROUP BY effect, mode, reason");
}

std::vector<SaleMoney> SaleReport::money() {
    std::vector<SaleMoney> rows;
    for_each_text_row(store_, "SELECT effect, sum(CASE state WHEN 'sold' THEN CAST(replace(price, '.', '') AS INTEGER) ELSE 0 END) FROM sales WHERE mode = 'live' GROUP BY effect", {},
                      [&](TextCells& cells) { rows.push_back({std::string(cells[0]), static_cast<double>(count_in(cells[1])) / 100}); });
    return rows;
}

}  // namespace bindery
