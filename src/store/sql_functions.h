#pragma once
// The functions that Bindery adds to people's SQL, and the date functions of SQLite without the machine's clock and
// zone. All are deterministic: the same arguments give the same answer for ever. Described in docs/jobs.md.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dates.h"

struct sqlite3;

namespace bindery {

// Lives as long as the connection it is registered on.
class SqlFunctions {
  public:
    // `today`: what days_until(date) counts from; without one that form fails.
    SqlFunctions(sqlite3* connection, std::optional<Date> today);
    ~SqlFunctions();
    SqlFunctions(const SqlFunctions&) = delete;
    SqlFunctions& operator=(const SqlFunctions&) = delete;

    static const std::vector<std::string>& names();  // those that Bindery adds

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace bindery
