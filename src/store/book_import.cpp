#include "store/book_import.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <bit>

#include "core/error.h"
#include "core/exact_json.h"
#include "core/text.h"
#include "store/bulk_landing.h"
#include "store/imported_document.h"
#include "store/land_missing.h"
#include "store/land_record.h"
#include "store/pull_state.h"
#include "store/record_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bindery {
namespace {

constexpr const char* kTables =
    "DROP TABLE IF EXISTS temp.import_row; DROP TABLE IF EXISTS temp.import_sorted; DROP TABLE IF EXISTS temp.import_spared;"
    "CREATE TEMP TABLE import_row (id INTEGER PRIMARY KEY, key TEXT NOT NULL, hash INTEGER NOT NULL, at INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE TEMP TABLE import_spared (beginning TEXT PRIMARY KEY) WITHOUT ROWID;";
constexpr const char* kSorted =
    "CREATE TEMP TABLE import_sorted (key TEXT NOT NULL, id INTEGER NOT NULL, hash INTEGER NOT NULL, at INTEGER NOT NULL, "
    "line INTEGER NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID;"
    "INSERT INTO temp.import_sorted SELECT key, id, hash, at, line FROM temp.import_row ORDER BY key, id;"
    "DELETE FROM temp.import_row;";
constexpr const char* kHas =
    "EXISTS (SELECT 1 FROM temp.import_sorted i WHERE i.key = r.key) OR "
    "EXISTS (SELECT 1 FROM temp.import_spared s WHERE substr(r.key, 1, length(s.beginning)) = s.beginning)";

constexpr std::size_t kMostRowsOfOneKey = 10'000;

// The rows of one key.
struct Group {
    std::string key;
    std::vector<std::pair<std::uint64_t, RowPlace>> rows;
    std::optional<std::int64_t> rowid;
    std::optional<std::int64_t> doc_hash;
    bool settled = true;  // not missed, removed or rejected
};

class Undo {};  // thrown through the transaction of a dry landing

}  // namespace

// What happens inside the transaction.
struct BookImport::Landing {
    Landing(BookImport& import, const ImportOptions& import_options, const ReadRow& row_of, const Reject& reject_row,
            const std::optional<std::string>& complete_read_at)
        : store(import.store_),
          mapping(import.mapping_),
          fold(import.fold_),
          options(import_options),
          read_row(row_of),
          reject(reject_row),
          table(table_name(mapping.dataset)),
          requested(rfc3339(options.read_at)),
          lander(store, mapping, options.run, complete_read_at),
          imported(store, mapping.dataset),
          touch(store.db(), "UPDATE " + quoted(table) + " SET read_at = ?1 WHERE rowid = ?2 AND read_at < ?1") {}

    // `empty`: of a book without a row, and without its indexes.
    void walk(bool empty) {
        first = empty;
        const std::string held = "r.rowid, r.doc_hash, r.missed_at IS NULL AND r.removed_at IS NULL AND r.rejected_at IS NULL";
        const std::string from = empty ? "" : " LEFT JOIN " + quoted(table) + " r INDEXED BY " + quoted(landing_index(table)) + " ON r.key = s.key";
        SQLite::Statement select(store.db(), "SELECT s.key, s.hash, s.at, s.line, " + (empty ? std::string("NULL, NULL, NULL") : held) +
                                                 " FROM temp.import_sorted s" + from + " ORDER BY s.key, s.id");
        Group group;
        while (select.executeStep()) {
            const char* key = select.getColumn(0).getText();
            if (group.rows.empty() || group.key != key) {
                finish(group);
                group = Group{};
                group.key = key;
                if (!select.isColumnNull(4)) {
                    group.rowid = select.getColumn(4).getInt64();
                    group.doc_hash = select.getColumn(5).getInt64();
                    group.settled = select.getColumn(6).getInt() != 0;
                }
            }
            const RowPlace place{static_cast<std::uint64_t>(select.getColumn(2).getInt64()), select.getColumn(3).getInt64()};
            group.rows.emplace_back(std::bit_cast<std::uint64_t>(select.getColumn(1).getInt64()), place);
        }
        finish(group);
    }

    void finish(Group& group) {
        if (group.rows.empty()) return;
        std::sort(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        const auto last = std::unique(group.rows.begin(), group.rows.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
        const auto different = static_cast<std::size_t>(last - group.rows.begin());
        const std::size_t all = group.rows.size();
        group.rows.resize(different);
        const std::int64_t hash = hash_of(group);
        LandCounts& counts = lander.counts();
        counts.folded += static_cast<std::int64_t>(all) - 1;
        if (group.rowid && group.settled && *group.doc_hash == hash) {
            ++counts.unchanged;
            if (!options.whole) touch_row(*group.rowid);
            return;
        }
        take(group, hash);
    }

    static std::int64_t hash_of(const Group& group) {
        if (group.rows.size() == 1) return std::bit_cast<std::int64_t>(group.rows.front().first);
        std::vector<std::uint64_t> hashes;
        for (const auto& [hash, place] : group.rows) hashes.push_back(hash);
        return std::bit_cast<std::int64_t>(XXH3_64bits(hashes.data(), hashes.size() * sizeof hashes.front()));
    }

    void touch_row(std::int64_t rowid) {
        touch.bindNoCopy(1, requested);
        touch.bind(2, rowid);
        touch.exec();
        touch.reset();
    }

    void take(const Group& group, std::int64_t hash) {
        std::optional<FlatRow> row;
        if (group.rows.size() == 1) {
            row = read_row(group.rows.front().second);
        } else if (group.rows.size() <= kMostRowsOfOneKey) {
            std::vector<FlatRow> rows;
            for (const auto& [row_hash, place] : group.rows) rows.push_back(read_row(place));
            row = fold_rows(mapping, fold, std::move(rows));
        }
        if (!row) return refuse(group);
        Reading reading{group.key, requested, hash, {}};
        if (first) {
            MappedRecord record = make(reading, *row, nullptr);
            return lander.add_first(reading, std::move(record));
        }
        lander.take(reading, group.rowid, [&](Reading& of, const RecordRow* stored) { return make(of, *row, stored); });
    }

    void refuse(const Group& group) {
        const bool many = group.rows.size() > kMostRowsOfOneKey;
        const std::string reason = many ? "more than " + std::to_string(kMostRowsOfOneKey) + " different rows have this key"
                                        : "several different rows have this key, and the book has no `fold:` that says what they make";
        for (const auto& [hash, place] : group.rows) reject(place, reason);
        // All of them are out, the copies too.
        LandCounts& counts = lander.counts();
        counts.quarantined += static_cast<std::int64_t>(group.rows.size());
        counts.folded -= static_cast<std::int64_t>(group.rows.size()) - 1;
        if (counts.quarantined_why.empty()) counts.quarantined_why = reason;
    }

    // What the record is once the row is laid over it.
    MappedRecord make(Reading& reading, const FlatRow& row, const RecordRow* stored) {
        if (stored == nullptr) {
            reading.doc = flat_document(mapping, row);
            MappedRecord record = map_flat(mapping, row);
            record.key = reading.key;
            return record;
        }
        json document = parse_exact(lander.table().document(*lander.table().find(reading.key)));
        const std::string fresh_text = flat_document(mapping, row);
        const json fresh = parse_exact(fresh_text);
        const auto before = imported.find(reading.key);
        const json earlier = before ? parse_exact(*before) : json();
        for (const auto& [name, value] : fresh.items()) {
            // What the file says as it said before is no news: what a merge wrote since stays.
            if (before && earlier.contains(name) && earlier.at(name) == value) continue;
            document[name] = value;
        }
        for (const auto& [name, value] : document.items()) {
            if (!fresh.contains(name)) ++kept;
        }
        if (before) {
            json now = earlier;
            now.update(fresh);
            imported.put(reading.key, dump_exact(now));
        }
        reading.doc = dump_exact(document);
        MappedRecord record = map_record(mapping, document);
        record.key = reading.key;
        return record;
    }

    void remove(std::int64_t live_before, const std::optional<std::string>& complete_read_at) {
        LandOptions rule;
        rule.run = options.run;
        rule.one_list_is_enough = true;
        rule.max_removed = options.max_removed.max;
        rule.max_removed_percent = options.max_removed.max_percent;
        rule.allow_removed = options.max_removed.allow;
        LandCounts& counts = lander.counts();
        land_missing(store, mapping, {requested, lander.now(), complete_read_at, live_before, kHas}, rule, counts);
        if (counts.withheld == 0) return;
        const std::string gone = std::to_string(counts.withheld);
        throw Error(ErrorCode::guard, mapping.dataset + ": the file lacks " + gone + " of " + std::to_string(live_before) + " records, more than max_removed allows; nothing was imported",
                    "look whether the export is whole; if it is, pass --allow-removed " + gone + ", or --partial to add and change only");
    }

    void remember() {
        SQLite::Statement insert(store.db(),
                                 "INSERT INTO import (dataset, run, at, read_at, file, hash, meaning, profile, whole, rows, rejected, others) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
        insert.bind(1, mapping.dataset);
        insert.bind(2, options.run);
        insert.bind(3, lander.now());
        insert.bind(4, requested);
        insert.bind(5, options.file);
        insert.bind(6, options.hash);
        insert.bind(7, options.meaning);
        insert.bind(8, options.profile);
        insert.bind(9, options.whole ? 1 : 0);
        insert.bind(10, lander.counts().seen);
        insert.bind(11, lander.counts().quarantined);
        insert.bind(12, json(options.others).dump());
        insert.exec();
    }

    Store& store;
    const Mapping& mapping;
    const FoldRule& fold;
    const ImportOptions& options;
    const ReadRow& read_row;
    const Reject& reject;
    const std::string table, requested;
    RecordLander lander;
    ImportedDocuments imported;
    SQLite::Statement touch;
    std::int64_t kept = 0;
    bool first = false;
};

// The temporary tables, and what fills them.
struct BookImport::Rows {
    explicit Rows(SQLite::Database& database)
        : db((database.exec(kTables), database)),
          add(db, "INSERT INTO temp.import_row (key, hash, at, line) VALUES (?, ?, ?, ?)"),
          spare(db, "INSERT OR IGNORE INTO temp.import_spared VALUES (?)") {
        db.exec("BEGIN");  // of the temporary tables alone: nobody else is kept waiting
    }
    ~Rows() {
        try {
            add.reset();
            spare.reset();
            if (sqlite3_get_autocommit(db.getHandle()) == 0) db.exec("ROLLBACK");
            db.exec("DROP TABLE IF EXISTS temp.import_row; DROP TABLE IF EXISTS temp.import_sorted; DROP TABLE IF EXISTS temp.import_spared");
        } catch (const SQLite::Exception&) {
            // They go with the connection.
        }
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    SQLite::Database& db;
    SQLite::Statement add, spare;
    std::int64_t count = 0;
};

BookImport::BookImport(Store& store, const Mapping& mapping, const FoldRule& fold) : store_(store), mapping_(mapping), fold_(fold) {
    try {
        rows_ = std::make_unique<Rows>(store.db());
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

BookImport::~BookImport() = default;

void BookImport::add(const std::string& key, std::uint64_t hash, RowPlace place) {
    try {
        SQLite::Statement& add = rows_->add;
        add.bindNoCopy(1, key);
        add.bind(2, std::bit_cast<std::int64_t>(hash));
        add.bind(3, static_cast<std::int64_t>(place.offset));
        add.bind(4, place.line);
        add.exec();
        add.reset();
        ++rows_->count;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
}

void BookImport::spare(const std::string& beginning) {
    try {
        rows_->spare.bind(1, beginning);
        rows_->spare.exec();
        rows_->spare.reset();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
}

ImportCounts BookImport::land(const ImportOptions& options, const ReadRow& row, const Reject& reject, const std::function<void()>& also) {
    ImportCounts counts;
    try {
        store_.db().exec("COMMIT");
        const RoomyCache cache(store_.db(), {{"main", 48 << 10}, {"temp", 4 << 10}});
        store_.db().exec(kSorted);
        store_.transaction([&] {
            const auto before = pull_state(store_, mapping_.dataset);
            const auto complete_read_at = before ? before->complete_read_at : std::nullopt;
            Landing landing(*this, options, row, reject, complete_read_at);
            LandCounts& landed = landing.lander.counts();
            landed.seen = rows_->count + options.rejected;
            landed.quarantined = options.rejected;
            const bool older = complete_read_at && landing.requested < *complete_read_at && *complete_read_at <= landing.lander.now();
            const bool proven = options.whole && !older;
            const std::int64_t live_before = proven ? live_records(store_, mapping_.dataset) : 0;
            IndexesLast indexes(store_.db(), mapping_, landing.table, rows_->count, IndexesLast::Which::all);
            landing.walk(indexes.postponed());
            indexes.create();
            if (indexes.postponed()) landing.lander.history_of_first();
            if (live_before > 0) landing.remove(live_before, complete_read_at);
            landed.unreadable = landing.lander.unreadable();
            const std::string verdict = older ? "an older file" : options.whole ? "complete" : "partial";
            if (!older) write_pull_state(store_, mapping_.dataset, {landing.requested, options.run, verdict, landed.seen, options.present}, proven);
            landing.remember();
            static_cast<LandCounts&>(counts) = landed;
            counts.kept = landing.kept;
            if (also) also();
            if (options.dry) throw Undo{};
        });
    } catch (const Undo&) {
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store_.file());
    }
    return counts;
}

std::optional<LastImport> last_import(Store& store, const std::string& dataset) {
    try {
        SQLite::Statement select(store.db(), "SELECT run, at, read_at, file, hash, meaning, profile FROM import WHERE dataset = ? ORDER BY id DESC LIMIT 1");
        select.bind(1, dataset);
        if (!select.executeStep()) return std::nullopt;
        return LastImport{select.getColumn(0).getInt64(), select.getColumn(1).getString(), select.getColumn(2).getString(),
                          select.getColumn(3).getString(), select.getColumn(4).getString(), select.getColumn(5).getString(), select.getColumn(6).getString()};
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::vector<std::string> other_headers(Store& store, const std::string& dataset) {
    try {
        std::vector<std::string> headers;
        SQLite::Statement select(store.db(), "SELECT others FROM import WHERE dataset = ? GROUP BY others ORDER BY min(id)");
        select.bind(1, dataset);
        while (select.executeStep()) {
            for (const auto& header : json::parse(select.getColumn(0).getString()))
                if (std::find(headers.begin(), headers.end(), header.get<std::string>()) == headers.end()) headers.push_back(header.get<std::string>());
        }
        return headers;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

bool imported_before(Store& store, const std::string& dataset, const std::string& hash, const std::string& meaning) {
    try {
        SQLite::Statement select(store.db(), "SELECT 1 FROM import WHERE dataset = ? AND hash = ? AND meaning = ?");
        select.bind(1, dataset);
        select.bind(2, hash);
        select.bind(3, meaning);
        return select.executeStep();
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

}  // namespace bindery
