#include "store/sql_functions.h"

#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "core/contacts.h"
#include "core/error.h"
#include "core/exact_json.h"
#include "core/field.h"
#include "core/nearest.h"
#include "core/person_name.h"
#include "core/same_person.h"
#include "core/text.h"
#include "core/value_texts.h"
#include "store/sql_dates.h"
#include "store/sql_value.h"

namespace bindery {

struct SqlFunctions::Impl {
    Impl(sqlite3* connection, std::optional<Date> day) : dates(connection), today(day) {}
    SqlDates dates;
    std::optional<Date> today;
};

namespace {

constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

std::optional<std::string_view> optional_text_of(sqlite3_value* value) {
    return sqlite3_value_type(value) == SQLITE_NULL ? std::nullopt : std::optional(text_of(value));
}

std::optional<Date> date_of(sqlite3_value* value) {
    const auto text = optional_text_of(value);
    return text ? parse_date(trim(*text)) : std::nullopt;
}

void answer(sqlite3_context* context, const std::optional<std::string>& text) {
    if (!text) return sqlite3_result_null(context);
    sqlite3_result_text64(context, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// Text to text: what `Of` makes of it, or NULL.
template <std::optional<std::string> (*Of)(std::string_view)>
void of_text(sqlite3_context* context, int, sqlite3_value** values) {
    const auto text = optional_text_of(values[0]);
    answer(context, text ? Of(*text) : std::nullopt);
}

void days_until(sqlite3_context* context, int count, sqlite3_value** values) {
    const auto* own = static_cast<SqlFunctions::Impl*>(sqlite3_user_data(context));
    if (count == 1 && !own->today)
        return sqlite3_result_error(context, "days_until(date) needs :today; name the day to count from", -1);
    const auto date = date_of(values[0]);
    const auto from = count == 1 ? own->today : date_of(values[1]);
    if (!date || !from) return sqlite3_result_null(context);
    sqlite3_result_int(context, days_between(*from, *date));
}

using Holidays = std::vector<Date>;

// A faulty list is an error, not NULL: due dates that silently vanish would be noticed by nobody.
Holidays read_holidays(std::string_view text) {
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array()) throw Error(ErrorCode::sql, "holidays: a list of dates (YYYY-MM-DD) is expected");
    Holidays holidays;
    for (const auto& entry : list) {
        const auto date = entry.is_string() ? parse_date(entry.get_ref<const std::string&>()) : std::nullopt;
        if (!date) throw Error(ErrorCode::sql, "holidays: " + entry.dump() + " isn't a date (YYYY-MM-DD)");
        holidays.push_back(*date);
    }
    return holidays;
}

// The holidays of argument 1, read once while they stay the same for the whole statement.
const Holidays& holidays_of(sqlite3_context* context, std::string_view text, Holidays& here) {
    if (const auto* kept = static_cast<const Holidays*>(sqlite3_get_auxdata(context, 1))) return *kept;
    here = read_holidays(text);
    sqlite3_set_auxdata(context, 1, new Holidays(here), [](void* list) { delete static_cast<Holidays*>(list); });
    return here;
}

template <Date (*Of)(Date, const Holidays&)>
void business_day(sqlite3_context* context, int, sqlite3_value** values) {
    try {
        const auto text = optional_text_of(values[1]);
        if (!text) return sqlite3_result_null(context);
        Holidays here;
        const Holidays& holidays = holidays_of(context, *text, here);
        const auto date = date_of(values[0]);
        answer(context, date ? std::optional(format_date(Of(*date, holidays))) : std::nullopt);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

void money_text(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_numeric_type(values[0]) != SQLITE_INTEGER) return sqlite3_result_null(context);
    const sqlite3_int64 cents = sqlite3_value_int64(values[0]);
    const auto size = cents < 0 ? 0 - static_cast<std::uint64_t>(cents) : static_cast<std::uint64_t>(cents);
    std::string digits = std::to_string(size);
    if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
    digits.insert(digits.size() - 2, ".");
    answer(context, cents < 0 ? "-" + digits : digits);
}

// Two given names, two last names: 1 when they can't be one person's. A whole name serves as both, by first_name() and last_name().
void names_contradict(sqlite3_context* context, int, sqlite3_value** values) {
    const auto of = [&](int i) { return optional_text_of(values[i]).value_or(std::string_view()); };
    sqlite3_result_int(context, first_names_contradict(of(0), of(2)) || last_names_contradict(of(1), of(3)) ? 1 : 0);
}

// A JSON list of what the person of a record may be known by: each e-mail and phone in the first argument, and each word of the second: "name:roe" where
// the third is no ZIP code, else "name:roe 75201". Who states no ZIP code may be meant by "name:roe *", which stands where there's neither e-mail nor phone.
void known_by(sqlite3_context* context, int, sqlite3_value** values) {
    std::string list = "[";
    const auto add = [&](std::string_view front, const std::string& mark) {
        const std::size_t before = list.size();
        try {
            if (before > 1) list += ',';
            append_json_string(list, std::string(front) + mark);
        } catch (const Error&) {
            list.resize(before);  // bytes that are no text are nobody's
        }
    };
    if (const auto text = optional_text_of(values[0])) {
        for (const auto& contact : contacts_in(*text)) add("", contact);
    }
    if (const auto text = optional_text_of(values[1])) {
        const bool bare = list.size() == 1;
        const std::string zip = zip5(optional_text_of(values[2]).value_or(std::string_view()));
        each_value_text(*text, [&](std::string_view value) {
            for (const auto& word : name_words(value)) {
                add("name:", zip.empty() ? word : word + " " + zip);
                if (!zip.empty() && bare) add("name:", word + " *");
            }
        });
    }
    answer(context, list + "]");
}

// name, street, zip, state of a record; first and last name, street, zip, state of a person.
void same_person_of(sqlite3_context* context, int, sqlite3_value** values) {
    const auto of = [&](int i) { return optional_text_of(values[i]).value_or(std::string_view()); };
    sqlite3_result_int(context, static_cast<int>(same_person(of(0), {of(1), of(2), of(3)}, of(4), of(5), {of(6), of(7), of(8)})));
}

// The text of a JSON list that is closest to a word, or NULL.
void nearest_of(sqlite3_context* context, int, sqlite3_value** values) {
    const auto word = optional_text_of(values[0]), text = optional_text_of(values[1]);
    if (!word || !text) return sqlite3_result_null(context);
    const auto list = nlohmann::json::parse(*text, nullptr, false);
    if (!list.is_array()) return sqlite3_result_error(context, "nearest(word, list): a JSON list is expected", -1);
    std::vector<std::string> known;
    for (const auto& entry : list) {
        if (entry.is_string()) known.push_back(entry.get<std::string>());
    }
    const std::string close = nearest(*word, known);
    answer(context, close.empty() ? std::nullopt : std::optional(close));
}

struct Entry {
    const char* name;
    int arguments;
    void (*call)(sqlite3_context*, int, sqlite3_value**);
};

constexpr Entry kEntries[] = {
    {"policy_key", 1, of_text<policy_key>},
    {"phone10", 1, of_text<phone10>},
    {"state2", 1, of_text<state2>},
    {"days_until", 1, days_until},
    {"days_until", 2, days_until},
    {"business_day", 2, business_day<business_day_on_or_before>},
    {"business_day_before", 2, business_day<business_day_on_or_before>},
    {"business_day_after", 2, business_day<business_day_on_or_after>},
    {"money_text", 1, money_text},
    {"first_name", 1, of_text<first_name>},
    {"last_name", 1, of_text<last_name>},
    {"names_contradict", 4, names_contradict},
    {"nearest", 2, nearest_of},
    {"known_by", 3, known_by},
    {"same_person", 9, same_person_of},
};

}  // namespace

SqlFunctions::SqlFunctions(sqlite3* connection, std::optional<Date> today)
    : impl_(std::make_unique<Impl>(connection, today)) {
    for (const Entry& entry : kEntries) {
        if (sqlite3_create_function_v2(connection, entry.name, entry.arguments, kFlags, impl_.get(), entry.call,
                                       nullptr, nullptr, nullptr) != SQLITE_OK) {
            throw Error(ErrorCode::internal, std::string("SQLite doesn't take the function ") + entry.name);
        }
    }
}

SqlFunctions::~SqlFunctions() = default;

const std::vector<std::string>& SqlFunctions::names() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const Entry& entry : kEntries) {
            if (names.empty() || names.back() != entry.name) names.emplace_back(entry.name);
        }
        return names;
    }();
    return kNames;
}

}  // namespace bindery
