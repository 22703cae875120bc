// What a run offered for sale: a section of its page.
#include "core/sale_words.h"
#include "web/layout.h"
#include "web/views.h"

namespace bindery::web {
namespace {

std::string word_of_sale(const nlohmann::json& sale, const char* name) {
    const auto found = sale.find(name);
    return found != sale.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t leads_of(const nlohmann::json& sale, const char* name) {
    const auto found = sale.find(name);
    return found != sale.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

void add_reasons(const nlohmann::json& sale, const char* member, const char* what, std::vector<std::vector<Html>>& rows) {
    const auto reasons = sale.find(member);
    if (reasons == sale.end() || !reasons->is_object()) return;
    for (const auto& [reason, leads] : reasons->items()) {
        if (leads.is_number_integer()) rows.push_back({word_of_sale(sale, "effect"), what, sale_reason_words(reason), Html::number(leads.get<std::int64_t>())});
    }
}

}  // namespace

Html run_sales(const nlohmann::json& report) {
    const auto sales = report.find("sales");
    if (sales == report.end() || !sales->is_array()) return {};
    std::vector<std::vector<Html>> rows, reasons;
    for (const auto& sale : *sales) {
        if (!sale.is_object()) continue;
        std::vector<Html> row{word_of_sale(sale, "effect"), word_of_sale(sale, "mode")};
        for (const char* count : {"selected", "offered", "asked", "bids", "declined", "too_low", "sold"}) row.emplace_back(Html::number(leads_of(sale, count)));
        row.emplace_back(leads_of(sale, "sold") > 0 ? "$" + word_of_sale(sale, "money") : "");
        for (const char* count : {"unclear", "waiting", "unfit"}) row.emplace_back(Html::number(leads_of(sale, count)));
        rows.push_back(std::move(row));
        add_reasons(sale, "passed_over", "passed over", reasons);
        add_reasons(sale, "waits", "waiting", reasons);
        add_reasons(sale, "rejected", "rejected", reasons);
    }
    if (rows.empty()) return {};
    Html out = tag("h2", "What it offered for sale");
    out += data_table("Leads and calls by effect", {"Effect", "Mode", "Looked at", "For sale", "Asked", "Bids", "Declined", "Below the floor", "Sold", "Money", "Unclear", "Waiting", "Unfit"}, rows);
    if (!reasons.empty()) out += data_table("Why leads weren't sold", {"Effect", "What", "Why", "Leads"}, reasons);
    return out;
}

}  // namespace bindery::web
