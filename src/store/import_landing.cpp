#include "store/import_landing.h"

#include <algorithm>
#include <bit>
#include <future>
#include <iterator>
#include <map>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/held_records.h"
#include "store/land_missing.h"
#include "store/record_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {
namespace {

// Beside an e-mail that the record keeps: a later cell that is no single one may name somebody all the same.
constexpr const char* kUnreadCell = " (as in the file)";

constexpr std::size_t kMostRowsOfOneKey = 10'000;
constexpr std::int64_t kMostRowsOfOneKeyPercent = 20;
constexpr std::size_t kBatch = 2000;  // records that are made while those before them are written
constexpr std::size_t kBatchBytes = 4U << 20U;

constexpr const char* kHas = "r.rowid NOT IN (SELECT record FROM temp.import_lacks)";

// A rejected row may be any record whose key begins as its own does: none of them counts as lacking.
std::string spare_sql(const std::string& table) {
    return "DELETE FROM temp.import_lacks WHERE record IN (SELECT r.rowid FROM temp.import_spared s CROSS JOIN " + quoted(table) + " r INDEXED BY " + quoted(landing_index(table)) +
           " ON r.key >= s.beginning AND r.key <= s.beginning || char(0x10FFFF))";
}

std::int64_t hash_of(const std::vector<std::pair<std::uint64_t, RowPlace>>& rows) {
    if (rows.size() == 1) return std::bit_cast<std::int64_t>(rows.front().first);
    std::vector<std::uint64_t> hashes;
    for (const auto& [hash, place] : rows) hashes.push_back(hash);
    return std::bit_cast<std::int64_t>(XXH3_64bits(hashes.data(), hashes.size() * sizeof hashes.front()));
}

// Whether a cell says what it said, in whatever spelling.
bool same_cell(const Mapping& mapping, const std::string& name, const json& before, const json& now) {
    if (before == now) return true;
    const auto field = std::find_if(mapping.fields.begin(), mapping.fields.end(), [&name](const auto& of) { return of.name == name; });
    if (field == mapping.fields.end()) return false;
    const Canonical a = canonicalize(field->type, before), b = canonicalize(field->type, now);
    return a.state == Canonical::State::value && b.state == Canonical::State::value && same_value(field->type, a.text, b.text);
}

std::string listed(const std::vector<std::string>& parts, const std::string& last) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : i + 1 == parts.size() ? last : ", ") + parts[i];
    return text;
}

// What lands when the row is about the same record after all.
std::string how_to_correct(const FoldRule& fold, const std::vector<std::string>& differ) {
    if (fold.one_of.size() == 1) return {};
    if (differ.size() > 1) return "; to correct the same one, import two files, one that changes " + differ.back() + " alone and one that changes the rest";
    std::vector<std::string> others;
    for (const auto& part : fold.one_of) {
        std::string words;
        for (const auto& name : part) words += (words.empty() ? "" : " + ") + name;
        if (words != differ.front()) others.push_back(words);
    }
    return "; to correct the same one, state " + listed(others, " or ") + " as the book has it";
}

}  // namespace

class ImportLanding::Groups {
  public:
    explicit Groups(RowSorter& rows) : rows_(rows), more_(rows.next(row_)) {}

    // Equal rows count as one; false at the end.
    bool next(Group& group) {
        if (!more_) return false;
        group.key.assign(row_.key);
        group.rows.clear();
        std::int64_t read = 0;
        std::size_t most = 2 * kMostRowsOfOneKey;  // in memory before the copies among them go
        do {
            group.rows.emplace_back(row_.hash, row_.place);
            ++read;
            if (group.rows.size() == most) most = std::max(most, 2 * less_copies(group.rows));
            more_ = rows_.next(row_);
        } while (more_ && row_.key == group.key);
        if (read > 1) leave_distinct(group.rows);
        folded_ += read - 1;
        group.hash = hash_of(group.rows);
        return true;
    }
    std::int64_t folded() const { return folded_; }

  private:
    // How many are left. So many of one key are no records but a file of another kind.
    std::size_t less_copies(std::vector<std::pair<std::uint64_t, RowPlace>>& rows) const {
        leave_distinct(rows);
        if (rows.size() > kMostRowsOfOneKey && static_cast<std::int64_t>(rows.size()) * 100 > rows_.count() * kMostRowsOfOneKeyPercent) {
            throw Error(ErrorCode::mapping, "more than " + std::to_string(kMostRowsOfOneKeyPercent) + " % of the rows have one and the same key, so none was imported",
                        "look whether the columns that the book's `key:` is made of are right in this file");
        }
        return rows.size();
    }

    static void leave_distinct(std::vector<std::pair<std::uint64_t, RowPlace>>& rows) {
        std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        rows.erase(std::unique(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first == b.first; }), rows.end());
    }

    RowSorter& rows_;
    SortedRow row_;
    bool more_;
    std::int64_t folded_ = 0;
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
      documents_(mapping),
      imported_(store, mapping.dataset),
      touch_(store.db(), "UPDATE " + quoted(table_) + " SET read_at = ?1 WHERE rowid = ?2 AND read_at < ?1") {}

// While a batch is written the next one is read and mapped by a second thread. Only that one reads the file meanwhile, so what must
// be refused waits for the end.
void ImportLanding::walk_empty(RowSorter& rows) {
    Groups groups(rows);
    std::vector<Group> refused;
    Batch batches[2];
    Batch* ahead = &batches[0];
    Batch* made = &batches[1];
    const auto read = [&](Batch* batch) { return std::async(std::launch::async, [this, &groups, batch] { read_ahead(groups, *batch); }); };
    std::future<void> reading = read(ahead);
    for (bool more = true; more;) {
        reading.get();
        std::swap(ahead, made);
        more = made->more;
        if (more) reading = read(ahead);
        lander_.add_first(made->records);
        std::move(made->refused.begin(), made->refused.end(), std::back_inserter(refused));
    }
    lander_.counts().folded += groups.folded();
    for (const Group& group : refused) refuse(group);
}

void ImportLanding::read_ahead(Groups& groups, Batch& batch) const {
    batch.records.clear();
    batch.refused.clear();
    Group group;
    FlatRow row;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < kBatch && bytes < kBatchBytes && batch.more; ++i) {
        batch.more = groups.next(group);
        if (!batch.more) return;
        if (!read_row(group, row)) {
            batch.refused.push_back(group);
            continue;
        }
        Reading reading{group.key, requested_, group.hash, {}};
        MappedRecord record = first_record(reading, row);
        bytes += reading.doc.size();
        batch.records.add(mapping_, std::move(reading), std::move(record));
    }
}

void ImportLanding::walk(RowSorter& rows, bool proven, const std::optional<std::string>& complete_read_at) {
    Groups groups(rows);
    HeldRecords held(store_.db(), table_, proven);
    for (Group group; groups.next(group);) {
        const auto record = held.find(group.key);
        if (record && record->settled && record->doc_hash == group.hash)
            keep(record->rowid);
        else
            take(group, record ? std::optional(record->rowid) : std::nullopt);
    }
    held.finish();
    lander_.counts().folded += groups.folded();
    if (proven && held.lacking() > 0) remove(held.live(), complete_read_at);
}

void ImportLanding::keep(std::int64_t rowid) {
    ++lander_.counts().unchanged;
    if (options_.whole) return;
    touch_.bindNoCopy(1, requested_);
    touch_.bind(2, rowid);
    touch_.exec();
    touch_.reset();
}

// False when its rows don't make one.
bool ImportLanding::read_row(const Group& group, FlatRow& row) const {
    if (group.rows.size() > kMostRowsOfOneKey) return false;
    if (group.rows.size() == 1) {
        read_row_(group.rows.front().second, row);
        return true;
    }
    std::vector<FlatRow> rows(group.rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) read_row_(group.rows[i].second, rows[i]);
    auto folded = fold_rows(mapping_, fold_, std::move(rows));
    if (folded) row = *std::move(folded);
    return folded.has_value();
}

void ImportLanding::take(const Group& group, std::optional<std::int64_t> rowid) {
    FlatRow row;
    if (!read_row(group, row)) return refuse(group);
    if (const std::string other = rowid ? why_another(*rowid, row) : ""; !other.empty()) return refuse(group, other, AtOdds::book);
    Reading reading{group.key, requested_, group.hash, {}};
    lander_.take(reading, rowid, [&](Reading& of, const RecordRow* stored) { return stored == nullptr ? first_record(of, row) : laid_over(of, row); });
}

std::string ImportLanding::why_no_record(const Group& group) const {
    if (!fold_.any()) return "several different rows have this key, and the book has no `fold:` that says what they make";
    std::vector<FlatRow> rows(group.rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) read_row_(group.rows[i].second, rows[i]);
    return "several rows have this key and state different " + contradicted_field(mapping_, fold_, rows) + ", so they aren't one record (`fold: same` of the book)";
}

void ImportLanding::refuse(const Group& group) {
    const bool many = group.rows.size() > kMostRowsOfOneKey;
    refuse(group, many ? "more than " + std::to_string(kMostRowsOfOneKey) + " different rows have this key" : why_no_record(group), AtOdds::rows);
}

// Somebody else under a key that the book has given away; empty: it's the same record, or it can't be told, or the row is older.
std::string ImportLanding::why_another(std::int64_t rowid, const FlatRow& row) {
    if (fold_.one_of.empty()) return {};
    const RecordRow stored = lander_.table().read(rowid);
    if (stored.removed_at || lander_.superseded(stored, requested_)) return {};
    FlatRow held;
    for (const auto& value : stored.values) held.fields.push_back(value.value_or(""));
    const auto differ = another_record(mapping_, fold_, held, row);
    if (differ.empty()) return {};
    return "the book has another record under this key, with " + std::string(differ.size() == 1 ? "another " : "other ") + listed(differ, " and ") + ": give this one a key of its own" +
           how_to_correct(fold_, differ) + " (`fold: one_of` of the book)";
}

void ImportLanding::refuse(const Group& group, const std::string& reason, AtOdds with) {
    for (const auto& [hash, place] : group.rows) reject_(place, reason, with);
    // All of them are out, the copies too.
    LandCounts& counts = lander_.counts();
    counts.quarantined += static_cast<std::int64_t>(group.rows.size());
    counts.folded -= static_cast<std::int64_t>(group.rows.size()) - 1;
    if (counts.quarantined_why.empty()) counts.quarantined_why = reason;
}

MappedRecord ImportLanding::first_record(Reading& reading, const FlatRow& row) const {
    reading.doc = documents_.of(row);
    MappedRecord record = map_flat(mapping_, row);
    record.key = reading.key;
    return record;
}

// What the record is once the row is laid over it.
MappedRecord ImportLanding::laid_over(Reading& reading, const FlatRow& row) {
    json document = parse_exact(lander_.table().document(*lander_.table().find(reading.key)));
    const json fresh = parse_exact(documents_.of(row));
    const auto before = imported_.find(reading.key);
    const json earlier = before ? parse_exact(*before) : json();
    std::map<std::string, std::size_t> unreadable;  // as good as blank: a record keeps the value it has
    for (const FieldFault& fault : map_flat(mapping_, row).faults) unreadable[mapping_.fields[fault.field].name] = fault.field;
    for (const Field& field : mapping_.fields) {
        if (field.type == FieldType::email && fresh.contains(field.name)) document.erase(field.name + kUnreadCell);
    }
    for (const auto& [name, value] : fresh.items()) {
        const auto bad = unreadable.find(name);
        if (bad != unreadable.end() && document.contains(name)) {
            if (document.at(name) != value) {
                lander_.note_unreadable(bad->second);
                if (mapping_.fields[bad->second].type == FieldType::email) document[name + kUnreadCell] = value;
            }
            ++kept_;
            continue;
        }
        // What the file says as it said before is no news: what a merge wrote since stays. Where none did, another spelling lands.
        if (before && earlier.contains(name) && same_cell(mapping_, name, earlier.at(name), value)) {
            const bool merged = !document.contains(name) || document.at(name) != earlier.at(name);
            if (merged || earlier.at(name) == value) continue;
        }
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
    LandOptions rule;
    rule.run = options_.run;
    rule.one_list_is_enough = true;
    rule.max_removed = options_.max_removed.max;
    rule.max_removed_percent = options_.max_removed.max_percent;
    rule.allow_removed = options_.max_removed.allow;
    LandCounts& counts = lander_.counts();
    store_.db().exec(spare_sql(table_));
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
