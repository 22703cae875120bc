#include "store/import_landing.h"

#include <algorithm>
#include <bit>
#include <map>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/land_missing.h"
#include "store/record_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {
namespace {

constexpr std::size_t kMostRowsOfOneKey = 10'000;
constexpr std::size_t kBatch = 1000;  // groups that are read ahead while those before them are written

constexpr const char* kHas =
    "EXISTS (SELECT 1 FROM temp.import_row i WHERE i.key = r.key) OR "
    "EXISTS (SELECT 1 FROM temp.import_spared s WHERE substr(r.key, 1, length(s.beginning)) = s.beginning)";

std::int64_t hash_of(const std::vector<std::pair<std::uint64_t, RowPlace>>& rows) {
    if (rows.size() == 1) return std::bit_cast<std::int64_t>(rows.front().first);
    std::vector<std::uint64_t> hashes;
    for (const auto& [hash, place] : rows) hashes.push_back(hash);
    return std::bit_cast<std::int64_t>(XXH3_64bits(hashes.data(), hashes.size() * sizeof hashes.front()));
}

}  // namespace

// Walks the rows in the order of their keys, beside the book's index in the same order.
class ImportLanding::Groups {
  public:
    Groups(SQLite::Database& db, const std::string& table, bool empty, std::int64_t& live_met, std::int64_t& folded)
        : select_(db, sql(table, empty)), live_met_(live_met), folded_(folded) {
        more_ = select_.executeStep();
    }

    // Equal rows count as one; false at the end.
    bool next(Group& group) {
        if (!more_) return false;
        group = Group{};
        group.key = select_.getColumn(0).getString();
        if (!select_.isColumnNull(4)) {
            group.rowid = select_.getColumn(4).getInt64();
            group.doc_hash = select_.getColumn(5).getInt64();
            group.settled = select_.getColumn(6).getInt() != 0;
            live_met_ += select_.getColumn(7).getInt();
        }
        do {
            const RowPlace place{static_cast<std::uint64_t>(select_.getColumn(2).getInt64()), select_.getColumn(3).getInt64()};
            group.rows.emplace_back(std::bit_cast<std::uint64_t>(select_.getColumn(1).getInt64()), place);
            more_ = select_.executeStep();
        } while (more_ && is_of(group.key));
        std::sort(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        const auto last = std::unique(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
        folded_ += static_cast<std::int64_t>(group.rows.size()) - 1;
        group.rows.erase(last, group.rows.end());
        group.hash = hash_of(group.rows);
        return true;
    }

  private:
    bool is_of(const std::string& key) {
        const SQLite::Column column = select_.getColumn(0);
        const char* text = column.getText();  // before its size, which it may change
        return std::string_view(text, static_cast<std::size_t>(column.size())) == key;
    }
    static std::string sql(const std::string& table, bool empty) {
        const std::string held = ", r.rowid, r.doc_hash, r.missed_at IS NULL AND r.removed_at IS NULL AND r.rejected_at IS NULL, r.removed_at IS NULL";
        // The limit keeps SQLite from joining first and sorting afterwards.
        return "SELECT s.key, s.hash, s.at, s.line" + (empty ? std::string(", NULL") : held) +
               " FROM (SELECT key, hash, at, line FROM temp.import_row ORDER BY key, id LIMIT -1) s" +
               (empty ? std::string() : " LEFT JOIN " + quoted(table) + " r INDEXED BY " + quoted(landing_index(table)) + " ON r.key = s.key");
    }

    SQLite::Statement select_;
    std::int64_t& live_met_;
    std::int64_t& folded_;
    bool more_ = false;
};

ImportLanding::ImportLanding(Store& store, const Mapping& mapping, const FoldRule& fold, const ImportOptions& options, const BookImport::ReadRow& read_row,
                             const BookImport::Reject& reject, const std::optional<std::string>& complete_read_at)
    : store_(store),
      mapping_(mapping),
      fold_(fold),
      options_(options),
      read_row_(read_row),
      reject_(reject),
      table_(table_name(mapping.dataset)),
      requested_(rfc3339(options.read_at)),
      lander_(store, mapping, options.run, complete_read_at),
      imported_(store, mapping.dataset),
      touch_(store.db(), "UPDATE " + quoted(table_) + " SET read_at = ?1 WHERE rowid = ?2 AND read_at < ?1") {}

void ImportLanding::walk(bool empty) {
    Groups groups(store_.db(), table_, empty, live_met_, lander_.counts().folded);
    if (empty) return walk_empty(groups);
    Group group;
    while (groups.next(group)) finish(group);
}

// Into a book without a row: while a batch is written the next one is read and mapped by a second thread. Only that one reads the
// file meanwhile, so what must be refused waits for the end.
void ImportLanding::walk_empty(Groups& groups) {
    std::vector<Group> refused;
    std::future<std::vector<Made>> ahead;
    const auto make = [this](std::vector<Group> batch) {
        std::vector<Made> made(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            Made& one = made[i];
            one.group = std::move(batch[i]);
            one.row = row_of(one.group);
            one.reading = {one.group.key, requested_, one.group.hash, {}};
            if (one.row) one.record = first_record(one.reading, *one.row);
        }
        return made;
    };
    for (bool more = true; more || ahead.valid();) {
        std::vector<Group> batch;
        for (Group group; more && batch.size() < kBatch;) {
            more = groups.next(group);
            if (more) batch.push_back(std::move(group));
        }
        std::vector<Made> made;
        if (ahead.valid()) made = ahead.get();
        if (!batch.empty()) ahead = std::async(std::launch::async, make, std::move(batch));
        for (Made& one : made) {
            if (one.row) {
                lander_.add_first(one.reading, std::move(one.record));
            } else {
                refused.push_back(std::move(one.group));
            }
        }
    }
    for (const Group& group : refused) refuse(group);
}

void ImportLanding::finish(Group& group) {
    if (!group.rowid || !group.settled || *group.doc_hash != group.hash) return take(group);
    ++lander_.counts().unchanged;
    if (options_.whole) return;
    touch_.bindNoCopy(1, requested_);
    touch_.bind(2, *group.rowid);
    touch_.exec();
    touch_.reset();
}

std::optional<FlatRow> ImportLanding::row_of(const Group& group) const {
    if (group.rows.size() == 1) return read_row_(group.rows.front().second);
    if (group.rows.size() > kMostRowsOfOneKey) return std::nullopt;
    std::vector<FlatRow> rows;
    for (const auto& [hash, place] : group.rows) rows.push_back(read_row_(place));
    return fold_rows(mapping_, fold_, std::move(rows));
}

void ImportLanding::take(const Group& group) {
    const auto row = row_of(group);
    if (!row) return refuse(group);
    Reading reading{group.key, requested_, group.hash, {}};
    lander_.take(reading, group.rowid, [&](Reading& of, const RecordRow* stored) { return stored == nullptr ? first_record(of, *row) : laid_over(of, *row); });
}

void ImportLanding::refuse(const Group& group) {
    const bool many = group.rows.size() > kMostRowsOfOneKey;
    const std::string reason = many ? "more than " + std::to_string(kMostRowsOfOneKey) + " different rows have this key"
                                    : "several different rows have this key, and the book has no `fold:` that says what they make";
    for (const auto& [hash, place] : group.rows) reject_(place, reason);
    // All of them are out, the copies too.
    LandCounts& counts = lander_.counts();
    counts.quarantined += static_cast<std::int64_t>(group.rows.size());
    counts.folded -= static_cast<std::int64_t>(group.rows.size()) - 1;
    if (counts.quarantined_why.empty()) counts.quarantined_why = reason;
}

MappedRecord ImportLanding::first_record(Reading& reading, const FlatRow& row) const {
    reading.doc = flat_document(mapping_, row);
    MappedRecord record = map_flat(mapping_, row);
    record.key = reading.key;
    return record;
}

// What the record is once the row is laid over it.
MappedRecord ImportLanding::laid_over(Reading& reading, const FlatRow& row) {
    json document = parse_exact(lander_.table().document(*lander_.table().find(reading.key)));
    const json fresh = parse_exact(flat_document(mapping_, row));
    const auto before = imported_.find(reading.key);
    const json earlier = before ? parse_exact(*before) : json();
    std::map<std::string, std::size_t> unreadable;  // as good as blank: a record keeps the value it has
    for (const FieldFault& fault : map_flat(mapping_, row).faults) unreadable[mapping_.fields[fault.field].name] = fault.field;
    for (const auto& [name, value] : fresh.items()) {
        const auto bad = unreadable.find(name);
        if (bad != unreadable.end() && document.contains(name)) {
            if (document.at(name) != value) lander_.note_unreadable(bad->second);
            ++kept_;
            continue;
        }
        // What the file says as it said before is no news: what a merge wrote since stays.
        if (before && earlier.contains(name) && earlier.at(name) == value) continue;
        document[name] = value;
    }
    for (const auto& [name, value] : document.items()) {
        if (!fresh.contains(name)) ++kept_;
    }
    if (before) {
        json now = earlier;
        now.update(fresh);
        imported_.put(reading.key, dump_exact(now));
    }
    reading.doc = dump_exact(document);
    MappedRecord record = map_record(mapping_, document);
    record.key = reading.key;
    return record;
}

void ImportLanding::remove(std::int64_t live_before, const std::optional<std::string>& complete_read_at) {
    if (live_met_ == live_before) return;
    store_.db().exec("CREATE INDEX temp.import_row_key ON import_row (key)");
    LandOptions rule;
    rule.run = options_.run;
    rule.one_list_is_enough = true;
    rule.max_removed = options_.max_removed.max;
    rule.max_removed_percent = options_.max_removed.max_percent;
    rule.allow_removed = options_.max_removed.allow;
    LandCounts& counts = lander_.counts();
    land_missing(store_, mapping_, {requested_, lander_.now(), complete_read_at, live_before, kHas}, rule, counts);
    if (counts.withheld == 0) return;
    const std::string gone = std::to_string(counts.withheld);
    throw Error(ErrorCode::guard, mapping_.dataset + ": the file lacks " + gone + " of " + std::to_string(live_before) + " records, more than max_removed allows; nothing was imported",
                "look whether the export is whole; if it is, pass --allow-removed " + gone + ", or --partial to add and change only");
}

void ImportLanding::remember() {
    SQLite::Statement insert(store_.db(),
                             "INSERT INTO import (dataset, run, at, read_at, file, hash, meaning, profile, whole, rows, rejected, others) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    insert.bind(1, mapping_.dataset);
    insert.bind(2, options_.run);
    insert.bind(3, lander_.now());
    insert.bind(4, requested_);
    insert.bind(5, options_.file);
    insert.bind(6, options_.hash);
    insert.bind(7, options_.meaning);
    insert.bind(8, options_.profile);
    insert.bind(9, options_.whole ? 1 : 0);
    insert.bind(10, lander_.counts().seen);
    insert.bind(11, lander_.counts().quarantined);
    insert.bind(12, json(options_.others).dump());
    insert.exec();
}

}  // namespace bindery
