#include "store/run_changes.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <nlohmann/json.hpp>

#include "store/record_table.h"

namespace bindery {
namespace {

// Whose row is it? Rows of other runs tell when those of the run can't come any more.
class Passers {
  public:
    Passers(Store& store, const RunRow& run) : run_(run), job_(store.db(), "SELECT job FROM run WHERE id = ?") {}
    bool later_of_job(std::int64_t run) { return run > run_.id && of_job(run); }
    bool earlier_of_job(std::int64_t run) { return run < run_.id && of_job(run); }

  private:
    bool of_job(std::int64_t run) {
        const auto [known, fresh] = known_.emplace(run, false);
        if (!fresh) return known->second;
        job_.bind(1, run);
        known->second = job_.executeStep() && job_.getColumn(0).getString() == run_.job;
        job_.reset();
        return known->second;
    }

    const RunRow& run_;
    SQLite::Statement job_;
    std::map<std::int64_t, bool> known_;
};

// A row of the run, or of a later one, whose neighbour before is of an earlier run (or isn't there): runs at the same time may make
// several such places, and between any of them and the run's own rows are only rows of runs that it shared its time with.
std::int64_t border(Store& store, std::int64_t run) {
    SQLite::Statement at(store.db(), "SELECT id, run FROM change WHERE id >= ? ORDER BY id LIMIT 1");
    SQLite::Statement ends(store.db(), "SELECT coalesce((SELECT min(id) FROM change), 0), coalesce((SELECT max(id) FROM change), 0)");
    ends.executeStep();
    std::int64_t low = ends.getColumn(0).getInt64(), high = ends.getColumn(1).getInt64() + 1;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        at.bind(1, middle);
        const bool before = at.executeStep() && at.getColumn(1).getInt64() < run;
        if (before) low = at.getColumn(0).getInt64() + 1;
        else high = middle;
        at.reset();
    }
    return low;
}

// The run's first row, or the border when none lies before that.
std::int64_t first_row_of(Store& store, const RunRow& run, Passers& passers, int most_passed) {
    std::int64_t first = border(store, run.id);
    SQLite::Statement back(store.db(), "SELECT id, run FROM change WHERE id < ? ORDER BY id DESC");
    back.bind(1, first);
    for (int passed = 0; passed <= most_passed && back.executeStep(); ++passed) {
        const std::int64_t of = back.getColumn(1).getInt64();
        if (passers.earlier_of_job(of)) break;
        if (of != run.id) continue;
        first = back.getColumn(0).getInt64();
        passed = -1;
    }
    return first;
}

RunChange change_of(SQLite::Statement& s) {
    RunChange change;
    change.id = s.getColumn(0).getInt64();
    int i = 2;
    for (std::string* text : {&change.dataset, &change.key, &change.kind, &change.field}) *text = s.getColumn(i++).getString();
    for (auto* text : {&change.old_value, &change.new_value}) *text = optional_text(s, i++);
    return change;
}

}  // namespace

RunChanges changes_of(Store& store, const RunRow& run, std::int64_t after, int limit, int most_passed) {
    try {
        RunChanges found;
        Passers passers(store, run);
        SQLite::Statement on(store.db(), "SELECT id, run, dataset, key, kind, coalesce(field, ''), old, new FROM change WHERE id >= ? ORDER BY id");
        on.bind(1, after > 0 ? after + 1 : first_row_of(store, run, passers, most_passed));
        for (int passed = 0; passed <= most_passed && on.executeStep(); ++passed) {
            const std::int64_t of = on.getColumn(1).getInt64();
            if (passers.later_of_job(of)) break;
            if (of != run.id) continue;
            if (static_cast<int>(found.rows.size()) == limit) {
                found.more = true;
                break;
            }
            found.rows.push_back(change_of(on));
            passed = -1;
        }
        return found;
    } catch (const SQLite::Exception& error) {
        rethrow_store_error(error, store.file());
    }
}

std::int64_t counted_changes(const RunRow& run) {
    std::int64_t count = 0;
    const auto report = run.report ? nlohmann::json::parse(*run.report, nullptr, false) : nlohmann::json();
    if (!report.is_object() || !report.contains("datasets")) return 0;
    for (const auto& dataset : report["datasets"]) {
        for (const char* kind : {"added", "changed", "removed"}) {
            if (dataset.is_object() && dataset.contains(kind) && dataset[kind].is_number_integer()) count += dataset[kind].get<std::int64_t>();
        }
    }
    return count;
}

}  // namespace bindery
