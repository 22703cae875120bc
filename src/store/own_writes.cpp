#include "store/own_writes.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

namespace bindery {

std::vector<OwnWrite> own_writes(Store& store, const std::string& service, WallTime since) {
    std::vector<OwnWrite> writes;
    try {
        SQLite::Statement s(store.db(), "SELECT state IN ('sending', 'in_doubt'), path, body, coalesce(reply_id, ''), coalesce(reply, ''), sent_at FROM effect "
                                        "WHERE service = ?1 AND sent_at >= ?2 AND sent_at IS NOT NULL AND state IN ('sending', 'in_doubt', 'done') ORDER BY sent_at DESC LIMIT 2000");
        s.bind(1, service);
        s.bind(2, rfc3339(since));
        while (s.executeStep()) {
            writes.push_back({s.getColumn(0).getInt() != 0, s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getString(), s.getColumn(4).getString(), s.getColumn(5).getString()});
        }
        std::reverse(writes.begin(), writes.end());
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
    return writes;
}

}  // namespace bindery
