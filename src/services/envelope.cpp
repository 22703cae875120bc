#include "services/envelope.h"

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/exact_json.h"

namespace bindery {
namespace {

constexpr std::ptrdiff_t kMostDigits = 6;  // more may be a phone number or a policy's

bool safe_for_logs(const std::string& code) {
    const auto is_digit = [](unsigned char c) { return c >= '0' && c <= '9'; };
    const auto is_safe = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; };
    return !code.empty() && code.size() <= 64 && std::all_of(code.begin(), code.end(), is_safe) &&
           std::count_if(code.begin(), code.end(), is_digit) <= kMostDigits;
}

// Of the member that tells how a call went. Other words, new ones too, are no "no".
bool says_no(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word == "false" || word == "error" || word == "fail" || word == "failed" || word == "failure";
}

}  // namespace

EnvelopeError envelope_error(const Envelope& envelope, const std::string& body) {
    if (body.empty() || body.size() > (1u << 20)) return {};
    try {
        return error_in(envelope, parse_exact(body));
    } catch (const Error&) {
        return {};  // a proxy's page: the status says enough
    }
}

EnvelopeError error_in(const Envelope& envelope, const json& document) {
    EnvelopeError result;
    const auto text_at = [&](const std::string& pointer) -> std::string {
        if (pointer.empty()) return {};
        const json* value = find_pointer(document, pointer);
        if (value == nullptr) return {};
        return scalar_text(*value).value_or(value->is_array() ? dump_exact(*value) : std::string{});
    };
    const auto code = text_at(envelope.error_code);
    result.present = (!code.empty() && code != "0" && code != "false") || says_no(text_at(envelope.success));
    if (safe_for_logs(code)) result.code = code;
    result.message = text_at(envelope.error_message);
    return result;
}

}  // namespace bindery
