// Several rows of one key become one record by the book's rule, whatever order they come in.
#include "core/fold.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/decimal.h"
#include "core/row_key.h"

using namespace bindery;

namespace {

Mapping book() {
    Mapping of;
    of.dataset = "book.policies";
    of.fields = {{"number", FieldType::policy_number, false, true, {"/number"}},
                 {"expires", FieldType::date, true, false, {"/expires"}},
                 {"line", FieldType::text, false, false, {"/line"}},
                 {"premium", FieldType::money, false, false, {"/premium"}},
                 {"moved", FieldType::date, false, false, {"/moved"}},
                 {"agent", FieldType::text, false, true, {"/agent"}}};
    of.key_fields = {{"number", "expires"}, {"agent", "expires"}};
    return of;
}

FlatRow row(const std::string& line, const std::string& premium, const std::string& moved = "", const std::string& agent = "") {
    return {{"HO-1", "7/1/2026", line, premium, moved, agent}, {}, ""};
}

const FoldRule kRule{"moved", "premium", {"premium"}, {"line"}};

// The result for every order of the rows is the same.
FlatRow folded(std::vector<FlatRow> rows, const FoldRule& rule = kRule) {
    std::sort(rows.begin(), rows.end(), [](const FlatRow& a, const FlatRow& b) { return a.fields < b.fields; });
    std::optional<FlatRow> first;
    do {
        const auto one = fold_rows(book(), rule, rows);
        REQUIRE(one);
        if (!first) first = one;
        CHECK(one->fields == first->fields);
        CHECK(flat_document(book(), *one) == flat_document(book(), *first));
    } while (std::next_permutation(rows.begin(), rows.end(), [](const FlatRow& a, const FlatRow& b) { return a.fields < b.fields; }));
    return *first;
}

}  // namespace

TEST_CASE("The lines of a package are one policy: premiums summed, lines named once, the largest leads") {
    const FlatRow whole = folded({row("Home", "900.10", "", "Ann"), row("Auto", "$1,200.20", "", "Bob"), row("Umbrella", "(0.30)"), row("auto", "100")});
    CHECK(whole.fields == std::vector<std::string>{"HO-1", "7/1/2026", "auto, Home, Umbrella", "2200.00", "", "Bob"});
}

TEST_CASE("A policy that is listed twice with the same premium is no package, and a sum that lacks a part isn't made") {
    CHECK(folded({row("Home", "1,200", "", "Ann"), row("Home", "1200.00", "", "Bob")}).fields[3] != "2400.00");
    CHECK(folded({row("", "500", "", "Ann"), row("", "500", "", "Bob")}).fields[3] == "500");
    CHECK(folded({row("Auto", "700"), row("Auto", "500")}).fields[3] == "1200.00");
    CHECK(folded({row("Home", "1200"), row("Auto", "1.200,50")}).fields[3] == "1.200,50");  // told as unreadable
}

TEST_CASE("Equal rows count once") {
    CHECK(folded({row("Home", "900"), row("Home", "900")}).fields[3] == "900");
    CHECK(fold_rows(book(), {}, {row("Home", "900"), row("Home", "900")})->fields[3] == "900");
}

TEST_CASE("Of transactions the latest is the policy") {
    CHECK(folded({row("Home", "900", "1/5/2026"), row("Home", "700", "2026-03-02"), row("Home", "5000")}).fields[3] == "700");
    // Two of one day on one line: the larger; on two lines: a package.
    CHECK(folded({row("Home", "900", "1/5/2026"), row("Home", "700", "1/5/2026"), row("Home", "10", "1/4/2026")}).fields[3] == "900");
    CHECK(folded({row("Home", "900", "1/5/2026"), row("Auto", "700", "1/5/2026"), row("Flood", "10", "1/4/2026")}).fields[3] == "1600.00");
}

TEST_CASE("What the leading row leaves blank another one states") {
    FlatRow small = row("Auto", "1", "", "Ann");
    small.others = {{"Note", "call first"}};
    const FlatRow whole = folded({row("Home", "900"), small});
    CHECK(whole.fields[5] == "Ann");
    CHECK(whole.others.size() == 1);
}

TEST_CASE("Rows that differ without a rule are nobody's") {
    CHECK_FALSE(fold_rows(book(), {}, {row("Home", "900"), row("Home", "901")}));
}

TEST_CASE("Sums of decimals carry, borrow and keep their digits") {
    const auto sum = [](const char* a, const char* b) { return decimal_text(decimal_sum(*parse_decimal(a), *parse_decimal(b)), 2); };
    CHECK(sum("999.99", "0.01") == "1000.00");
    CHECK(sum("-1000", "0.001") == "-999.999");
    CHECK(sum("0.30", "-0.3") == "0.00");
    CHECK(sum("5", "-7.5") == "-2.50");
    CHECK(sum("-5", "-7.5") == "-12.50");
    CHECK(sum("123456789012345678901234567890", "1") == "123456789012345678901234567891.00");
    CHECK(decimal_less(*parse_decimal("-2"), *parse_decimal("-1.5")));
    CHECK(decimal_less(*parse_decimal("9.5"), *parse_decimal("10")));
    CHECK_FALSE(decimal_less(*parse_decimal("10.0"), *parse_decimal("10")));
}

TEST_CASE("A row's key takes the first alternative that is whole, and a rejected row says whose it may be") {
    const Mapping mapping = book();
    const RowKeys keys(mapping);
    CHECK(keys.of(row("Home", "1")).key == "HO1|2026-07-01");
    FlatRow other = row("Home", "1", "", "Ann B");
    other.fields[0] = "TBD";
    CHECK(keys.of(other).key == "|agent+expires|ann b|2026-07-01");
    other.fields[5] = "";
    CHECK(keys.of(other).reject == "no key: number is a placeholder, such as TBD, agent is blank or can't be read");
    Mapping twice = mapping;
    twice.key_fields.push_back({"number"});
    CHECK(RowKeys(twice).of(other).reject == keys.of(other).reject);
    FlatRow undated = row("Home", "1");
    undated.fields[1] = "soon";
    const RowKey found = keys.of(undated);
    CHECK(found.key.empty());
    CHECK(found.beginning == "HO1|");
    FlatRow keyed = row("Home", "1");
    keyed.record_key = "its own";
    CHECK(keys.of(keyed).key == "its own");
}

TEST_CASE("A row mapped at once is what its document maps to") {
    Mapping mapping = book();
    mapping.ignore = {"Printed"};
    for (FlatRow each : {row("Ho\"me\n", "$1,234.50"), row("", "lots", "13/13/2026"), row("H\xC3\xA4us", " (5) ", "", "  ")}) {
        each.others = {{"zone", "7"}, {"Printed", "today"}, {"line 2", "\"z\""}, {"B ~/ col", "x"}, {"blank", " "}, {"A", "\ty"}};
        const json document = parse_exact(flat_document(mapping, each));
        CHECK(flat_document(mapping, each) == dump_exact(document));  // its members are in order
        CHECK(document.size() == 5 + static_cast<std::size_t>(std::count_if(each.fields.begin(), each.fields.end(), [](const std::string& text) { return text.find_first_not_of(' ') != text.npos; })));
        const MappedRecord direct = map_flat(mapping, each), by_document = map_record(mapping, document);
        CHECK(direct.key == by_document.key);
        CHECK(direct.values == by_document.values);
        CHECK(direct.hash == by_document.hash);
        CHECK(direct.reject == by_document.reject);
        CHECK(direct.faults.size() == by_document.faults.size());
    }
}

TEST_CASE("Rows that state different values of `same` are no record, whatever the other rules say") {
    FoldRule rule = kRule;
    rule.same = {"agent"};
    const std::vector<FlatRow> two{row("Home", "500", "1/1/2026", "Ann"), row("Home", "600", "1/2/2026", "Bob")};
    CHECK_FALSE(fold_rows(book(), rule, two));
    CHECK(contradicted_field(book(), rule, two) == "agent");
    // Another spelling is the same value, and a blank one is none.
    const std::vector<FlatRow> one{row("Home", "500", "1/1/2026", "Ann"), row("Home", "600", "1/2/2026", " ANN"), row("Home", "700", "1/3/2026", "")};
    CHECK(contradicted_field(book(), rule, one).empty());
    CHECK(folded(one, rule).fields[3] == "700");
    CHECK(contradicted_field(book(), kRule, two).empty());
}

TEST_CASE("A later row is about another record when its name is another and not all else is as it was, or phone and e-mail are others and the name isn't the same") {
    Mapping people;
    people.fields = {{"phone", FieldType::phone, false, true, {"/p"}}, {"email", FieldType::email, false, true, {"/e"}}, {"first", FieldType::text, false, true, {"/f"}}, {"last", FieldType::text, false, true, {"/l"}}};
    FoldRule rule;
    rule.one_of = {{"first", "last"}, {"phone"}, {"email"}};
    const FlatRow held{{"2145550142", "ann@a.example", "Ann", "Roe"}, {}, ""};
    using Names = std::vector<std::string>;
    const auto [cells, differ] = GENERATE(table<Names, Names>({
        {{"2145550149", "cat@a.example", "Cat", "Doe"}, {"phone", "email", "first + last"}},
        {{"2145550149", "cat@a.example", "Cat", "Roe"}, {"phone", "email", "first + last"}},  // of one family
        {{"2145550149", "", "Cat", "Doe"}, {"phone", "first + last"}},
        {{"2145550149", "cat@a.example", "", ""}, {"phone", "email"}},
        {{"2145550149", "cat@a.example", "Ann", ""}, {"phone", "email"}},  // a first name alone is nobody's
        // A household shares a phone or an e-mail: neither outweighs another name.
        {{"(214) 555-0142", "cat@a.example", "Cat", "Doe"}, {"email", "first + last"}},
        {{"2145550142", "cat@a.example", "Cat", "Roe"}, {"email", "first + last"}},
        {{"2145550149", "ANN@a.example", "Cat", "Roe"}, {"phone", "first + last"}},
        {{"2145550142", "cat@a.example", "Cat", ""}, {"email", "first + last"}},
        {{"2145550142", "cat@a.example", "", "Doe"}, {"email", "first + last"}},
        {{"2145550149", "ann@a.example", "Ann", "Roe-Low"}, {"phone", "first + last"}},  // short forms are of first names
        {{"2145550149", "cat@a.example", "A", "Roe"}, {"phone", "email", "first + last"}},  // and have two letters
        {{"2145550149", "cat@a.example", "Anna", "Roe"}, {"phone", "email"}},  // of one family
        {{"2145550149", "cat@a.example", "An", "Roe"}, {"phone", "email"}},
        // Nothing says that it's the same person.
        {{"", "", "Cat", "Doe"}, {"first + last"}},
        {{"no phone", "not given", "Cat", "Doe"}, {"first + last"}},  // nothing that can be read
        // Corrections: of a name where all else that is stated is the same,
        {{"2145550142", "ann@a.example", "Cat", "Doe"}, {}},
        {{"2145550142", "", "Anne", "Rowe"}, {}},
        {{"", "ann@a.example", "Cat", "Roe"}, {}},
        // of all else where the name is the same,
        {{"2145550149", "cat@a.example", "ann", "ROE"}, {}},
        // of a name whose first one is a short form: no other, but not surely the same,
        {{"2145550149", "ann@a.example", "Anna", "Roe"}, {}},
        {{"2145550142", "cat@a.example", "An", "Roe"}, {}},
        // of one thing where no name is stated.
        {{"2145550149", "ann@a.example", "", ""}, {}},
        {{"2145550149", "", "", ""}, {}},
        {{"", "", "Anna", "Roe"}, {}},
        {{"", "", "", ""}, {}},
    }));
    INFO(cells[0] << " " << cells[1] << " " << cells[2] << " " << cells[3]);
    CHECK(another_record(people, rule, held, {cells, {}, ""}) == differ);
    CHECK(another_record(people, rule, {cells, {}, ""}, held) == differ);  // whichever came first
    CHECK(another_record(people, rule, {{"", "", "", ""}, {}, ""}, {cells, {}, ""}).empty());
    CHECK(another_record(people, FoldRule{}, held, {cells, {}, ""}).empty());
    rule.one_of = {{"phone"}};
    CHECK(another_record(people, rule, held, {cells, {}, ""}).empty() == (cells[0] != "2145550149"));
}
