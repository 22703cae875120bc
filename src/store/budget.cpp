#include "store/budget.h"

#include <SQLiteCpp/Transaction.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "store/budget_db.h"
#include "store/budget_queue.h"
#include "store/sqlite_file.h"
#include "store/store.h"

namespace bindery {
namespace fs = std::filesystem;
namespace {

struct BucketRow {
    std::int64_t id = 0;
    BootTime full_until{0};
};

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    const std::string bytes = random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

using Pauses = std::map<std::string, BootTime>;  // by pause_key

// Of the account, or of one of its buckets.
std::string pause_key(const std::string& account, const std::string& bucket = {}) { return bucket.empty() ? account : account + '\x1f' + bucket; }

BootTime pause_of(const Pauses& pauses, const std::string& key) {
    const auto found = pauses.find(key);
    return found == pauses.end() ? BootTime{0} : found->second;
}

}  // namespace

struct BudgetFile::Impl {
    struct Held {  // what this object took and hasn't given back yet
        std::string account;
        std::vector<Bucket> buckets;
    };
    // A bucket as a take finds it.
    struct Sight {
        const Bucket* bucket = nullptr;
        BucketRow row;
        std::vector<TakenToken> taken;
        int ahead = 0;
        bool grants(BootTime now) const {
            return row.full_until <= now && bucket->usable - static_cast<int>(taken.size()) > ahead;
        }
    };

    Impl(const fs::path& file_, const Clock& clock_) : file(file_), clock(clock_), random(random_seed()) {
        guarded([] {});
    }

    // Runs `work` on a file that is whole and has its name; whatever SQLite says leaves as Error(store).
    template <class Work>
    auto guarded(const Work& work) -> decltype(work()) {
        try {
            try {
                use_current_file();
                return work();
            } catch (const SQLite::Exception& error) {
                if (!is_corrupt(error) || !db) throw;
            }
            const ino_t damaged = db->inode();
            db.reset();
            BudgetDb::set_aside(file, clock, damaged);
            use_current_file();
            return work();
        } catch (const std::exception& error) {
            rethrow_store_error(error, file);
        }
    }
    // The same in one IMMEDIATE transaction.
    template <class Work>
    auto in_transaction(const Work& work) -> decltype(work()) {
        return guarded([&] {
            SQLite::Transaction transaction(db->db(), SQLite::TransactionBehavior::IMMEDIATE);
            if constexpr (std::is_void_v<decltype(work())>) {
                work();
                transaction.commit();
            } else {
                auto result = work();
                transaction.commit();
                return result;
            }
        });
    }

    void use_current_file() {
        if (db && db->is_current()) return;
        const bool lost = db != nullptr;  // gone under our hands: what it knew is forgotten
        db.reset();
        db = std::make_unique<BudgetDb>(file, clock, lost);
    }

    BucketRow bucket_row(const std::string& account, const Bucket& bucket, Duration timeout, BootTime now);
    BucketRow new_bucket(const std::string& account, const Bucket& bucket, Duration timeout, BootTime now);
    Sight look(const TakeRequest& request, const Bucket& bucket, BootTime now);
    std::vector<Waiter> waiters(const std::string& account, BootTime now);
    Grant take(const TakeRequest& request, BootTime now);
    Grant grant(const TakeRequest& request, const std::vector<Sight>& sights, BootTime now);
    Grant refuse(const TakeRequest& request, const std::vector<Sight>& sights, Waiter self, BootTime pause, BootTime now);
    void keep_place(const TakeRequest& request, const Waiter& self, BootTime ask_again);
    Pauses pauses();
    BootTime paused_until(const TakeRequest& request);

    fs::path file;
    const Clock& clock;
    Random random;
    std::unique_ptr<BudgetDb> db;
    std::unordered_map<std::int64_t, Held> held;
};

BucketRow BudgetFile::Impl::bucket_row(const std::string& account, const Bucket& bucket, Duration timeout,
                                       BootTime now) {
    std::int64_t id = 0, per = 0;  // no row has the id 0
    BootTime full_until{0};
    {
        Query query(*db, "SELECT id, per, full_until FROM bucket WHERE account = ? AND name = ?", account, bucket.name);
        if (query.next()) {
            id = query.number(0);
            per = query.number(1);
            full_until = query.time(2);
        }
    }
    if (id == 0) return new_bucket(account, bucket, timeout, now);
    if (per != bucket.per.count()) Query(*db, "UPDATE bucket SET per = ? WHERE id = ?", bucket.per.count(), id).run();
    return {id, full_until};
}

// A limit that wasn't there before (the settings changed) starts with the account's calls that are known; in a file
// that replaced a lost one, as full as the calls under way at the loss can have made it.
BucketRow BudgetFile::Impl::new_bucket(const std::string& account, const Bucket& bucket, Duration timeout,
                                       BootTime now) {
    BootTime full_until{0};
    {
        Query query(*db, "SELECT value FROM meta WHERE name = 'distrusted_at'");
        if (query.next()) full_until = query.time(0) + timeout + bucket.per;
    }
    if (full_until <= now) full_until = BootTime{0};
    Query(*db, "INSERT INTO bucket (account, name, per, full_until) VALUES (?, ?, ?, ?)", account, bucket.name,
          bucket.per.count(), full_until.count())
        .run();
    const std::int64_t id = db->db().getLastInsertRowid();
    Query(*db,
          "INSERT INTO taken (bucket, token, base, in_flight) SELECT ?1, token, max(base), max(in_flight) FROM taken"
          " JOIN bucket ON bucket.id = taken.bucket WHERE account = ?2 GROUP BY token",
          id, account)
        .run();
    return {id, full_until};
}

BudgetFile::Impl::Sight BudgetFile::Impl::look(const TakeRequest& request, const Bucket& bucket, BootTime now) {
    Sight sight;
    sight.bucket = &bucket;
    sight.row = bucket_row(request.account, bucket, request.timeout, now);
    bool any_back = false;
    {
        Query query(*db, "SELECT base, in_flight FROM taken WHERE bucket = ?", sight.row.id);
        while (query.next()) {
            const TakenToken token{query.time(0), query.number(1) != 0};
            if (token.base + bucket.per > now)
                sight.taken.push_back(token);
            else
                any_back = true;
        }
    }
    if (any_back)
        Query(*db, "DELETE FROM taken WHERE bucket = ? AND base <= ?", sight.row.id, (now - bucket.per).count()).run();
    return sight;
}

std::vector<Waiter> BudgetFile::Impl::waiters(const std::string& account, BootTime now) {
    std::vector<Waiter> found;
    bool any_expired = false;
    {
        Query query(*db, "SELECT name, class, since, not_before, buckets, expires FROM waiter WHERE account = ?",
                    account);
        while (query.next()) {
            if (query.time(5) <= now)
                any_expired = true;
            else
                found.push_back({query.text(0), static_cast<int>(query.number(1)), query.time(2), query.time(3),
                                 split_ids(query.text(4))});
        }
    }
    if (any_expired) Query(*db, "DELETE FROM waiter WHERE account = ? AND expires <= ?", account, now.count()).run();
    return found;
}

Pauses BudgetFile::Impl::pauses() {
    Pauses found;
    Query query(*db, "SELECT account, until FROM pause");
    while (query.next()) found[query.text(0)] = query.time(1);
    return found;
}

BootTime BudgetFile::Impl::paused_until(const TakeRequest& request) {
    const auto known = pauses();
    if (known.empty()) return BootTime{0};
    BootTime until = pause_of(known, pause_key(request.account));
    for (const Bucket& bucket : request.buckets) until = std::max(until, pause_of(known, pause_key(request.account, bucket.name)));
    return until;
}

Grant BudgetFile::Impl::take(const TakeRequest& request, BootTime now) {
    Waiter self{request.waiter, static_cast<int>(request.call_class), request.waiting_since, {}, {}};
    if (self.since == BootTime{0}) self.since = now;
    const std::vector<Waiter> others = waiters(request.account, now);
    std::vector<Sight> sights;
    for (const Bucket& bucket : request.buckets) {
        sights.push_back(look(request, bucket, now));
        self.buckets.push_back(sights.back().row.id);
    }
    for (Sight& sight : sights) sight.ahead = count_ahead(others, self, sight.row.id, sight.bucket->per, now);
    const BootTime pause = paused_until(request);
    const bool all = std::all_of(sights.begin(), sights.end(), [&](const Sight& sight) { return sight.grants(now); });
    if (pause > now || !all) return refuse(request, sights, std::move(self), pause, now);
    const bool kept_a_place =
        std::any_of(others.begin(), others.end(), [&](const Waiter& other) { return other.name == request.waiter; });
    if (kept_a_place)
        Query(*db, "DELETE FROM waiter WHERE account = ? AND name = ?", request.account, request.waiter).run();
    return grant(request, sights, now);
}

Grant BudgetFile::Impl::grant(const TakeRequest& request, const std::vector<Sight>& sights, BootTime now) {
    Grant grant;
    grant.granted = true;
    grant.taken = now;
    grant.token = static_cast<std::int64_t>(random.next() >> 2) + 1;
    for (const Sight& sight : sights) {
        Query(*db, "INSERT INTO taken (bucket, token, base, in_flight) VALUES (?, ?, ?, 1)", sight.row.id, grant.token,
              (now + request.timeout).count())
            .run();
    }
    return grant;
}

Grant BudgetFile::Impl::refuse(const TakeRequest& request, const std::vector<Sight>& sights, Waiter self,
                               BootTime pause, BootTime now) {
    Grant grant;
    grant.paused = pause > now;
    const BootTime start = std::max(now, pause);
    BootTime free_at = start;
    int ahead = 0;
    self.not_before = start;
    for (const Sight& sight : sights) {
        const BootTime from = std::max(start, sight.row.full_until);
        const auto when = [&](int before) {
            return earliest(sight.taken, sight.bucket->per, sight.bucket->usable, before, from, now);
        };
        const BootTime at = when(sight.ahead);
        if (!sight.grants(now) && (grant.short_of.empty() || at > self.not_before)) grant.short_of = sight.bucket->name;
        self.not_before = std::max(self.not_before, at);
        free_at = std::max(free_at, when(0));
        ahead = std::max(ahead, sight.ahead);
    }
    grant.ask_again = ask_again_at(self.not_before, free_at, ahead, now);
    keep_place(request, self, grant.ask_again);
    return grant;
}

void BudgetFile::Impl::keep_place(const TakeRequest& request, const Waiter& self, BootTime ask_again) {
    if (self.name.empty()) return;
    Query(*db,
          "INSERT OR REPLACE INTO waiter (account, name, class, since, not_before, expires, process, buckets)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          request.account, self.name, self.call_class, self.since.count(), self.not_before.count(),
          (ask_again + kWaiterGrace).count(), static_cast<std::int64_t>(::getpid()), join_ids(self.buckets))
        .run();
}

BudgetFile::BudgetFile(const fs::path& file, const Clock& clock) : impl_(std::make_unique<Impl>(file, clock)) {}
BudgetFile::~BudgetFile() = default;
BudgetFile::BudgetFile(BudgetFile&&) noexcept = default;

Grant BudgetFile::take(const TakeRequest& request) {
    Impl& impl = *impl_;
    // The time is read under the lock: waiting for it must not make a token look younger or older than it is.
    Grant grant = impl.in_transaction([&] { return impl.take(request, impl.clock.boot()); });
    if (grant.granted) impl.held[grant.token] = {request.account, request.buckets};
    return grant;
}

void BudgetFile::release(std::int64_t token, BootTime ended) {
    Impl& impl = *impl_;
    const auto found = impl.held.find(token);
    if (found == impl.held.end()) {  // taken by another object: what the file knows of it is all there is
        impl.in_transaction([&] {
            Query(*impl.db, "UPDATE taken SET base = ?, in_flight = 0 WHERE token = ?", ended.count(), token).run();
        });
        return;
    }
    const Impl::Held& held = found->second;
    impl.in_transaction([&] {
        const int moved = Query(*impl.db,
                                "UPDATE taken SET base = ?, in_flight = 0 WHERE token = ?"
                                " AND bucket IN (SELECT id FROM bucket WHERE account = ?)",
                                ended.count(), token, held.account)
                              .run();
        if (moved >= static_cast<int>(held.buckets.size())) return;
        // Cleaned away because the reply came later than any could, or the file is a new one: the call was made all the
        // same.
        const BootTime now = impl.clock.boot();
        for (const Bucket& bucket : held.buckets) {
            const BucketRow row = impl.bucket_row(held.account, bucket, Duration{0}, now);
            Query(*impl.db, "INSERT OR REPLACE INTO taken (bucket, token, base, in_flight) VALUES (?, ?, ?, 0)", row.id,
                  token, ended.count())
                .run();
        }
    });
    impl.held.erase(token);
}

void BudgetFile::give_back(std::int64_t token) {
    impl_->in_transaction([&] { Query(*impl_->db, "DELETE FROM taken WHERE token = ?", token).run(); });
    impl_->held.erase(token);
}

void BudgetFile::pause(const std::string& account, BootTime until, const std::vector<Bucket>& buckets) {
    Impl& impl = *impl_;
    std::vector<std::string> keys;
    for (const Bucket& bucket : buckets) keys.push_back(pause_key(account, bucket.name));
    if (keys.empty()) keys.push_back(pause_key(account));
    impl.in_transaction([&] {
        const BootTime now = impl.clock.boot();
        const auto known = impl.pauses();
        const WallTime wall = std::chrono::ceil<std::chrono::milliseconds>(impl.clock.wall() + (until - now));
        for (const std::string& key : keys) {
            if (until <= now || until <= pause_of(known, key)) continue;
            Query(*impl.db, "INSERT OR REPLACE INTO pause (account, until, until_wall, length) VALUES (?, ?, ?, ?)", key,
                  until.count(), static_cast<std::int64_t>(wall.time_since_epoch().count()), (until - now).count())
                .run();
        }
    });
}

void BudgetFile::forget_waiter(const std::string& account, const std::string& waiter) {
    impl_->in_transaction(
        [&] { Query(*impl_->db, "DELETE FROM waiter WHERE account = ? AND name = ?", account, waiter).run(); });
}

std::vector<BucketState> BudgetFile::state(const std::string& account) {
    Impl& impl = *impl_;
    return impl.guarded([&] {
        const BootTime now = impl.clock.boot();
        const auto known = impl.pauses();
        const BootTime pause = pause_of(known, pause_key(account));
        std::vector<BucketState> states;
        Query query(*impl.db,
                    "SELECT name, count(token), coalesce(min(base + per), 0), full_until FROM bucket"
                    " LEFT JOIN taken ON bucket.id = taken.bucket AND base + per > ?1 WHERE account = ?2 GROUP BY id "
                    "ORDER BY id",
                    now.count(), account);
        while (query.next()) {
            BucketState state;
            state.account = account;
            state.name = query.text(0);
            state.tokens_out = static_cast<int>(query.number(1));
            state.next_return = query.time(2);
            state.paused_until = std::max({pause, pause_of(known, pause_key(account, state.name)), query.time(3)});
            if (state.paused_until <= now) state.paused_until = BootTime{0};
            states.push_back(std::move(state));
        }
        return states;
    });
}

std::map<std::string, BudgetFile::Pusher> BudgetFile::last_pushers(const std::string& account) {
    return impl_->guarded([&] {
        std::map<std::string, Pusher> pushers;
        for (Query query(*impl_->db, "SELECT effect, store_id, run FROM pusher WHERE account = ?", account); query.next();) pushers[query.text(0)] = {query.text(1), query.number(2)};
        return pushers;
    });
}

std::optional<BudgetFile::Pusher> BudgetFile::last_pusher(const std::string& account, const std::string& effect) {
    const auto pushers = last_pushers(account);
    const auto found = pushers.find(effect);
    return found == pushers.end() ? std::nullopt : std::optional(found->second);
}

void BudgetFile::set_pusher(const std::string& account, const std::string& effect, const Pusher& pusher) {
    impl_->in_transaction([&] { Query(*impl_->db, "INSERT OR REPLACE INTO pusher (account, effect, store_id, run) VALUES (?, ?, ?, ?)", account, effect, pusher.store_id, pusher.run).run(); });
}

}  // namespace bindery
