#include "store/purge.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dates.h"
#include "core/error.h"
#include "store/care.h"
#include "store/datasets.h"
#include "store/purge_sweeps.h"
#include "store/ledger.h"
#include "store/record_table.h"

namespace bindery {
namespace {

class Purge {
  public:
    Purge(Store& store, const PurgeOptions& options) : store_(store), options_(options) {}

    Purged run(const std::vector<Sweep>& sweeps) {
        for (const Sweep& sweep : sweeps) {
            const std::int64_t rows = options_.dry ? count(sweep) : take(sweep);
            if (rows > 0) done_.counts.push_back({sweep.kind, sweep.dataset, rows});
            if (!done_.whole) break;
        }
        if (!options_.dry) end();
        return std::move(done_);
    }

  private:
    std::int64_t count(const Sweep& sweep) {
        return store_.db().execAndGet("SELECT count(*) FROM " + sweep.table + " WHERE " + sweep.condition).getInt64();
    }

    // Looked for outside of any transaction, then looked at once more inside: a record may have come back meanwhile.
    std::int64_t take(const Sweep& sweep) {
        std::int64_t rows = 0;
        nlohmann::json last = sweep.text_id ? nlohmann::json("") : nlohmann::json(-1);
        for (;;) {
            if (options_.stop && options_.stop()) {
                done_.whole = false;
                return rows;
            }
            const nlohmann::json ids = next(sweep, last);
            if (ids.empty()) return rows;
            last = ids.back();
            const std::string list = ids.dump();
            store_.transaction([&] {
                for (const std::string& before : sweep.before) execute(before, list);
                rows += execute(sweep.change + " WHERE " + sweep.id + " IN (SELECT value FROM json_each(?1)) AND (" + sweep.condition + ")", list);
            });
            if (options_.committed) options_.committed();
        }
    }

    nlohmann::json next(const Sweep& sweep, const nlohmann::json& last) {
        SQLite::Statement select(store_.db(), "SELECT " + sweep.id + " FROM " + sweep.table + " WHERE " + sweep.id + " > ?1 AND (" + sweep.condition + ") ORDER BY 1 LIMIT ?2");
        if (last.is_string()) select.bind(1, last.get<std::string>());
        else select.bind(1, last.get<std::int64_t>());
        select.bind(2, options_.batch);
        nlohmann::json ids = nlohmann::json::array();
        while (select.executeStep()) {
            if (sweep.text_id) ids.push_back(select.getColumn(0).getString());
            else ids.push_back(select.getColumn(0).getInt64());
        }
        return ids;
    }

    int execute(const std::string& sql, const std::string& ids) {
        SQLite::Statement statement(store_.db(), sql);
        statement.bind(1, ids);
        return statement.exec();
    }

    void end() {
        std::string what;
        for (const auto& count : done_.counts) what += (what.empty() ? "" : ", ") + count.kind + (count.dataset.empty() ? "" : " of " + count.dataset) + " " + std::to_string(count.rows);
        store_.transaction([&] {
            if (done_.whole) note_care(store_, "purge");
            if (!what.empty()) Ledger(store_).audit(std::nullopt, "purge", "store", what);
        });
    }

    Store& store_;
    const PurgeOptions& options_;
    Purged done_;
};

// What goes is overwritten, for as long as this lives.
class Overwriting {
  public:
    explicit Overwriting(SQLite::Database& db) : db_(db), earlier_(db.execAndGet("PRAGMA secure_delete").getInt()) { db_.execAndGet("PRAGMA secure_delete = ON"); }
    ~Overwriting() {
        try {
            db_.execAndGet("PRAGMA secure_delete = " + std::string(earlier_ == 0 ? "OFF" : earlier_ == 2 ? "FAST" : "ON"));
        } catch (const SQLite::Exception&) {
            // Then it goes on overwriting: slower, and right.
        }
    }
    Overwriting(const Overwriting&) = delete;
    Overwriting& operator=(const Overwriting&) = delete;

  private:
    SQLite::Database& db_;
    int earlier_;
};

}  // namespace

Purged purge(Store& store, const PurgeRules& rules, const PurgeOptions& options) {
    try {
        std::optional<Overwriting> overwriting;
        if (!options.dry) overwriting.emplace(store.db());
        gather_unsettled(store);
        return Purge(store, options).run(purge_sweeps(store, rules));
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::string purged_calls(const RunRow& run, WallTime now) {
    const auto ended = run.ended_at ? read_rfc3339(*run.ended_at) : std::nullopt;
    if (!ended || *ended > now - kCallsKept || !run.report) return {};
    const auto report = nlohmann::json::parse(*run.report, nullptr, false);
    const auto requests = report.is_object() ? report.value("requests", nlohmann::json()) : nlohmann::json();
    if (std::none_of(requests.begin(), requests.end(), [](const nlohmann::json& count) { return count.is_number_integer() && count.get<std::int64_t>() > 0; })) return {};
    return "Its calls were purged: they are kept for 30 days. How many there were is said above.";
}

std::int64_t free_bytes(Store& store) {
    return store.db().execAndGet("PRAGMA freelist_count").getInt64() * store.db().execAndGet("PRAGMA page_size").getInt64();
}

void vacuum(Store& store) {
    try {
        store.db().exec("VACUUM");
        // What the log still holds of the old pages goes too.
        SQLite::Statement checkpoint(store.db(), "PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.executeStep();
        if (checkpoint.getColumn(0).getInt() != 0)
            throw Error(ErrorCode::store, "the store was written anew, but another process still reads its log, which holds what was removed",
                        "run `bindery purge --vacuum` once that process has ended", Reach::job, Again::later);
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

}  // namespace bindery
