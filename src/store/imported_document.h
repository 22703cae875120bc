#pragma once
// The rows of records that a merge wrote into since, as the last file had them (table as_imported). Works inside the caller's
// transaction.
#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>

#include "store/store.h"

namespace bindery {

class ImportedDocuments {
  public:
    ImportedDocuments(Store& store, std::string dataset);
    std::optional<std::string> find(const std::string& key);
    void put(const std::string& key, const std::string& document);
    void put_first(const std::string& key, const std::string& document);  // unless there is one

  private:
    std::string dataset_;
    SQLite::Statement find_, put_, put_first_;
    bool any_;
};

}  // namespace bindery
