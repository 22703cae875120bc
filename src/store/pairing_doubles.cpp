// A record of ours that seems new and is perhaps a second row about one that is known: made at the service it would be there twice.
#include <SQLiteCpp/SQLiteCpp.h>

#include "store/conflicts.h"
#include "store/datasets.h"
#include "store/pairing.h"
#include "store/record_table.h"

namespace bindery {

std::vector<Double> Pairing::doubles() {
    std::vector<Double> found;
    for (std::size_t level = 0; level < rules_.match.size(); ++level) {
        const std::string fits = key_condition(rules_.match[level]), apart = level == 0 ? "0" : contradictions();
        const std::string word = "(SELECT k.same FROM link k WHERE k.job = ?1 AND k.ours_key = o.key AND k.theirs_key = t.key)";
        SQLite::Statement known(store_.db(), "SELECT o.key, min(t.key), coalesce(max(" + word + " = ?3), 0) FROM temp.lone_ours l CROSS JOIN " + ours_ +
                                                 " o ON o.rowid = l.o CROSS JOIN " + theirs_ + " t ON " + fits + " WHERE t.removed_at IS NULL AND NOT " + apart + " AND " + word +
                                                 " IS NOT ?2 GROUP BY o.key");
        known.bind(1, rules_.job);
        known.bind(2, Conflicts::kDifferent);
        known.bind(3, Conflicts::kOneMore);
        while (known.executeStep()) found.push_back({known.getColumn(0).getString(), known.getColumn(1).getString(), {}, known.getColumn(2).getInt() != 0});
        SQLite::Statement among(store_.db(), "SELECT DISTINCT t.key, o.key FROM temp.lone_ours l CROSS JOIN " + ours_ + " o ON o.rowid = l.o CROSS JOIN " + ours_ + " t ON " + fits +
                                                 " WHERE o.key < t.key AND t.rowid IN (SELECT o FROM temp.lone_ours) AND NOT " + apart);
        while (among.executeStep()) found.push_back({among.getColumn(0).getString(), {}, among.getColumn(1).getString()});
    }
    return found;
}

}  // namespace bindery
