#include "store/sale_look.h"

#include "core/field.h"
#include "core/text.h"
#include "store/text_rows.h"

namespace bindery {

std::map<std::string, std::string> unfit_sales(Store& store, const std::string& effect) {
    std::map<std::string, std::string> leads;
    for_each_text_row(store, "SELECT ref, once_per FROM sale WHERE effect = ?1 AND state = 'unfit'", {effect}, [&](TextCells& cells) { leads.emplace(cells[0], cells[1]); });
    return leads;
}

std::vector<std::string> sales_named(Store& store, const std::string& word) {
    const std::string given(trim(word));
    if (given.empty()) return {};
    std::string digits = lower(given);
    if (digits.starts_with("bn-")) digits.erase(0, 3);
    const bool reference = digits.size() >= 8 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
    std::vector<std::string> identities;
    for_each_text_row(store,
                      "SELECT s.identity FROM sale AS s WHERE (?1 <> '' AND s.identity >= ?1 AND s.identity < ?1 || 'g') OR lower(s.bid_id) = lower(?2) "
                      "OR EXISTS (SELECT 1 FROM json_each(s.once_per) AS o WHERE CAST(o.value AS TEXT) IN (?2, ?3)) "
                      "OR s.identity IN (SELECT identity FROM sale_ask WHERE lower(bid_id) = lower(?2)) ORDER BY s.first_at, s.identity",
                      {reference ? digits : "", given, match_key(FieldType::text, given).value_or(given)}, [&](TextCells& cells) { identities.emplace_back(cells[0]); });
    return identities;
}

}  // namespace bindery
