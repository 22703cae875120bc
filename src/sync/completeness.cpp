#include "sync/completeness.h"

#include <algorithm>
#include <cmath>

namespace bindery {
namespace {

constexpr double kRequiredMissing = 0.20;  // above it the mapping is wrong, not the rows
constexpr double kWasUsual = 0.80;
constexpr double kIsRare = 0.20;
constexpr std::int64_t kFewestRows = 5;  // two rows without an offer tell nothing about the field's name
constexpr double kNotableFall = 0.30;  // a fall that is worth a word

std::string number(std::int64_t value, const char* one, const char* many) {
    return std::to_string(value) + ' ' + (value == 1 ? one : many);
}

// Shares are rounded away from the limit they broke only by showing a decimal where it matters.
std::string percent(double share) {
    const double tenths = std::round(share * 1000) / 10;
    std::string text = std::to_string(tenths);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + " %";
}

std::string lacking(const PullFacts& facts, const ListEnding& ending) {
    if (ending.how == ListEnding::How::cut_short) return ending.why.empty() ? "the list was cut short" : ending.why;
    for (std::size_t i = 0; i < facts.pages.size(); ++i)
        if (facts.pages[i] != facts.first_page + static_cast<int>(i))
            return "page " + std::to_string(facts.first_page + static_cast<int>(i)) + " never arrived";
    if (facts.pages.empty()) return "no page arrived";
    if (facts.total_moved) return "the total changed while the list was read";
    const std::int64_t closing = ending.how == ListEnding::How::no_new_key ? ending.closing_repeats : 0;
    if (facts.repeated > closing)
        return number(facts.repeated - closing, "record came twice", "records came twice") +
               ", so the list moved while it was read";
    if (facts.keyless > 0)
        return number(facts.keyless, "row has no key", "rows have no key") + ", so what else is there can't be told";
    if (facts.total && *facts.total != facts.keys)
        return "the service tells of " + number(*facts.total, "record", "records") + " and sent " +
               std::to_string(facts.keys);
    return {};
}

class MappingJudge {
  public:
    MappingJudge(const PullFacts& facts, const std::string& service_file, MappingVerdict& verdict)
        : facts_(facts), service_file_(service_file), verdict_(verdict) {}

    void field(const Mapping& mapping, const Field& field, std::optional<double> last) {
        const auto found = facts_.present.find(field.name);
        const std::int64_t present = found == facts_.present.end() ? 0 : found->second;
        const std::int64_t absent = facts_.rows - present;
        const double share = static_cast<double>(present) / static_cast<double>(facts_.rows);
        // Counted in rows, so that exactly 20 % is exactly 20 %.
        const bool mostly_absent = static_cast<double>(absent) > kRequiredMissing * static_cast<double>(facts_.rows);
        if (field.required && mostly_absent && absent > 1)
            return stop(mapping, field, "is required and missing in " + percent(1 - share) + " of " + rows());
        if (last && *last > kWasUsual && share < kIsRare && facts_.rows >= kFewestRows)
            return stop(mapping, field,
                        "was in " + percent(*last) + " of the rows of the last whole list and is in " + percent(share) +
                            " of " + rows());
        if (field.required && absent > 0)
            warn(field,
                 "is required and missing in " + std::to_string(absent) + " of " + rows() + ": they are quarantined");
        else if (present == 0 && (!last || *last > 0))  // said once
            warn(field, "is in none of " + rows());
        else if (last && *last - share >= kNotableFall)
            warn(field, "fell from " + percent(*last) + " to " + percent(share) + " of " + rows());
    }

  private:
    std::string rows() const { return number(facts_.rows, "row", "rows"); }
    void warn(const Field& field, const std::string& what) {
        verdict_.warnings.push_back("field '" + field.name + "' " + what);
    }
    void stop(const Mapping& mapping, const Field& field, const std::string& what) {
        if (!verdict_.stop.empty()) return warn(field, what);
        verdict_.stop = mapping.dataset + ": field '" + field.name + "' " + what;
        std::string pointers;
        for (const std::string& pointer : field.pointers) pointers += (pointers.empty() ? "" : ", ") + pointer;
        verdict_.hint = "look at field '" + field.name + "' of " + mapping.dataset + " in " + service_file_ +
                        " (read from " + (pointers.empty() ? "/" + field.name : pointers) +
                        "): the service may have renamed it; nothing of this pull was kept";
    }

    const PullFacts& facts_;
    const std::string& service_file_;
    MappingVerdict& verdict_;
};

}  // namespace

CompletenessVerdict judge_completeness(const PullFacts& facts, const ListEnding& ending) {
    const std::string reason = lacking(facts, ending);
    if (!reason.empty()) return {false, "incomplete: " + reason};
    if (facts.resumed) return {false, "resumed"};
    return {true, "complete"};
}

MappingVerdict judge_mapping(const Mapping& mapping, const PullFacts& facts,
                             const std::vector<std::pair<std::string, double>>& last_presence,
                             const std::string& service_file) {
    MappingVerdict verdict;
    if (facts.rows == 0) return verdict;
    MappingJudge judge(facts, service_file, verdict);
    for (const Field& field : mapping.fields) {
        std::optional<double> last;
        const auto found = std::find_if(last_presence.begin(), last_presence.end(),
                                        [&](const auto& entry) { return entry.first == field.name; });
        if (found != last_presence.end()) last = found->second;
        judge.field(mapping, field, last);
    }
    return verdict;
}

}  // namespace bindery
