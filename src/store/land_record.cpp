#include "store/land_record.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/field.h"
#include "store/unmapped.h"

namespace bindery {
namespace {

RecordRow first_row(Reading reading, MappedRecord record) {
    RecordRow row;
    row.key = std::move(reading.key);
    row.values = std::move(record.values);
    row.first_seen_at = row.read_at = std::move(reading.requested);
    row.hash = std::move(record.hash);
    row.doc_hash = reading.doc_hash;
    row.doc = std::move(reading.doc);
    return row;
}

}  // namespace

History::History(SQLite::Database& db, std::string dataset, std::int64_t run, std::string at)
    : db_(db),
      run_(run),
      dataset_(std::move(dataset)),
      at_(std::move(at)),
      insert_(db, "INSERT INTO change (dataset, run, at, key, kind, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?, ?)") {
    insert_.bindNoCopy(1, dataset_);
    insert_.bind(2, run);
    insert_.bindNoCopy(3, at_);
}

void History::write(const std::string& key, const char* kind, const std::optional<std::string>& field,
                    const std::optional<std::string>& old_value, const std::optional<std::string>& new_value) {
    insert_.bindNoCopy(4, key);
    insert_.bindNoCopy(5, kind);
    bind_optional(insert_, 6, field);
    bind_optional(insert_, 7, old_value);
    bind_optional(insert_, 8, new_value);
    insert_.exec();
    insert_.reset();
}

void History::write_added(const std::string& table) {
    SQLite::Statement all(db_, "INSERT INTO change (dataset, run, at, key, kind) SELECT ?, ?, ?, key, 'added' FROM " + quoted(table) + " INDEXED BY " + quoted(landing_index(table)) + " ORDER BY key");
    all.bind(1, dataset_);
    all.bind(2, run_);
    all.bind(3, at_);
    all.exec();
}

RecordLander::RecordLander(Store& store, const Mapping& mapping, std::int64_t run,
                           std::optional<std::string> complete_read_at)
    : mapping_(mapping),
      now_(store.now()),
      complete_read_at_(std::move(complete_read_at)),
      table_(store.db(), mapping, table_name(mapping.dataset)),
      quarantine_(store.db(), mapping.dataset, run, now_),
      history_(store.db(), mapping.dataset, run, now_) {}

// When the store last learnt about the record: its content, or that it lacks.
std::string RecordLander::reading_time(const RecordRow& row) const {
    if (row.removed_at) return std::max(row.read_at, *row.removed_at);
    if (row.missed_at) return std::max(row.read_at, *row.missed_at);
    if (!row.rejected_at && complete_read_at_) return std::max(row.read_at, *complete_read_at_);
    return row.read_at;
}

// A stored time that lies in the future is no reading but a clock that jumped: it holds nothing back.
bool RecordLander::superseded(const RecordRow& row, const std::string& requested) const {
    const std::string known = reading_time(row);
    return requested < known && known <= now_;
}

MappedRecord RecordLander::mapped(const Reading& reading) const {
    try {
        return map_record(mapping_, parse_exact(reading.doc));
    } catch (const Error&) {
        MappedRecord unreadable;
        unreadable.key = reading.key;
        unreadable.reject = "the record holds bytes that aren't UTF-8";
        return unreadable;
    }
}

// An older reading than the record's.
bool RecordLander::passed_by(const Reading& reading, const std::optional<RecordRow>& stored) {
    if (!stored || !superseded(*stored, reading.requested)) return false;
    const bool same = stored->doc_hash == reading.doc_hash && !stored->removed_at;
    ++(same ? counts_.unchanged : counts_.superseded);
    return true;
}

void RecordLander::take(const Reading& reading, std::optional<std::int64_t> rowid) {
    std::optional<RecordRow> stored;
    if (rowid) stored = table_.read(*rowid);
    if (passed_by(reading, stored)) return;
    MappedRecord record = mapped(reading);
    if (record.reject.empty() && record.key != reading.key)
        record.reject = "the record carries another key than was asked for";
    settle(reading, rowid, stored, std::move(record));
}

void RecordLander::take(Reading& reading, std::optional<std::int64_t> rowid, const Make& make) {
    std::optional<RecordRow> stored;
    if (rowid) stored = table_.read(*rowid);
    if (passed_by(reading, stored)) return;
    MappedRecord record = make(reading, stored ? &*stored : nullptr);
    settle(reading, rowid, stored, std::move(record));
}

void RecordLander::settle(const Reading& reading, std::optional<std::int64_t> rowid, const std::optional<RecordRow>& stored,
                          MappedRecord record) {
    if (!record.reject.empty()) return reject(reading, record.reject, rowid, stored);
    for (const FieldFault& fault : record.faults) ++faults_[fault.field];
    quarantine_.settle(reading.key);
    if (stored) return replace(reading, *rowid, *stored, std::move(record));
    table_.insert(first_row(reading, std::move(record)));
    ++counts_.added;
    history_.write(reading.key, "added");
}

void RecordLander::add_first(const FirstRecords& records) {
    for (std::size_t row = 0; row < records.count; ++row) table_.insert(records.cells, row);
    counts_.added += static_cast<std::int64_t>(records.count);
    for (const std::size_t field : records.unreadable) ++faults_[field];
    for (const auto& [reading, reason] : records.rejected) reject(reading, reason, {}, {});
}

void FirstRecords::clear() {
    cells.clear();
    count = 0;
    unreadable.clear();
    rejected.clear();
}

void FirstRecords::add(const Mapping& mapping, Reading reading, MappedRecord record) {
    if (!record.reject.empty()) {
        rejected.emplace_back(std::move(reading), std::move(record.reject));
        return;
    }
    for (const FieldFault& fault : record.faults) unreadable.push_back(fault.field);
    RecordTable::encode(mapping, first_row(std::move(reading), std::move(record)), cells);
    ++count;
}

void RecordLander::settle_first() {
    const std::string table = table_name(mapping_.dataset);
    history_.write_added(table);
    quarantine_.settle_all(table);
}

void RecordLander::replace(const Reading& reading, std::int64_t rowid, const RecordRow& stored, MappedRecord record) {
    RecordRow row;
    row.key = reading.key;
    row.values = std::move(record.values);
    row.first_seen_at = stored.first_seen_at;
    row.read_at = reading.requested;
    row.hash = std::move(record.hash);
    row.doc_hash = reading.doc_hash;
    row.doc = reading.doc;
    const bool same = row.hash == stored.hash;
    if (stored.removed_at) {
        history_.write(row.key, "returned");
        ++counts_.added;
    } else {
        ++(same ? counts_.unchanged : counts_.changed);
    }
    if (!same) write_changes(row.key, stored, rowid, row);
    table_.update(rowid, row, stored);
}

void RecordLander::write_changes(const std::string& key, const RecordRow& stored, std::int64_t rowid,
                                 const RecordRow& fresh) {
    bool any = false;
    for (std::size_t i = 0; i < mapping_.fields.size(); ++i) {
        if (stored.values[i] == fresh.values[i]) continue;
        history_.write(key, "changed", mapping_.fields[i].name, stored.values[i], fresh.values[i]);
        any = true;
    }
    const auto rest = unmapped_difference(mapping_, table_.document(rowid), fresh.doc);
    if (rest && !rest->first.empty())
        history_.write(key, "changed", "*", rest->first, rest->second);
    else if (rest || !any)
        history_.write(key, "changed", "*");
}

// The version that landed before stays as it was; from now on its own reading time counts, not the dataset's.
void RecordLander::reject(const Reading& reading, const std::string& reason, std::optional<std::int64_t> rowid,
                          const std::optional<RecordRow>& stored) {
    quarantine_.put(reading.key, reason, reading.doc);
    if (counts_.quarantined++ == 0) counts_.quarantined_why = reason;
    if (!stored || stored->removed_at) return;
    RecordRow row = *stored;
    if (!row.missed_at) row.read_at = reading_time(row);
    row.missed_at.reset();
    row.rejected_at = reading.requested;
    row.doc = table_.document(*rowid);
    table_.update(*rowid, row, *stored);
}

void RecordLander::quarantine_keyless(const Reading& reading, const std::string& reason) {
    quarantine_.put(keyless_name(reading.doc_hash), reason, reading.doc);
    if (counts_.quarantined++ == 0) counts_.quarantined_why = reason;
}

void RecordLander::gone(const std::string& key, const std::string& requested) {
    const auto rowid = table_.find(key);
    if (!rowid) return;
    RecordRow row = table_.read(*rowid);
    if (row.removed_at || superseded(row, requested)) return;
    row.read_at = row.missed_at ? row.read_at : reading_time(row);
    row.missed_at.reset();
    row.rejected_at.reset();
    row.removed_at = requested;
    row.removed_why = "gone";
    row.doc = table_.document(*rowid);
    table_.update(*rowid, row, row);
    history_.write(key, "removed", {}, {}, "gone");
    quarantine_.settle(key);
    ++counts_.removed;
    counts_.removed_keys.push_back(key);
}

std::vector<std::string> RecordLander::unreadable() const {
    std::vector<std::string> lines;
    for (const auto& [field, count] : faults_) {
        const Field& what = mapping_.fields[field];
        lines.push_back(what.name + ": " + std::to_string(count) + (count == 1 ? " value" : " values") +
                        " can't be read as " + field_type_name(what.type));
    }
    return lines;
}

}  // namespace bindery
