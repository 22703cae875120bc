#pragma once
// same_value() of core/field.h for our own SQL: bindery_same(type, a, b); NULL and anything differ. Not for indexes, tables or
// people's SQL.
#include <SQLiteCpp/Database.h>

namespace bindery {

void register_same_value(SQLite::Database& db);

}  // namespace bindery
