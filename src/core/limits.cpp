#include "core/limits.h"

#include <algorithm>
#include <cmath>

namespace bindery {

namespace {

// A waiter whose turn depends on tokens that others will take, but haven't yet, can't know its time: it asks again
// soon.
constexpr Duration kAskAgain = std::chrono::milliseconds(10);

bool leads_to(std::string_view prefix, std::string_view path) {
    if (!path.starts_with(prefix)) return false;
    if (prefix.ends_with('/') || path.size() == prefix.size()) return true;
    return path[prefix.size()] == '/' || path[prefix.size()] == '?';
}

}  // namespace

bool Limit::matches(const std::string& call_method, const std::string& call_path) const {
    if (!method.empty() && method != call_method) return false;
    return path_prefix.empty() || leads_to(path_prefix, call_path);
}

int usable_tokens(int tokens, double keep_back) {
    constexpr double kRounding = 1e-9;  // 100 tokens less 7 % are 93, though not in binary fractions
    const double kept = std::clamp(keep_back, 0.0, 1.0);
    return std::max(1, static_cast<int>(std::floor(tokens * (1.0 - kept) + kRounding)));
}

BootTime available_at(std::vector<BootTime> returns, int usable, int ahead, BootTime now) {
    std::erase_if(returns, [now](BootTime back) { return back <= now; });
    const auto taken = static_cast<std::int64_t>(returns.size());
    const std::int64_t missing = std::max(ahead, 0) + 1 - (usable - taken);
    if (missing <= 0) return now;
    if (returns.empty()) return now + kAskAgain;
    const auto which = std::min(missing, taken) - 1;
    std::nth_element(returns.begin(), returns.begin() + which, returns.end());
    return returns[static_cast<std::size_t>(which)];
}

}  // namespace bindery
