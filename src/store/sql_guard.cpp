#include "store/sql_guard.h"

#include <sqlite3.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "store/sql_functions.h"

namespace bindery {
namespace {

// Left out on purpose: whatever reads a clock, chance, the connection's past, files or other programs' code.
const char* const kAllowed[] = {
    // text
    "char", "format", "printf", "glob", "hex", "instr", "length", "like", "lower", "ltrim", "octet_length", "quote",
    "replace", "rtrim", "soundex", "substr", "substring", "trim", "unicode", "upper", "concat", "concat_ws",
    // choice
    "coalesce", "ifnull", "iif", "if", "likelihood", "likely", "unlikely", "nullif", "typeof",
    // numbers; min and max are aggregates too
    "abs", "ceil", "ceiling", "exp", "floor", "ln", "log", "log10", "log2", "max", "min", "mod", "pi", "pow", "power",
    "round", "sign", "sqrt", "trunc",
    // aggregates and windows
    "avg", "count", "group_concat", "string_agg", "sum", "total", "row_number", "rank", "dense_rank", "percent_rank",
    "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value",
    // dates, in our own form (sql_dates.h)
    "date", "time", "datetime", "julianday", "strftime", "unixepoch",
    // JSON
    "json", "json_array", "json_array_length", "json_error_position", "json_extract", "json_insert", "json_object",
    "json_patch", "json_pretty", "json_quote", "json_remove", "json_replace", "json_set", "json_type", "json_valid",
    "json_group_array", "json_group_object", "->", "->>"};

// Tables with secrets (the identity key), and the trail that only commands show.
const char* const kClosed[] = {"meta", "audit", "web_login", "web_session"};

bool is_schema_table(const std::string& table) {
    return table == "sqlite_master" || table == "sqlite_schema";
}

bool is_closed(const std::string& table) {
    return std::find(std::begin(kClosed), std::end(kClosed), table) != std::end(kClosed);
}

const char* action_name(int action) {
    switch (action) {
        case SQLITE_ATTACH:
            return "ATTACH";
        case SQLITE_DETACH:
            return "DETACH";
        case SQLITE_PRAGMA:
            return "PRAGMA";
        case SQLITE_INSERT:
            return "INSERT";
        case SQLITE_UPDATE:
            return "UPDATE";
        case SQLITE_DELETE:
            return "DELETE";
        case SQLITE_TRANSACTION:
            return "a transaction";
        case SQLITE_SAVEPOINT:
            return "a savepoint";
        default:
            return "this";
    }
}

std::string text(const char* c_string) {
    return c_string == nullptr ? std::string() : std::string(c_string);
}

}  // namespace

SqlGuard::SqlGuard(sqlite3* connection) : connection_(connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // "x" is a name or an error, never silently the text x.
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    // These tables come to life at their first use, by statements that the guard would refuse.
    for (const char* sql : {"SELECT 1 FROM json_each('[1]'), json_tree('[1]')"}) {
        if (sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
            throw Error(ErrorCode::store, std::string("SQLite can't read JSON here: ") + sqlite3_errmsg(connection));
        }
    }
    sqlite3_set_authorizer(connection, &SqlGuard::asked, this);
}

const std::vector<std::string>& SqlGuard::functions() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names(std::begin(kAllowed), std::end(kAllowed));
        names.insert(names.end(), SqlFunctions::names().begin(), SqlFunctions::names().end());
        std::sort(names.begin(), names.end());
        return names;
    }();
    return kNames;
}

std::vector<std::string> SqlGuard::readable() const {
    std::vector<std::string> names;
    std::copy_if(tables_.begin(), tables_.end(), std::back_inserter(names),
                 [](const std::string& name) { return !is_closed(name) && !name.starts_with("sqlite_"); });
    return names;
}

void SqlGuard::look_again() {
    refusal_.clear();
    tables_.clear();
    const Aside aside(*this);
    const auto keep = [](void* self, int, char** cells, char**) {
        static_cast<SqlGuard*>(self)->tables_.insert(lower(text(cells[0])));
        return 0;
    };
    const int rc = sqlite3_exec(connection_, "SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view')",
                                keep, this, nullptr);
    if (rc != SQLITE_OK)
        throw Error(ErrorCode::store, std::string("the store can't be read: ") + sqlite3_errmsg(connection_));
}

int SqlGuard::asked(void* self, int action, const char* first, const char* second, const char* database, const char*) {
    return static_cast<SqlGuard*>(self)->allows(action, first, second, database) ? SQLITE_OK : SQLITE_DENY;
}

bool SqlGuard::allows(int action, const char* first, const char* second, const char* database) {
    if (aside_) return true;
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
            return true;
        case SQLITE_READ:
            return allows_read(lower(text(first)), text(second), database);
        case SQLITE_FUNCTION: {
            const std::string name = lower(text(second));
            if (std::binary_search(functions().begin(), functions().end(), name)) return true;
            refusal_ = "the function " + name + " isn't allowed here";
            return false;
        }
        default: {
            if (refusal_.empty()) refusal_ = std::string("only reading is allowed here, not ") + action_name(action);
            return false;
        }
    }
}

bool SqlGuard::allows_read(const std::string& table, const std::string& column, const char* database) {
    const bool is_main = database == nullptr || text(database) == "main";
    if (is_main && !is_closed(table)) {
        if (table == "json_each" || table == "json_tree" || is_schema_table(table)) return true;
        if (!table.starts_with("sqlite_") && tables_.contains(table)) return true;
        // Asked like this when a row is read but none of its columns: the name may be one that the SQL gave (a CTE).
        const bool names_nothing_real =
            !table.starts_with("sqlite_") && !table.starts_with("pragma_") && table != "dbstat";
        if (column.empty() && database == nullptr && names_nothing_real) return true;
    }
    refusal_ = "the table " + table + " isn't open to SQL";
    return false;
}

}  // namespace bindery
