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
        const std::string fits = key_condition(rules_.match[level]), apart = level == 0 ? "0" : contradictions(true);
        const std::string word = "(SELECT k.same FROM link k WHERE k.job = ?1 AND k.ours_key = o.key AND k.theirs_key = t.key)";
        // A name that speaks against it makes a question, no second record: as if theirs had no row of its own.
        SQLite::Statement known(store_.db(), "SELECT o.key, t.key, " + word + " IS ?3, " + apart + " AS apart FROM temp.lone_ours l CROSS JOIN " + ours_ + " o ON o.rowid = l.o CROSS JOIN " +
                                                 theirs_ + " t ON " + fits + " WHERE t.removed_at IS NULL AND " + word + " IS NOT ?2 ORDER BY o.key, apart, t.key");
        known.bind(1, rules_.job);
        known.bind(2, Conflicts::kDifferent);
        known.bind(3, Conflicts::kOneMore);
        const std::size_t before = found.size();
        while (known.executeStep()) {
            const std::string key = known.getColumn(0).getString();
            const bool answered = known.getColumn(2).getInt() != 0;
            if (found.size() > before && found.back().ours_key == key) found.back().answered = found.back().answered || answered;
            else found.push_back({key, known.getColumn(1).getString(), {}, answered, known.getColumn(3).getInt() != 0});
        }
        SQLite::Statement among(store_.db(), "SELECT DISTINCT t.key, o.key FROM temp.lone_ours l CROSS JOIN " + ours_ + " o ON o.rowid = l.o CROSS JOIN " + ours_ + " t ON " + fits +
                                                 " WHERE o.key < t.key AND t.rowid IN (SELECT o FROM temp.lone_ours) AND NOT " + apart);
        while (among.executeStep()) found.push_back({among.getColumn(0).getString(), {}, among.getColumn(1).getString()});
    }
    return found;
}

}  // namespace bindery
