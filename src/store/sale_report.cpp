#include "store/sale_report.h"

#include <charconv>

#include "core/dates.h"
#include "store/text_rows.h"

namespace bindery {
namespace {

std::int64_t count_in(std::string_view text) {
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

constexpr const char* kAfterAllDays = "9999-12-31";

// Effects with a post, by steps along an index.
const std::string kSoldEffects =
    "WITH RECURSIVE each_name(effect) AS (SELECT min(effect) FROM sale WHERE posted_day IS NOT NULL UNION ALL "
    "SELECT (SELECT min(effect) FROM sale WHERE posted_day IS NOT NULL AND effect > each_name.effect) FROM each_name WHERE effect IS NOT NULL), "
    "name AS (SELECT effect FROM each_name WHERE effect IS NOT NULL) ";

// The view sales_by_day for the days from ?1 to ?2, without a look at any other day. A test holds the two against each other.
const std::string kDaysBetween = kSoldEffects +
    ", ask AS (SELECT day, effect, mode, count(*) AS asked, sum(answer = 'bid') AS bids, sum(answer = 'decline') AS declined, sum(answer IN ('refused', 'failed')) AS failed "
    "FROM sale_ask WHERE day BETWEEN ?1 AND ?2 AND effect <> '' GROUP BY day, effect, mode), "
    "posted AS (SELECT s.posted_day, s.effect, s.came_to, s.billable, s.kind, "
    "CASE s.came_to WHEN 'sold' THEN min(100000000000, CAST(substr(s.price, 1, instr(s.price || '.', '.') - 1) || substr(substr(s.price, instr(s.price || '.', '.') + 1) || '00', 1, 2) AS INTEGER)) ELSE 0 END AS cents "
    "FROM name CROSS JOIN sale AS s ON s.effect = name.effect AND s.posted_day BETWEEN ?1 AND ?2 WHERE s.mode = 'live'), "
    "post AS (SELECT posted_day AS day, effect, 'live' AS mode, sum(coalesce(came_to = 'sold', 0)) AS sold, sum(coalesce(came_to = 'unclear', 0)) AS unclear, sum(cents) AS cents, "
    "sum(CASE WHEN billable = 1 OR (billable IS NULL AND kind = 'lead') THEN cents ELSE 0 END) AS earned, sum(coalesce(billable, 0)) AS billable FROM posted GROUP BY effect, posted_day), "
    "no AS (SELECT day, effect, sum(n) AS rejected, group_concat(reason || ' ' || n, '; ') AS reasons "
    "FROM (SELECT s.posted_day AS day, s.effect, s.came_why AS reason, count(*) AS n FROM name CROSS JOIN sale AS s ON s.effect = name.effect AND s.posted_day BETWEEN ?1 AND ?2 "
    "WHERE s.mode = 'live' AND s.came_to = 'rejected' GROUP BY s.effect, s.posted_day, s.came_why) GROUP BY day, effect), "
    "days AS (SELECT day, effect, mode FROM ask UNION SELECT day, effect, mode FROM post) "
    "SELECT d.day, d.effect, d.mode, coalesce(a.asked, 0), coalesce(a.bids, 0), coalesce(a.declined, 0), coalesce(a.failed, 0), coalesce(p.sold, 0), "
    "CASE d.mode WHEN 'live' THEN coalesce(n.rejected, 0) ELSE 0 END, CASE d.mode WHEN 'live' THEN coalesce(n.reasons, '') ELSE '' END, "
    "coalesce(p.unclear, 0), coalesce(p.billable, 0), printf('%d.%02d', coalesce(p.cents, 0) / 100, coalesce(p.cents, 0) % 100), "
    "printf('%d.%02d', coalesce(p.earned, 0) / 100, coalesce(p.earned, 0) % 100) "
    "FROM days AS d LEFT JOIN ask AS a USING (day, effect, mode) LEFT JOIN post AS p USING (day, effect, mode) LEFT JOIN no AS n USING (day, effect) ORDER BY d.day DESC, d.effect, d.mode";

}  // namespace

bool SaleFigures::any() {
    bool found = false;
    for_each_text_row(store_, "SELECT 1 FROM sale LIMIT 1", {}, [&](TextCells&) { found = true; });
    return found;
}

std::string SaleFigures::last_day_before(const std::string& day) {
    std::string last;
    for_each_text_row(store_, kSoldEffects + "SELECT max(day) FROM (SELECT max(day) AS day FROM sale_ask WHERE day < ?1 UNION ALL SELECT (SELECT max(posted_day) FROM sale WHERE effect = name.effect AND posted_day < ?1) FROM name)",
                      {day}, [&](TextCells& cells) { last = std::string(cells[0]); });
    return last;
}

std::int64_t SaleFigures::size_of(const std::string& day) {
    std::int64_t size = 0;
    for_each_text_row(store_, kSoldEffects + "SELECT (SELECT count(*) FROM sale_ask WHERE day = ?1) + (SELECT coalesce(sum((SELECT count(*) FROM sale WHERE effect = name.effect AND posted_day = ?1)), 0) FROM name)", {day},
                      [&](TextCells& cells) { size = count_in(cells[0]); });
    return size;
}

std::vector<SaleDay> SaleFigures::days(const std::string& before, int days, std::int64_t most) {
    std::string first, last;
    std::int64_t size = 0;
    std::string day = last_day_before(before.empty() ? kAfterAllDays : before);
    for (int nth = 0; nth < days && !day.empty(); ++nth, day = last_day_before(day)) {
        size += size_of(day);
        if (nth > 0 && size > most) break;
        if (nth == 0) last = day;
        first = day;
    }
    std::vector<SaleDay> rows;
    if (first.empty()) return rows;
    for_each_text_row(store_, kDaysBetween, {first, last}, [&](TextCells& cells) {
        SaleDay row;
        std::size_t i = 0;
        for (auto* text : {&row.day, &row.effect, &row.mode, &row.asked, &row.bids, &row.declined, &row.failed, &row.sold, &row.rejected, &row.rejected_by_reason, &row.unclear, &row.billable, &row.money, &row.earned}) {
            *text = cells[i++];
        }
        rows.push_back(std::move(row));
    });
    return rows;
}

std::vector<UnclearSale> SaleFigures::unclear(const std::string& from, const std::string& to) {
    std::vector<UnclearSale> rows;
    for_each_text_row(store_,
                      kSoldEffects + ", few AS MATERIALIZED (SELECT s.identity FROM name CROSS JOIN sale AS s ON s.effect = name.effect AND s.posted_day BETWEEN ?1 AND ?2 "
                                     "WHERE s.mode = 'live' AND s.came_to = 'unclear') "
                                     "SELECT s.identity, s.ref, s.effect, s.posted_day FROM few CROSS JOIN sale AS s ON s.identity = few.identity ORDER BY s.posted_day, s.ref",
                      {from, to}, [&](TextCells& cells) { rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]), std::string(cells[3])}); });
    return rows;
}

std::int64_t SaleFigures::untold(const std::string& from) {
    std::int64_t calls = 0;
    for_each_text_row(store_, "SELECT count(*) FROM sale WHERE hand_trouble IS NOT NULL AND posted_day >= ?1", {from},
                      [&](TextCells& cells) { calls = count_in(cells[0]); });
    return calls;
}

std::vector<SaleRejections> SaleFigures::rejected(const std::string& day) {
    std::vector<SaleRejections> rows;
    for_each_text_row(store_, kSoldEffects + "SELECT s.effect, s.came_why, count(*) FROM name CROSS JOIN sale AS s ON s.effect = name.effect AND s.posted_day = ?1 "
                                             "WHERE s.mode = 'live' AND s.came_to = 'rejected' GROUP BY 1, 2",
                      {day}, [&](TextCells& cells) { rows.push_back({std::string(cells[0]), std::string(cells[1]), count_in(cells[2])}); });
    return rows;
}

std::int64_t SaleFigures::untold_lately() { return untold(rfc3339(store_.clock().wall() - std::chrono::hours(24)).substr(0, 10)); }

}  // namespace bindery
