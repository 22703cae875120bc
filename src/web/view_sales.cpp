#include "store/sale_report.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

constexpr int kSaleDays = 31;
constexpr std::int64_t kMostLooked = 4000;  // questions and posts on one page, unless a single day has more
constexpr int kMostLinked = 10;  // unclear sales of a day that are linked one by one

// How many are unclear, and each by its reference.
Html unclear_cell(const SaleDay& day, const std::vector<UnclearSale>& all) {
    if (day.mode != "live" || day.unclear == "0") return day.mode == "live" ? Html("0") : Html();
    Html cell = tag("span", {{"class", "badge part"}}, day.unclear);
    int linked = 0;
    for (const auto& sale : all) {
        if (sale.day != day.day || sale.effect != day.effect) continue;
        if (++linked > kMostLinked) {
            cell += " " + link_to(address("/effects", {{"state", "held"}}), "and further ones");
            break;
        }
        cell += " " + link_to(address("/effect", {{"id", sale.identity}}), sale.ref);
    }
    return cell;
}

// What only a live sale has is blank in mode test.
std::vector<Html> day_cells(const SaleDay& day, const std::vector<UnclearSale>& unclear) {
    const bool live = day.mode == "live";
    const auto if_live = [&](const std::string& text) { return live ? Html(text) : Html(); };
    const Html rejected = day.rejected_by_reason.empty() ? if_live(day.rejected) : Html(day.rejected + ": " + day.rejected_by_reason);
    return {tag("time", {{"datetime", day.day}}, day.day), day.effect, day.mode, day.asked, day.bids, day.declined, day.failed, if_live(day.sold), unclear_cell(day, unclear),
            if_live("$" + day.money), if_live("$" + day.earned), rejected};
}

}  // namespace

View sales_view(const Look& look) {
    View view{"Sales by day", "/", {}};
    SaleFigures report(look.store);
    const auto days = report.days(look.request.argument("before"), kSaleDays, kMostLooked);
    if (days.empty()) {
        view.content += tag("p", report.any() ? "Nothing was asked or sold before that day." : "Nothing was offered yet.");
        return view;
    }
    const auto unclear = report.unclear(days.back().day, days.front().day);
    std::vector<std::vector<Html>> rows;
    for (const auto& day : days) rows.push_back(day_cells(day, unclear));
    view.content += tag("p", "A day is the job's date. Its sales are those posted on it, whenever their outcome came; unclear is what may have been sold. Money is what was sold for; earned is what of it is billable as far as the buyer has said, "
                             "with leads of which that isn't said: what the day's invoice has.");
    view.content += data_table("Days, newest first", {"Day", "Effect", "Mode", "Asked", "Bids", "Declined", "Failed", "Sold", "Unclear", "Money", "Earned", "Rejected"}, rows);
    if (!report.last_day_before(days.back().day).empty()) view.content += tag("p", link_to(address("/sales", {{"before", days.back().day}}), "Earlier days"));
    return view;
}

}  // namespace bindery::web
