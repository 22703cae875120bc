#include "store/agreed.h"

#include <SQLiteCpp/SQLiteCpp.h>

namespace bindery {

std::optional<AgreedRow> agreed_of(Store& store, const std::string& job, const std::string& key, bool theirs) {
    SQLite::Statement s(store.db(), std::string("SELECT ours_key, theirs_key, base, run FROM agreed WHERE job = ? AND ") + (theirs ? "theirs_key" : "ours_key") + " = ?");
    s.bind(1, job);
    s.bind(2, key);
    if (!s.executeStep()) return std::nullopt;
    return AgreedRow{s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getInt64()};
}

}  // namespace bindery
