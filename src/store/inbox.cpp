#include "store/inbox.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "core/error.h"
#include "store/sqlite_file.h"
#include "store/store.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

constexpr int kInboxVersion = 1;
constexpr std::size_t kMostTried = 64u << 20;  // nobody has longer events, and the trial is written

// Times are milliseconds UTC.
constexpr const char* kInboxSchema = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    service  TEXT NOT NULL,
    id       TEXT NOT NULL,      -- the service's own
    event    TEXT NOT NULL,
    received INTEGER NOT NULL,
    state    TEXT NOT NULL,      -- new | hinted | echo | unheard
    body     TEXT,               -- NULL once it's sorted
    UNIQUE (service, id)
);
CREATE INDEX event_new ON event (seq) WHERE state = 'new';
CREATE INDEX event_received ON event (received);
CREATE TABLE hint (
    job     TEXT NOT NULL,
    dataset TEXT NOT NULL,
    key     TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (job, dataset, key)
) WITHOUT ROWID;
CREATE TABLE tries (job TEXT PRIMARY KEY, failed INTEGER NOT NULL, not_before INTEGER) WITHOUT ROWID;
CREATE TABLE opening (service TEXT PRIMARY KEY, until INTEGER NOT NULL, state INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tally (service TEXT NOT NULL, result TEXT NOT NULL, requests INTEGER NOT NULL, PRIMARY KEY (service, result)) WITHOUT ROWID;
)";

WallTime time_of(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }
std::int64_t number_of(WallTime time) { return time.time_since_epoch().count(); }

[[noreturn]] void not_our_inbox(const fs::path& file, const std::string& why, const std::string& hint) {
    throw Error(ErrorCode::store, file.string() + " " + why, hint, Reach::process);
}

void check_version(SQLite::Database& db, const fs::path& file) {
    if (db.execAndGet("PRAGMA user_version").getInt() != kInboxVersion) not_our_inbox(file, "was written by a newer bindery", "use that version");
}

// Two stores in one folder would take each other's events.
void make_or_check(SQLite::Database& db, const fs::path& file, const fs::path& store) {
    const std::string name = store.filename().string();
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
    if (is_blank(db, file, kInboxFile)) {
        db.exec(kInboxSchema);
        db.exec("PRAGMA application_id = " + std::to_string(kInboxFile.application_id));
        db.exec("PRAGMA user_version = " + std::to_string(kInboxVersion));
        SQLite::Statement insert(db, "INSERT INTO meta (name, value) VALUES ('store', ?)");
        insert.bind(1, name);
        insert.exec();
    }
    check_version(db, file);
    const std::string owner = db.execAndGet("SELECT value FROM meta WHERE name = 'store'").getString();
    if (owner != name) not_our_inbox(file, "holds the webhooks of the store " + owner + " in the same folder", "give each agency's store a folder of its own");
    transaction.commit();
}

void add_tallies(SQLite::Database& db, const InboxTallies& tallies) {
    for (const auto& [what, count] : tallies) {
        SQLite::Statement s(db, "INSERT INTO tally (service, result, requests) VALUES (?1, ?2, ?3) ON CONFLICT (service, result) DO UPDATE SET requests = requests + ?3");
        s.bind(1, what.first);
        s.bind(2, what.second);
        s.bind(3, count);
        s.exec();
    }
}

constexpr std::string_view kSorted = "sorted.";  // of tallies that tell what became of events
constexpr std::string_view kLast = "last.";      // of meta: when a service's latest event came

void note_last(SQLite::Database& db, const std::map<std::string, WallTime>& last) {
    for (const auto& [service, at] : last) {
        SQLite::Statement s(db, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)");
        s.bind(1, std::string(kLast) + service);
        s.bind(2, number_of(at));
        s.exec();
    }
}

template <typename... Values>
int execute_in(SQLite::Database& db, const char* sql, const Values&... values) {
    SQLite::Statement s(db, sql);
    int i = 0;
    (s.bind(++i, values), ...);
    return s.exec();
}

}  // namespace

fs::path inbox_beside(const fs::path& store) { return store.parent_path() / "inbox.db"; }

Inbox::Inbox(const fs::path& store, const Clock& clock) : file_(inbox_beside(store)), clock_(&clock) {
    try {
        create_private_file(file_);
        give_to_owner_of(store, file_);  // before its log is made, which takes after it
        db_ = open_for_writing(file_, kInboxFile);
        db_->execAndGet("PRAGMA secure_delete = ON");  // bodies hold people's data, and stay for a moment only
        make_or_check(*db_, file_, store);
    } catch (const std::exception& error) {
        rethrow_store_error(error, file_);
    }
}

Inbox::Inbox(fs::path file, const Clock& clock, std::unique_ptr<SQLite::Database> db) : file_(std::move(file)), clock_(&clock), db_(std::move(db)) {}
Inbox::~Inbox() = default;
Inbox::Inbox(Inbox&&) noexcept = default;

std::unique_ptr<Inbox> Inbox::open_to_look(const fs::path& store, const Clock& clock) {
    const fs::path file = inbox_beside(store);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return nullptr;
    try {
        auto db = open_for_reading(file);
        if (is_blank(*db, file, kInboxFile)) return nullptr;
        check_version(*db, file);
        return std::unique_ptr<Inbox>(new Inbox(file, clock, std::move(db)));
    } catch (const std::exception& error) {
        rethrow_store_error(error, file);
    }
}

template <typename Work>
void Inbox::reading(const Work& work) {
    try {
        work();
    } catch (const std::exception& error) {
        rethrow_store_error(error, file_);
    }
}

template <typename Work>
void Inbox::transaction(const Work& work) {
    try {
        SQLite::Transaction transaction(*db_, SQLite::TransactionBehavior::IMMEDIATE);
        work();
        transaction.commit();
    } catch (const std::exception& error) {
        rethrow_store_error(error, file_);
    }
}

std::vector<bool> Inbox::keep(const std::vector<InboxEvent>& events, const InboxTallies& tallies) {
    std::vector<bool> fresh;
    InboxTallies counts = tallies;
    std::map<std::string, WallTime> last;
    transaction([&] {
        SQLite::Statement insert(*db_, "INSERT INTO event (service, id, event, received, state, body) VALUES (?, ?, ?, ?, 'new', ?) ON CONFLICT (service, id) DO NOTHING");
        for (const InboxEvent& event : events) {
            insert.reset();
            insert.bind(1, event.service);
            insert.bind(2, event.id);
            insert.bind(3, event.event);
            insert.bind(4, number_of(event.received));
            insert.bind(5, event.body);
            fresh.push_back(insert.exec() == 1);
            ++counts[{event.service, fresh.back() ? "kept" : "repeated"}];
            if (fresh.back()) last[event.service] = std::max(last[event.service], event.received);
        }
        add_tallies(*db_, counts);
        note_last(*db_, last);
    });
    return fresh;
}

void Inbox::try_to_keep(std::size_t bytes) {
    try {
        transaction([&] {
            execute_in(*db_, "INSERT INTO meta (name, value) VALUES ('trial', zeroblob(?)) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                       static_cast<std::int64_t>(std::min(bytes, kMostTried)));
        });
    } catch (const Error&) {
        db_->tryExec("PRAGMA wal_checkpoint(TRUNCATE)");  // the log has taken what room there was, from the store too
        throw;
    }
    transaction([&] { execute_in(*db_, "DELETE FROM meta WHERE name = 'trial'"); });
}

std::vector<InboxEvent> Inbox::unsorted(int limit) {
    std::vector<InboxEvent> events;
    reading([&] {
        SQLite::Statement s(*db_, "SELECT seq, service, id, event, received, body FROM event WHERE state = 'new' ORDER BY seq LIMIT ?");
        s.bind(1, limit);
        while (s.executeStep()) {
            events.push_back({s.getColumn(0).getInt64(), s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getString(), s.getColumn(5).getString(),
                              time_of(s.getColumn(4).getInt64())});
        }
    });
    return events;
}

void Inbox::sort(const std::vector<SortedEvent>& events) {
    if (events.empty()) return;
    transaction([&] {
        SQLite::Statement add(*db_, "INSERT INTO hint (job, dataset, key, seq, since) SELECT ?1, ?2, ?3, seq, received FROM event WHERE seq = ?4 "
                                    "ON CONFLICT (job, dataset, key) DO UPDATE SET seq = max(seq, excluded.seq), since = min(since, excluded.since)");
        SQLite::Statement mark(*db_, "UPDATE event SET state = ?1, body = NULL WHERE seq = ?2");
        SQLite::Statement count(*db_, "INSERT INTO tally (service, result, requests) SELECT service, ?1, 1 FROM event WHERE seq = ?2 "
                                      "ON CONFLICT (service, result) DO UPDATE SET requests = requests + 1");
        for (const SortedEvent& event : events) {
            for (const Hint& hint : event.hints) {
                add.reset();
                add.bind(1, hint.job);
                add.bind(2, hint.dataset);
                add.bind(3, hint.key);
                add.bind(4, event.seq);
                add.exec();
            }
            mark.reset();
            mark.bind(1, event.state);
            mark.bind(2, event.seq);
            mark.exec();
            count.reset();
            count.bind(1, std::string(kSorted) + event.state);
            count.bind(2, event.seq);
            count.exec();
        }
    });
}

std::int64_t Inbox::last_seq() {
    std::int64_t seq = 0;
    reading([&] { seq = db_->execAndGet("SELECT coalesce(max(seq), 0) FROM event").getInt64(); });
    return seq;
}

std::vector<Hint> Inbox::hints() {
    std::vector<Hint> hints;
    reading([&] {
        SQLite::Statement s(*db_, "SELECT job, dataset, key, seq, since FROM hint ORDER BY job, dataset, key");
        while (s.executeStep()) {
            hints.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(), s.getColumn(2).getString(), s.getColumn(3).getInt64(), time_of(s.getColumn(4).getInt64())});
        }
    });
    return hints;
}

std::map<std::string, HintTries> Inbox::tries() {
    std::map<std::string, HintTries> all;
    reading([&] {
        SQLite::Statement s(*db_, "SELECT job, failed, not_before FROM tries");
        while (s.executeStep()) {
            HintTries& tries = all[s.getColumn(0).getString()];
            tries.failed = s.getColumn(1).getInt();
            if (!s.getColumn(2).isNull()) tries.not_before = time_of(s.getColumn(2).getInt64());
        }
    });
    return all;
}

void Inbox::done(const std::string& job, std::int64_t seq) {
    transaction([&] {
        execute_in(*db_, "DELETE FROM hint WHERE job = ? AND seq <= ?", job, seq);
        // A record that changes all the time is waited for since its latest event, not since its first.
        execute_in(*db_, "UPDATE hint SET since = max(since, coalesce((SELECT received FROM event WHERE event.seq = hint.seq), since)) WHERE job = ?", job);
        execute_in(*db_, "DELETE FROM tries WHERE job = ?", job);
    });
}

void Inbox::put_off(const std::string& job, const HintTries& tries) {
    transaction([&] {
        SQLite::Statement s(*db_, "INSERT INTO tries (job, failed, not_before) VALUES (?1, ?2, ?3) ON CONFLICT (job) DO UPDATE SET failed = ?2, not_before = ?3");
        s.bind(1, job);
        s.bind(2, tries.failed);
        if (tries.not_before) s.bind(3, number_of(*tries.not_before));
        s.exec();
    });
}

void Inbox::drop_jobs_but(const std::vector<std::string>& jobs) {
    transaction([&] {
        std::string list;
        for (const auto& job : jobs) list += (list.empty() ? "'" : ", '") + job + "'";  // names of small letters, digits and _
        db_->exec("DELETE FROM hint WHERE job NOT IN (" + list + ")");
        db_->exec("DELETE FROM tries WHERE job NOT IN (" + list + ")");
    });
}

void Inbox::open_window(const std::string& service, WallTime until) {
    transaction([&] {
        execute_in(*db_, "INSERT INTO opening (service, until, state) VALUES (?1, ?2, 0) ON CONFLICT (service) DO UPDATE SET until = ?2, state = 0", service, number_of(until));
    });
}

void Inbox::set_window(const std::string& service, WindowState state) {
    transaction([&] { execute_in(*db_, "UPDATE opening SET state = ? WHERE service = ?", static_cast<int>(state), service); });
}

void Inbox::secret_written(const std::string& service) {
    transaction([&] {
        execute_in(*db_, "INSERT INTO opening (service, until, state) VALUES (?1, ?2, ?3) ON CONFLICT (service) DO UPDATE SET state = ?3", service, number_of(clock_->wall()),
                   static_cast<int>(WindowState::secret_written));
    });
}

void Inbox::close_window(const std::string& service) {
    transaction([&] { execute_in(*db_, "DELETE FROM opening WHERE service = ?", service); });
}

std::map<std::string, HookWindow> Inbox::windows() {
    std::map<std::string, HookWindow> all;
    reading([&] {
        SQLite::Statement s(*db_, "SELECT service, until, state FROM opening");
        while (s.executeStep()) all[s.getColumn(0).getString()] = {time_of(s.getColumn(1).getInt64()), static_cast<WindowState>(s.getColumn(2).getInt())};
    });
    return all;
}

InboxFacts Inbox::facts() {
    InboxFacts facts;
    reading([&] {
        SQLite::Statement tallies(*db_, "SELECT service, result, requests FROM tally");
        while (tallies.executeStep()) {
            const std::string service = tallies.getColumn(0).getString(), result = tallies.getColumn(1).getString();
            if (result.starts_with(kSorted)) facts.services[service].sorted[result.substr(kSorted.size())] = tallies.getColumn(2).getInt64();
            else facts.requests[{service, result}] = tallies.getColumn(2).getInt64();
        }
        SQLite::Statement last(*db_, "SELECT substr(name, 6), value FROM meta WHERE name LIKE 'last.%'");
        while (last.executeStep()) facts.services[last.getColumn(0).getString()].last = time_of(last.getColumn(1).getInt64());
        // A hint is of the service whose event said so last, else of its dataset's.
        SQLite::Statement waiting(*db_, "SELECT service, count(*), min(since) FROM (SELECT coalesce(e.service, substr(h.dataset, 1, instr(h.dataset, '.') - 1)) AS service, h.since "
                                        "FROM hint h LEFT JOIN event e ON e.seq = h.seq UNION ALL SELECT service, received FROM event WHERE state = 'new') GROUP BY service");
        while (waiting.executeStep()) {
            InboxService& service = facts.services[waiting.getColumn(0).getString()];
            service.waiting = waiting.getColumn(1).getInt64();
            service.oldest = time_of(waiting.getColumn(2).getInt64());
            facts.waiting += service.waiting;
            facts.oldest = facts.oldest ? std::min(*facts.oldest, *service.oldest) : *service.oldest;
        }
    });
    return facts;
}

std::int64_t Inbox::purge(WallTime before) {
    std::int64_t rows = 0;
    transaction([&] { rows = execute_in(*db_, "DELETE FROM event WHERE received < ? AND state <> 'new'", number_of(before)); });
    return rows;
}

}  // namespace bindery
