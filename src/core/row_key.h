#pragma once
// The key of a CSV row, found from the few fields that it takes, so that a row that is known already costs no more. Pure.
#include <cstddef>
#include <string>
#include <vector>

#include "core/mapping.h"

namespace bindery {

struct RowKey {
    std::string key;        // empty: see `reject`
    std::string reject;     // why the row can't land: no key, a required field that is blank or can't be read
    std::string beginning;  // of a rejected row: what the key of the record that it may mean begins with; or empty
};

class RowKeys {
  public:
    explicit RowKeys(const Mapping& mapping);
    // A row that carries the key of its record (our own export) has that one.
    RowKey of(const FlatRow& row) const;

  private:
    const Mapping& mapping_;
    std::vector<std::size_t> needed_;  // fields of keys, required fields
};

}  // namespace bindery
