// The merge table of docs/reconcile.md: every row, every owner, every type.
#include "sync/merge.h"

#include <catch2/catch.hpp>

using namespace bindery;

namespace {

struct Words {  // three values of a type that differ, and another spelling of the first
    FieldType type;
    std::string b, x, y, b_again;
};

const std::vector<Words> kTypes = {
    {FieldType::text, "Acme Inc", "Bolt Co", "Cork Ltd", "ACME  INC"},
    {FieldType::money, "100.00", "110.00", "0.10", "100.00"},
    {FieldType::date, "2026-01-01", "2026-02-01", "2027-01-01", "2026-01-01"},
    {FieldType::datetime, "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z", "2026-01-01T00:00:00.000Z"},
    {FieldType::phone, "(512) 555-0001", "512-555-0002", "512-555-0003", "5125550001"},
    {FieldType::email, "a@b.example", "c@d.example", "e@f.example", "a@b.example"},
    {FieldType::state, "TX", "OK", "NM", "TX"},
    {FieldType::zip, "01234", "75001", "75002", "01234"},
    {FieldType::boolean, "true", "false", "", "true"},  // has two values only
    {FieldType::integer, "7", "8", "12345678901234567890", "7"},
    {FieldType::policy_number, "HO-77 1000", "HO-77-1001", "HO771002", "ho771000"},
    {FieldType::json_value, "{\"a\":1}", "{\"a\":2}", "[]", "{\"a\":1}"},
};

// One row of the table: what each owner makes of it. A word: the value that crosses, then where.
struct Row {
    const char *base, *ours, *theirs;  // b x y: values; B: the base in another spelling; -: blank
    const char *by_ours, *by_theirs, *by_both, *by_report;
};

const Row kRows[] = {
    // any, x, x
    {"-", "x", "x", "agree", "agree", "agree", "agree"},
    {"b", "x", "x", "agree", "agree", "agree", "agree"},
    {"b", "b", "b", "agree", "agree", "agree", "agree"},
    {"b", "b", "B", "agree", "agree", "agree", "agree"},
    {"-", "B", "b", "agree", "agree", "agree", "agree"},
    // any, blank, blank
    {"-", "-", "-", "nothing", "nothing", "nothing", "nothing"},
    {"b", "-", "-", "nothing", "nothing", "nothing", "nothing"},
    // b, changed, b
    {"b", "x", "b", "x to theirs", "b to ours", "x to theirs", "reported"},
    {"b", "x", "B", "x to theirs", "B to ours", "x to theirs", "reported"},
    // b, b, changed
    {"b", "b", "y", "b to theirs", "y to ours", "y to ours", "reported"},
    {"b", "B", "y", "B to theirs", "y to ours", "y to ours", "reported"},
    // b, changed, changed otherwise
    {"b", "x", "y", "x to theirs", "y to ours", "conflict", "reported"},
    // b, cleared, b and the same the other way
    {"b", "-", "b", "cleared", "cleared", "cleared", "reported"},
    {"b", "b", "-", "cleared", "cleared", "cleared", "reported"},
    // b, cleared, changed: what is stated goes into the blank; an owner's blank goes nowhere
    {"b", "-", "y", "cleared", "y to ours", "y to ours", "reported"},
    {"b", "x", "-", "x to theirs", "cleared", "x to theirs", "reported"},
    // none, x, blank
    {"-", "x", "-", "x to theirs", "nothing", "x to theirs", "reported"},
    {"-", "-", "y", "nothing", "y to ours", "y to ours", "reported"},
    // none, x, y
    {"-", "x", "y", "x to theirs", "y to ours", "conflict", "reported"},
};

FieldValue value_of(const Words& words, char letter) {
    switch (letter) {
        case 'b': return words.b;
        case 'B': return words.b_again;
        case 'x': return words.x;
        case 'y': return words.y;
        default: return std::nullopt;
    }
}

bool uses(const Row& row, char letter) { return *row.base == letter || *row.ours == letter || *row.theirs == letter; }

std::string told(const Words& words, const FieldMerge& merge) {
    const std::string name = merge_name(merge.what);
    if (merge.what != Merge::to_ours && merge.what != Merge::to_theirs) return name;
    for (const char letter : {'b', 'x', 'y', 'B'}) {
        if (value_of(words, letter) == FieldValue(merge.value)) return std::string(1, letter) + " " + name;
    }
    return "? " + name;
}

}  // namespace

TEST_CASE("each row of the merge table, for each owner and each type") {
    REQUIRE(kTypes.size() == field_type_names().size());
    int checked = 0;
    for (const auto& words : kTypes) {
        for (const auto& row : kRows) {
            if (words.type == FieldType::boolean && uses(row, 'y')) continue;
            const std::pair<Owner, const char*> owners[] = {{Owner::ours, row.by_ours}, {Owner::theirs, row.by_theirs}, {Owner::both, row.by_both}, {Owner::report, row.by_report}};
            for (const auto& [owner, wanted] : owners) {
                FieldSides sides;
                sides.owner = owner;
                sides.type = words.type;
                sides.base = value_of(words, *row.base);
                sides.ours = value_of(words, *row.ours);
                sides.theirs = value_of(words, *row.theirs);
                INFO(field_type_name(words.type) << ", owner " << owner_name(owner) << ": " << row.base << " " << row.ours << " " << row.theirs);
                std::string expected = wanted;
                if (expected[0] == 'B' && words.b == words.b_again) expected[0] = 'b';
                const std::string got = told(words, merge_field(sides));
                CHECK(got == expected);
                ++checked;
            }
        }
    }
    CHECK(checked > 800);
}

TEST_CASE("values compare by meaning, blanks only with blanks") {
    CHECK(same_value(FieldType::policy_number, FieldValue("HO-77 1000"), FieldValue("ho771000")));
    CHECK_FALSE(same_value(FieldType::policy_number, FieldValue("TBD"), FieldValue("PENDING")));
    CHECK(same_value(FieldType::phone, FieldValue("(512) 555-0001"), FieldValue("+1 512.555.0001 ext 4")));
    CHECK(same_value(FieldType::text, FieldValue("O'Neil  Pat"), FieldValue("o'neil pat")));
    CHECK_FALSE(same_value(FieldType::money, FieldValue("100.00"), FieldValue("100.001")));
    CHECK_FALSE(same_value(FieldType::text, FieldValue("a"), std::nullopt));
    CHECK(same_value(FieldType::text, FieldValue(), FieldValue()));
}

TEST_CASE("what crosses over somebody's change is known as corrected back") {
    const auto merge = [](Owner owner, FieldValue base, FieldValue ours, FieldValue theirs, bool echo = false) {
        FieldSides sides{owner, FieldType::text, base, ours, theirs, false, echo};
        return merge_field(sides).corrects_back;
    };
    CHECK(merge(Owner::ours, "b", "b", "y"));
    CHECK(merge(Owner::ours, "b", "x", "y"));
    CHECK_FALSE(merge(Owner::ours, "b", "x", "b"));
    CHECK_FALSE(merge(Owner::ours, "b", "x", "y", true));
    CHECK_FALSE(merge(Owner::ours, std::nullopt, "x", std::nullopt));
}

TEST_CASE("an echo of our own write is no change of the other side's people") {
    FieldSides sides{Owner::both, FieldType::text, "a", "c", "b", false, false};
    CHECK(merge_field(sides).what == Merge::conflict);
    sides.theirs_echo = true;  // we wrote b there when ours said b; ours has moved on to c
    CHECK(merge_field(sides).what == Merge::to_theirs);
    CHECK(merge_field(sides).value == "c");
    sides.ours = "a";  // ours went back to where it was
    CHECK(merge_field(sides).what == Merge::to_theirs);
    CHECK(merge_field(sides).value == "a");
    sides = {Owner::both, FieldType::text, "a", "b", "c", true, false};
    CHECK(merge_field(sides).what == Merge::to_ours);
    sides.theirs = "a";
    CHECK(merge_field(sides).what == Merge::to_ours);
    CHECK(merge_field(sides).value == "a");
    sides = {Owner::both, FieldType::text, "a", "b", "c", true, true};
    CHECK(merge_field(sides).what == Merge::conflict);
}

TEST_CASE("a person's word holds while both sides show what that person saw, or what was chosen") {
    const Decided decided{FieldValue("x"), FieldValue("y"), "w"};
    const auto sides = [](FieldValue ours, FieldValue theirs) { return FieldSides{Owner::both, FieldType::text, "b", ours, theirs, false, false}; };
    const auto what = [&](FieldValue ours, FieldValue theirs) { return std::string(merge_name(merge_decided(decided, sides(ours, theirs)).what)); };
    CHECK(still_holds(decided, sides("x", "y")));
    CHECK(still_holds(decided, sides("W", "y")));
    CHECK(still_holds(decided, sides("w", "w")));
    CHECK_FALSE(still_holds(decided, sides("z", "y")));
    CHECK_FALSE(still_holds(decided, sides("x", "z")));
    CHECK_FALSE(still_holds(decided, sides(std::nullopt, "y")));
    CHECK(what("x", "y") == "to both");
    CHECK(what("w", "y") == "to theirs");
    CHECK(what("x", "w") == "to ours");
    CHECK(what("w", "w") == "agree");
}
