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

std::int64_t correction_limit(const CorrectionRule& rule, std::int64_t pairs) {
    if (rule.max_percent < 0) return rule.max;
    return std::max(kFewCorrections, removal_limit({0, rule.max_percent, -1}, pairs));
}

GuardVerdict judge_corrections(const std::string& job, const std::string& ours, const std::string& theirs, const CorrectionCounts& counts,
                               const CorrectionRule& rule, std::int64_t allow) {
    const std::int64_t limit = std::max(correction_limit(rule, counts.pairs), allow), most = std::max(counts.theirs, counts.ours);
    if (most <= limit) return {};
    const std::string& book = counts.theirs > limit ? theirs : ours;
    const std::string count = std::to_string(most);
    return {true,
            count + " of " + std::to_string(counts.pairs) + " pairs would be corrected in " + book + " and the guard of " + job + " lets " +
                std::to_string(limit) + " pass (max_corrected); none was sent or written",
            "a column that is wrong in a file looks like this, and so does a first meeting of two books: look at them with `bindery plan --job " + job +
                "`; if they are right: bindery sync --job " + job + " --allow-effects " + count +
                "; else import a right file"};
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
