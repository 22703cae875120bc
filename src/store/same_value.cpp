#include "store/same_value.h"

#include <sqlite3.h>

#include <string_view>

#include "core/field.h"

namespace bindery {
namespace {

std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void same(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[1]) == SQLITE_NULL || sqlite3_value_type(values[2]) == SQLITE_NULL) return sqlite3_result_int(context, 0);
    const auto type = static_cast<FieldType>(sqlite3_value_int(values[0]));
    sqlite3_result_int(context, same_value(type, text_of(values[1]), text_of(values[2])) ? 1 : 0);
}

}  // namespace

void register_same_value(SQLite::Database& db) {
    sqlite3_create_function_v2(db.getHandle(), "bindery_same", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, same, nullptr, nullptr, nullptr);
}

}  // namespace bindery
