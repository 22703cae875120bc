#pragma once
// SQL written by people: a job's selects and `bindery query`. Runs on a read-only connection of its own with an
// authorizer, a function allow list, no tables of secrets, and a step limit. `'now'`, current_date and their kin are
// refused: use :now and :today, which stand still for a run. Adds policy_key, phone10, state2, days_until, business_day,
// money_text and those for people (docs/jobs.md). A message names line and column of the SQL, never a record's values.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/template.h"

namespace bindery {

// What one statement may cost.
struct SqlLimits {
    std::int64_t steps = 2'000'000'000;  // instructions of SQLite's machine; a runaway join ends within a minute or so
    int text = 16 << 20;                 // bytes of one value
    std::function<bool()> stop;          // asked now and then; true ends the statement with Error(interrupted)
};

class JobSql {
  public:
    // `parameters` are bound by name (:territory …): arrays and objects as JSON text, true and false as 1 and 0, null
    // as NULL. A number that 15 digits hold exactly is bound as a number, so that `x > :limit` compares numbers; a
    // longer one as text.
    JobSql(const std::filesystem::path& store, Values parameters, SqlLimits limits = {});
    ~JobSql();
    JobSql(JobSql&&) noexcept;

    // From here on every statement sees the store as it is now. It doesn't hinder writers; their log grows meanwhile.
    void hold_snapshot();
    void release_snapshot();

    // Compiles only: the result's column names. Error(config) with SQLite's message for anything but one read-only
    // SELECT, an unknown table, column, function or parameter, a refused word.
    std::vector<std::string> columns(const std::string& sql);
    // Each row as column → JSON value: text, integer, null; other numbers as exact ones (core/exact_json.h); blobs are
    // refused. Error(config) as above and when two columns share a name; Error(sql) when it fails or exceeds the step
    // limit; `row` may throw.
    void for_each(const std::string& sql, const std::function<void(const Values& row)>& row);
    // Rows in column order, for `query`.
    void for_each_cells(const std::string& sql,
                        const std::function<void(const std::vector<nlohmann::json>& cells)>& row);

  private:
    struct Impl;
    Impl& open();  // a job without SQL needs no connection: it's made at the first statement
    std::function<std::unique_ptr<Impl>()> make_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bindery
