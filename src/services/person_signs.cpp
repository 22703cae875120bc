#include "services/person_signs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/dates.h"
#include "core/letters.h"
#include "core/text.h"
#include "services/date_words.h"
#include "services/text_readings.h"

namespace bindery {
namespace {

constexpr std::size_t kShortestName = 3, kShortestRun = 8, kShortestJoined = 5, kShortestNumber = 5, kMostDrivers = 6;

bool is_sign(char c) { return is_lower(c) || is_digit(c); }
bool is_of_word(char c) { return is_sign(c) || static_cast<unsigned char>(c) >= 0x80; }

std::string small_text(const json& object, const char* name, std::size_t most = 500) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().size() > most) return {};
    return found->get<std::string>();
}

bool holds(const std::string& text, const std::string& some) { return text.find(some) != std::string::npos; }

// Of `some` with its spaces. What is looked for begins with a letter: spaces are everywhere.
bool says(const std::string& words, const std::string& some) {
    const auto tail = std::string_view(some).substr(1);
    for (auto at = words.find(tail); at != std::string::npos; at = words.find(tail, at + 1)) {
        if (at > 0 && words[at - 1] == ' ') return true;
    }
    return false;
}

template <typename Find>
bool any_in(const std::vector<std::string>& all, Find found) {
    return std::any_of(all.begin(), all.end(), found);
}

// Of " zoltan bela ": "zoltan", "bela".
std::vector<std::string> single_words(const std::string& words) {
    std::vector<std::string> all;
    for (std::size_t at = 1; at < words.size();) {
        const auto end = words.find(' ', at);
        all.push_back(words.substr(at, end - at));
        at = end + 1;
    }
    return all;
}

std::string spaced(const std::string& word) { return " " + word + " "; }

// Both with their spaces; the one between them once.
std::string side_by_side(const std::string& a, const std::string& b) { return a + b.substr(1); }

template <std::size_t N>
bool is_one_of(const std::string& word, const std::string_view (&words)[N]) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// " mr zoltan bela " is written " zoltan bela ", " zoltan " or " bela "; a name of single letters as it is.
std::vector<std::string> given_names(const std::string& words) {
    constexpr std::string_view kTitles[] = {"dr", "miss", "mr", "mrs", "ms", "prof"};
    std::vector<std::string> names{words};
    for (const auto& word : single_words(words)) {
        if (word.size() > 1 && !is_one_of(word, kTitles) && spaced(word) != words) names.push_back(spaced(word));
    }
    return names;
}

// " smith jones jr " is written " smith jones ", " smith " or " jones ".
std::vector<std::string> family_names(const std::string& words) {
    constexpr std::string_view kSuffixes[] = {"esq", "ii", "iii", "iv", "jr", "md", "phd", "sr"};
    constexpr std::size_t kShortestPart = 4;
    auto parts = single_words(words);
    while (parts.size() > 1 && is_one_of(parts.back(), kSuffixes)) parts.pop_back();
    std::string whole = " ";
    for (const auto& part : parts) whole += part + " ";
    std::vector<std::string> names{whole};
    for (const auto& part : parts) {
        if (parts.size() > 1 && part.size() >= kShortestPart) names.push_back(spaced(part));
    }
    return names;
}

// " last " follows " first " with at most two words between them.
bool says_around(const std::string& words, const std::string& first, const std::string& last) {
    constexpr int kMostBetween = 2;
    for (auto at = words.find(first); at != std::string::npos; at = words.find(first, at + 1)) {
        std::size_t next = at + first.size() - 1;  // the space behind it
        for (int between = 0; between <= kMostBetween && next != std::string::npos; ++between) {
            if (words.compare(next, last.size(), last) == 0) return true;
            next = words.find(' ', next + 1);
        }
    }
    return false;
}

std::size_t letters_in(const std::string& text) { return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_lower)); }

}  // namespace

SearchedText::SearchedText(std::string_view text) : plain(plain_letters(as_seen(text))), words(" ") {
    for (const char c : plain) {
        if (is_sign(c)) run += c;
        if (c == '\'') continue;
        if (is_of_word(c)) {
            words += c;
            glued += c;
        } else if (words.back() != ' ') {
            words += ' ';
        }
    }
    if (words.back() != ' ') words += ' ';
}

std::string short_street_words(const std::string& words) {
    constexpr std::pair<std::string_view, std::string_view> kShort[] = {  // in the order of the alphabet
        {"apartment", "apt"}, {"av", "ave"},      {"avenue", "ave"},  {"boulevard", "blvd"}, {"building", "bldg"}, {"circle", "cir"}, {"court", "ct"},      {"crossing", "xing"},
        {"drive", "dr"},      {"east", "e"},      {"expressway", "expy"}, {"fort", "ft"},    {"freeway", "fwy"},   {"heights", "hts"}, {"highway", "hwy"},   {"lane", "ln"},
        {"mount", "mt"},      {"north", "n"},     {"northeast", "ne"}, {"northwest", "nw"},  {"parkway", "pkwy"},  {"place", "pl"},   {"plaza", "plz"},     {"point", "pt"},
        {"ridge", "rdg"},     {"road", "rd"},     {"saint", "st"},    {"south", "s"},        {"southeast", "se"},  {"southwest", "sw"}, {"square", "sq"},   {"street", "st"},
        {"suite", "ste"},     {"terrace", "ter"}, {"trail", "trl"},   {"turnpike", "tpke"},  {"west", "w"}};
    std::string result = " ";
    for (const auto& word : single_words(words)) {
        const auto found = std::lower_bound(std::begin(kShort), std::end(kShort), word, [](const auto& some, const std::string& it) { return some.first < it; });
        result += found != std::end(kShort) && found->first == word ? found->second : std::string_view(word);
        result += ' ';
    }
    return result;
}

PersonSigns::PersonSigns(const json& lead) {
    if (!lead.is_object()) return;
    add_email(lead);
    for (const char* name : {"dial_in_phone", "contact_phone", "mobile_phone", "daytime_phone", "evening_phone"}) {
        if (const auto phone = small_text(lead, name); phone.size() == 10 && digits_in(phone) == 10) phones_.push_back(phone);
    }
    add_street(lead);
    add_name(lead);
    const auto drivers = lead.find("drivers");
    if (drivers == lead.end() || !drivers->is_array()) return;
    for (std::size_t i = 0; i < std::min(drivers->size(), kMostDrivers); ++i) {
        if ((*drivers)[i].is_object()) add_driver((*drivers)[i]);
    }
}

std::string PersonSigns::told_by(const SearchedText& text, bool alone) const {
    const auto in_words = [&](const std::string& some) { return says(text.words, some); };
    if (any_in(emails_, [&](const std::string& email) { return holds(text.plain, email); }) || any_in(email_words_, in_words)) return "e-mail";
    if (any_in(phones_, [&](const std::string& phone) { return holds(text.run, phone); })) return "phone";
    if (names_person(text)) return "name";
    if (names_street(text)) return "street address";
    if (names_birth(text)) return "birth date";
    if (any_in(numbers_, in_words)) return "license number";
    return alone && any_in(names_, in_words) ? "name" : "";
}

void PersonSigns::add_email(const json& lead) {
    const auto email = plain_letters(trim(small_text(lead, "email")));
    const auto at = email.find('@');
    if (at == std::string::npos) return;
    emails_.push_back(email);
    const SearchedText local(email.substr(0, at)), domain(email.substr(at + 1));
    if (local.run.empty() || local.run.size() + domain.run.size() < kShortestRun) return;
    email_words_.push_back(side_by_side(local.words, domain.words));
    email_words_.push_back(side_by_side(local.words, side_by_side(" at ", domain.words)));
}

// The whole of it, and without apartment and what follows a comma.
void PersonSigns::add_street(const json& lead) {
    const auto whole = small_text(lead, "street_address", 800);
    const auto street = short_street_words(SearchedText(whole).words);
    auto core = short_street_words(SearchedText(whole.substr(0, whole.find_first_of(",#"))).words);
    for (const char* unit : {" apt ", " bldg ", " lot ", " ste ", " trlr ", " unit "}) {
        if (const auto at = core.find(unit); at != std::string::npos) core.resize(at + 1);
    }
    const auto is_one = [](const std::string& words) { return digits_in(words) > 0 && letters_in(words) >= 3; };
    if (is_one(street) || SearchedText(street).run.size() >= kShortestRun) streets_.push_back(street);
    const auto first = single_words(core);
    if (first.empty() || digits_in(first.front()) == 0 || !is_one(core)) return;
    streets_.push_back(core);
    streets_.push_back(spaced(SearchedText(core).run));
}

void PersonSigns::add_name(const json& object) {
    const SearchedText first(small_text(object, "first_name")), middle(small_text(object, "middle_name")), last(small_text(object, "last_name"));
    for (const auto* name : {&first, &middle, &last}) {
        if (name->words.size() >= kShortestName + 2) names_.push_back(name->words);
    }
    if (last.glued.empty()) return;
    const auto families = family_names(last.words);
    for (const auto& name : families) {
        Family family{name, {}};
        for (const auto* given : {&first, &middle}) {
            if (given->glued.size() < (given == &middle ? 2U : 1U)) continue;
            for (auto& some : given_names(given->words)) family.given.push_back(std::move(some));
        }
        families_.push_back(std::move(family));
    }
    if (first.glued.size() < 2) return;
    const std::string family = SearchedText(families.front()).glued;
    add_joined(first.glued + family);
    add_joined(family + first.glued);
    if (middle.glued.empty()) return;
    add_joined(first.glued + middle.glued + family);
    add_joined(first.glued + middle.glued.substr(0, 1) + family);
}

// Long ones are found inside of anything, shorter ones as a word.
void PersonSigns::add_joined(const std::string& glued) {
    if (glued.size() >= kShortestRun) joined_names_.push_back(glued);
    else if (glued.size() >= kShortestJoined) joined_words_.push_back(spaced(glued));
}

void PersonSigns::add_driver(const json& driver) {
    add_name(driver);
    if (const auto number = SearchedText(small_text(driver, "license_number")); number.run.size() >= kShortestNumber && digits_in(number.run) > 0) numbers_.push_back(number.words);
    if (const auto birth = parse_date(small_text(driver, "birth_date"))) {
        for (auto& date : date_spellings(*birth)) births_.push_back(std::move(date));
    }
}

bool PersonSigns::names_person(const SearchedText& text) const {
    const auto whole = [&](const Family& family) {
        return says(text.words, family.name) && any_in(family.given, [&](const std::string& given) {
                   return says_around(text.words, given, family.name) || says(text.words, side_by_side(family.name, given));
               });
    };
    return std::any_of(families_.begin(), families_.end(), whole) || any_in(joined_words_, [&](const std::string& name) { return says(text.words, name); }) ||
           any_in(joined_names_, [&](const std::string& name) { return holds(text.glued, name); });
}

bool PersonSigns::names_street(const SearchedText& text) const {
    if (streets_.empty()) return false;
    const auto words = short_street_words(text.words);
    return any_in(streets_, [&](const std::string& street) { return says(words, street); });
}

bool PersonSigns::names_birth(const SearchedText& text) const {
    constexpr std::size_t kFewestDigits = 3;  // "Jan 1, 90"
    if (births_.empty() || digits_in(text.run) < kFewestDigits) return false;
    const auto words = date_words(text.words);
    return any_in(births_, [&](const std::string& date) { return says(words, date); });
}

}  // namespace bindery
