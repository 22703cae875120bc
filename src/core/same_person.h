#pragma once
// Whether a record of a client may be about a person whom it shares no e-mail and phone with, by name and address. It errs on the side of "may be": who may
// be a client isn't sold. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace bindery {

// The words of a name or of any text: small letters without accents, dots and apostrophes, less titles, suffixes and what stands beside names
// ("family", "and", "estate"). A hyphen parts and joins: smith, jones, smithjones; so do de, la, mc and their kin: cruz, delacruz.
std::vector<std::string> name_words(std::string_view text);

std::string zip5(std::string_view text);  // the five digits that a ZIP code begins with; empty when it doesn't

struct Place {
    std::string_view street, zip, state;  // as written; empty: not stated
};

// How near the two are; each includes those above it.
enum class SamePerson {
    no,
    by_name,   // the names agree, and nothing is known of the one's place or the other's beyond the state
    by_place,  // the names agree, in one ZIP code where no other house is stated, or in one house of one street where a ZIP code isn't
    by_house,  // the last name in one house, whatever the first name: one household
    in_house,  // both names in one house
};

// `whole`: the record's name as written, "Roe, Ann & Bob". A first name agrees with its short form, its initial, and where none is stated.
SamePerson same_person(std::string_view whole, const Place& of_record, std::string_view first, std::string_view last, const Place& of_person);

}  // namespace bindery
