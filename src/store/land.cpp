#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "core/error.h"
#include "store/bulk_landing.h"
#include "store/datasets.h"
#include "store/land_missing.h"
#include "store/land_record.h"
#include "store/pull_state.h"
#include "store/record_table.h"

namespace bindery {
namespace {

constexpr int kBatch = 500;
constexpr const char* kStagedHas = "EXISTS (SELECT 1 FROM staged.item i WHERE i.key = r.key)";

// The staging file beside the store, on the store's own connection, for as long as this lives.
class Attached {
  public:
    Attached(SQLite::Database& db, const std::filesystem::path& file) : db_(db) {
        SQLite::Statement attach(db_, "ATTACH ? AS staged");
        attach.bind(1, file.string());
        attach.exec();
    }
    ~Attached() {
        try {
            db_.exec("DETACH staged");
        } catch (const SQLite::Exception&) {
            // A connection that can't let go is broken: its next use tells.
        }
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

  private:
    SQLite::Database& db_;
};

struct Candidate {
    std::string key;
    std::int64_t doc_hash;
    std::int64_t document;
    std::string requested;
    std::optional<std::int64_t> rowid;
};

// What landing has to look at, a batch at a time in the order of keys: the rest is as it was. Walks two small sorted
// b-trees side by side and touches no document.
class Candidates {
  public:
    Candidates(SQLite::Database& db, const std::string& table)
        : select_(
              db,
              "SELECT i.key, i.doc_hash, i.document, (SELECT p.requested FROM staged.page p WHERE p.number = i.page), "
              "r.rowid FROM staged.item i LEFT JOIN " +
                  quoted(table) + " r INDEXED BY " + quoted(landing_index(table)) +
                  " ON r.key = i.key WHERE i.key > ?1 AND (r.rowid IS NULL OR r.doc_hash <> i.doc_hash OR "
                  "r.missed_at IS NOT NULL OR r.removed_at IS NOT NULL OR r.rejected_at IS NOT NULL) "
                  "ORDER BY i.key LIMIT ?2"),
          body_(db, "SELECT body FROM staged.document WHERE id = ?") {}

    std::vector<Candidate> next() {
        std::vector<Candidate> batch;
        select_.bind(1, last_);
        select_.bind(2, kBatch);
        while (select_.executeStep()) {
            Candidate& candidate = batch.emplace_back();
            candidate.key = select_.getColumn(0).getString();
            candidate.doc_hash = select_.getColumn(1).getInt64();
            candidate.document = select_.getColumn(2).getInt64();
            candidate.requested = select_.getColumn(3).getString();
            if (!select_.isColumnNull(4)) candidate.rowid = select_.getColumn(4).getInt64();
        }
        select_.reset();
        if (!batch.empty()) last_ = batch.back().key;
        return batch;
    }

    std::string body(std::int64_t document) {
        body_.bind(1, document);
        std::string text;
        if (body_.executeStep()) text = body_.getColumn(0).getString();
        body_.reset();
        return text;
    }

  private:
    SQLite::Statement select_, body_;
    std::string last_;
};

void land_keyless(SQLite::Database& db, RecordLander& lander) {
    SQLite::Statement select(
        db, "SELECT k.reason, d.body FROM staged.keyless k JOIN staged.document d ON d.id = k.document ORDER BY d.id");
    while (select.executeStep()) {
        Reading reading;
        reading.doc = select.getColumn(1).getString();
        reading.doc_hash = document_hash(reading.doc);
        lander.quarantine_keyless(reading, select.getColumn(0).getString());
    }
}

// A pull that isn't a whole list proves its own rows only, so each gets its reading time.
void touch_unchanged(Store& store, const std::string& table, const std::optional<std::string>& complete_read_at,
                     const std::string& now) {
    SQLite::Statement update(
        store.db(),
        "UPDATE " + quoted(table) +
            " AS r SET read_at = s.requested FROM (SELECT i.key, i.doc_hash, p.requested FROM staged.item i "
            "JOIN staged.page p ON p.number = i.page) AS s WHERE r.key = s.key AND r.doc_hash = s.doc_hash "
            "AND r.removed_at IS NULL AND r.missed_at IS NULL AND r.rejected_at IS NULL "
            "AND (max(r.read_at, ?1) < s.requested OR r.read_at > ?2)");
    update.bind(1, complete_read_at && *complete_read_at <= now ? *complete_read_at : std::string());
    update.bind(2, now);
    update.exec();
}

LandCounts land_attached(Store& store, const Mapping& mapping, const StagedPull& pull, const LandOptions& options) {
    const std::string table = table_name(mapping.dataset);
    const auto before = pull_state(store, mapping.dataset);
    const std::optional<std::string> complete_read_at = before ? before->complete_read_at : std::nullopt;
    RecordLander lander(store, mapping, options.run, complete_read_at);
    LandCounts& counts = lander.counts();
    counts.seen = pull.rows;
    counts.folded = pull.rows - pull.keys - pull.keyless;
    // An older whole list than the one we know is no proof of what lacks; nor is one pieced together over a stop.
    const std::string began = rfc3339(pull.began);
    const bool older = complete_read_at && began < *complete_read_at && *complete_read_at <= lander.now();
    const bool proven = options.complete && !options.resumed && !older;
    const std::int64_t live_before = proven ? live_records(store, mapping.dataset) : 0;

    IndexesLast match_indexes(store.db(), mapping, table, pull.keys);
    std::int64_t looked_at = 0;
    Candidates candidates(store.db(), table);
    for (auto batch = candidates.next(); !batch.empty(); batch = candidates.next()) {
        for (Candidate& candidate : batch) {
            const Reading reading{std::move(candidate.key), std::move(candidate.requested), candidate.doc_hash,
                                  candidates.body(candidate.document)};
            lander.take(reading, candidate.rowid);
            ++looked_at;
        }
    }
    match_indexes.create();
    land_keyless(store.db(), lander);
    counts.unchanged += pull.keys - looked_at;
    if (live_before > 0)  // counted only when the list is proven
        land_missing(store, mapping, {began, lander.now(), complete_read_at, live_before, kStagedHas}, options, counts);
    if (!proven) touch_unchanged(store, table, complete_read_at, lander.now());
    counts.unreadable = lander.unreadable();
    write_pull_state(store, mapping.dataset, {began, options.run, options.verdict, pull.rows, pull.present}, proven);
    return counts;
}

}  // namespace

void add_counts(LandCounts& sum, const LandCounts& one) {
    sum.seen += one.seen;
    sum.added += one.added;
    sum.changed += one.changed;
    sum.removed += one.removed;
    sum.unchanged += one.unchanged;
    sum.folded += one.folded;
    sum.superseded += one.superseded;
    sum.quarantined += one.quarantined;
    if (sum.quarantined_why.empty()) sum.quarantined_why = one.quarantined_why;
    for (const auto& key : one.removed_keys) sum.removed_keys.push_back(key);
}

LandCounts land(Store& store, const Mapping& mapping, const Staging& staging, const LandOptions& options,
                const std::function<void()>& also) {
    if (!std::filesystem::exists(staging.file()))
        throw Error(ErrorCode::internal, "nothing is staged for " + mapping.dataset);
    try {
        const Attached attached(store.db(), staging.file());
        const RoomyCache cache(store.db(), {{"main", 8 << 10}, {"staged", 4 << 10}});
        LandCounts counts;
        store.transaction([&] {
            counts = land_attached(store, mapping, staging.facts(), options);
            if (also) also();
        });
        return counts;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

LandCounts land_one(Store& store, const Mapping& mapping, const std::string& key,
                    const std::optional<std::string>& document, WallTime requested, std::int64_t run) {
    LandCounts counts;
    store.transaction([&] {
        const auto before = pull_state(store, mapping.dataset);
        RecordLander lander(store, mapping, run, before ? before->complete_read_at : std::nullopt);
        if (document) {
            lander.counts().seen = 1;
            lander.take({key, rfc3339(requested), document_hash(*document), *document}, lander.table().find(key));
            lander.counts().unreadable = lander.unreadable();
        } else {
            lander.gone(key, rfc3339(requested));
        }
        counts = lander.counts();
    });
    return counts;
}

}  // namespace bindery
