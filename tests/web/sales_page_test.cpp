// The day's sales as a page and as metrics: what is in them, what leads where, and that no person is.
#include "agency.h"
#include "exposition_check.h"

using namespace bindery;
using namespace bindery::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct SalesVisit {
    explicit SalesVisit(AgencyStore& agency) : site(agency.feed(), {}) {
        site.set_port(kPort);
        session = log_in(agency, site);
    }
    std::string get(const std::string& path, const Pairs& query = {}) {
        const Reply reply = site.answer(request_of("GET", path, query, session));
        INFO(path << "\n" << reply.body);
        CHECK(reply.status == 200);
        return reply.body;
    }
    Site site;
    std::string session;
};

std::string cell(const std::string& column, const std::string& content) { return "data-label=\"" + column + "\">" + content + "</td>"; }

// The page's row of a day and a mode.
std::string row_of(const std::string& page, const std::string& day, const std::string& mode) {
    for (auto at = page.find("<tr "); at != std::string::npos; at = page.find("<tr ", at + 1)) {
        const std::string row = page.substr(at, page.find("</tr>", at) - at);
        if (holds(row, ">" + day + "</time>") && holds(row, cell("Mode", mode))) return row;
    }
    FAIL("no row of " << day << " in mode " << mode << " in\n" << page);
    return {};
}

}  // namespace

TEST_CASE("the page of sales says what each day came to, and what is unclear leads to its effect") {
    AgencyStore agency;
    agency.sale("l1", "live", "2026-11-22", "done");
    agency.sale("l2", "live", "2026-11-22", "done", "", "12.05");
    const EffectRow doubt = agency.sale("l3", "live", "2026-11-22", "in_doubt", "no reply"), held = agency.sale("l4", "live", "2026-11-22", "held", "its status is gone");
    agency.sale("l5", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.sale("l6", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.sale("l7", "live", "2026-11-22", "", "declined");
    agency.sale("l8", "test", "2026-11-22", "");
    const EffectRow later = agency.sale("l9", "live", "2026-11-23", "in_doubt", "no reply");
    agency.store.db().exec("UPDATE sale SET billable = 0 WHERE price = '12.05'");
    SalesVisit visit(agency);
    const std::string page = visit.get("/sales"), row = row_of(page, "2026-11-22", "live");
    INFO(row);
    CHECK(holds(row, cell("Asked", "7")));
    CHECK(holds(row, cell("Bids", "6")));
    CHECK(holds(row, cell("Declined", "1")));
    CHECK(holds(row, cell("Failed", "0")));
    CHECK(holds(row, cell("Sold", "2")));
    CHECK(holds(row, cell("Rejected", "2: duplicate_phone 2")));
    CHECK(holds(row, cell("Money", "$15.55")));
    CHECK(holds(row, cell("Earned", "$3.50")));
    for (const auto& effect : {doubt, held}) {
        CHECK(holds(row, "<a href=\"/effect?id=" + effect.identity + "\">" + effect.ref + "</a>"));
        CHECK(holds(visit.get("/effect", {{"id", effect.identity}}), "Effect " + effect.ref));
    }
    CHECK_FALSE(holds(row, later.ref));
    CHECK(holds(row_of(page, "2026-11-23", "live"), later.ref));
    const std::string tried = row_of(page, "2026-11-22", "test");
    CHECK(holds(tried, cell("Asked", "1")));
    CHECK(holds(tried, cell("Money", "")));
    CHECK(page.find("2026-11-23") < page.find("2026-11-22"));
    CHECK(holds(page, "<title>Sales by day · Bindery</title>"));
}

TEST_CASE("the overview leads to the sales once something was offered") {
    AgencyStore agency;
    SalesVisit visit(agency);
    CHECK_FALSE(holds(visit.get("/"), "href=\"/sales\""));
    CHECK(holds(visit.get("/sales"), "Nothing was offered yet."));
    agency.sale("l1", "live", "2026-11-22", "", "declined");
    CHECK(holds(visit.get("/"), "href=\"/sales\""));
}

TEST_CASE("a buyer's no is nobody's trouble: neither overview nor metrics nor the page of what was refused count it there") {
    AgencyStore agency;
    agency.sale("l1", "live", "2026-11-22", "done");
    agency.sale("l2", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.sale("l3", "live", "2026-11-22", "rejected", "taken_back");
    agency.store.db().exec("UPDATE effect SET status = 200 WHERE name = 'lead_sale' AND state = 'rejected'");
    const std::string no = Ledger(agency.store).list("", "lead_sale", {"rejected"}).front().ref;
    SalesVisit visit(agency);
    const auto metrics = [&] { return visit.site.answer(request_of("GET", "/metrics")).body; };
    const std::string calm = visit.get("/");
    CHECK(holds(calm, "All is well"));
    CHECK_FALSE(holds(calm, "rejected"));
    CHECK(holds(calm, "href=\"/effects?state=turned_down\""));
    CHECK(holds(metrics(), "bindery_effects{effect=\"lead_sale\",state=\"turned_down\"} 2\n"));
    CHECK_FALSE(holds(metrics(), "state=\"rejected\""));
    CHECK_FALSE(holds(visit.get("/effects", {{"state", "rejected"}}), no));
    const std::string turned_down = visit.get("/effects", {{"state", "turned_down"}});
    CHECK(holds(turned_down, no));
    CHECK(holds(turned_down, "taken at first, and turned down later (taken_back)"));
    CHECK_FALSE(holds(turned_down, "Send it again"));
    // What a service refused is trouble, of a sale too.
    const EffectRow refused = agency.sale("l4", "live", "2026-11-22", "rejected", "the post breaks a rule");
    agency.store.db().exec("UPDATE effect SET status = 400 WHERE identity = '" + refused.identity + "'");
    agency.effect("t1", "rejected", "a task");
    agency.store.db().exec("UPDATE effect SET status = 200 WHERE name = 'task'");  // inside a success, and so: nobody was sold
    CHECK(holds(visit.get("/"), "2 effects were rejected."));
    const std::string text = metrics();
    INFO(text);
    for (const char* line : {"bindery_effects{effect=\"lead_sale\",state=\"rejected\"} 1\n", "bindery_effects{effect=\"lead_sale\",state=\"turned_down\"} 2\n", "bindery_effects{effect=\"task\",state=\"rejected\"} 1\n"}) CHECK(holds(text, line));
    const std::string trouble = visit.get("/effects", {{"state", "rejected"}});
    CHECK(holds(trouble, refused.ref));
    CHECK_FALSE(holds(trouble, no));
    CHECK(faults_of_exposition(text) == std::vector<std::string>{});
}

TEST_CASE("the page of sales goes on by day, links a few of many unclear ones, and shows reasons as text") {
    AgencyStore agency;
    for (int day = 1; day <= 31; ++day) agency.sale("d" + std::to_string(day), "live", "2026-10-" + std::string(day < 10 ? "0" : "") + std::to_string(day), "done");
    for (int i = 0; i < 12; ++i) agency.sale("u" + std::to_string(i), "live", "2026-11-01", "held", "its status is gone");
    agency.sale("nasty", "live", "2026-11-01", "rejected", kNasty);
    SalesVisit visit(agency);
    const std::string page = visit.get("/sales");
    CHECK(holds(page, "href=\"/sales?before=2026-10-02\""));
    CHECK_FALSE(holds(page, ">2026-10-01<"));
    CHECK(holds(page, "and further ones"));
    CHECK(holds(page, "&lt;script&gt;alert(1)"));
    CHECK_FALSE(holds(page, "<script"));
    const std::string rest = visit.get("/sales", {{"before", "2026-10-02"}});
    CHECK(holds(rest, ">2026-10-01<"));
    CHECK_FALSE(holds(rest, "before="));
    CHECK(holds(visit.get("/sales", {{"before", "'"}}), "Nothing was asked or sold before that day."));
}

TEST_CASE("metrics have the latest day of sales by answer, end, reason and money, and a reason that is no word is no label") {
    AgencyStore agency;
    agency.sale("l0", "live", "2026-11-21", "done");
    agency.sale("l1", "live", "2026-11-22", "done");
    agency.sale("l2", "live", "2026-11-22", "done", "", "12.05");
    agency.sale("l3", "live", "2026-11-22", "held", "no reply");
    agency.sale("l4", "live", "2026-11-22", "rejected", "duplicate_phone");
    agency.sale("l5", "live", "2026-11-22", "rejected", "Ann Secret is known to us");
    agency.sale("l6", "live", "2026-11-22", "rejected", "ann@example.com");
    agency.sale("l7", "live", "2026-11-22", "", "declined");
    agency.sale("l8", "test", "2026-11-22", "");
    Site site(agency.feed(), {});
    site.set_port(kPort);
    const std::string text = site.answer(request_of("GET", "/metrics")).body;
    INFO(text);
    CHECK(faults_of_exposition(text) == std::vector<std::string>{});
    for (const char* line : {"bindery_sales_day_timestamp_seconds 1795305600\n", "bindery_sales_day{effect=\"lead_sale\",mode=\"live\",what=\"sold\"} 2\n",
                             "bindery_sales_day{effect=\"lead_sale\",mode=\"live\",what=\"unclear\"} 1\n", "bindery_sales_day{effect=\"lead_sale\",mode=\"test\",what=\"asked\"} 1\n",
                             "bindery_sales_day{effect=\"lead_sale\",mode=\"live\",what=\"bid\"} 6\n", "bindery_sales_day{effect=\"lead_sale\",mode=\"live\",what=\"declined\"} 1\n",
                             "bindery_sales_day_rejected{effect=\"lead_sale\",reason=\"duplicate_phone\"} 1\n", "bindery_sales_day_rejected{effect=\"lead_sale\",reason=\"other\"} 2\n",
                             "bindery_sales_day_money_dollars{effect=\"lead_sale\"} 15.55\n", "bindery_sales_day_earned_dollars{effect=\"lead_sale\"} 15.55\n"}) {
        CHECK(holds(text, line));
    }
    CHECK_FALSE(holds(text, "Secret"));
    CHECK_FALSE(holds(text, "example.com"));
}
