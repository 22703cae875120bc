#include "store/imported_document.h"

#include <utility>

namespace bindery {
namespace {

bool has_any(SQLite::Database& db, const std::string& dataset) {
    SQLite::Statement select(db, "SELECT EXISTS (SELECT 1 FROM as_imported WHERE dataset = ?)");
    select.bind(1, dataset);
    return select.executeStep() && select.getColumn(0).getInt() != 0;
}

void write(SQLite::Statement& statement, const std::string& dataset, const std::string& key, const std::string& document) {
    statement.bind(1, dataset);
    statement.bind(2, key);
    statement.bind(3, document);
    statement.exec();
    statement.reset();
}

}  // namespace

ImportedDocuments::ImportedDocuments(Store& store, std::string dataset)
    : dataset_(std::move(dataset)),
      find_(store.db(), "SELECT doc FROM as_imported WHERE dataset = ? AND key = ?"),
      put_(store.db(), "INSERT INTO as_imported VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET doc = ?3"),
      put_first_(store.db(), "INSERT OR IGNORE INTO as_imported VALUES (?, ?, ?)"),
      any_(has_any(store.db(), dataset_)) {}

std::optional<std::string> ImportedDocuments::find(const std::string& key) {
    if (!any_) return std::nullopt;
    find_.bind(1, dataset_);
    find_.bind(2, key);
    std::optional<std::string> document;
    if (find_.executeStep()) document = find_.getColumn(0).getString();
    find_.reset();
    return document;
}

void ImportedDocuments::put(const std::string& key, const std::string& document) {
    write(put_, dataset_, key, document);
    any_ = true;
}

void ImportedDocuments::put_first(const std::string& key, const std::string& document) {
    write(put_first_, dataset_, key, document);
    any_ = true;
}

}  // namespace bindery
