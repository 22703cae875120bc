#include "store/record_by_key.h"

#include "store/datasets.h"
#include "store/record_table.h"

namespace bindery {

std::optional<RecordView> record_by_key(Store& store, const Mapping& mapping, const std::string& key) {
    RecordTable table(store.db(), mapping, table_name(mapping.dataset));
    const auto rowid = table.find(key);
    if (!rowid) return std::nullopt;
    const RecordRow row = table.read(*rowid);
    RecordView view;
    view.key = row.key;
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) view.fields.emplace_back(mapping.fields[i].name, row.values[i]);
    view.read_at = row.read_at;
    view.removed_at = row.removed_at;
    view.removed_why = row.removed_why;
    view.missed_at = row.missed_at;
    view.document = table.document(*rowid);
    return view;
}

bool record_is_live(Store& store, const Mapping& mapping, const std::string& key) {
    const auto record = record_by_key(store, mapping, key);
    return record && !record->removed_at;
}

}  // namespace bindery
