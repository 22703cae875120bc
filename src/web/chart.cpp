#include "web/chart.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/dates.h"

namespace bindery::web {
namespace {

constexpr std::size_t kMostBars = 30;
constexpr int kWidth = 8, kHeight = 40, kRoom = 12;  // of a bar with its gap; of the tallest; for the marks above

std::string text(int number) { return std::to_string(number); }

Html bar(const Bar& run, int x, double longest) {
    const std::string tone = tone_of(run.outcome);
    const double share = longest > 0 ? std::sqrt(std::max(0.0, run.seconds) / longest) : 0;
    const int height = std::max(3, static_cast<int>(std::lround(share * kHeight)));
    const int top = kRoom + kHeight - height;
    Html out = tag("rect", {{"class", "bar " + tone}, {"x", text(x)}, {"y", text(top)}, {"width", text(kWidth - 2)}, {"height", text(height)}}, {});
    if (tone == "bad" || tone == "part") {
        out += tag("text", {{"class", "mark"}, {"x", text(x + (kWidth - 2) / 2)}, {"y", text(top - 2)}, {"text-anchor", "middle"}}, sign_of(run.outcome));
    }
    return out;
}

}  // namespace

std::string tone_of(const std::string& outcome) {
    if (outcome == "done" || outcome == "planned") return "good";
    if (outcome == "partial" || outcome == "incomplete" || outcome == "doubt") return "part";
    return outcome.empty() || outcome == "running" ? "none" : "bad";
}

std::string sign_of(const std::string& outcome) {
    const std::string tone = tone_of(outcome);
    if (tone == "good") return "✓";
    if (tone == "part") return outcome == "doubt" ? "?" : "–";
    return tone == "bad" ? "×" : "…";
}

std::string history_words(const std::vector<Bar>& bars) {
    if (bars.empty()) return "No run yet";
    std::map<std::string, int> counts;
    double longest = 0;
    for (const auto& run : bars) {
        ++counts[run.outcome.empty() ? "under way" : run.outcome];
        longest = std::max(longest, run.seconds);
    }
    std::string words = "Last " + std::to_string(bars.size()) + (bars.size() == 1 ? " run: " : " runs: ");
    bool first = true;
    for (const auto& [outcome, count] : counts) {
        words += (first ? "" : ", ") + std::to_string(count) + " " + outcome;
        first = false;
    }
    return words + "; the longest took " + format_duration(std::chrono::milliseconds(std::llround(longest * 1000)));
}

Html history_chart(const std::vector<Bar>& all) {
    if (all.empty()) return {};
    const std::vector<Bar> bars(all.size() > kMostBars ? all.end() - static_cast<std::ptrdiff_t>(kMostBars) : all.begin(), all.end());
    double longest = 0;
    for (const auto& run : bars) longest = std::max(longest, run.seconds);
    const int width = static_cast<int>(kMostBars) * kWidth;
    Html drawing = tag("line", {{"class", "axis"}, {"x1", "0"}, {"x2", text(width)}, {"y1", text(kRoom + kHeight)}, {"y2", text(kRoom + kHeight)}}, {});
    int x = width - static_cast<int>(bars.size()) * kWidth;
    for (const auto& run : bars) {
        drawing += bar(run, x, longest);
        x += kWidth;
    }
    return tag("svg", {{"class", "history"}, {"role", "img"}, {"aria-label", history_words(bars)}, {"viewBox", "0 0 " + text(width) + " " + text(kRoom + kHeight + 1)}}, drawing);
}

Html gauge(int left, int usable, const std::string& words) {
    const int width = usable > 0 ? std::clamp(left, 0, usable) * 100 / usable : 0;
    return tag("svg", {{"class", "gauge"}, {"role", "img"}, {"aria-label", words}, {"viewBox", "0 0 100 8"}, {"preserveAspectRatio", "none"}},
               tag("rect", {{"class", "whole"}, {"width", "100"}, {"height", "8"}}, {}) + tag("rect", {{"class", width < 10 ? "left low" : "left"}, {"width", text(width)}, {"height", "8"}}, {}));
}

}  // namespace bindery::web
