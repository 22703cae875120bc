#include "csv/column_looks.h"

#include <algorithm>
#include <set>

#include "core/field_text.h"
#include "core/text.h"
#include "csv/cell_rules.h"

namespace bindery {

namespace {

// YYYY-MM-DD, or empty.
std::string date_of(std::string_view text, DateOrder order) {
    const auto plain = plain_date(text, order);
    if (plain && plain->empty()) return {};
    if (order == DateOrder::dmy && !plain && text.find('/') != std::string_view::npos) return {};
    return date_text(plain ? std::string_view(*plain) : text).value_or(std::string());
}

bool is_policy_like(std::string_view text) {
    if (text.size() < 4 || text.size() > 30 || text.find(' ') != std::string_view::npos) return false;
    const bool word = std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '/' || c == '.'; });
    return word && digits_in(text) >= 3 && (digits_in(text) >= 6 || std::any_of(text.begin(), text.end(), is_letter));
}

bool is_amount(std::string_view text) {
    if (!money_text(text)) return false;
    const std::size_t point = text.rfind('.');
    return text.find_first_of("$,(") != std::string_view::npos || (point != std::string_view::npos && text.size() - point == 3);
}

void look_at(ColumnLooks& looks, std::string_view text) {
    ++looks.stated;
    const std::string mdy = date_of(text, DateOrder::mdy), dmy = date_of(text, DateOrder::dmy);
    const std::string& date = mdy.empty() ? dmy : mdy;
    if (!date.empty()) {
        ++looks.dates;
        if (dmy.empty()) ++looks.mdy_only;
        if (mdy.empty()) ++looks.dmy_only;
        if (looks.least_date.empty() || date < looks.least_date) looks.least_date = date;
        looks.most_date = std::max(looks.most_date, date);
    }
    const bool phone = phone10(text).has_value() && digits_in(text) >= 10;
    if (is_amount(text)) ++looks.money;
    if (money_text(text)) ++looks.numbers;
    if (phone) ++looks.phones;
    if (email_text(text)) ++looks.emails;
    if (zip_text(text) && digits_in(text) >= 5) ++looks.zips;
    if (text.size() == 2 && state2(text)) ++looks.states;
    if (date.empty() && !phone && is_policy_like(text)) ++looks.policy_numbers;
    const std::size_t comma = text.find(", ");
    if (comma != std::string_view::npos && comma > 1 && digits_in(text) == 0) ++looks.last_first;
}

}  // namespace

bool ColumnLooks::may_be(FieldType type) const {
    if (stated == 0) return true;
    switch (type) {
        case FieldType::money:
        case FieldType::integer:
            return mostly(numbers) && !mostly(phones);
        case FieldType::date:
            return mostly(dates);
        case FieldType::email:
            return mostly(emails);
        case FieldType::phone:
            return phones * 2 >= stated;
        case FieldType::zip:
            return mostly(zips);
        case FieldType::state:
            return states * 2 >= stated || (numbers == 0 && dates == 0 && emails == 0);
        case FieldType::policy_number:
            return !mostly(dates) && !mostly(emails) && !mostly(money) && !mostly(states);
        default:
            return !mostly(dates) && !mostly(money) && !mostly(emails);
    }
}

ColumnLooks looks_of(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
    ColumnLooks looks;
    std::set<std::string, std::less<>> values;
    for (const std::vector<std::string>& row : rows) {
        if (column >= row.size()) continue;
        const std::string_view text = trim(cell_value(row[column]));
        if (text.empty()) continue;
        look_at(looks, text);
        if (values.find(text) == values.end()) values.emplace(text);
    }
    looks.distinct = values.size();
    return looks;
}

DateOrder date_order(const std::vector<ColumnLooks>& looks) {
    std::size_t mdy = 0, dmy = 0;
    for (const ColumnLooks& each : looks) {
        if (!each.mostly(each.dates)) continue;
        mdy += each.mdy_only;
        dmy += each.dmy_only;
    }
    return dmy > mdy ? DateOrder::dmy : DateOrder::mdy;
}

}  // namespace bindery
