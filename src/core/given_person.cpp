#include "core/given_person.h"

#include <algorithm>

#include "core/field.h"
#include "core/text.h"

namespace bindery {
namespace {

constexpr std::string_view kMailto = "mailto:";

bool is_wrapped(std::string_view text) {
    constexpr std::string_view kOpening = "<([{\"'`", kClosing = ">)]}\"'`";
    const std::size_t at = text.size() < 2 ? std::string_view::npos : kOpening.find(text.front());
    return at != std::string_view::npos && text.back() == kClosing[at];
}

// One layer less; the same when there is none.
std::string_view less(std::string_view text) {
    text = trim(text);
    if (!text.empty() && (text.back() == ',' || text.back() == ';' || text.back() == '.')) return text.substr(0, text.size() - 1);
    if (is_wrapped(text)) return text.substr(1, text.size() - 2);
    if (lower(text.substr(0, kMailto.size())) == kMailto) return text.substr(kMailto.size());
    return text;
}

std::string_view bare(std::string_view text) {
    for (;;) {
        const std::string_view next = less(text);
        if (next.size() == text.size()) return next;
        text = next;
    }
}

// "Ann Roe <ann@mail.example>": what stands in the brackets.
std::string_view in_brackets(std::string_view text) {
    const std::size_t at = text.find('<');
    if (at == std::string_view::npos || text.back() != '>' || text.substr(0, at).find('@') != std::string_view::npos) return text;
    return bare(text.substr(at));
}

bool of_domain(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || static_cast<unsigned char>(c) >= 0x80; }

// What the type `email` takes, and nothing around it that the type lets through.
std::string whole_email(std::string_view text) {
    const Canonical read = canonicalize_text(FieldType::email, text);
    if (read.state != Canonical::State::value) return {};
    const std::string& email = read.text;
    const std::size_t at = email.find('@');
    const std::string_view local = std::string_view(email).substr(0, at), domain = std::string_view(email).substr(at + 1);
    if (local.find_first_of("<>()[]{}\"\\:|") != std::string_view::npos) return {};
    if (!std::all_of(domain.begin(), domain.end(), of_domain) || domain.front() == '.' || domain.back() == '.' || domain.find("..") != std::string_view::npos) return {};
    return email;
}

}  // namespace

GivenPerson given_person(std::string_view text) {
    GivenPerson given;
    given.text = std::string(bare(text));
    if (given.text.find('@') == std::string::npos) {
        given.phone = phone10(given.text).value_or("");
        return given;
    }
    given.email = whole_email(in_brackets(given.text));
    if (!given.email.empty()) return given;
    given.fault = std::count(given.text.begin(), given.text.end(), '@') > 1 ? "that is more than one e-mail address" : "that isn't a whole e-mail address";
    return given;
}

}  // namespace bindery
