#include "store/agreed.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/exact_json.h"
#include "store/datasets.h"
#include "store/prepared.h"
#include "store/record_table.h"

namespace bindery {

std::optional<AgreedRow> agreed_of(Store& store, const std::string& job, const std::string& key, bool theirs) {
    SQLite::Statement s(store.db(), std::string("SELECT ours_key, theirs_key, base, run FROM agreed WHERE job = ? AND ") + (theirs ? "theirs_key" : "ours_key") + " = ?");
    s.bind(1, job);
    s.bind(2, key);
    if (!s.executeStep()) return std::nullopt;
    return AgreedRow{s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getInt64()};
}

bool has_compared(Store& store, const std::string& job, const std::string& ours, const std::string& theirs) {
    SQLite::Statement s(store.db(), "SELECT 1 FROM agreed_fields WHERE job = ? AND books = ?");
    s.bind(1, job);
    s.bind(2, ours + " " + theirs);
    return s.executeStep();
}

std::vector<std::string> unpaired(Store& store, const std::string& job, const std::string& dataset, bool theirs) {
    const std::string open = " WHERE c.job = ?1 AND c.kind = 'match' AND c.ours_key = '' AND c.state = 'open'";
    const std::string paired = theirs ? "agreed a WHERE a.job = ?1 AND a.theirs_key = r.key" : "agreed a INDEXED BY agreed_ours WHERE a.job = ?1 AND a.ours_key = r.key";
    const std::string asked = theirs ? "SELECT c.theirs_key FROM conflict c" + open : "SELECT j.value FROM conflict c, json_each(c.candidates) j" + open;
    SQLite::Statement s(store.db(), "SELECT r.key FROM " + quoted(table_name(dataset)) + " r WHERE r.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM " + paired +
                                        ") AND r.key NOT IN (" + asked + ") ORDER BY r.key");
    s.bind(1, job);
    std::vector<std::string> keys;
    while (s.executeStep()) keys.push_back(s.getColumn(0).getString());
    return keys;
}

void put_base(Store& store, const std::string& job, const DifferingPair& pair, const nlohmann::json& base, std::int64_t run) {
    if (pair.known && base == pair.base) {
        if (!pair.settled) return;
        Prepared kept(store, "UPDATE agreed SET theirs_doc = NULL WHERE job = ? AND theirs_key = ?");
        SQLite::Statement& open = *kept;
        open.bind(1, job);
        open.bind(2, pair.theirs_key);
        open.exec();
        return;
    }
    nlohmann::json later = pair.base_later.is_object() ? pair.base_later : nlohmann::json::object();
    for (const auto& [field, value] : base.items()) {
        if (pair.base.value(field, nlohmann::json()) != value) later[field] = run;
    }
    if (!pair.known) {  // a record is in one pair
        Prepared kept(store, "DELETE FROM agreed WHERE job = ?1 AND theirs_key IN (SELECT theirs_key FROM agreed INDEXED BY agreed_ours WHERE job = ?1 AND ours_key = ?2)");
        SQLite::Statement& other = *kept;
        other.bind(1, job);
        other.bind(2, pair.ours_key);
        other.exec();
    }
    Prepared kept(store, "INSERT OR REPLACE INTO agreed (job, theirs_key, ours_key, run, later, base) VALUES (?, ?, ?, ?, ?, ?)");
    SQLite::Statement& s = *kept;
    s.bind(1, job);
    s.bind(2, pair.theirs_key);
    s.bind(3, pair.ours_key);
    s.bind(4, pair.base_run != 0 ? pair.base_run : run);
    s.bind(5, dump_exact(later));
    s.bind(6, dump_exact(base));
    s.exec();
}

void forget_base(Store& store, const std::string& job, const std::string& theirs_key) {
    SQLite::Statement s(store.db(), "DELETE FROM agreed WHERE job = ? AND theirs_key = ?");
    s.bind(1, job);
    s.bind(2, theirs_key);
    s.exec();
}

void look_at_anew(Store& store, const std::string& ours_key) {
    SQLite::Statement s(store.db(), "UPDATE agreed SET theirs_doc = NULL WHERE (job, theirs_key) IN (SELECT f.job, a.theirs_key FROM agreed_fields f CROSS JOIN agreed a INDEXED BY "
                                    "agreed_ours ON a.job = f.job AND a.ours_key = ?)");
    s.bind(1, ours_key);
    s.exec();
}

}  // namespace bindery
