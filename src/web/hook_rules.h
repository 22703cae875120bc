#pragma once
// Whether a webhook is taken, and why not. Pure. What is refused for its size never comes here.
#include <string>
#include <vector>

#include "core/clock.h"
#include "web/http.h"

namespace bindery::web {

struct HookRules {
    std::string service;
    std::vector<std::string> secrets;  // the present one and, while it rotates, the other; none: nothing can be checked
    std::string header, prefix;        // of the signature; the header's name in small letters
    std::string id, event, timestamp;  // JSON pointers; timestamp empty: events carry none
    Duration max_age{0};
};

// A word of its own for each way a request can end: they are labels of a metric.
namespace hook_result {
inline constexpr const char* kKept = "kept";                    // 200
inline constexpr const char* kRepeated = "repeated";            // 200: the event is known
inline constexpr const char* kWindow = "window";                // 200, and nothing kept: `webhooks register` is under way
inline constexpr const char* kNoSecret = "no_secret";           // 503
inline constexpr const char* kNoSignature = "no_signature";     // 401
inline constexpr const char* kBadSignature = "bad_signature";   // 401
inline constexpr const char* kMalformed = "malformed";          // 400: no JSON object, no event, no time
inline constexpr const char* kTooOld = "too_old";               // 400
inline constexpr const char* kFromFuture = "from_future";       // 400
inline constexpr const char* kTooLarge = "too_large";           // 413
inline constexpr const char* kTooMany = "too_many";             // 503
inline constexpr const char* kNotKept = "not_kept";             // 503: the disk is full, or fails
}  // namespace hook_result

struct HookVerdict {
    std::string result;     // kKept: it may be kept
    int status = 200;
    std::string text;       // for the reply; repeats nothing of the request
    std::string id, event;  // when it may be kept
    bool unsigned_one() const { return status == 401 || result == hook_result::kNoSecret; }  // nobody knows who sent it
};

// A service's clock may be ahead of ours by this much.
inline constexpr std::chrono::minutes kHookAhead{5};

HookVerdict judge_hook(const HookRules& rules, const Request& request, WallTime now);

}  // namespace bindery::web
