#include "core/same_person.h"

#include <algorithm>
#include <array>

#include "core/field.h"
#include "core/letters.h"
#include "core/text.h"
#include "core/unique_texts.h"

namespace bindery {
namespace {

using Words = std::vector<std::string>;

constexpr auto kBesideNames = std::to_array<std::string_view>({"jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "dr", "miss", "esq", "phd", "and", "or", "the", "family", "household", "estate", "trust", "aka"});
constexpr auto kBeginNames = std::to_array<std::string_view>({"de", "del", "della", "der", "den", "di", "da", "dos", "du", "la", "las", "le", "los", "van", "von", "mc", "mac", "st", "san", "santa", "al", "el", "bin", "ibn", "o", "y"});
// Short forms that aren't how the name begins.
constexpr auto kShortForms = std::to_array<std::string_view>({
    "robert bob bobby", "william bill billy liam", "richard dick rick ricky", "margaret peggy meg maggie marge", "elizabeth liz beth betty betsy lisa", "james jim jimmy jamie", "john jack",
    "edward ted ned eddie", "theodore ted", "charles chuck charlie", "henry hank harry", "harold hal harry", "katherine catherine kathryn kathy cathy kate katie kay", "patricia pat patty tricia trish",
    "michael mike mickey mick", "anthony antonio tony", "francisco paco pancho frank", "francis frank", "franklin frank", "jose pepe", "guadalupe lupe", "ignacio nacho", "jesus chuy", "dolores lola",
    "dorothy dot dolly", "lawrence laurence larry", "andrew drew andy", "alexander alexandra alex sandy xander", "sandra sandy", "susan sue suzy", "rebecca becky", "deborah debra debbie deb", "jennifer jenny",
    "jacqueline jackie", "stephen steven steve", "ronald ron ronnie", "donald don donnie", "gerald gerry jerry", "virginia ginny", "victoria vicky tori", "helen ellen nell", "mary molly polly", "sarah sally sadie",
    "barbara barb babs", "judith judy", "joseph joe joey", "thomas tom tommy", "geoffrey jeffrey jeff", "jonathan jon john", "leonard len lenny leo", "matthew matt", "gregory greg", "eugene gene", "albert bert al",
});
constexpr auto kStreetKinds = std::to_array<std::string_view>({"st", "street", "ave", "av", "avenue", "rd", "road", "dr", "drive", "ln", "lane", "ct", "court", "blvd", "boulevard", "hwy", "highway", "pkwy", "parkway", "pl", "place", "way",
    "cir", "circle", "ter", "terrace", "trl", "trail", "loop", "n", "s", "e", "w", "north", "south", "east", "west", "ne", "nw", "se", "sw"});
constexpr auto kUnits = std::to_array<std::string_view>({"apt", "apartment", "unit", "ste", "suite", "lot", "rm", "room", "floor", "fl", "bldg", "building"});

template <class List>
bool has(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool of_word(char c) { return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

// Pieces without spaces, hyphens inside them kept.
Words pieces_of(std::string_view text) {
    Words pieces;
    std::string piece;
    for (const char c : plain_letters(text)) {
        if (of_word(c) || (c == '-' && !piece.empty())) {
            piece += c;
        } else if (c != '.' && c != '\'' && c != '`' && !piece.empty()) {
            pieces.push_back(std::move(piece));
            piece.clear();
        }
    }
    if (!piece.empty()) pieces.push_back(std::move(piece));
    return pieces;
}

bool alike(const std::string& a, const std::string& b) {
    if (a == b || a.starts_with(b) || b.starts_with(a)) return true;  // Bo and Bob, an initial
    return std::any_of(kShortForms.begin(), kShortForms.end(), [&](std::string_view forms) {
        const std::string all = " " + std::string(forms) + " ";
        return all.find(" " + a + " ") != std::string::npos && all.find(" " + b + " ") != std::string::npos;
    });
}

enum class Names { other, unsure, same };

// `last_too`: the last name is the record's, whatever the first one is.
Names agreement_of(std::string_view whole, std::string_view first, std::string_view last, bool& last_too) {
    const Words theirs = name_words(whole), given = name_words(first), family = name_words(last);
    Words rest;
    for (const auto& word : theirs) {
        if (!has(family, word)) rest.push_back(word);
    }
    last_too = rest.size() < theirs.size();
    if (!last_too) return Names::other;
    if (given.empty()) return Names::unsure;
    if (rest.empty()) return has(theirs, given.front()) ? Names::same : Names::unsure;  // Thomas Thomas, or no first name
    const bool agree = std::any_of(rest.begin(), rest.end(), [&](const std::string& word) { return std::any_of(given.begin(), given.end(), [&](const std::string& one) { return alike(word, one); }); });
    return agree ? Names::same : Names::other;
}

// Without leading zeros; empty: none that could be compared, as of a post office box.
std::string_view house_number(std::string_view street) {
    street.remove_prefix(std::min(street.find_first_not_of(" #"), street.size()));
    std::size_t end = 0;
    while (end < street.size() && is_digit(street[end])) ++end;
    street = street.substr(0, end);
    return street.substr(std::min(street.find_first_not_of('0'), street.size()));
}

// What tells a street from others: "main".
Words street_words(std::string_view street) {
    Words words;
    const Words pieces = pieces_of(street);
    for (std::size_t i = 1; i < pieces.size() && !has(kUnits, pieces[i]); ++i) {
        if (!has(kStreetKinds, pieces[i])) words.push_back(pieces[i]);
    }
    return words;
}

bool share_a_word(const Words& a, const Words& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& word) { return has(b, word); });
}

bool other_state(std::string_view a, std::string_view b) {
    const auto x = state2(a), y = state2(b);
    return x && y && *x != *y;
}

enum class Places { other, unknown, area, house };

Places agreement_of(const Place& a, const Place& b) {
    const std::string x = zip5(a.zip), y = zip5(b.zip);
    const bool zips = !x.empty() && !y.empty();
    if (zips && x != y) return Places::other;
    if (!zips && other_state(a.state, b.state)) return Places::other;
    const std::string_view v = house_number(a.street), w = house_number(b.street);
    if (v.empty() || w.empty()) return zips ? Places::area : Places::unknown;
    if (v != w) return Places::other;
    const Words main = street_words(a.street), other = street_words(b.street);
    const bool one_street = share_a_word(main, other);
    if (!zips) return one_street ? Places::area : Places::other;
    return one_street || main.empty() || other.empty() ? Places::house : Places::area;  // "Highway 6" may be "Hwy 6", or "FM 2154"
}

}  // namespace

std::string zip5(std::string_view text) {
    const std::string_view zip = trim(text).substr(0, 5);
    return zip.size() == 5 && std::all_of(zip.begin(), zip.end(), is_digit) ? std::string(zip) : std::string();
}

std::vector<std::string> name_words(std::string_view text) {
    UniqueTexts words;
    std::string begun;  // de la, of De la Cruz
    for (const std::string& piece : pieces_of(text)) {
        if (has(kBesideNames, piece)) continue;
        if (has(kBeginNames, piece)) {
            begun += piece;
            continue;
        }
        std::string joined, part;
        for (const char c : piece) {
            if (c != '-') {
                part += c;
                continue;
            }
            joined += part;
            words.add(part);
            part.clear();
        }
        joined += part;
        words.add(part);
        words.add(joined);
        if (!begun.empty()) words.add(begun + joined);
        begun.clear();
    }
    words.add(begun);
    return words.take();
}

SamePerson same_person(std::string_view whole, const Place& of_record, std::string_view first, std::string_view last, const Place& of_person) {
    const Places places = agreement_of(of_record, of_person);
    if (places == Places::other) return SamePerson::no;
    bool last_too = false;
    const Names names = agreement_of(whole, first, last, last_too);
    if (!last_too) return SamePerson::no;
    if (places == Places::house) return names == Names::same ? SamePerson::in_house : SamePerson::by_house;
    if (names == Names::other) return SamePerson::no;
    if (places == Places::area) return SamePerson::by_place;
    return names == Names::same ? SamePerson::by_name : SamePerson::no;
}

}  // namespace bindery
