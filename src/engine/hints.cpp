#include "engine/hints.h"

#include <algorithm>
#include <array>

namespace bindery {
namespace {

using std::chrono::seconds;
constexpr std::array<seconds, 6> kWaits{seconds(5), seconds(30), seconds(120), seconds(600), seconds(1800), seconds(3600)};

bool pulls(const Job& job, const std::string& dataset) {
    return std::any_of(job.steps.begin(), job.steps.end(), [&](const Step& step) {
        const auto* pull = std::get_if<PullStep>(&step);
        return pull != nullptr && pull->dataset() == dataset;
    });
}

}  // namespace

std::vector<Hint> hints_of(const std::map<std::string, Job>& jobs, const std::string& word, const std::string& dataset, const std::string& key) {
    std::vector<Hint> hints;
    for (const auto& [name, job] : jobs) {
        if (std::none_of(job.on.begin(), job.on.end(), [&](const Listen& listen) { return listen.word() == word; })) continue;
        const bool reads = !dataset.empty() && pulls(job, dataset);
        hints.push_back({name, reads ? dataset : "", reads ? key : "", 0, {}});
    }
    return hints;
}

std::optional<HintedReads> reads_of(const std::vector<Hint>& hints, const std::string& job) {
    HintedReads reads;
    for (const Hint& hint : hints) {
        if (hint.job != job) continue;
        if (hint.dataset.empty()) return std::nullopt;
        reads[hint.dataset].insert(hint.key);
    }
    return reads;
}

bool read_one_by_one(std::size_t keys, std::int64_t list_rows, int per_page) {
    const auto pages = static_cast<std::size_t>((list_rows + per_page - 1) / per_page);
    return keys <= std::max(kFewReads, pages);
}

WallTime sort_at(WallTime first, WallTime last, WallTime now) {
    if (last > now || first > last) return now;  // the clock was set back
    return std::min(last + kGather, first + kGatherMost);
}

WallTime hints_start_at(const HintTries& tries, std::optional<WallTime> last_end, WallTime now) {
    WallTime at = now;
    // A moment further off than any wait was written before the clock was set back.
    if (tries.not_before && *tries.not_before <= now + kWaits.back()) at = std::max(at, *tries.not_before);
    if (last_end && *last_end <= now) at = std::max(at, *last_end + kBetweenRuns);
    return at;
}

std::optional<HintTries> after_failure(HintTries tries, WallTime now) {
    if (static_cast<std::size_t>(tries.failed) >= kWaits.size()) return std::nullopt;
    tries.not_before = now + kWaits[static_cast<std::size_t>(tries.failed)];
    ++tries.failed;
    return tries;
}

}  // namespace bindery
