#include "services/contact_shapes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/text.h"

namespace bindery {
namespace {

bool is_sign_of_word(char c) { return is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_office(std::string_view local) {
    constexpr std::string_view kOffices[] = {"abuse", "compliance", "contact", "help", "info", "legal", "noreply", "optout", "privacy", "service", "support", "unsubscribe"};
    std::string letters;
    for (const char c : local) {
        if (is_lower(c)) letters += c;
    }
    return is_one_of(letters, kOffices);
}

// "mail.example" of an address; a picture's name ("2x.png") isn't one.
bool is_mail_domain(std::string_view domain) {
    constexpr std::string_view kFiles[] = {"css", "gif", "html", "ico", "jpeg", "jpg", "js", "png", "svg", "webp"};
    while (!domain.empty() && (domain.back() == '.' || domain.back() == '-')) domain.remove_suffix(1);
    const auto dot = domain.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || domain.front() == '-' || domain.front() == '.') return false;
    const auto last = domain.substr(dot + 1);
    return last.size() >= 2 && std::none_of(last.begin(), last.end(), [](char c) { return is_digit(c) || c == '-'; }) && !is_one_of(last, kFiles);
}

// Digits in groups with few signs between them, from `begin` on, as one who writes a phone may set them.
struct Groups {
    std::vector<std::string_view> parts;
    std::size_t end = 0;
};

Groups groups_at(std::string_view text, std::size_t begin) {
    constexpr std::size_t kMostGroups = 5, kMostBetween = 3;
    Groups groups;
    std::size_t at = begin;
    while (groups.parts.size() < kMostGroups) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end == at) break;
        groups.parts.push_back(text.substr(at, end - at));
        groups.end = end;
        at = end;
        while (at < text.size() && at - end <= kMostBetween && std::string_view(" -._/()+").find(text[at]) != std::string_view::npos) ++at;
        if (at == end || at - end > kMostBetween) break;
    }
    return groups;
}

// Of ten digits: an area and an exchange that there may be. A toll-free number is a company's.
bool is_somebodys(const std::string& digits) {
    constexpr std::string_view kTollFree[] = {"800", "833", "844", "855", "866", "877", "888"};
    const auto code = [](std::string_view three) { return three[0] >= '2' && three.substr(1) != "11"; };
    const std::string_view area = std::string_view(digits).substr(0, 3);
    return code(area) && area[1] != '9' && code(std::string_view(digits).substr(3, 3)) && !is_one_of(area, kTollFree);
}

bool means_phone(std::string_view word) {
    constexpr std::string_view kWords[] = {"ani", "call", "cel", "cell", "celular", "dial", "fax", "llame", "mobile", "movil", "ph", "sms", "tel", "whatsapp"};
    constexpr std::string_view kOthers[] = {"headphone", "iphone", "smartphone"};  // devices
    if (is_one_of(word, kOthers)) return false;
    return is_one_of(word, kWords) || word.find("phone") != std::string_view::npos || word.starts_with("telefono");
}

// Whether the words before `at` announce a phone: "call me at ", "phone_number": ".
bool is_announced(std::string_view text, std::size_t at) {
    constexpr std::string_view kBetween[] = {"1", "al", "at", "home", "is", "me", "my", "no", "number", "numero", "on", "or", "the", "to", "us", "value", "work"};
    constexpr int kMostWords = 5;
    for (int words = 0; words < kMostWords; ++words) {
        while (at > 0 && !is_sign_of_word(text[at - 1])) --at;
        const std::size_t end = at;
        while (at > 0 && is_sign_of_word(text[at - 1])) --at;
        const auto word = text.substr(at, end - at);
        if (means_phone(word)) return true;
        if (!is_one_of(word, kBetween)) return false;
    }
    return false;
}

// The number isn't the tail or the middle of something longer: an id, a version behind its program's name.
bool stands_alone(std::string_view text, std::size_t begin, const Groups& groups) {
    const auto sign = [&](std::size_t at) { return at < text.size() ? text[at] : ' '; };
    const char before = begin > 0 ? text[begin - 1] : ' ', earlier = begin > 1 ? text[begin - 2] : ' ';
    const auto joins = [](char c) { return c == '-' || c == '.' || c == '_' || c == '/'; };
    if (is_sign_of_word(before) && !is_announced(text, begin)) return false;
    if (joins(before) && is_digit(earlier)) return false;
    if (before == '/' && text[begin + groups.parts.front().size()] == '.') return false;
    const char next = sign(groups.end);
    if (joins(next) && next != '/' && is_digit(sign(groups.end + 1))) return false;
    return !is_sign_of_word(next) || next == 'x' || text.substr(groups.end).starts_with("ext");
}

bool is_phone_at(std::string_view text, std::size_t begin, bool bare) {
    Groups groups = groups_at(text, begin);
    auto parts = groups.parts;
    const bool plus = begin > 0 && text[begin - 1] == '+', country = !parts.empty() && parts.front() == "1";
    if (country) parts.erase(parts.begin());
    const auto size = [&](std::size_t i) { return i < parts.size() ? parts[i].size() : 0; };
    std::string digits;
    bool spelled = true;
    if (size(0) == 3 && size(1) == 3 && size(2) == 4) {
        digits = std::string(parts[0]) + std::string(parts[1]) + std::string(parts[2]);
    } else if (size(0) == 3 && size(1) == 7 && begin > 0 && text[begin - 1] == '(') {
        digits = std::string(parts[0]) + std::string(parts[1]);
    } else if (size(0) == 10 || (size(0) == 11 && parts[0].front() == '1')) {
        digits = std::string(parts[0].substr(parts[0].size() - 10));
        spelled = plus && (country || size(0) == 11);
    } else {
        return false;
    }
    std::size_t used = 0;
    for (std::size_t left = digits.size(); used < parts.size() && left > 0; ++used) left -= std::min(left, parts[used].size());
    groups.end = static_cast<std::size_t>(parts[used - 1].data() + parts[used - 1].size() - text.data());
    return is_somebodys(digits) && stands_alone(text, begin, groups) && (spelled || bare || is_announced(text, begin));
}

}  // namespace

bool shows_email(std::string_view plain) {
    const auto local_sign = [](char c) { return is_sign_of_word(c) || std::string_view("._%+'-").find(c) != std::string_view::npos; };
    const auto domain_sign = [](char c) { return is_sign_of_word(c) || c == '.' || c == '-'; };
    for (auto at = plain.find('@'); at != std::string_view::npos; at = plain.find('@', at + 1)) {
        std::size_t begin = at, end = at + 1;
        while (begin > 0 && local_sign(plain[begin - 1])) --begin;
        while (end < plain.size() && domain_sign(plain[end])) ++end;
        const auto local = plain.substr(begin, at - begin);
        if (std::any_of(local.begin(), local.end(), is_sign_of_word) && !is_office(local) && is_mail_domain(plain.substr(at + 1, end - at - 1))) return true;
    }
    return false;
}

bool shows_us_phone(std::string_view plain, bool bare) {
    for (std::size_t i = 0; i < plain.size(); ++i) {
        if (is_digit(plain[i]) && (i == 0 || !is_digit(plain[i - 1])) && is_phone_at(plain, i, bare)) return true;
    }
    return false;
}

}  // namespace bindery
