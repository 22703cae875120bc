#pragma once
// One pull of a run: read the list (or records by id), judge it, land it. A failed or incomplete pull lands what it brought and
// stops nothing; a mapping that doesn't fit the service any more throws Error(mapping), and nothing of it lands.
#include "engine/context.h"
#include <optional>

#include "core/template.h"
#include "engine/report.h"

namespace bindery {

struct PullContext {
    std::string job;
    std::int64_t run = 0;
    Date today;
    Guard guard;
    std::int64_t allow_removed = -1;
    BootTime deadline{0};
    Values parameters;  // for `for:` selects
};

// Fills `report`; throws Error(mapping), Error(sql), Error(store), never for what a service did: that's in the verdict, and
// the returned Error, if any, says how the run fails for it.
std::optional<Error> pull_dataset(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, int step_number,
                                  DatasetReport& report, std::vector<std::string>& warnings);

// The same for records that are known by their keys: one GET each. Error(service) and so on as above.
std::optional<Error> pull_records(const Engine& engine, Callers& callers, const PullStep& step, const PullContext& context, const std::vector<std::string>& keys,
                                  DatasetReport& report, std::vector<std::string>& warnings);

}  // namespace bindery
