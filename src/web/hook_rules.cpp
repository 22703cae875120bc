#include "web/hook_rules.h"

#include <algorithm>

#include "core/error.h"
#include "core/exact_json.h"
#include "store/hmac.h"
#include "web/gate.h"

namespace bindery::web {
namespace {

constexpr std::size_t kLongestWord = 200;

HookVerdict no(const char* result, int status, std::string text) {
    HookVerdict verdict;
    verdict.result = result;
    verdict.status = status;
    verdict.text = std::move(text);
    return verdict;
}

// Some write their hex digits in capitals; what stands before them is compared as it is.
std::string small_digits(std::string signature, std::size_t from) {
    for (std::size_t i = from; i < signature.size(); ++i) signature[i] = lower(signature[i]);
    return signature;
}

// "too old", "no signature", or empty. Every secret is tried, whichever fits.
HookVerdict judge_signature(const HookRules& rules, const Request& request) {
    if (rules.secrets.empty()) return no(hook_result::kNoSecret, 503, "this hook has no secret yet");
    const auto count = std::count_if(request.headers.begin(), request.headers.end(), [&](const auto& header) { return header.first == rules.header; });
    if (count == 0) return no(hook_result::kNoSignature, 401, "the signature is missing");
    const std::string given = request.header(rules.header);
    bool good = false;
    for (const std::string& secret : rules.secrets) {
        const bool fits = same_secret(small_digits(given, rules.prefix.size()), rules.prefix + hmac_sha256(secret, request.body));
        good = good || fits;
    }
    if (!good || count > 1) return no(hook_result::kBadSignature, 401, "the signature doesn't fit the body");
    return {};
}

// RFC 3339, or a whole number of seconds or milliseconds since 1970.
std::optional<WallTime> read_moment(const json& value) {
    const auto text = scalar_text(value);
    if (!text) return std::nullopt;
    if (const auto time = read_rfc3339(*text)) return time;
    if (text->empty() || text->size() > 13 || text->find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    const std::int64_t number = std::stoll(*text);
    return WallTime(std::chrono::milliseconds(text->size() > 11 ? number : number * 1000));
}

std::string word_at(const json& document, const std::string& pointer) {
    const json* value = find_pointer(document, pointer);
    return value == nullptr ? std::string() : scalar_text(*value).value_or("");
}

HookVerdict judge_age(const HookRules& rules, const json& document, WallTime now) {
    if (rules.timestamp.empty()) return {};
    const json* value = find_pointer(document, rules.timestamp);
    const auto sent = value == nullptr ? std::nullopt : read_moment(*value);
    if (!sent) return no(hook_result::kMalformed, 400, "the event has no readable timestamp");
    if (now - *sent > rules.max_age) return no(hook_result::kTooOld, 400, "the event is too old");
    if (*sent - now > kHookAhead) return no(hook_result::kFromFuture, 400, "the event is from the future; is a clock wrong?");
    return {};
}

}  // namespace

HookVerdict judge_hook(const HookRules& rules, const Request& request, WallTime now) {
    HookVerdict verdict = judge_signature(rules, request);
    if (!verdict.result.empty()) return verdict;
    json document;
    try {
        document = parse_exact(request.body);
    } catch (const Error&) {
        return no(hook_result::kMalformed, 400, "the body isn't JSON");
    }
    if (!document.is_object()) return no(hook_result::kMalformed, 400, "the body isn't a JSON object");
    verdict = judge_age(rules, document, now);
    if (!verdict.result.empty()) return verdict;
    verdict.event = word_at(document, rules.event);
    verdict.id = word_at(document, rules.id);
    if (verdict.event.empty() || verdict.event.size() > kLongestWord) return no(hook_result::kMalformed, 400, "the body doesn't say which event it is");
    if (verdict.id.size() > kLongestWord) return no(hook_result::kMalformed, 400, "the event's id is too long");
    // Without an id the same bytes are the same event.
    if (verdict.id.empty()) verdict.id = "body " + hmac_sha256(rules.service, request.body);
    verdict.result = hook_result::kKept;
    verdict.text = "kept";
    return verdict;
}

}  // namespace bindery::web
