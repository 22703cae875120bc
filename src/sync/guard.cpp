#include "sync/guard.h"

#include <algorithm>

namespace bindery {

GuardVerdict judge_effects(const std::string& job, std::int64_t planned, std::int64_t max_effects, std::int64_t allow) {
    const std::int64_t limit = std::max(max_effects, allow);
    if (planned <= limit) return {};
    const std::string count = std::to_string(planned);
    return {true,
            count + " effects are planned and the guard of " + job + " lets " + std::to_string(limit) +
                " pass; none was sent",
            "look at them with `bindery plan --job " + job + "`; if they are right: bindery sync --job " + job +
                " --allow-effects " + count};
}

GuardVerdict judge_removals(const std::string& job, const std::string& dataset, std::int64_t removals,
                            std::int64_t live_before, const RemovalRule& rule) {
    const std::int64_t limit = removal_limit(rule, live_before);
    if (removals <= limit) return {};
    const std::string count = std::to_string(removals);
    return {true,
            count + " of " + std::to_string(live_before) + " records of " + dataset +
                " are gone from the service and the guard of " + job + " lets " + std::to_string(limit) +
                " pass; none was removed",
            "if they are really gone: bindery sync --job " + job + " --allow-removed " + count};
}

}  // namespace bindery
