#include "store/overlay.h"

#include "core/exact_json.h"
#include "core/json_pointer.h"
#include "store/agreed.h"
#include "store/datasets.h"
#include "store/imported_document.h"
#include "store/land_record.h"

namespace bindery {
namespace {

// Sets the member that the field is read from; a book's documents are flat.
void lay_over(const Mapping& mapping, const FieldTexts& values, json& document) {
    for (const auto& [name, text] : values) {
        for (const auto& field : mapping.fields) {
            if (field.name != name) continue;
            std::string member = name;
            if (!field.pointers.empty()) {
                std::string_view pointer = field.pointers.front();
                if (const auto token = take_pointer_token(pointer)) member = pointer_token_text(*token);
            }
            document[member] = text;
        }
    }
}

}  // namespace

bool overlay_record(Store& store, const Mapping& mapping, const std::string& key, const FieldTexts& values, std::int64_t run) {
    RecordTable table(store.db(), mapping, table_name(mapping.dataset));
    const auto rowid = table.find(key);
    if (!rowid) return false;
    const RecordRow stored = table.read(*rowid);
    RecordRow row = stored;
    if (row.removed_at) return false;
    json document = parse_exact(table.document(*rowid));
    lay_over(mapping, values, document);
    MappedRecord record = map_record(mapping, document);
    for (const auto& fault : record.faults) {
        for (const auto& [name, text] : values) {
            if (mapping.fields[fault.field].name == name) return false;
        }
    }
    History history(store.db(), mapping.dataset, run, store.now());
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        if (row.values[i] != record.values[i]) history.write(key, "changed", mapping.fields[i].name, row.values[i], record.values[i]);
    }
    ImportedDocuments(store, mapping.dataset).put_first(key, table.document(*rowid));
    row.values = std::move(record.values);
    row.hash = std::move(record.hash);
    row.doc = dump_exact(document);
    table.update(*rowid, row, stored);
    look_at_anew(store, key);  // the hash of the row as imported stays
    return true;
}

bool adopt_record(Store& store, const Mapping& mapping, const std::string& key, const FieldTexts& values, std::int64_t run) {
    RecordTable table(store.db(), mapping, table_name(mapping.dataset));
    const auto rowid = table.find(key);
    const RecordRow stored = rowid ? table.read(*rowid) : RecordRow{};
    RecordRow row = stored;
    if (rowid && !row.removed_at) return false;
    json document = json::object();
    lay_over(mapping, values, document);
    MappedRecord record = map_record(mapping, document);
    row.key = key;
    row.values = std::move(record.values);
    row.hash = std::move(record.hash);
    row.doc = dump_exact(document);
    row.doc_hash = document_hash(row.doc);
    row.read_at = store.now();
    row.removed_at.reset();
    row.removed_why.reset();
    row.missed_at.reset();
    History history(store.db(), mapping.dataset, run, store.now());
    if (rowid) {
        table.update(*rowid, row, stored);
        history.write(key, "returned");
    } else {
        row.first_seen_at = row.read_at;
        table.insert(row);
        history.write(key, "added");
    }
    return true;
}

}  // namespace bindery
