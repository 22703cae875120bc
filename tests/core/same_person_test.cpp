// Whether a record may be about a person whom it shares no e-mail and phone with.
#include "core/same_person.h"

#include <catch2/catch.hpp>

using namespace bindery;
using Words = std::vector<std::string>;

TEST_CASE("The words of a name are those by which it may be found") {
    const std::pair<const char*, Words> cases[] = {
        {"", {}},
        {"Roe, Ann M.", {"roe", "ann", "m"}},
        {"Mr. & Mrs. Bob Roe Jr.", {"bob", "roe"}},
        {"ann and bob ROE family", {"ann", "bob", "roe"}},
        {"Smith-Jones", {"smith", "jones", "smithjones"}},
        {"De La Cruz, Mar\u00EDa", {"cruz", "delacruz", "maria"}},
        {"O'Brien", {"obrien"}},
        {"O Brien", {"brien", "obrien"}},
        {"Mc Donald", {"donald", "mcdonald"}},
        {"St. John", {"john", "stjohn"}},
        {"Le", {"le"}},
        {"N\u00FA\u00F1ez", {"nunez"}},
        {"Roewe4 (Annie4)", {"roewe4", "annie4"}},
        {"- , .", {}},
    };
    for (const auto& [text, words] : cases) {
        INFO(text);
        CHECK(name_words(text) == words);
    }
}

TEST_CASE("A record may be about a person by name and address, by name and ZIP, or by name alone where nothing else is known") {
    struct Case {
        const char* whole;
        Place record;
        const char *first, *last;
        Place person;
        SamePerson same;
    };
    const Place home{"4 Main St", "75201", "TX"};
    constexpr auto kNo = SamePerson::no, kName = SamePerson::by_name, kPlace = SamePerson::by_place, kLast = SamePerson::by_house, kHouse = SamePerson::in_house;
    const Case cases[] = {
        // One house, however it is written.
        {"Ann Roe", home, "Ann", "Roe", home, kHouse},
        {"ROE, ANN", {"4 MAIN STREET", "75201-1234", "Texas"}, "Ann", "Roe", home, kHouse},
        {"Ann Roe", {"4 N. Main Street Apt 2", "75201", ""}, "Ann", "Roe", home, kHouse},
        {"Ann Roe", {"4-B Main", "75201", ""}, "Ann", "Roe", {"004 Main St #7", "75201", "TX"}, kHouse},
        {"Ann Roe", {"4", "75201", ""}, "Ann", "Roe", home, kHouse},
        {"R\u00F3e, Ann", home, "ann", "roe", home, kHouse},
        // Another first name there is of the household; another last name is anybody.
        {"Bob Roe", home, "Ann", "Roe", home, kLast},
        {"Roe Plumbing LLC", home, "Ann", "Roe", home, kLast},
        {"Ann Poe", home, "Ann", "Roe", home, kNo},
        {"Ann", home, "Ann", "Roe", home, kNo},
        {"", home, "Ann", "Roe", home, kNo},
        {"Ann Roe", home, "Ann", "", home, kNo},
        {"Roe", home, "Ann", "Roe", home, kLast},
        // Last names of several words.
        {"Ann Smith-Jones", home, "Ann", "Jones", home, kHouse},
        {"Maria Garcia Lopez", home, "Maria", "Garcia", home, kHouse},
        {"Delacruz, Maria", home, "Maria", "de la Cruz", home, kHouse},
        {"Thomas Thomas", home, "Thomas", "Thomas", {"", "75201", ""}, kPlace},
        // Another house of the ZIP code is another person, another street's spelling isn't.
        {"Ann Roe", {"5 Main St", "75201", "TX"}, "Ann", "Roe", home, kNo},
        {"Ann Roe", {"44 Main St", "75201", "TX"}, "Ann", "Roe", home, kNo},
        {"Ann Roe", {"4 Main St", "75202", "TX"}, "Ann", "Roe", home, kNo},
        {"Ann Roe", {"4 Hwy 6", "75201", "TX"}, "Ann", "Roe", {"4 FM 2154", "75201", "TX"}, kPlace},
        {"Bob Roe", {"4 Hwy 6", "75201", "TX"}, "Ann", "Roe", {"4 FM 2154", "75201", "TX"}, kNo},
        // No house is stated: the names and the ZIP code.
        {"Ann Roe", {"", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Ann Roe", {"PO Box 12", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Ann Roe", home, "Ann", "Roe", {"", "75201", ""}, kPlace},
        {"Ann Roe", {"", "75202", ""}, "Ann", "Roe", home, kNo},
        {"Bob Roe", {"", "75201", ""}, "Ann", "Roe", home, kNo},
        {"A. Roe", {"", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Roe, Annie", {"", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Robert Roe", {"", "75201", ""}, "Bob", "Roe", home, kPlace},
        {"Roe, Bill", {"", "75201", ""}, "William", "Roe", home, kPlace},
        {"Mary Ann Roe", {"", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Ann & Bob Roe", {"", "75201", ""}, "Bob", "Roe", home, kPlace},
        {"Roe", {"", "75201", ""}, "Ann", "Roe", home, kPlace},
        {"Ann Roe", {"", "75201", ""}, "", "Roe", home, kPlace},
        // No ZIP code is stated: the names and the house.
        {"Ann Roe", {"4 Main Street", "", ""}, "Ann", "Roe", home, kPlace},
        {"Ann Roe", {"4 Main Street", "", "OK"}, "Ann", "Roe", home, kNo},
        {"Ann Roe", {"4 Elm Street", "", ""}, "Ann", "Roe", home, kNo},
        {"Bob Roe", {"4 Main Street", "", ""}, "Ann", "Roe", home, kNo},
        // Nothing is.
        {"Ann Roe", {"", "", "TX"}, "Ann", "Roe", home, kName},
        {"Ann Roe", {}, "Ann", "Roe", home, kName},
        {"Ann Roe", {"", "", "OK"}, "Ann", "Roe", home, kNo},
        {"Roe", {}, "Ann", "Roe", home, kNo},
        {"Ann Roe", home, "Ann", "Roe", {"", "", "TX"}, kName},
        {"Ann Roe", {"", "7520", ""}, "Ann", "Roe", home, kName},
    };
    for (const auto& [whole, record, first, last, person, same] : cases) {
        INFO(whole << ", " << record.street << ' ' << record.zip << ' ' << record.state << " and " << first << ' ' << last << ", " << person.street << ' ' << person.zip);
        CHECK(same_person(whole, record, first, last, person) == same);
    }
}
