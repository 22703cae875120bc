#include "store/standing.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <string_view>

namespace bindery {
namespace {

// Rows in the order of their keys, one at a time: key, hash of the document, then what the caller asks for. Straight on SQLite,
// since every record of both books passes here.
class Walk {
  public:
    Walk(SQLite::Database& db, const std::string& sql, const std::string& job = {}) : db_(db) {
        if (sqlite3_prepare_v2(db.getHandle(), sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) throw SQLite::Exception(db.getHandle());
        if (!job.empty()) sqlite3_bind_text(statement_, 1, job.c_str(), -1, SQLITE_TRANSIENT);
        next();
    }
    ~Walk() { sqlite3_finalize(statement_); }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

    bool more() const { return more_; }
    void next() {
        const int code = sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) throw SQLite::Exception(db_.getHandle(), code);
        more_ = code == SQLITE_ROW;
        if (more_) key_ = text(0);
    }
    std::string_view key() const { return key_; }
    bool has_doc() const { return sqlite3_column_type(statement_, 1) != SQLITE_NULL; }
    std::int64_t doc() const { return sqlite3_column_int64(statement_, 1); }
    std::int64_t row() const { return sqlite3_column_int64(statement_, 2); }
    std::string_view text(int at) const {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, at));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, at))};
    }

  private:
    SQLite::Database& db_;
    sqlite3_stmt* statement_ = nullptr;
    std::string_view key_;
    bool more_ = false;
};

std::string live_keys(const std::string& table, const std::string& index) {
    return "SELECT key, doc_hash, rowid FROM " + table + " INDEXED BY " + index + " WHERE removed_at IS NULL ORDER BY key";
}

class Put {
  public:
    Put(SQLite::Database& db, const char* sql) : statement_(db, sql) {}
    void row(std::int64_t id) {
        statement_.reset();
        statement_.bind(1, id);
        statement_.exec();
    }
    void pair(std::string_view theirs_key, std::string_view ours_key) {
        statement_.reset();
        statement_.bind(1, std::string(theirs_key));
        statement_.bind(2, std::string(ours_key));
        statement_.exec();
    }

  private:
    SQLite::Statement statement_;
};

// Found by both walks, both of its records are lone already; by one, the other is to be followed.
constexpr const char* kPutUnsettled = "INSERT INTO temp.unsettled (theirs_key, ours_key, followed) VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET followed = 1";

}  // namespace

Standing::Standing(Store& store, std::string job, std::string ours, std::string ours_keys, std::string theirs, std::string theirs_keys)
    : store_(store), job_(std::move(job)), ours_(std::move(ours)), ours_keys_(std::move(ours_keys)), theirs_(std::move(theirs)), theirs_keys_(std::move(theirs_keys)) {
    store_.db().exec("CREATE TEMP TABLE lone_theirs (t INTEGER PRIMARY KEY); CREATE TEMP TABLE lone_ours (o INTEGER PRIMARY KEY); "
                     "CREATE TEMP TABLE unsettled (theirs_key TEXT PRIMARY KEY, ours_key TEXT NOT NULL, followed INTEGER NOT NULL) WITHOUT ROWID;");
    walk_theirs();
    walk_ours();
    follow_partners();
    counts_.standing = agreed_ - unsettled();
}

const char* Standing::drop_sql() { return "DROP TABLE IF EXISTS temp.lone_theirs; DROP TABLE IF EXISTS temp.lone_ours; DROP TABLE IF EXISTS temp.unsettled;"; }

void Standing::walk_theirs() {
    Walk agreed(store_.db(), "SELECT theirs_key, theirs_doc, ours_key FROM agreed INDEXED BY agreed_theirs WHERE job = ? ORDER BY theirs_key", job_);
    Walk record(store_.db(), live_keys(theirs_, theirs_keys_));
    Put lone(store_.db(), "INSERT INTO temp.lone_theirs (t) VALUES (?)"), unsettled(store_.db(), kPutUnsettled);
    while (record.more() || agreed.more()) {
        const int order = !agreed.more() ? -1 : !record.more() ? 1 : record.key().compare(agreed.key());
        const bool stands = order == 0 && agreed.has_doc() && agreed.doc() == record.doc();
        if (order >= 0 && !stands) unsettled.pair(agreed.key(), agreed.text(2));
        if (order <= 0 && !stands) lone.row(record.row());
        if (order >= 0) {
            ++agreed_;
            agreed.next();
        }
        if (order <= 0) {
            ++counts_.theirs;
            record.next();
        }
    }
}

void Standing::walk_ours() {
    Walk agreed(store_.db(), "SELECT ours_key, ours_doc, theirs_key FROM agreed INDEXED BY agreed_ours WHERE job = ? ORDER BY ours_key", job_);
    Walk record(store_.db(), live_keys(ours_, ours_keys_));
    Put lone(store_.db(), "INSERT INTO temp.lone_ours (o) VALUES (?)"), unsettled(store_.db(), kPutUnsettled);
    while (record.more() || agreed.more()) {
        const int order = !agreed.more() ? -1 : !record.more() ? 1 : record.key().compare(agreed.key());
        const bool stands = order == 0 && agreed.has_doc() && agreed.doc() == record.doc();
        if (order >= 0 && !stands) unsettled.pair(agreed.text(2), agreed.key());
        if (order <= 0 && !stands) lone.row(record.row());
        if (order >= 0) agreed.next();
        if (order <= 0) {
            ++counts_.ours;
            record.next();
        }
    }
}

// Where one of a pair moved, the other is to be paired anew too.
void Standing::follow_partners() {
    if (store_.db().execAndGet("SELECT EXISTS (SELECT 1 FROM temp.unsettled WHERE NOT followed)").getInt() == 0) return;
    store_.db().exec("INSERT OR IGNORE INTO temp.lone_theirs SELECT t.rowid FROM temp.unsettled u CROSS JOIN " + theirs_ + " t ON t.key = u.theirs_key WHERE NOT u.followed AND t.removed_at IS NULL;"
                     "INSERT OR IGNORE INTO temp.lone_ours SELECT o.rowid FROM temp.unsettled u CROSS JOIN " + ours_ + " o ON o.key = u.ours_key WHERE NOT u.followed AND o.removed_at IS NULL;"
                     "UPDATE temp.unsettled SET followed = 1 WHERE NOT followed;");
}

std::int64_t Standing::unsettled() { return store_.db().execAndGet("SELECT count(*) FROM temp.unsettled").getInt64(); }

void Standing::release_claimed(const std::string& same_key) {
    auto& db = store_.db();
    const std::string insert = "INSERT OR IGNORE INTO temp.unsettled (theirs_key, ours_key, followed) SELECT a.theirs_key, a.ours_key, 0 FROM ";
    SQLite::Statement linked(db, insert + "link l CROSS JOIN agreed a ON a.job = l.job AND a.theirs_key = l.theirs_key WHERE l.job = ?1 AND l.same = 1 AND a.ours_key <> l.ours_key "
                                          "UNION ALL SELECT a.theirs_key, a.ours_key, 0 FROM link l CROSS JOIN agreed a INDEXED BY agreed_ours ON a.job = l.job AND a.ours_key = l.ours_key "
                                          "WHERE l.job = ?1 AND l.same = 1 AND a.theirs_key <> l.theirs_key");
    SQLite::Statement by_theirs(db, insert + "temp.lone_theirs l CROSS JOIN " + theirs_ + " t ON t.rowid = l.t CROSS JOIN " + ours_ + " o ON " + same_key +
                                        " CROSS JOIN agreed a INDEXED BY agreed_ours ON a.job = ?1 AND a.ours_key = o.key WHERE o.removed_at IS NULL AND "
                                        "+o.rowid NOT IN (SELECT o FROM temp.lone_ours)");
    SQLite::Statement by_ours(db, insert + "temp.lone_ours l CROSS JOIN " + ours_ + " o ON o.rowid = l.o CROSS JOIN " + theirs_ + " t ON " + same_key +
                                      " CROSS JOIN agreed a ON a.job = ?1 AND a.theirs_key = t.key WHERE t.removed_at IS NULL AND +t.rowid NOT IN (SELECT t FROM temp.lone_theirs)");
    while (counts_.standing > 0) {
        int released = 0;
        for (auto* claim : {&linked, &by_theirs, &by_ours}) {
            claim->reset();
            claim->bind(1, job_);
            released += claim->exec();
        }
        if (released == 0) return;
        counts_.standing -= released;
        follow_partners();
    }
}

}  // namespace bindery
