#include "store/text_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/datasets.h"
#include "store/record_table.h"

namespace bindery {

void for_each_text_row(Store& store, const std::string& sql, const std::vector<std::string>& parameters, const std::function<void(TextCells& cells)>& row) {
    try {
        SQLite::Statement select(store.db(), sql);
        for (std::size_t i = 0; i < parameters.size(); ++i) select.bind(static_cast<int>(i) + 1, parameters[i]);
        TextCells cells;
        while (select.executeStep()) {
            cells.clear();
            for (int i = 0; i < select.getColumnCount(); ++i) {
                const SQLite::Column column = select.getColumn(i);
                cells.emplace_back(column.isNull() ? std::string_view() : std::string_view(column.getText(), static_cast<std::size_t>(column.getBytes())));
            }
            row(cells);
        }
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::string dataset_select(const Mapping& mapping) {
    std::string sql = "SELECT key";
    for (const Field& field : mapping.fields) sql += ", " + quoted(field.name);
    return sql + ", doc FROM " + quoted(table_name(mapping.dataset)) + " WHERE removed_at IS NULL ORDER BY key";
}

}  // namespace bindery
