#include "core/contacts.h"

#include <algorithm>

#include "core/field.h"
#include "core/text.h"
#include "core/unique_texts.h"
#include "core/value_texts.h"

namespace bindery {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::size_t kPhone = 10, kArea = 3;
constexpr std::size_t kMostParts = 16;  // of one document

class Contacts {
  public:
    void look(std::string_view text) {
        if (text.find('@') != std::string_view::npos) emails(text);
        phones(text);
    }
    std::vector<std::string> take() { return found_.take(); }
    // An area code in a value of its own, as reports have it.
    void join_parts() {
        for (const auto& area : areas_) {
            for (const auto& number : numbers_) add_phone(area + number);
        }
    }

  private:
    static bool of_domain(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
    static bool between(char c) { return is_space(c) || static_cast<unsigned char>(c) < 0x20 || std::string_view(",;<>()[]{}\"|\\`@").find(c) != std::string_view::npos; }
    // May stand in an address, and may stand before one: mailto:ann@x.example, a@x.example/b@x.example.
    static bool may_part(char c) { return std::string_view(":/='&!*?").find(c) != std::string_view::npos; }

    void emails(std::string_view text) {
        for (std::size_t at = 0; (at = text.find('@', at)) != std::string_view::npos; ++at) email_at(text, at);
    }

    void email_at(std::string_view text, std::size_t at) {
        std::size_t from = at, to = at + 1;
        while (from > 0 && text[from - 1] == ' ') --from;  // ann @ x.example
        while (to < text.size() && text[to] == ' ') ++to;
        const std::size_t local_end = from, domain_begin = to;
        while (from > 0 && !between(text[from - 1]) && !text.substr(0, from).ends_with(kNoBreakSpace)) --from;
        while (to < text.size() && of_domain(text[to]) && !text.substr(to).starts_with(kNoBreakSpace)) ++to;
        std::string_view domain = text.substr(domain_begin, to - domain_begin);
        while (!domain.empty() && !is_letter(domain.back()) && !is_digit(domain.back()) && static_cast<unsigned char>(domain.back()) < 0x80) domain.remove_suffix(1);
        const std::string_view local = text.substr(from, local_end - from);
        if (domain.empty() || local.empty()) return;
        const std::string end = "@" + lower(domain);
        found_.add(lower(local) + end);
        const auto part = std::find_if(local.rbegin(), local.rend(), may_part);
        if (part != local.rend() && part != local.rbegin()) found_.add(lower(local.substr(static_cast<std::size_t>(local.rend() - part))) + end);
    }

    void phones(std::string_view text) {
        std::string digits;
        bool whole = true;  // nothing but digits and what stands between them
        for (const char c : text) {
            if (is_digit(c)) {
                digits += c;
            } else if (is_letter(c) || c == '@' || c == '#') {
                add_phones(digits);
                digits.clear();
                whole = false;
            }
        }
        add_phones(digits);
        if (whole && digits.size() == kArea && areas_.size() < kMostParts) areas_.push_back(digits);
        if (whole && digits.size() == kPhone - kArea && numbers_.size() < kMostParts) numbers_.push_back(digits);
    }

    void add_phones(const std::string& digits) {
        if (digits.size() < kPhone) return;
        for (std::size_t i = 0; i + kPhone <= digits.size(); ++i) add_phone(digits.substr(i, kPhone));
        const std::size_t more = digits.size() - kPhone;  // 214-655-0017/9917
        if (more == 4 || more == 7) add_phone(digits.substr(0, kPhone - more) + digits.substr(kPhone));
    }

    void add_phone(const std::string& digits) {
        if (digits.front() < '2') return;  // most of them, in dates and the like
        if (auto phone = phone10(digits)) found_.add(std::move(*phone));
    }

    UniqueTexts found_;
    std::vector<std::string> areas_, numbers_;
};

}  // namespace

std::vector<std::string> contacts_in(std::string_view text) {
    Contacts contacts;
    each_value_text(text, [&](std::string_view value) { contacts.look(value); });
    contacts.join_parts();
    return contacts.take();
}

}  // namespace bindery
