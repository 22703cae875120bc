#include "store/pairing.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/bulk_landing.h"
#include "store/datasets.h"
#include "store/record_table.h"
#include "store/same_value.h"

namespace bindery {
namespace {

constexpr int kByPerson = -1, kAsBefore = 1000;
constexpr const char* kDropTables = "DROP TABLE IF EXISTS temp.pair; DROP TABLE IF EXISTS temp.unclear;";

const Field& field_of(const Mapping& mapping, const std::string& name) {
    for (const auto& field : mapping.fields) {
        if (field.name == name) return field;
    }
    throw Error(ErrorCode::internal, mapping.dataset + " has no field " + name);
}

std::string column(const char* side, const std::string& name) { return std::string(side) + "." + quoted(name); }

}  // namespace

bool matches_by_column(const Field& field) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::policy_number:
        case FieldType::phone:
            return field.match;  // only the key column is without case, spaces and hyphens
        case FieldType::json_value:
            return false;
        default:
            return true;
    }
}

Pairing::Pairing(Store& store, const PairRules& rules)
    : store_(store), cache_(std::make_unique<RoomyCache>(store.db(), std::vector<std::pair<std::string, int>>{{"main", 16 << 10}})), rules_(rules), ours_(quoted(table_name(rules.ours->dataset))), theirs_(quoted(table_name(rules.theirs->dataset))) {
    auto& db = store_.db();
    register_same_value(db);
    forget_when_rules_changed();
    db.exec(std::string(kDropTables) + Standing::drop_sql() +
            "CREATE TEMP TABLE pair (t INTEGER NOT NULL, o INTEGER NOT NULL, how INTEGER NOT NULL, differs INTEGER NOT NULL, known INTEGER NOT NULL, "
            "contradicts INTEGER NOT NULL);"
            "CREATE TEMP TABLE unclear (t INTEGER NOT NULL, o INTEGER NOT NULL);");
    const auto keys_of = [](const Mapping& mapping) { return quoted(landing_index(table_name(mapping.dataset))); };
    Standing standing(store_, rules_.job, ours_, keys_of(*rules_.ours), theirs_, keys_of(*rules_.theirs));
    standing.release_claimed(key_condition(rules_.match.front()));
    pair_by_links();
    pair_by_first_key();
    db.exec("CREATE INDEX temp.pair_t ON pair (t); CREATE INDEX temp.pair_o ON pair (o);");
    set_unclear_apart(0);
    take_paired_off();
    pair_as_before();
    for (std::size_t level = 1; level < rules_.match.size(); ++level) pair_by_fallback(level);
    count(standing.counts());
}

Pairing::~Pairing() {
    try {
        store_.db().exec(std::string(kDropTables) + Standing::drop_sql());
    } catch (const SQLite::Exception&) {
        // Temporary: they go with the connection.
    }
}

void Pairing::count(const StandingCounts& standing) {
    SQLite::Statement sums(store_.db(), "SELECT count(*), coalesce(sum(how BETWEEN 1 AND 999), 0), coalesce(sum(how < 0), 0), coalesce(sum(differs), 0) FROM temp.pair");
    sums.executeStep();
    counts_.ours = standing.ours;
    counts_.theirs = standing.theirs;
    counts_.pairs = standing.standing + sums.getColumn(0).getInt64();
    counts_.by_fallback = sums.getColumn(1).getInt64();
    counts_.by_person = sums.getColumn(2).getInt64();
    counts_.differing = sums.getColumn(3).getInt64();
    counts_.equal = counts_.pairs - counts_.differing;
}

// With other fields or mappings no pair is known to stand; the values of the bases are. With other books they mean nothing.
void Pairing::forget_when_rules_changed() {
    const std::string books = rules_.ours->dataset + " " + rules_.theirs->dataset;
    std::string signature;
    for (const auto& name : rules_.fields) signature += name + "\n";
    for (const auto& list : rules_.match) {
        for (const auto& name : list) signature += name + ",";
        signature += "\n";
    }
    signature += rules_.ours->signature() + "\n" + rules_.theirs->signature();
    SQLite::Statement known(store_.db(), "SELECT books, signature FROM agreed_fields WHERE job = ?");
    known.bind(1, rules_.job);
    const bool met = known.executeStep();
    if (met && known.getColumn(0).getString() == books && known.getColumn(1).getString() == signature) return;
    const bool other_books = met && known.getColumn(0).getString() != books;
    for (const char* sql : {other_books ? "DELETE FROM agreed WHERE job = ?" : "UPDATE agreed SET theirs_doc = NULL WHERE job = ?", other_books ? "DELETE FROM link WHERE job = ?" : ""}) {
        if (*sql == '\0') continue;
        SQLite::Statement forget(store_.db(), sql);
        forget.bind(1, rules_.job);
        forget.exec();
    }
    SQLite::Statement remember(store_.db(), "INSERT OR REPLACE INTO agreed_fields (job, books, signature) VALUES (?, ?, ?)");
    remember.bind(1, rules_.job);
    remember.bind(2, books);
    remember.bind(3, signature);
    remember.exec();
}

// The function of ours is asked only where the spellings differ.
std::string Pairing::differs(const std::string& name) const {
    const Field& field = field_of(*rules_.ours, name);
    const std::string o = column("o", name), t = column("t", name);
    if (field.type == FieldType::policy_number && field.match && field_of(*rules_.theirs, name).match) {  // two placeholders differ in nothing
        return "(" + o + " IS NOT " + t + " AND " + column("o", name + "_key") + " IS NOT " + column("t", name + "_key") + ")";
    }
    if (field.match && field_of(*rules_.theirs, name).match) {
        const std::string ok = column("o", name + "_key"), tk = column("t", name + "_key");
        return "(" + o + " IS NOT " + t + " AND (" + ok + " IS NULL OR " + tk + " IS NULL OR " + ok + " <> " + tk + "))";
    }
    return "(" + o + " IS NOT " + t + " AND NOT bindery_same(" + std::to_string(static_cast<int>(field.type)) + ", " + o + ", " + t + "))";
}

std::string Pairing::key_condition(const std::vector<std::string>& fields) const {
    std::string on;
    for (const auto& name : fields) {
        const bool by_key = field_of(*rules_.ours, name).match && field_of(*rules_.theirs, name).match;
        const std::string stored = by_key ? name + "_key" : name;
        on += (on.empty() ? "" : " AND ") + column("o", stored) + " = " + column("t", stored);
    }
    return on;
}

// What a lone record of theirs agreed with before stands among the unsettled pairs.
std::string Pairing::insert_pairs(const std::string& from, const std::string& on, const std::string& where, const std::string& contradicts) const {
    std::string any = "(0";
    for (const auto& name : rules_.fields) any += " OR " + differs(name);
    return "INSERT INTO temp.pair (t, o, how, differs, known, contradicts) SELECT t.rowid, o.rowid, ?2, " + any + "), a.ours_key IS o.key, " + contradicts + " FROM " + from +
           " CROSS JOIN " + ours_ + " o ON " + on + " LEFT JOIN temp.unsettled a ON a.theirs_key = t.key WHERE t.removed_at IS NULL AND o.removed_at IS NULL AND "
           "+o.rowid IN (SELECT o FROM temp.lone_ours)" + where;
}

// `clearly`: by more than a slip of the pen.
std::string Pairing::contradictions(bool clearly) const {
    std::string any = "(0";
    for (const auto& name : rules_.contradiction) {
        any += " OR (" + column("o", name) + " IS NOT NULL AND " + column("t", name) + " IS NOT NULL AND " + differs(name) +
               (clearly ? " AND NOT bindery_alike(" + column("o", name) + ", " + column("t", name) + ")" : "") + ")";
    }
    return any + ")";
}

void Pairing::pair_by_links() {
    SQLite::Statement s(store_.db(), insert_pairs("link l CROSS JOIN " + theirs_ + " t ON t.key = l.theirs_key", "o.key = l.ours_key", " AND l.job = ?1 AND l.same = 1 AND t.rowid IN (SELECT t FROM temp.lone_theirs)", "0"));
    s.bind(1, rules_.job);
    s.bind(2, kByPerson);
    if (s.exec() == 0) return;
    set_unclear_apart(kByPerson);  // one that was gone when another took its place is back: both can't be the same record
    take_paired_off();
}

void Pairing::pair_by_first_key() {
    std::string where;
    SQLite::Statement linked(store_.db(), "SELECT EXISTS (SELECT 1 FROM link WHERE job = ?)");
    linked.bind(1, rules_.job);
    linked.executeStep();
    if (linked.getColumn(0).getInt() != 0) {
        where = " AND t.rowid NOT IN (SELECT t FROM temp.pair WHERE how = -1) AND o.rowid NOT IN (SELECT o FROM temp.pair WHERE how = -1)"
                " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.job = ?1 AND l.theirs_key = t.key AND l.ours_key = o.key AND l.same = 0)";
    }
    SQLite::Statement s(store_.db(), insert_pairs("temp.lone_theirs l CROSS JOIN " + theirs_ + " t ON t.rowid = l.t", key_condition(rules_.match.front()), where, "0"));
    s.bind(1, rules_.job);
    s.bind(2, 0);
    s.exec();
}

// Several candidates on a side, or a contradiction and nothing better: nobody guesses.
void Pairing::set_unclear_apart(int how) {
    auto& db = store_.db();
    // Where a name speaks against one and nothing against another of a household, it's the other.
    SQLite::Statement worse(db, "DELETE FROM temp.pair WHERE how = ?1 AND contradicts AND (t IN (SELECT t FROM temp.pair WHERE how = ?1 AND NOT contradicts) "
                                "OR o IN (SELECT o FROM temp.pair WHERE how = ?1 AND NOT contradicts))");
    worse.bind(1, how);
    worse.exec();
    SQLite::Statement find(db,
                           "INSERT INTO temp.unclear (t, o) SELECT t, o FROM temp.pair WHERE how = ?1 AND (contradicts OR "
                           "t IN (SELECT t FROM temp.pair GROUP BY t HAVING count(*) > 1) OR o IN (SELECT o FROM temp.pair GROUP BY o HAVING count(*) > 1))");
    find.bind(1, how);
    if (find.exec() == 0) return;
    SQLite::Statement apart(db, "DELETE FROM temp.pair WHERE how = ?1 AND EXISTS (SELECT 1 FROM temp.unclear u WHERE u.t = pair.t AND u.o = pair.o)");
    apart.bind(1, how);
    apart.exec();
}

// Records that were a pair stay one though what they're matched by was changed on a side. Another date in the key is another term:
// that is asked.
void Pairing::pair_as_before() {
    std::string other_term = "(0";
    for (const auto& name : rules_.match.front()) {
        if (field_of(*rules_.ours, name).type == FieldType::date) other_term += " OR " + column("o", name) + " IS NOT " + column("t", name);
    }
    SQLite::Statement s(store_.db(), insert_pairs("temp.lone_theirs l CROSS JOIN " + theirs_ + " t ON t.rowid = l.t CROSS JOIN agreed k ON k.job = ?1 AND k.theirs_key = t.key",
                                                  "o.key = k.ours_key", "", other_term + ")"));
    s.bind(1, rules_.job);
    s.bind(2, kAsBefore);
    if (s.exec() == 0) return;
    set_unclear_apart(kAsBefore);
    take_paired_off();
}

void Pairing::pair_by_fallback(std::size_t level) {
    SQLite::Statement s(store_.db(), insert_pairs("temp.lone_theirs l CROSS JOIN " + theirs_ + " t ON t.rowid = l.t", key_condition(rules_.match[level]),
                                         " AND NOT EXISTS (SELECT 1 FROM link k WHERE k.job = ?1 AND "
                                         "k.theirs_key = t.key AND k.ours_key = o.key AND k.same = 0)",
                                         contradictions()));
    s.bind(1, rules_.job);
    s.bind(2, static_cast<int>(level));
    if (s.exec() == 0) return;
    set_unclear_apart(static_cast<int>(level));
    take_paired_off();
}

void Pairing::take_paired_off() {
    store_.db().exec("DELETE FROM temp.lone_theirs WHERE t IN (SELECT t FROM temp.unclear) OR t IN (SELECT t FROM temp.pair);"
                     "DELETE FROM temp.lone_ours WHERE o IN (SELECT o FROM temp.unclear) OR o IN (SELECT o FROM temp.pair)");
}

std::string Pairing::pair_select(const std::string& from) const {
    std::string sql = "SELECT o.key, t.key, coalesce(a.base, b.base, '{}'), CASE WHEN t.missed_at IS NULL AND t.rejected_at IS NULL THEN "
                      "max(t.read_at, coalesce((SELECT complete_read_at FROM pull_state WHERE dataset = " +
                      quoted_text(rules_.theirs->dataset) + "), '')) ELSE t.read_at END, a.ours_key IS o.key, CASE WHEN a.base IS NULL THEN coalesce(b.run, 0) ELSE a.run END, "
                      "coalesce(CASE WHEN a.base IS NULL THEN b.later ELSE a.later END, '{}'), a.theirs_doc IS NOT NULL, t.rowid";
    for (const char* side : {"o", "t"}) {
        for (const auto& name : rules_.fields) sql += ", " + column(side, name);
    }
    return sql + " FROM " + from + " LEFT JOIN agreed a ON a.job = ?1 AND a.theirs_key = t.key LEFT JOIN agreed b INDEXED BY agreed_ours ON a.base IS NULL AND b.job = ?1 AND b.ours_key = o.key";
}

std::vector<DifferingPair> Pairing::read_pairs(const std::string& sql, const std::string& key) {
    SQLite::Statement s(store_.db(), sql);
    s.bind(1, rules_.job);
    if (!key.empty()) s.bind(2, key);
    std::vector<DifferingPair> pairs;
    while (s.executeStep()) {
        DifferingPair& pair = pairs.emplace_back();
        pair.ours_key = s.getColumn(0).getString();
        pair.theirs_key = s.getColumn(1).getString();
        pair.base = parse_exact(s.getColumn(2).getString());
        pair.theirs_read_at = s.getColumn(3).getString();
        pair.known = s.getColumn(4).getInt() != 0;
        pair.base_run = s.getColumn(5).getInt64();
        pair.base_later = parse_exact(s.getColumn(6).getString());
        pair.settled = s.getColumn(7).getInt() != 0;
        pair.theirs_row = s.getColumn(8).getInt64();
        int at = 9;
        for (auto* side : {&pair.ours, &pair.theirs}) {
            for (std::size_t i = 0; i < rules_.fields.size(); ++i) side->push_back(optional_text(s, at++));
        }
    }
    return pairs;
}

std::vector<DifferingPair> Pairing::differing() {
    return read_pairs(pair_select("temp.pair p CROSS JOIN " + theirs_ + " t ON t.rowid = p.t CROSS JOIN " + ours_ + " o ON o.rowid = p.o") + " WHERE p.differs ORDER BY t.key", {});
}

std::optional<DifferingPair> Pairing::pair_of(const std::string& theirs_key) {
    auto pairs = read_pairs(pair_select(theirs_ + " t CROSS JOIN temp.pair p ON p.t = t.rowid CROSS JOIN " + ours_ + " o ON o.rowid = p.o") + " WHERE t.key = ?2", theirs_key);
    if (pairs.empty()) {  // one that stands
        pairs = read_pairs(pair_select(theirs_ + " t CROSS JOIN agreed k ON k.job = ?1 AND k.theirs_key = t.key CROSS JOIN " + ours_ + " o ON o.key = k.ours_key") +
                               " WHERE t.key = ?2 AND t.removed_at IS NULL AND o.removed_at IS NULL AND t.rowid NOT IN (SELECT t FROM temp.lone_theirs) AND "
                               "t.rowid NOT IN (SELECT t FROM temp.unclear)", theirs_key);
    }
    if (pairs.empty()) return std::nullopt;
    return std::move(pairs.front());
}

std::vector<UnclearRecord> Pairing::unclear() {
    SQLite::Statement s(store_.db(), "SELECT DISTINCT t.key, o.key FROM temp.unclear u CROSS JOIN " + theirs_ + " t ON t.rowid = u.t CROSS JOIN " + ours_ +
                                         " o ON o.rowid = u.o ORDER BY t.key, o.key");
    std::vector<UnclearRecord> records;
    while (s.executeStep()) {
        const std::string key = s.getColumn(0).getString();
        if (records.empty() || records.back().theirs_key != key) records.push_back({key, {}});
        records.back().candidates.push_back(s.getColumn(1).getString());
    }
    return records;
}

std::vector<std::string> Pairing::keys(const std::string& sql) {
    SQLite::Statement s(store_.db(), sql);
    if (s.getBindParameterCount() > 0) s.bind(1, rules_.job);
    std::vector<std::string> keys;
    while (s.executeStep()) keys.push_back(s.getColumn(0).getString());
    return keys;
}

// A record that was in a pair before isn't new: see gone().
std::vector<std::string> Pairing::only_ours() {
    return keys("SELECT o.key FROM temp.lone_ours l CROSS JOIN " + ours_ + " o ON o.rowid = l.o WHERE NOT EXISTS (SELECT 1 FROM agreed a WHERE a.job = ?1 AND "
                "a.ours_key = o.key) ORDER BY o.key");
}

std::vector<std::string> Pairing::only_theirs() {
    return keys("SELECT t.key FROM temp.lone_theirs l CROSS JOIN " + theirs_ + " t ON t.rowid = l.t WHERE NOT EXISTS (SELECT 1 FROM agreed a WHERE a.job = ?1 AND "
                "a.theirs_key = t.key) ORDER BY t.key");
}

std::vector<GonePair> Pairing::gone() {
    // All of them are paired as they were: none is gone.
    if (store_.db().execAndGet("SELECT (SELECT count(*) FROM temp.pair WHERE known) = (SELECT count(*) FROM temp.unsettled)").getInt() != 0) return {};
    SQLite::Statement s(store_.db(), "SELECT a.ours_key, a.theirs_key, a.base, o.key IS NULL OR o.removed_at IS NOT NULL, t.key IS NULL OR t.removed_at IS NOT NULL FROM "
                                     "temp.unsettled u CROSS JOIN agreed a ON a.job = ?1 AND a.theirs_key = u.theirs_key LEFT JOIN " + ours_ + " o ON o.key = a.ours_key LEFT JOIN " +
                                         theirs_ + " t ON t.key = a.theirs_key WHERE (o.key IS NULL OR o.removed_at IS NOT NULL OR t.key IS NULL OR t.removed_at IS NOT NULL) "
                                     "AND (t.rowid IS NULL OR t.rowid NOT IN (SELECT t FROM temp.pair)) AND (o.rowid IS NULL OR o.rowid NOT IN (SELECT o FROM temp.pair)) "
                                     "ORDER BY a.theirs_key");
    s.bind(1, rules_.job);
    std::vector<GonePair> pairs;
    while (s.executeStep()) {
        pairs.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(3).getInt() != 0, s.getColumn(4).getInt() != 0,
                         parse_exact(s.getColumn(2).getString())});
    }
    return pairs;
}

void Pairing::settle_equal(std::int64_t run) {
    auto& db = store_.db();
    if (db.execAndGet("SELECT EXISTS (SELECT 1 FROM temp.pair WHERE NOT differs)").getInt() == 0) return;
    const std::string from = " FROM temp.pair p CROSS JOIN " + theirs_ + " t ON t.rowid = p.t CROSS JOIN " + ours_ + " o ON o.rowid = p.o";
    // A record is in one pair.
    SQLite::Statement others(db, "DELETE FROM agreed WHERE job = ?1 AND theirs_key IN (SELECT b.theirs_key" + from +
                                     " CROSS JOIN agreed b INDEXED BY agreed_ours ON b.job = ?1 AND b.ours_key = o.key WHERE NOT p.differs AND NOT p.known AND b.theirs_key <> t.key)");
    others.bind(1, rules_.job);
    if (db.execAndGet("SELECT EXISTS (SELECT 1 FROM temp.unsettled)").getInt() != 0) others.exec();
    std::string members;
    for (const auto& name : rules_.fields) members += (members.empty() ? "" : ", ") + quoted_text(name) + ", " + column("o", name);
    // A pair by a fallback isn't known to stand: another record may come that fits better.
    const std::string sure = "p.how = 0 OR p.how = " + std::to_string(kByPerson);
    SQLite::Statement s(db, "INSERT INTO agreed (job, theirs_key, ours_key, theirs_doc, ours_doc, run, base) SELECT ?1, t.key, o.key, CASE WHEN " + sure + " THEN t.doc_hash END, CASE WHEN " +
                                sure + " THEN o.doc_hash END, ?2, json_object(" + members + ")" + from + " WHERE NOT p.differs ON CONFLICT (job, theirs_key) DO UPDATE SET "
                                "ours_key = excluded.ours_key, theirs_doc = excluded.theirs_doc, ours_doc = excluded.ours_doc, run = excluded.run, later = NULL, base = excluded.base");
    s.bind(1, rules_.job);
    s.bind(2, run);
    s.exec();
}

}  // namespace bindery
