#include "store/book_import.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/bulk_landing.h"
#include "store/import_landing.h"
#include "store/pull_state.h"
#include "store/record_table.h"
#include "store/row_sorter.h"

namespace bindery {
namespace {

constexpr const char* kNoTables = "DROP TABLE IF EXISTS temp.import_lacks; DROP TABLE IF EXISTS temp.import_spared";
constexpr const char* kTables =
    "CREATE TEMP TABLE import_lacks (record INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE import_spared (beginning TEXT PRIMARY KEY) WITHOUT ROWID;";
constexpr std::int64_t kVeryMany = 50'000;
class Undo {};  // thrown through the transaction of a dry landing

}  // namespace

// The rows, and temporary tables of what is known besides.
struct BookImport::Rows {
    explicit Rows(Store& store)
        : db(store.db()), sorted(store.file().parent_path()), spare((db.exec(kNoTables), db.exec(kTables), db), "INSERT OR IGNORE INTO temp.import_spared VALUES (?)") {
        db.exec("BEGIN");  // of the temporary tables alone: nobody else is kept waiting
    }
    ~Rows() {
        try {
            spare.reset();
            if (sqlite3_get_autocommit(db.getHandle()) == 0) db.exec("ROLLBACK");
            db.exec(kNoTables);
        } catch (const SQLite::Exception&) {
            // They go with the connection.
        }
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    SQLite::Database& db;
    RowSorter sorted;
    SQLite::Statement spare;
};

BookImport::BookImport(Store& store, const Mapping& mapping, const FoldRule& fold) : store_(store), mapping_(mapping), fold_(fold) {
    try {
        rows_ = std::make_unique<Rows>(store);
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

BookImport::~BookImport() = default;

void BookImport::add(std::string_view key, std::uint64_t hash, RowPlace place) {
    rows_->sorted.add(key, hash, place);
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
        rows_->sorted.sort();
        const InPlace in_place(store_, !options.dry && rows_->sorted.count() >= kVeryMany && !holds_rows(store_.db(), table_name(mapping_.dataset)));
        const RoomyCache cache(store_.db(), {{"main", 16 << 10}});
        store_.transaction([&] {
            const auto before = pull_state(store_, mapping_.dataset);
            const auto complete_read_at = before ? before->complete_read_at : std::nullopt;
            ImportLanding landing(store_, mapping_, fold_, options, row, reject, complete_read_at);
            LandCounts& landed = landing.lander().counts();
            landed.seen = rows_->sorted.count() + options.rejected;
            landed.quarantined = options.rejected;
            const bool older = complete_read_at && landing.requested() < *complete_read_at && *complete_read_at <= landing.lander().now();
            const bool proven = options.whole && !older;
            const std::string table = table_name(mapping_.dataset);
            IndexesLast indexes(store_.db(), mapping_, table, rows_->sorted.count());
            if (indexes.postponed()) {
                landing.walk_empty(rows_->sorted);
                indexes.create();
                landing.lander().settle_first();
            } else {
                landing.walk(rows_->sorted, proven, complete_read_at);
            }
            landed.unreadable = landing.lander().unreadable();
            const std::string verdict = older ? "an older file" : options.whole ? "complete" : "a part of the book";
            const bool behind = !proven && before && before->last_read_at && landing.requested() < *before->last_read_at && *before->last_read_at <= landing.lander().now();
            if (!older && !behind) write_pull_state(store_, mapping_.dataset, {landing.requested(), options.run, verdict, landed.seen, options.present}, proven);
            landing.remember();
            static_cast<LandCounts&>(counts) = landed;
            counts.kept = landing.kept();
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
        SQLite::Statement select(store.db(), "SELECT run, at, (SELECT max(read_at) FROM import WHERE dataset = ?1), file, hash, meaning, profile FROM import WHERE dataset = ?1 ORDER BY id DESC LIMIT 1");
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

std::set<std::int64_t> rejected_lines(Store& store, const std::string& dataset, const std::string& file) {
    try {
        SQLite::Statement select(store.db(), "SELECT document ->> '$.rejected_line' FROM quarantine WHERE dataset = ?1 AND last_run = (SELECT max(run) FROM import WHERE dataset = ?1 AND file = ?2)");
        select.bind(1, dataset);
        select.bind(2, file);
        std::set<std::int64_t> lines;
        while (select.executeStep()) lines.insert(select.getColumn(0).getInt64());
        return lines;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

void clear_mended(Store& store, const std::string& dataset, const std::string& file, const std::vector<std::int64_t>& lines) {
    SQLite::Statement gone(store.db(), "DELETE FROM quarantine WHERE dataset = ?1 AND last_run = (SELECT max(run) FROM import WHERE dataset = ?1 AND file = ?2) "
                                       "AND document ->> '$.rejected_line' IN (SELECT value FROM json_each(?3))");
    gone.bind(1, dataset);
    gone.bind(2, file);
    gone.bind(3, json(lines).dump());
    gone.exec();
}

}  // namespace bindery
