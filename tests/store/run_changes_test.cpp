// What a run changed, found in a history that several jobs write at a time: against a look at every row.
#include "store/run_changes.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <random>

#include "support/temp_folder.h"

using namespace bindery;
using namespace bindery::test;

namespace {

class Histories {
  public:
    Histories() : store_(folder_ / "agency.db", clock_) {}
    std::int64_t begin(const std::string& job) {
        RunRow row;
        row.job = job;
        row.kind = row.phase = "sync";
        row.now = row.started_at = store_.now();
        row.today = "2026-11-23";
        row.timezone = "UTC";
        return Runs(store_).begin(row);
    }
    void write(std::int64_t run, int rows) {
        SQLite::Statement s(store_.db(), "INSERT INTO change (dataset, key, run, at, kind, field, old, new) VALUES ('book.people', 'k' || ?2, ?1, '2026-11-23T06:00:00.000Z', 'changed', 'name', NULL, 'x')");
        for (int i = 0; i < rows; ++i) {
            s.bind(1, run);
            s.bind(2, ++key_);
            s.exec();
            s.reset();
        }
    }
    std::vector<std::int64_t> all_of(std::int64_t run) {
        SQLite::Statement s(store_.db(), "SELECT id FROM change WHERE run = ? ORDER BY id");
        s.bind(1, run);
        std::vector<std::int64_t> ids;
        while (s.executeStep()) ids.push_back(s.getColumn(0).getInt64());
        return ids;
    }
    // A page at a time.
    std::vector<std::int64_t> found_of(std::int64_t run, int limit) {
        std::vector<std::int64_t> ids;
        for (bool more = true; more;) {
            const RunChanges page = changes_of(store_, run, ids.empty() ? 0 : ids.back(), limit);
            for (const auto& change : page.rows) ids.push_back(change.id);
            more = page.more && !page.rows.empty();
        }
        return ids;
    }
    Store& store() { return store_; }

  private:
    TempFolder folder_;
    SystemClock clock_;
    Store store_;
    int key_ = 0;
};

}  // namespace

TEST_CASE("what a run changed is found among the rows of runs that wrote at the same time, whatever was purged or forgotten") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        Histories histories;
        std::map<std::string, std::int64_t> going;
        std::int64_t last = 0;
        {
            SQLite::Transaction all(histories.store().db());
            for (int i = 0; i < 300; ++i) {
                const std::string job = "job" + std::to_string(below(4));
                if (going.count(job) == 0) last = going[job] = histories.begin(job);
                else if (below(3) == 0) going.erase(job);  // its end; or its process died
                else histories.write(going[job], below(5));
                if (below(40) == 0) histories.store().db().exec("DELETE FROM change WHERE id > (SELECT max(id) - 3 FROM change)");                // forgotten
                if (below(80) == 0) histories.store().db().exec("DELETE FROM change WHERE id % 7 = 1 OR id < (SELECT max(id) / 4 FROM change)");  // purged
            }
            if (seed % 3 == 0) histories.store().db().exec("DELETE FROM run WHERE id % 2 = 0");  // runs are kept for a shorter time
            all.commit();
        }
        for (std::int64_t run = 1; run <= last; ++run) {
            if (!Runs(histories.store()).find(run)) continue;
            INFO("seed " << seed << ", run " << run);
            REQUIRE(histories.found_of(run, 3) == histories.all_of(run));
        }
    }
}

TEST_CASE("a run's changes are found behind any number of rows of runs that wrote at the same time") {
    Histories histories;
    SQLite::Transaction all(histories.store().db());
    const auto mine = histories.begin("leads"), other = histories.begin("policies");
    histories.write(mine, 2);
    histories.write(other, 150'000);
    histories.write(mine, 2);
    all.commit();
    CHECK(histories.found_of(mine, 100).size() == 4);
    CHECK(histories.found_of(mine, 2).size() == 4);
    CHECK(histories.found_of(histories.begin("leads"), 100).empty());
    SQLite::Statement plan(histories.store().db(), "EXPLAIN QUERY PLAN SELECT id FROM change INDEXED BY change_run WHERE run = 1 AND id > 0 ORDER BY id LIMIT 5");
    REQUIRE(plan.executeStep());
    CHECK_THAT(plan.getColumn(3).getString(), Catch::Contains("change_run (run=? AND rowid>?)"));
    CHECK_FALSE(plan.executeStep());  // and nothing is sorted
}

TEST_CASE("a run's own count of changes is read from its report, whatever that holds") {
    const std::vector<std::pair<std::string, std::int64_t>> kTable{
        {R"({"datasets":{"a.b":{"seen":9,"added":1,"changed":2,"removed":3},"c.d":{"changed":4}}})", 10},
        {R"({"datasets":{}})", 0},
        {R"({"datasets":[7,{"added":"x"}]})", 0},
        {"{}", 0},
        {"broken", 0},
    };
    for (const auto& [report, wanted] : kTable) {
        RunRow row;
        row.report = report;
        CHECK(counted_changes(row) == wanted);
    }
    CHECK(counted_changes(RunRow{}) == 0);
}
