#include "core/given_person.h"

#include <catch2/catch.hpp>

using namespace bindery;

TEST_CASE("Whom somebody means by an e-mail, a phone or an id, as it is typed and as it is pasted") {
    struct Row {
        const char *text, *kind, *value;
    };
    const Row rows[] = {
        {"ann@mail.example", "email", "ann@mail.example"},
        {" Ann@Mail.example\n", "email", "ann@mail.example"},
        {"ann@mail.example,", "email", "ann@mail.example"},
        {"ann@mail.example;", "email", "ann@mail.example"},
        {"ann@mail.example.", "email", "ann@mail.example"},
        {"<ann@mail.example>", "email", "ann@mail.example"},
        {"<ann@mail.example>,", "email", "ann@mail.example"},
        {"\"ann@mail.example\"", "email", "ann@mail.example"},
        {"'ann@mail.example'", "email", "ann@mail.example"},
        {"(ann@mail.example)", "email", "ann@mail.example"},
        {"\xC2\xA0""ann@mail.example\xC2\xA0", "email", "ann@mail.example"},
        {"mailto:ann@mail.example", "email", "ann@mail.example"},
        {"<MAILTO:ann@mail.example>", "email", "ann@mail.example"},
        {"Ann <ann@mail.example>", "email", "ann@mail.example"},
        {"\"Roe, Ann\" <ann@mail.example>;", "email", "ann@mail.example"},
        {"o'ann+x@mail.example", "email", "o'ann+x@mail.example"},
        {"ann@lead", "email", "ann@lead"},  // whether somebody has it, the store knows
        {"(512) 555-0137", "phone", "5125550137"},
        {"+1 512.555.0137,", "phone", "5125550137"},
        {"lead_1001", "id", "lead_1001"},
        {" <lead_1001> ", "id", "lead_1001"},
        {"", "id", ""},
        {",", "id", ""},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        const GivenPerson given = given_person(row.text);
        CHECK(given.fault == "");
        CHECK(given.kind() == row.kind);
        CHECK(given.value() == row.value);
    }
}

TEST_CASE("What has an @ and is no e-mail address, or several, is at fault and is nobody's") {
    struct Row {
        const char *text, *fault;
    };
    const char *const kNotWhole = "that isn't a whole e-mail address", *const kSeveral = "that is more than one e-mail address";
    const Row rows[] = {
        {"a@x.example, b@x.example", kSeveral}, {"a@x.example;b@x.example", kSeveral},    {"a@x.example b@x.example", kSeveral}, {"Ann <a@x.example>, Bob <b@x.example>", kSeveral},
        {"b@x.example <a@x.example>", kSeveral}, {"ann@@mail.example", kSeveral},          {"@mail.example", kNotWhole},           {"ann@", kNotWhole},
        {"ann@mail..example", kNotWhole},        {"ann@.mail.example", kNotWhole},         {"ann roe@mail.example", kNotWhole},    {"ann@mail.example (home)", kNotWhole},
        {"<ann@mail.example", kNotWhole},        {"ann@mail.example?subject=x", kNotWhole}, {"x:ann@mail.example", kNotWhole},      {"ann@mail example", kNotWhole},
        {"ann@mail.example/512", kNotWhole},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        const GivenPerson given = given_person(row.text);
        CHECK(given.fault == row.fault);
        CHECK(given.email == "");
        CHECK(given.phone == "");
        CHECK(given.kind() == "id");
    }
}
