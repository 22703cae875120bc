#include "store/land_missing.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/dates.h"
#include "core/removal_limit.h"
#include "store/record_table.h"

namespace bindery {
namespace {

constexpr int kKeysShown = 100;

// `proven`: a second list lacks it (or one is enough); `first`: none lacked it before.
constexpr const char* kLackingTable =
    "CREATE TEMP TABLE IF NOT EXISTS landing_lacking (record INTEGER PRIMARY KEY, key TEXT NOT NULL, "
    "first INTEGER NOT NULL, proven INTEGER NOT NULL, expired INTEGER NOT NULL);"
    "DELETE FROM temp.landing_lacking;";

std::string lacking_sql(const Mapping& mapping, const std::string& table, const std::string& has) {
    const std::string expired =
        mapping.window_field.empty() ? "0" : "coalesce(r." + quoted(mapping.window_field) + " < ?4, 0)";
    // A row read after the list began isn't proven gone by it, unless that time lies in the future (a clock jumped).
    return "INSERT INTO temp.landing_lacking SELECT r.rowid, r.key, r.missed_at IS NULL OR r.missed_at > ?2, "
           "?3 OR coalesce(r.missed_at < ?1, 0), " +
           expired + " FROM " + quoted(table) + " r INDEXED BY " + quoted(landing_index(table)) +
           " WHERE r.key > '' AND r.removed_at IS NULL "
           "AND NOT (" +
           has +
           ") AND (r.read_at <= ?1 OR r.read_at > ?2)";
}

void find_lacking(Store& store, const Mapping& mapping, const ProvenList& list, const LandOptions& options) {
    store.db().exec(kLackingTable);
    SQLite::Statement insert(store.db(), lacking_sql(mapping, table_name(mapping.dataset), list.has));
    insert.bind(1, list.began);
    insert.bind(2, list.now);
    insert.bind(3, options.one_list_is_enough ? 1 : 0);
    if (!mapping.window_field.empty()) insert.bind(4, format_date(options.today));
    insert.exec();
}

// The reading that counted until now was the earlier list's; from now on the row keeps its own.
std::int64_t mark_first(Store& store, const std::string& table, const ProvenList& list) {
    SQLite::Statement update(store.db(), "UPDATE " + quoted(table) +
                                             " SET missed_at = ?1, read_at = CASE WHEN rejected_at IS NULL THEN "
                                             "max(read_at, ?2) ELSE read_at END "
                                             "WHERE rowid IN (SELECT record FROM temp.landing_lacking WHERE first)");
    update.bind(1, list.began);
    update.bind(2,
                list.complete_read_at && *list.complete_read_at <= list.began ? *list.complete_read_at : std::string());
    return update.exec();
}

std::int64_t count(Store& store, const char* condition) {
    return store.db()
        .execAndGet(std::string("SELECT count(*) FROM temp.landing_lacking WHERE ") + condition)
        .getInt64();
}

void remove_proven(Store& store, const Mapping& mapping, const ProvenList& list, std::int64_t run) {
    SQLite::Database& db = store.db();
    SQLite::Statement history(
        db,
        "INSERT INTO change (dataset, key, run, at, kind, new) SELECT ?1, key, ?2, ?3, 'removed', "
        "CASE WHEN expired THEN 'expired' ELSE 'missing' END "
        "FROM temp.landing_lacking WHERE proven ORDER BY key");
    history.bind(1, mapping.dataset);
    history.bind(2, run);
    history.bind(3, list.now);
    history.exec();
    SQLite::Statement update(db, "UPDATE " + quoted(table_name(mapping.dataset)) +
                                     " AS r SET removed_at = ?1, rejected_at = NULL, removed_why = "
                                     "CASE WHEN l.expired THEN 'expired' ELSE 'missing' END "
                                     "FROM temp.landing_lacking l WHERE l.record = r.rowid AND l.proven");
    update.bind(1, list.began);
    update.exec();
    SQLite::Statement settle(db,
                             "DELETE FROM quarantine WHERE dataset = ? AND key IN "
                             "(SELECT key FROM temp.landing_lacking WHERE proven)");
    settle.bind(1, mapping.dataset);
    settle.exec();
}

// What never landed, or was removed, isn't removed by a list that lacks it; two in a row show that nobody has it any more.
void settle_never_landed(Store& store, const std::string& dataset, const ProvenList& list) {
    if (!list.complete_read_at) return;
    SQLite::Statement settle(store.db(), "DELETE FROM quarantine WHERE dataset = ?1 AND (last_at < ?2 OR last_at > ?3) AND NOT EXISTS (SELECT 1 FROM " +
                                             quoted(table_name(dataset)) + " r WHERE r.key = quarantine.key AND r.removed_at IS NULL)");
    settle.bind(1, dataset);
    settle.bind(2, *list.complete_read_at);
    settle.bind(3, list.now);
    settle.exec();
}

}  // namespace

std::int64_t live_records(Store& store, const std::string& dataset) {
    const std::string table = table_name(dataset);
    return store.db()
        .execAndGet("SELECT count(*) FROM " + quoted(table) + " INDEXED BY " + quoted(landing_index(table)) +
                    " WHERE key > '' AND removed_at IS NULL")
        .getInt64();
}

void land_missing(Store& store, const Mapping& mapping, const ProvenList& list, const LandOptions& options,
                  LandCounts& counts) {
    if (!options.one_list_is_enough) settle_never_landed(store, mapping.dataset, list);
    find_lacking(store, mapping, list, options);
    const std::int64_t first = mark_first(store, table_name(mapping.dataset), list);
    const std::int64_t gone = count(store, "proven AND NOT expired");
    counts.missing_once = options.one_list_is_enough ? 0 : first;
    counts.expired = count(store, "proven AND expired");
    counts.removed = counts.expired + gone;
    const RemovalRule rule{options.max_removed, options.max_removed_percent, options.allow_removed};
    if (gone > removal_limit(rule, list.live_before)) {
        counts.withheld = gone;
        counts.removed = counts.expired;
        store.db().exec("UPDATE temp.landing_lacking SET proven = 0 WHERE NOT expired");
    }
    if (counts.removed > 0) remove_proven(store, mapping, list, options.run);
    SQLite::Statement keys(store.db(),
                           "SELECT key FROM temp.landing_lacking WHERE proven AND NOT expired ORDER BY key LIMIT ?");
    keys.bind(1, kKeysShown);
    while (keys.executeStep()) counts.removed_keys.push_back(keys.getColumn(0).getString());
    keys.reset();
    store.db().exec("DELETE FROM temp.landing_lacking");
}

}  // namespace bindery
