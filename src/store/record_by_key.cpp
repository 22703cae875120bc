#include "store/record_by_key.h"

#include "store/datasets.h"
#include "store/prepared.h"
#include "store/record_table.h"

namespace bindery {

std::optional<RecordView> record_by_key(Store& store, const Mapping& mapping, const std::string& key) {
    std::string sql = "SELECT read_at, removed_at, removed_why, missed_at, doc";
    for (const auto& field : mapping.fields) sql += ", " + quoted(field.name);
    Prepared kept(store, sql + " FROM " + quoted(table_name(mapping.dataset)) + " WHERE key = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, key);
    if (!s.executeStep()) return std::nullopt;
    RecordView view;
    view.key = key;
    view.read_at = s.getColumn(0).getString();
    view.removed_at = optional_text(s, 1);
    view.removed_why = optional_text(s, 2);
    view.missed_at = optional_text(s, 3);
    view.document = s.getColumn(4).getString();
    int at = 5;
    for (const auto& field : mapping.fields) view.fields.emplace_back(field.name, optional_text(s, at++));
    return view;
}

std::optional<std::string> document_by_row(Store& store, const std::string& dataset, std::int64_t row) {
    Prepared kept(store, "SELECT doc FROM " + quoted(table_name(dataset)) + " WHERE rowid = ?");
    SQLite::Statement& s = *kept;
    s.bind(1, row);
    return s.executeStep() ? std::optional(s.getColumn(0).getString()) : std::nullopt;
}

bool record_is_live(Store& store, const Mapping& mapping, const std::string& key) {
    const auto record = record_by_key(store, mapping, key);
    return record && !record->removed_at;
}

}  // namespace bindery
