#include "store/records.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/datasets.h"
#include "store/record_table.h"

namespace bindery {

void for_each_live(Store& store, const Mapping& mapping, const std::function<void(const std::string&, const std::string&)>& row) {
    SQLite::Statement s(store.db(), "SELECT key, doc FROM " + quoted(table_name(mapping.dataset)) + " WHERE removed_at IS NULL");
    while (s.executeStep()) row(s.getColumn(0).getString(), s.getColumn(1).getString());
}

std::vector<RecordView> find_records(Store& store, const Mapping& mapping, const std::string& key_or_value) {
    std::string sql = "SELECT t.key, t.removed_why, t.missed_at, t.doc, v.read_at, v.removed_at";
    for (const auto& field : mapping.fields) sql += ", t." + quoted(field.name);
    sql += " FROM " + quoted(table_name(mapping.dataset)) + " t JOIN " + quoted(view_name(mapping.dataset) + "_all") +
           " v ON v.key = t.key WHERE t.key = ?1";
    std::vector<std::string> match_keys;
    for (const auto& field : mapping.fields) {
        if (!field.match) continue;
        const Canonical canonical = canonicalize(field.type, json(key_or_value));
        if (canonical.state != Canonical::State::value) continue;
        const auto key = match_key(field.type, canonical.text);
        if (!key) continue;
        match_keys.push_back(*key);
        sql += " OR t." + quoted(field.name + "_key") + " = ?" + std::to_string(match_keys.size() + 1);
    }
    SQLite::Statement s(store.db(), sql + " ORDER BY t.key LIMIT 20");
    s.bind(1, key_or_value);
    for (std::size_t i = 0; i < match_keys.size(); ++i) s.bind(static_cast<int>(i) + 2, match_keys[i]);
    std::vector<RecordView> records;
    while (s.executeStep()) {
        RecordView record;
        record.key = s.getColumn(0).getString();
        record.removed_why = optional_text(s, 1);
        record.missed_at = optional_text(s, 2);
        record.document = s.getColumn(3).getString();
        record.read_at = s.getColumn(4).getString();
        record.removed_at = optional_text(s, 5);
        for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
            record.fields.emplace_back(mapping.fields[i].name, optional_text(s, static_cast<int>(i) + 6));
        }
        records.push_back(std::move(record));
    }
    return records;
}

}  // namespace bindery
