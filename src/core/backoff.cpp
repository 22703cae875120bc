#include "core/backoff.h"

#include <date/date.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <locale>
#include <sstream>

#include "core/text.h"

namespace bindery {

namespace {

// The three forms of an HTTP date, all in GMT: the one in use, and two that old servers still send.
std::optional<WallTime> http_date(const std::string& text) {
    for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::istringstream in(text);
        in.imbue(std::locale::classic());
        date::sys_seconds time;
        in >> date::parse(form, time);
        if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return time;
    }
    return std::nullopt;
}

}  // namespace

bool RetryPolicy::retries(int status) const {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::optional<Duration> next_wait(const RetryPolicy& policy, int attempt, Random& random) {
    if (attempt < 1 || static_cast<std::size_t>(attempt) > policy.waits.size()) return std::nullopt;
    const Duration wait = policy.waits[static_cast<std::size_t>(attempt) - 1];
    if (!policy.jitter_up) return wait;
    constexpr double kMostJitter = 0.25;
    const double more = kMostJitter * random.unit() * static_cast<double>(wait.count());
    return wait + Duration(static_cast<Duration::rep>(more));
}

std::optional<Duration> parse_retry_after(const std::string& header, WallTime now) {
    const std::string_view text = trim(header);
    if (text.empty()) return std::nullopt;
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24), kBelievable = std::chrono::hours(24 * 31);
    std::chrono::milliseconds asked{0};
    if (std::all_of(text.begin(), text.end(), is_digit)) {
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem != std::errc() || number > std::numeric_limits<std::int64_t>::max() / 1000) return std::nullopt;
        asked = std::chrono::seconds(number);
        if (asked > kBelievable) asked = WallTime(asked) - now;  // some give the time itself
    } else {
        const auto until = http_date(std::string(text));
        if (!until) return std::nullopt;
        asked = *until - now;
    }
    if (asked > kBelievable) return std::nullopt;
    return std::clamp(asked, std::chrono::milliseconds(0), kLongest);
}

void Breaker::failed(BootTime now) {
    if (failures_ < std::numeric_limits<int>::max()) ++failures_;
    if (failures_ >= threshold_) open_until_ = now + cool_down_;
}

void Breaker::let_through(BootTime now) {
    if (failures_ >= threshold_) open_until_ = now + cool_down_;
}

}  // namespace bindery
