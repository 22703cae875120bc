#include "store/sql_dates.h"

#include <sqlite3.h>

#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "store/sql_value.h"

namespace bindery {
namespace {

// Why these arguments are refused; SQLite's time values begin at `first`.
std::optional<std::string> refusal(const std::string& name, int first, int count, sqlite3_value** values) {
    if (count <= first)
        return name + " needs a time value: job SQL doesn't read the machine's clock, use :today or :now";
    for (int i = first; i < count; ++i) {
        if (sqlite3_value_type(values[i]) != SQLITE_TEXT && sqlite3_value_type(values[i]) != SQLITE_BLOB) continue;
        const std::string word = lower(trim(text_of(values[i])));
        if (i == first && (word == "now" || word == "subsec" || word == "subsecond")) {
            return name + "('" + word +
                   "') isn't allowed: job SQL doesn't read the machine's clock, use :today or :now";
        }
        if (i > first && (word == "localtime" || word == "utc")) {
            return name + ": the modifier '" + word + "' depends on the zone of this machine";
        }
    }
    return std::nullopt;
}

void copy_result(sqlite3_context* context, sqlite3_stmt* statement) {
    switch (sqlite3_column_type(statement, 0)) {
        case SQLITE_INTEGER:
            return sqlite3_result_int64(context, sqlite3_column_int64(statement, 0));
        case SQLITE_FLOAT:
            return sqlite3_result_double(context, sqlite3_column_double(statement, 0));
        case SQLITE_NULL:
            return sqlite3_result_null(context);
        default: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
            return sqlite3_result_text(context, text, sqlite3_column_bytes(statement, 0), SQLITE_TRANSIENT);
        }
    }
}

}  // namespace

void SqlDates::Close::operator()(sqlite3* connection) const {
    sqlite3_close_v2(connection);
}
void SqlDates::Close::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

SqlDates::SqlDates(sqlite3* connection) {
    sqlite3* opened = nullptr;
    const int rc = sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    own_.reset(opened);
    if (rc != SQLITE_OK) throw Error(ErrorCode::internal, "SQLite can't open a connection in memory");
    for (const char* name : {"date", "time", "datetime", "julianday", "strftime", "unixepoch"}) {
        Function& function = functions_[name];
        function = {this, name};
        const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
        if (sqlite3_create_function_v2(connection, name, -1, flags, &function, &SqlDates::called, nullptr, nullptr,
                                       nullptr) != SQLITE_OK) {
            throw Error(ErrorCode::internal, std::string("SQLite doesn't take the function ") + name);
        }
    }
}

SqlDates::~SqlDates() = default;

void SqlDates::called(sqlite3_context* context, int count, sqlite3_value** values) {
    const auto& function = *static_cast<Function*>(sqlite3_user_data(context));
    try {
        function.owner->call(context, function.name, count, values);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

void SqlDates::call(sqlite3_context* context, const std::string& name, int count, sqlite3_value** values) {
    const int first = name == "strftime" ? 1 : 0;
    if (const auto why = refusal(name, first, count, values)) return sqlite3_result_error(context, why->c_str(), -1);
    sqlite3_stmt* asked = statement(name, count);
    for (int i = 0; i < count; ++i) sqlite3_bind_value(asked, i + 1, values[i]);
    if (sqlite3_step(asked) == SQLITE_ROW) {
        copy_result(context, asked);
    } else {
        sqlite3_result_error(context, sqlite3_errmsg(own_.get()), -1);
    }
    sqlite3_reset(asked);
    sqlite3_clear_bindings(asked);
}

sqlite3_stmt* SqlDates::statement(const std::string& name, int count) {
    auto& kept = statements_[{name, count}];
    if (!kept) {
        std::string sql = "SELECT " + name + "(";
        for (int i = 0; i < count; ++i) sql += i == 0 ? "?" : ",?";
        sqlite3_stmt* prepared = nullptr;
        if (sqlite3_prepare_v2(own_.get(), (sql + ")").c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
            throw Error(ErrorCode::sql, name + ": " + sqlite3_errmsg(own_.get()));
        }
        kept.reset(prepared);
    }
    return kept.get();
}

}  // namespace bindery
