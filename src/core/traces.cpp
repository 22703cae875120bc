#include "core/traces.h"

#include <algorithm>

#include "core/exact_json.h"
#include "core/field.h"
#include "core/text.h"
#include "core/value_texts.h"

namespace bindery {
namespace {

bool contains_any(const std::string& text, const std::set<std::string>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return text.find(part) != std::string::npos; });
}

// The letter before `at` is what JSON writes for a line's end or a tab: "to\nann@mail.example".
bool ends_an_escape(std::string_view text, std::size_t at) {
    if (at < 2 || std::string_view("nrtbf").find(text[at - 1]) == std::string_view::npos) return false;
    const std::size_t other = text.find_last_not_of('\\', at - 2);
    return (at - 2 - other) % 2 == 1;  // none: npos, which counts as the place before the first
}

// Beyond ASCII: typographic quotes, dashes and spaces part words, letters don't.
bool ends_in_a_mark(std::string_view text) {
    return (text.size() >= 2 && text[text.size() - 2] == '\xC2') || (text.size() >= 3 && (text.substr(text.size() - 3, 2) == "\xE2\x80" || text.substr(text.size() - 3, 2) == "\xE3\x80"));
}

bool goes_on_before(std::string_view text, std::size_t at) {
    if (at == 0) return false;
    const char c = text[at - 1];
    if (static_cast<unsigned char>(c) >= 0x80) return !ends_in_a_mark(text.substr(0, at));
    return (is_letter(c) || is_digit(c) || std::string_view("._%+-").find(c) != std::string_view::npos) && !ends_an_escape(text, at);
}

bool goes_on_after(std::string_view text, std::size_t at) {
    const auto of_word = [&](std::size_t i) { return i < text.size() && (is_letter(text[i]) || is_digit(text[i])); };
    return of_word(at) || (at < text.size() && (text[at] == '.' || text[at] == '-') && of_word(at + 1));
}

// Not as a part of another address: joann@mail.example, ann@mail.example.org.
bool contains_email(std::string_view text, const std::string& email) {
    for (std::size_t at = 0; (at = text.find(email, at)) != std::string_view::npos; ++at) {
        if (!goes_on_before(text, at) && !goes_on_after(text, at + email.size())) return true;
    }
    return false;
}

bool joins_digits(char c) { return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '/'; }

// Digits that end right before `at`.
std::string_view digits_before(std::string_view text, std::size_t at) {
    std::size_t from = at;
    while (from > 0 && is_digit(text[from - 1])) --from;
    return text.substr(from, at - from);
}

// A longer number, or one of another country.
bool number_goes_on_before(std::string_view text, std::size_t at) {
    const std::string_view joined = digits_before(text, at);
    if (!joined.empty()) return joined != "1";
    while (at > 0 && joins_digits(text[at - 1])) --at;
    const std::string_view country = digits_before(text, at);
    const std::size_t plus = at - country.size();
    return !country.empty() && country != "1" && plus > 0 && text[plus - 1] == '+';
}

// Ten digits with nothing but a phone's punctuation between them, and right before them no other than the country's 1, right after them none.
bool contains_phone(std::string_view text, const std::string& phone) {
    for (std::size_t at = 0; (at = text.find(phone.front(), at)) != std::string_view::npos; ++at) {
        std::size_t found = 0, i = at;
        for (; i < text.size() && found < phone.size(); ++i) {
            if (text[i] == phone[found]) ++found;
            else if (!joins_digits(text[i])) break;
        }
        if (found == phone.size() && (i == text.size() || !is_digit(text[i])) && !number_goes_on_before(text, at)) return true;
    }
    return false;
}

}  // namespace

void Traces::add_email(std::string_view text) {
    const std::string email = lower(trim(text));
    if (email.find('@') != std::string::npos && email.size() > 5) emails_.insert(email);
}

void Traces::add_phone(std::string_view text) {
    if (const auto phone = phone10(text)) phones_.insert(*phone);
}

void Traces::add_name(std::string_view first, std::string_view last) {
    const std::string a = lower(trim(first)), b = lower(trim(last));
    if (a.empty() || b.empty()) return;
    names_.insert(a + " " + b);
    names_.insert(b + ", " + a);
}

void Traces::add_key(std::string_view key) {
    if (key.size() > 3) keys_.insert(std::string(key));
}

bool Traces::written_in(std::string_view text) const {
    if (!emails_.empty() && text.find('@') != std::string_view::npos) {
        const std::string small = lower(text);
        if (std::any_of(emails_.begin(), emails_.end(), [&](const std::string& email) { return contains_email(small, email); })) return true;
    }
    return std::any_of(phones_.begin(), phones_.end(), [&](const std::string& phone) { return contains_phone(text, phone); });
}

bool Traces::mentioned_in(std::string_view text) const {
    if (emails_.empty() && phones_.empty()) return false;
    if (written_in(text)) return true;
    if (text.find('\\') == std::string_view::npos) return false;
    bool any = false;  // in a text that JSON spells otherwise
    each_value_text(text, [&](std::string_view value) { any = any || written_in(value); });
    return any;
}

bool Traces::shown_in(std::string_view text) const {
    return mentioned_in(text) || contains_any(lower(text), names_) || contains_any(std::string(text), keys_);
}

bool Traces::scrub(nlohmann::json& value) const {
    if (value.is_string()) {
        if (!shown_in(value.get_ref<const std::string&>())) return false;
        value = kForgotten;
        return true;
    }
    bool any = false;
    if (value.is_structured()) {
        for (auto& member : value) any = scrub(member) || any;
    }
    return any;
}

std::string Traces::scrubbed(const std::string& text) const {
    if (!shown_in(text)) return text;
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    if (!value.is_structured()) return kForgotten;
    scrub(value);
    const std::string clean = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    // A member's own name, or a number, may show the person too.
    return shown_in(clean) ? std::string("{}") : clean;
}

}  // namespace bindery
