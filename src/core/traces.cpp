#include "core/traces.h"

#include <algorithm>

#include "core/exact_json.h"
#include "core/field.h"
#include "core/text.h"

namespace bindery {
namespace {

bool contains_any(const std::string& text, const std::set<std::string>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return text.find(part) != std::string::npos; });
}

bool joins_digits(char c) { return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '/'; }

// Ten digits with nothing but a phone's punctuation between them, and no eleventh but the country's 1.
bool contains_phone(std::string_view text, const std::string& phone) {
    std::string run;
    const auto hit = [&] { return run.size() >= phone.size() && run.ends_with(phone) && (run.size() == phone.size() || run[run.size() - phone.size() - 1] == '1'); };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_digit(text[i])) {
            run += text[i];
            if (hit() && (i + 1 == text.size() || !is_digit(text[i + 1]))) return true;
        } else if (!joins_digits(text[i])) {
            run.clear();
        }
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

bool Traces::mentioned_in(std::string_view text) const {
    if (text.empty()) return false;
    if (!emails_.empty() && text.find('@') != std::string_view::npos && contains_any(lower(text), emails_)) return true;
    return std::any_of(phones_.begin(), phones_.end(), [&](const std::string& phone) { return contains_phone(text, phone); });
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
