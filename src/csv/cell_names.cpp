#include <algorithm>
#include <vector>

#include "core/text.h"
#include "csv/cell_rules.h"

namespace bindery {

namespace {

// In small letters, without punctuation: as the lists below have them.
std::string plain(std::string_view word) {
    std::string letters;
    for (const char c : word) {
        if (is_letter(c) || is_digit(c) || static_cast<signed char>(c) < 0) letters += lower(c);
    }
    return letters;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), plain(word)) != words.end(); }

bool business_word(std::string_view word) {
    return one_of(word, {"inc", "llc", "llp", "lp", "ltd", "co", "corp", "corporation", "company", "incorporated", "limited", "pc", "pllc", "pa", "plc", "trust", "estate",
                         "dba", "assn", "association", "church", "hoa"});
}

bool person_suffix(std::string_view word) {
    return one_of(word, {"jr", "sr", "ii", "iii", "iv", "md", "dds", "dvm", "phd", "esq", "cpa", "trustee"});
}

// "van der Berg": what belongs to the last name though it stands alone.
bool particle(std::string_view word) {
    return one_of(word, {"van", "von", "der", "den", "de", "del", "dela", "della", "di", "da", "dos", "du", "la", "le", "st", "bin", "al"});
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    parts.reserve(4);
    for (;;) {
        const std::size_t at = text.find(separator);
        const std::string_view part = trim(text.substr(0, at));
        if (!part.empty()) parts.push_back(part);
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

struct Halves {
    std::string first, last;
};

bool is_business(std::string_view text) {
    const auto words = split(text, ' ');
    return !words.empty() && (business_word(words.back()) || std::any_of(words.begin(), words.end(), [](std::string_view w) { return one_of(w, {"llc", "inc", "dba"}); }));
}

Halves from_words(std::string_view text) {
    const auto words = split(text, ' ');
    if (words.size() < 2) return {std::string(text), {}};
    std::size_t last = words.size() - 1;
    while (last > 1 && person_suffix(words[last])) --last;
    while (last > 1 && particle(words[last - 1])) --last;
    Halves halves;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& half = i < last ? halves.first : halves.last;
        if (!half.empty()) half += ' ';
        half += words[i];
    }
    return halves;
}

Halves halves_of(std::string_view text) {
    const auto parts = split(text, ',');
    if (parts.size() < 2) return from_words(parts.empty() ? text : parts[0]);
    const bool suffix_last = parts.size() == 3 && person_suffix(parts[2]);
    if (parts.size() == 2 && person_suffix(parts[1])) {  // "Ann Roe, Jr."
        Halves halves = from_words(parts[0]);
        (halves.last.empty() ? halves.first : halves.last) += " " + std::string(parts[1]);
        return halves;
    }
    if (parts.size() > 2 && !suffix_last) return {{}, std::string(text)};
    return {std::string(parts[1]), std::string(parts[0]) + (suffix_last ? " " + std::string(parts[2]) : "")};
}

}  // namespace

std::string name_part(std::string_view text, NamePart part) {
    text = trim(text);
    if (part == NamePart::all) return std::string(text);
    const bool business = is_business(text);
    if (part == NamePart::name && (business || text.find(',') == std::string_view::npos)) return std::string(text);
    if (business) return part == NamePart::last ? std::string(text) : std::string();
    const Halves halves = halves_of(text);
    if (part == NamePart::first) return halves.first;
    if (part == NamePart::last) return halves.last;
    return halves.first.empty() ? halves.last : halves.last.empty() ? halves.first : halves.first + ' ' + halves.last;
}

}  // namespace bindery
