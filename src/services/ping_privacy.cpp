#include "services/ping_privacy.h"

#include <algorithm>
#include <array>

#include "core/letters.h"
#include "core/text.h"
#include "services/sale_values.h"

namespace bindery {
namespace {

constexpr std::size_t kShortestName = 3, kShortestRun = 8, kShortestNumber = 5, kMostDrivers = 6;

bool is_sign(char c) { return is_lower(c) || is_digit(c); }

// One text as it's searched: in small plain letters; as words with one space around each; as letters and digits without anything between.
struct SearchedText {
    std::string plain, words, run;

    explicit SearchedText(std::string_view text) : plain(plain_letters(text)), words(" ") {
        for (const char c : plain) {
            if (is_sign(c)) run += c;
            if (c == '\'') continue;
            if (is_sign(c) || static_cast<unsigned char>(c) >= 0x80) words += c;
            else if (words.back() != ' ') words += ' ';
        }
        if (words.back() != ' ') words += ' ';
    }
    bool says(const std::string& spaced) const { return words.find(spaced) != std::string::npos; }
};

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

std::string without_percents(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(text[i + 2]);
        result += low < 0 ? text[i] : static_cast<char>(high * 16 + low);
        if (low >= 0) i += 2;
    }
    return result;
}

std::string small_text(const json& object, const char* name, std::size_t most = 500) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().size() > most) return {};
    return found->get<std::string>();
}

class Person {
  public:
    explicit Person(const json& lead) {
        if (!lead.is_object()) return;
        if (const auto email = plain_letters(trim(small_text(lead, "email"))); email.find('@') != std::string::npos) emails_.push_back(email);
        for (const char* name : {"dial_in_phone", "contact_phone", "mobile_phone", "daytime_phone", "evening_phone"}) {
            if (const auto phone = small_text(lead, name); phone.size() == 10 && digits_in(phone) == 10) phones_.push_back(phone);
        }
        if (const auto street = SearchedText(small_text(lead, "street_address", 800)); street.run.size() >= kShortestRun) streets_.push_back(street.words);
        add_name(lead);
        const auto drivers = lead.find("drivers");
        if (drivers == lead.end() || !drivers->is_array()) return;
        for (std::size_t i = 0; i < std::min(drivers->size(), kMostDrivers); ++i) {
            if ((*drivers)[i].is_object()) add_driver((*drivers)[i]);
        }
    }

    // What a text tells of the person, in words; empty for nothing. `alone`: one name by itself counts.
    std::string told_by(const std::string& text, bool alone) const {
        std::string decoded = text;
        std::string told = told_as_written(text, alone);
        constexpr int kMostRounds = 3;
        for (int round = 0; told.empty() && round < kMostRounds && decoded.find('%') != std::string::npos; ++round) {
            decoded = without_percents(decoded);
            told = told_as_written(decoded, alone);
        }
        return told;
    }

  private:
    void add_name(const json& object) {
        const SearchedText first(small_text(object, "first_name")), last(small_text(object, "last_name"));
        for (const auto* name : {&first, &last}) {
            if (name->words.size() >= kShortestName + 2) names_.push_back(name->words);
        }
        if (first.words.size() <= 2 || last.words.size() <= 2) return;
        whole_names_.push_back(first.words + last.words.substr(1));
        whole_names_.push_back(last.words + first.words.substr(1));
        if (first.run.size() + last.run.size() < kShortestRun) return;
        joined_names_.push_back(first.run + last.run);
        joined_names_.push_back(last.run + first.run);
    }

    void add_driver(const json& driver) {
        add_name(driver);
        if (const auto number = SearchedText(small_text(driver, "license_number")); number.run.size() >= kShortestNumber && digits_in(number.run) > 0) numbers_.push_back(number.words);
        const auto birth = small_text(driver, "birth_date");
        if (!parse_date(birth)) return;
        const std::string year = birth.substr(0, 4), month = birth.substr(5, 2), day = birth.substr(8, 2);
        const auto plain = [](const std::string& number) { return number.front() == '0' ? number.substr(1) : number; };
        for (const auto& date : {year + " " + month + " " + day, month + " " + day + " " + year, plain(month) + " " + plain(day) + " " + year, year + month + day, month + day + year})
            births_.push_back(" " + date + " ");
    }

    std::string told_as_written(const std::string& text, bool alone) const {
        const SearchedText searched(text);
        const auto in_words = [&](const std::string& spaced) { return searched.says(spaced); };
        const auto in_run = [&](const std::string& signs) { return searched.run.find(signs) != std::string::npos; };
        const auto as_is = [&](const std::string& word) { return searched.plain.find(word) != std::string::npos; };
        if (std::any_of(emails_.begin(), emails_.end(), as_is)) return "e-mail";
        if (std::any_of(phones_.begin(), phones_.end(), in_run)) return "phone";
        if (std::any_of(whole_names_.begin(), whole_names_.end(), in_words) || std::any_of(joined_names_.begin(), joined_names_.end(), in_run)) return "name";
        if (std::any_of(streets_.begin(), streets_.end(), in_words)) return "street address";
        if (std::any_of(births_.begin(), births_.end(), in_words)) return "birth date";
        if (std::any_of(numbers_.begin(), numbers_.end(), in_words)) return "license number";
        return alone && std::any_of(names_.begin(), names_.end(), in_words) ? "name" : "";
    }

    std::vector<std::string> emails_, phones_, streets_, names_, whole_names_, joined_names_, births_, numbers_;
};

bool is_free(const SaleField& field) {
    return field.kind == SaleKind::text || field.kind == SaleKind::tracking || field.kind == SaleKind::proof || field.kind == SaleKind::place;
}

class PingSearch {
  public:
    PingSearch(SaleMedia media, const json& lead) : media_(media), person_(lead) {}

    // A single name counts where leaving the field out loses little: "Ford" and "Baker" are also what a car and a trade are called.
    void object(std::span<const SaleField> fields, json& object, const std::string& path) {
        for (const auto& field : fields) {
            const auto found = object.is_object() ? object.find(field.name) : object.end();
            if (found == object.end()) continue;
            const std::string place = path + std::string(field.name);
            if (field.kind == SaleKind::list) {
                for (std::size_t i = 0; i < found->size(); ++i) this->object(field.members, (*found)[i], place + "[" + std::to_string(i) + "].");
            } else if (is_free(field) && found->is_string()) {
                text(field, object, place, path.empty() && field.kind != SaleKind::proof);
            }
        }
    }

    KeptOut take() { return std::move(kept_); }

  private:
    void text(const SaleField& field, json& object, const std::string& path, bool on_top) {
        const std::string name(field.name), value = object[name].get<std::string>();
        const bool needed = field.use(media_, SaleStep::ping) == SaleUse::required || name == "violation_type_other";
        const std::string told = person_.told_by(value, on_top && !needed);
        if (told.empty()) return;
        const auto query = value.find_first_of("?#");
        if (field.name == "landing_page" && query != std::string::npos && query != 0 && person_.told_by(value.substr(0, query), true).empty()) {
            object[name] = value.substr(0, query);
            kept_.paths.push_back(path + " (from its ? on)");
            return;
        }
        object.erase(name);
        if (!needed) kept_.paths.push_back(path);
        else kept_.faults.push_back({path, "must not hold the person's " + told + ": it goes into the ping, which doesn't say who the lead is"});
    }

    SaleMedia media_;
    Person person_;
    KeptOut kept_;
};

}  // namespace

KeptOut keep_person_out(SaleMedia media, const json& lead, json& ping) {
    PingSearch search(media, lead);
    search.object(sale_fields(), ping, "");
    return search.take();
}

}  // namespace bindery
