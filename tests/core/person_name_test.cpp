// Whether two names can be one person's, as systems write them.
#include "core/person_name.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("Names that differ in case, accents, apostrophes and titles are one person's") {
    const std::pair<const char*, const char*> same[] = {
        {"O'Brien", "O\u2019Brien"},
        {"O`Brien", "OBRIEN"},
        {"N\u00FA\u00F1ez", "N\u00DA\u00D1EZ"},
        {"N\u00FA\u00F1ez", "Nunez"},
        {"Jose\u0301", "Jos\u00E9"},
        {"\u0141ukasz", "LUKASZ"},
        {"Wei\u00DF", "WEISS"},
        {"\u00C6r\u00F8", "Aero"},
        {"Smith\u2010Jones", "Smith-Jones"},
        {"de la Cruz", "De\u00A0La Cruz"},
        {"Roe Jr.", "roe"},
        {"", "Roe"},
    };
    for (const auto& [a, b] : same) {
        INFO(a << " and " << b);
        CHECK_FALSE(last_names_contradict(a, b));
        CHECK_FALSE(first_names_contradict(a, b));
        CHECK_FALSE(last_names_contradict(b, a));
    }
}

TEST_CASE("Other letters are other names, in any alphabet and in broken text") {
    const std::pair<const char*, const char*> other[] = {
        {"M\u00FCller", "Miller"}, {"\u0410\u043D\u043D\u0430", "\u0410\u043B\u043B\u0430"}, {"\u674E", "\u738B"}, {"Ann\xC3", "Bob\xC3"}, {"\xFF\xFE", "Roe"},
    };
    for (const auto& [a, b] : other) {
        INFO(a << " and " << b);
        CHECK(last_names_contradict(a, b));
        CHECK(first_names_contradict(a, b));
    }
    CHECK(last_name("M\u00DCLLER, Ann") == "muller");
    CHECK(first_name("Dr. Jos\u00E9 N\u00FA\u00F1ez") == "jose");
}
