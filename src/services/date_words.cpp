#include "services/date_words.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/text.h"

namespace bindery {
namespace {

// In the order of the alphabet.
constexpr std::pair<std::string_view, std::string_view> kMonthWords[] = {
    {"abr", "4"},       {"abril", "4"},   {"ago", "8"},     {"agosto", "8"},   {"apr", "4"},      {"april", "4"},     {"aug", "8"},       {"august", "8"},     {"dec", "12"},
    {"december", "12"}, {"dic", "12"},    {"diciembre", "12"}, {"ene", "1"},   {"enero", "1"},    {"feb", "2"},       {"febrero", "2"},   {"february", "2"},   {"jan", "1"},
    {"january", "1"},   {"jul", "7"},     {"julio", "7"},   {"july", "7"},     {"jun", "6"},      {"june", "6"},      {"junio", "6"},     {"mar", "3"},        {"march", "3"},
    {"marzo", "3"},     {"may", "5"},     {"mayo", "5"},    {"nov", "11"},     {"november", "11"}, {"noviembre", "11"}, {"oct", "10"},     {"october", "10"},   {"octubre", "10"},
    {"sep", "9"},       {"sept", "9"},    {"september", "9"}, {"septiembre", "9"}, {"setiembre", "9"}};

// The word or number that begins at `at`.
std::string_view part_at(const std::string& words, std::size_t at) {
    std::size_t end = at;
    while (end < words.size() && words[end] != ' ' && is_digit(words[end]) == is_digit(words[at])) ++end;
    return std::string_view(words).substr(at, end - at);
}

bool says_nothing(std::string_view word, bool after_number) {
    if (word == "of" || word == "de" || word == "del") return true;
    return after_number && (word == "st" || word == "nd" || word == "rd" || word == "th");
}

}  // namespace

std::string date_words(const std::string& words) {
    std::string result = " ";
    result.reserve(words.size() + words.size() / 4);
    bool after_number = false;
    for (std::size_t at = 0; at < words.size();) {
        if (words[at] == ' ') {
            ++at;
            continue;
        }
        auto part = part_at(words, at);
        at += part.size();
        const bool number = is_digit(part.front());
        if (!number && says_nothing(part, after_number)) continue;
        after_number = number;
        if (number && part.size() == 2 && part.front() == '0') part.remove_prefix(1);
        const auto* month =
            number ? std::end(kMonthWords) : std::lower_bound(std::begin(kMonthWords), std::end(kMonthWords), part, [](const auto& each, std::string_view it) { return each.first < it; });
        result += month != std::end(kMonthWords) && month->first == part ? month->second : part;
        result += ' ';
    }
    return result;
}

std::vector<std::string> date_spellings(Date day) {
    const std::string iso = format_date(day);
    const std::string year = iso.substr(0, 4), month = iso.substr(5, 2), date = iso.substr(8, 2);
    const auto plain = [](const std::string& number) { return number.front() == '0' ? number.substr(1) : number; };
    const std::string m = plain(month), d = plain(date), short_year = plain(year.substr(2));
    std::vector<std::string> all;
    for (const auto& some : {year + " " + m + " " + d, m + " " + d + " " + year, d + " " + m + " " + year, m + " " + d + " " + short_year, d + " " + m + " " + short_year,
                             year + month + date, month + date + year, date + month + year})
        all.push_back(" " + some + " ");
    return all;
}

}  // namespace bindery
