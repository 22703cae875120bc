#include "store/same_value.h"

#include <sqlite3.h>

#include "core/field.h"
#include "core/letters.h"
#include "core/nearest.h"
#include "store/sql_value.h"

namespace bindery {
namespace {

void same(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[1]) == SQLITE_NULL || sqlite3_value_type(values[2]) == SQLITE_NULL) return sqlite3_result_int(context, 0);
    const auto type = static_cast<FieldType>(sqlite3_value_int(values[0]));
    sqlite3_result_int(context, same_value(type, text_of(values[1]), text_of(values[2])) ? 1 : 0);
}

// A slip of the pen, perhaps: Miguel and Migel.
void alike(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) return sqlite3_result_int(context, 0);
    sqlite3_result_int(context, nearest(plain_letters(text_of(values[0])), {plain_letters(text_of(values[1]))}).empty() ? 0 : 1);
}

}  // namespace

void register_same_value(SQLite::Database& db) {
    sqlite3_create_function_v2(db.getHandle(), "bindery_same", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, same, nullptr, nullptr, nullptr);
    sqlite3_create_function_v2(db.getHandle(), "bindery_alike", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, alike, nullptr, nullptr, nullptr);
}

}  // namespace bindery
