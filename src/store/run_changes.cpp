#include "store/run_changes.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>

#include "store/record_table.h"

namespace bindery {
namespace {

RunChange change_of(SQLite::Statement& s) {
    RunChange change;
    change.id = s.getColumn(0).getInt64();
    int i = 1;
    for (std::string* text : {&change.dataset, &change.key, &change.kind, &change.field}) *text = s.getColumn(i++).getString();
    for (auto* text : {&change.old_value, &change.new_value}) *text = optional_text(s, i++);
    return change;
}

}  // namespace

RunChanges changes_of(Store& store, std::int64_t run, std::int64_t after, int limit) {
    try {
        RunChanges found;
        SQLite::Statement rows(store.db(), "SELECT id, dataset, key, kind, coalesce(field, ''), old, new FROM change INDEXED BY change_run WHERE run = ? AND id > ? ORDER BY id LIMIT ?");
        rows.bind(1, run);
        rows.bind(2, after);
        rows.bind(3, static_cast<std::int64_t>(limit) + 1);
        while (rows.executeStep()) {
            found.more = static_cast<int>(found.rows.size()) == limit;
            if (!found.more) found.rows.push_back(change_of(rows));
        }
        return found;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::int64_t counted_changes(const RunRow& run) {
    std::int64_t count = 0;
    const auto report = run.report ? nlohmann::json::parse(*run.report, nullptr, false) : nlohmann::json();
    if (!report.is_object() || !report.contains("datasets")) return 0;
    for (const auto& dataset : report["datasets"]) {
        for (const char* kind : {"added", "changed", "removed"}) {
            if (dataset.is_object() && dataset.contains(kind) && dataset[kind].is_number_integer()) count += dataset[kind].get<std::int64_t>();
        }
    }
    return count;
}

}  // namespace bindery
