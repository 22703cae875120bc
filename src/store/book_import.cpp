#include "store/book_import.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <bit>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/bulk_landing.h"
#include "store/import_landing.h"
#include "store/land_missing.h"
#include "store/pull_state.h"
#include "store/record_table.h"

namespace bindery {
namespace {

constexpr const char* kTables =
    "DROP TABLE IF EXISTS temp.import_row; DROP TABLE IF EXISTS temp.import_spared;"
    "CREATE TEMP TABLE import_row (id INTEGER PRIMARY KEY, key TEXT NOT NULL, hash INTEGER NOT NULL, at INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE TEMP TABLE import_spared (beginning TEXT PRIMARY KEY) WITHOUT ROWID;";
class Undo {};  // thrown through the transaction of a dry landing

}  // namespace

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
            db.exec("DROP TABLE IF EXISTS temp.import_row; DROP TABLE IF EXISTS temp.import_spared");
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
        store_.transaction([&] {
            const auto before = pull_state(store_, mapping_.dataset);
            const auto complete_read_at = before ? before->complete_read_at : std::nullopt;
            ImportLanding landing(store_, mapping_, fold_, options, row, reject, complete_read_at);
            LandCounts& landed = landing.lander().counts();
            landed.seen = rows_->count + options.rejected;
            landed.quarantined = options.rejected;
            const bool older = complete_read_at && landing.requested() < *complete_read_at && *complete_read_at <= landing.lander().now();
            const bool proven = options.whole && !older;
            const std::int64_t live_before = proven ? live_records(store_, mapping_.dataset) : 0;
            const std::string table = table_name(mapping_.dataset);
            IndexesLast indexes(store_.db(), mapping_, table, rows_->count, IndexesLast::Which::all);
            landing.walk(indexes.postponed());
            indexes.create();
            if (indexes.postponed()) landing.lander().history_of_first();
            if (live_before > 0) landing.remove(live_before, complete_read_at);
            landed.unreadable = landing.lander().unreadable();
            const std::string verdict = older ? "an older file" : options.whole ? "complete" : "partial";
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

}  // namespace bindery
