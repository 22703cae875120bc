#include "store/record_table.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/error.h"
#include "core/field.h"
#include "store/datasets.h"

namespace bindery {
namespace {

constexpr const char* kStateColumns[] = {"first_seen_at", "read_at",     "missed_at", "removed_at",
                                         "removed_why",   "rejected_at", "hash",      "doc_hash"};

std::string replace_char(std::string text, char from, char to) {
    std::replace(text.begin(), text.end(), from, to);
    return text;
}

// The columns that a field is stored in: itself, then what it is counted and matched by.
std::vector<std::string> field_columns(const Field& field) {
    std::vector<std::string> columns{field.name};
    if (field.type == FieldType::money) columns.push_back(field.name + "_cents");
    if (field.match) columns.push_back(field.name + "_key");
    return columns;
}

std::vector<std::string> all_columns(const Mapping& mapping) {
    std::vector<std::string> columns{"key"};
    for (const Field& field : mapping.fields)
        for (std::string& column : field_columns(field)) columns.push_back(std::move(column));
    columns.insert(columns.end(), std::begin(kStateColumns), std::end(kStateColumns));
    columns.push_back("doc");
    return columns;
}

std::string insert_sql(const Mapping& mapping, const std::string& table) {
    std::string columns, places;
    for (const std::string& column : all_columns(mapping)) {
        if (!columns.empty()) {
            columns += ", ";
            places += ", ";
        }
        columns += quoted(column);
        places += '?';
    }
    return "INSERT INTO " + quoted(table) + " (" + columns + ") VALUES (" + places + ")";
}

bool is_match_column(const Mapping& mapping, const std::string& column) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const Field& field) { return field.match && column == field.name + "_key"; });
}

enum class Updated { all, but_matches };

std::string update_sql(const Mapping& mapping, const std::string& table, Updated which) {
    std::string sets;
    std::size_t place = 0;
    for (const std::string& column : all_columns(mapping)) {
        ++place;
        if (which == Updated::but_matches && is_match_column(mapping, column)) continue;
        if (!sets.empty()) sets += ", ";
        sets += quoted(column) + " = ?" + std::to_string(place);
    }
    return "UPDATE " + quoted(table) + " SET " + sets + " WHERE rowid = ?" + std::to_string(place + 1);
}

std::string read_sql(const Mapping& mapping, const std::string& table) {
    std::string columns = "key";
    for (const char* column : kStateColumns) columns += std::string(", ") + column;
    for (const Field& field : mapping.fields) columns += ", " + quoted(field.name);
    return "SELECT " + columns + " FROM " + quoted(table) + " WHERE rowid = ?";
}

std::string view_sql(const Mapping& mapping, const std::string& view, const std::string& condition) {
    std::string columns = "key";
    for (const Field& field : mapping.fields)
        for (const std::string& column : field_columns(field)) columns += ", " + quoted(column);
    // A live row that the last complete pull didn't miss was read by it, though nothing was written.
    const std::string complete =
        "(SELECT complete_read_at FROM pull_state WHERE dataset = " + quoted_text(mapping.dataset) + ")";
    return "CREATE VIEW " + quoted(view) + " AS SELECT " + columns +
           ", CASE WHEN removed_at IS NULL AND missed_at IS NULL AND rejected_at IS NULL THEN max(read_at, coalesce(" +
           complete + ", '')) ELSE read_at END AS read_at, removed_at, first_seen_at, doc FROM " +
           quoted(table_name(mapping.dataset)) + condition + ";\n";
}

std::string match_index(const std::string& table, const Field& field) {
    return table + "_" + field.name + "_key";
}

std::string create_match_index_sql(const std::string& table, const Field& field) {
    return "CREATE INDEX " + quoted(match_index(table, field)) + " ON " + quoted(table) + " (" + quoted(field.name + "_key") + ");\n";
}

bool begins_keys(const Mapping& mapping, const Field& field) {
    return !mapping.key_fields.empty() && !mapping.key_fields.front().empty() && mapping.key_fields.front().front() == field.name;
}

}  // namespace

std::string view_name(const std::string& dataset) {
    return replace_char(dataset, '.', '_');
}
std::string table_name(const std::string& dataset) {
    return "record_" + view_name(dataset);
}

std::string quoted(const std::string& identifier) {
    std::string text = "\"";
    for (char c : identifier) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

std::string quoted_text(const std::string& text) {
    std::string result = "'";
    for (char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
    return result + '\'';
}

void bind_optional(SQLite::Statement& statement, int index, const std::optional<std::string>& value) {
    if (value)
        statement.bindNoCopy(index, *value);
    else
        statement.bind(index);
}

std::optional<std::string> optional_text(SQLite::Statement& statement, int column) {
    if (statement.isColumnNull(column)) return std::nullopt;
    return statement.getColumn(column).getString();
}

std::string landing_index(const std::string& table) {
    return table + "__landing";
}

const char* table_format(const Mapping& mapping) {
    const bool by_text = std::any_of(mapping.fields.begin(), mapping.fields.end(), [](const Field& field) { return field.match && field.type == FieldType::text; });
    return by_text ? "2:" : "1:";  // 2: text is matched without accents
}

std::string create_table_sql(const Mapping& mapping, const std::string& table) {
    std::string sql = "CREATE TABLE " + quoted(table) + " (key TEXT NOT NULL";
    for (const Field& field : mapping.fields) {
        sql += ", " + quoted(field.name) + " TEXT";
        if (field.type == FieldType::money) sql += ", " + quoted(field.name + "_cents") + " INTEGER";
        if (field.match) sql += ", " + quoted(field.name + "_key") + " TEXT";
    }
    // `doc` stays last: a scan that doesn't ask for it never walks through it.
    return sql +
           ", first_seen_at TEXT NOT NULL, read_at TEXT NOT NULL, missed_at TEXT, removed_at TEXT, removed_why TEXT, "
           "rejected_at TEXT, hash TEXT NOT NULL, doc_hash INTEGER NOT NULL, doc TEXT NOT NULL);\n";
}

std::string create_indexes_sql(const Mapping& mapping, const std::string& table) {
    std::string sql = "CREATE INDEX " + quoted(landing_index(table)) + " ON " + quoted(table) + " (key, doc_hash, missed_at, removed_at, rejected_at);\n";
    for (const Field& field : mapping.fields) {
        if (field.match) sql += create_match_index_sql(table, field);
    }
    return sql;
}

std::string create_late_indexes_sql(const Mapping& mapping, const std::string& table) {
    std::string sql;
    for (const Field& field : mapping.fields) {
        if (field.match && !begins_keys(mapping, field)) sql += create_match_index_sql(table, field);
    }
    return sql;
}

std::string drop_late_indexes_sql(const Mapping& mapping, const std::string& table) {
    std::string sql;
    for (const Field& field : mapping.fields) {
        if (field.match && !begins_keys(mapping, field)) sql += "DROP INDEX " + quoted(match_index(table, field)) + ";\n";
    }
    return sql;
}

std::string create_views_sql(const Mapping& mapping) {
    const std::string view = view_name(mapping.dataset);
    return view_sql(mapping, view, " WHERE removed_at IS NULL") + view_sql(mapping, view + "_all", "");
}

std::string drop_views_sql(const std::string& dataset) {
    const std::string view = view_name(dataset);
    return "DROP VIEW IF EXISTS " + quoted(view) + ";\nDROP VIEW IF EXISTS " + quoted(view + "_all") + ";\n";
}

void check_columns(const Mapping& mapping) {
    std::set<std::string> seen{"rowid", "oid", "_rowid_"};
    for (std::string column : all_columns(mapping)) {
        std::transform(column.begin(), column.end(), column.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (!seen.insert(column).second)
            throw Error(ErrorCode::config, "two columns of " + mapping.dataset + " would be called '" + column + "'",
                        "rename the field in the service file; pointers keep reading the same member");
    }
}

RecordTable::RecordTable(SQLite::Database& db, const Mapping& mapping, const std::string& table)
    : mapping_(mapping),
      find_(db, "SELECT rowid FROM " + quoted(table) + " WHERE key = ?"),
      read_(db, read_sql(mapping, table)),
      document_(db, "SELECT doc FROM " + quoted(table) + " WHERE rowid = ?"),
      insert_(db, insert_sql(mapping, table), all_columns(mapping).size()),
      update_(db, update_sql(mapping, table, Updated::all), all_columns(mapping).size()),
      update_rest_(db, update_sql(mapping, table, Updated::but_matches), all_columns(mapping).size()) {}

std::optional<std::int64_t> RecordTable::find(const std::string& key) {
    find_.bindNoCopy(1, key);
    std::optional<std::int64_t> rowid;
    if (find_.executeStep()) rowid = find_.getColumn(0).getInt64();
    find_.reset();
    return rowid;
}

RecordRow RecordTable::read(std::int64_t rowid) {
    read_.bind(1, rowid);
    if (!read_.executeStep())
        throw Error(ErrorCode::internal, "a row of " + mapping_.dataset + " vanished while landing");
    RecordRow row;
    row.key = read_.getColumn(0).getString();
    row.first_seen_at = read_.getColumn(1).getString();
    row.read_at = read_.getColumn(2).getString();
    row.missed_at = optional_text(read_, 3);
    row.removed_at = optional_text(read_, 4);
    row.removed_why = optional_text(read_, 5);
    row.rejected_at = optional_text(read_, 6);
    row.hash = read_.getColumn(7).getString();
    row.doc_hash = read_.getColumn(8).getInt64();
    row.values.reserve(mapping_.fields.size());
    for (std::size_t i = 0; i < mapping_.fields.size(); ++i)
        row.values.push_back(optional_text(read_, static_cast<int>(9 + i)));
    read_.reset();
    return row;
}

std::string RecordTable::document(std::int64_t rowid) {
    document_.bind(1, rowid);
    std::string text;
    if (document_.executeStep()) text = document_.getColumn(0).getString();
    document_.reset();
    return text;
}

void RecordTable::encode(const Mapping& mapping, const RecordRow& row, RowCells& cells) {
    cells.add(std::string_view(row.key));
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const Field& field = mapping.fields[i];
        const std::optional<std::string>& value = row.values[i];
        cells.add(value);
        if (field.type == FieldType::money) {
            const auto cents = value ? money_cents(*value) : std::nullopt;
            if (cents)
                cells.add(*cents);
            else
                cells.add();
        }
        if (field.match) cells.add(value ? match_key(field.type, *value) : std::nullopt);
    }
    cells.add(std::string_view(row.first_seen_at));
    cells.add(std::string_view(row.read_at));
    cells.add(row.missed_at);
    cells.add(row.removed_at);
    cells.add(row.removed_why);
    cells.add(row.rejected_at);
    cells.add(std::string_view(row.hash));
    cells.add(row.doc_hash);
    cells.add(std::string_view(row.doc));
}

void RecordTable::insert(const RecordRow& row) {
    cells_.clear();
    encode(mapping_, row, cells_);
    insert_.run(cells_, 0);
}

// An index of which a column is written is written too, though it stays the same.
void RecordTable::update(std::int64_t rowid, const RecordRow& row, const RecordRow& stored) {
    cells_.clear();
    encode(mapping_, row, cells_);
    bool matches_stay = true;
    for (std::size_t i = 0; i < mapping_.fields.size(); ++i) matches_stay = matches_stay && (!mapping_.fields[i].match || row.values[i] == stored.values[i]);
    (matches_stay ? update_rest_ : update_).run(cells_, 0, rowid);
}

}  // namespace bindery
