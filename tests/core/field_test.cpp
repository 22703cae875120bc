#include "core/field.h"

#include <catch2/catch.hpp>

#include "core/exact_json.h"

using namespace bindery;

namespace {

constexpr const char* kBlank = "(blank)";
constexpr const char* kBad = "(bad)";

std::string canonical(FieldType type, const json& value) {
    const Canonical result = canonicalize(type, value);
    if (result.state == Canonical::State::blank) return kBlank;
    if (result.state == Canonical::State::value) return result.text;
    CHECK_FALSE(result.reason.empty());
    return kBad;
}

struct Row {
    json value;
    std::string expected;
};

void check(FieldType type, const std::vector<Row>& table) {
    for (const Row& row : table) {
        INFO(field_type_name(type) << " of " << dump_exact(row.value));
        CHECK(canonical(type, row.value) == row.expected);
    }
}

json number(const char* lexeme) {
    return exact_number(lexeme);
}

}  // namespace

TEST_CASE("field types are known by their names in YAML") {
    CHECK(field_type_names().size() == 12);
    for (const std::string& name : field_type_names()) {
        REQUIRE(field_type(name));
        CHECK(field_type_name(*field_type(name)) == name);
    }
    CHECK(field_type("bool") == FieldType::boolean);
    CHECK(field_type("json") == FieldType::json_value);
    CHECK_FALSE(field_type("boolean"));
    CHECK_FALSE(field_type(""));
}

TEST_CASE("null, nothing and white space are blank in every type") {
    for (const std::string& name : field_type_names()) {
        for (const json& value : {json(), json(""), json(" \t\r\n"), json("\xC2\xA0 ")}) {
            CHECK(canonical(*field_type(name), value) == kBlank);
        }
    }
}

TEST_CASE("lists and objects are bad in every type but json, and a reason never shows the value") {
    for (const std::string& name : field_type_names()) {
        if (name == "json") continue;
        CHECK(canonical(*field_type(name), json::array({"secret"})) == kBad);
        CHECK(canonical(*field_type(name), json{{"a", 1}}) == kBad);
        CHECK(canonicalize(*field_type(name), json::array({"secret"})).reason.find("secret") == std::string::npos);
    }
    CHECK(canonicalize(FieldType::money, "abc").reason.find("abc") == std::string::npos);
}

TEST_CASE("text is trimmed and otherwise kept") {
    check(FieldType::text,
          {{" a  b ", "a  b"}, {"\xC2\xA0x\xC2\xA0", "x"}, {12, "12"}, {number("1.50"), "1.50"}, {true, "true"}});
}

TEST_CASE("money is decimal text with at least two decimals") {
    check(FieldType::money, {{"1234.5", "1234.50"},
                             {number("1234.50"), "1234.50"},
                             {number("1234.500"), "1234.50"},
                             {1234, "1234.00"},
                             {-5, "-5.00"},
                             {"$1,234.50", "1234.50"},
                             {" $ 1,234,567 ", "1234567.00"},
                             {"(1,234.50)", "-1234.50"},
                             {"($ 1.50)", "-1.50"},
                             {"$(1.50)", kBad},
                             {"-$1.50", "-1.50"},
                             {"$-1.50", "-1.50"},
                             {"+1.5", "1.50"},
                             {"1 234.50", "1234.50"},
                             {"0012", "12.00"},
                             {".5", "0.50"},
                             {"5.", "5.00"},
                             {"-0.00", "0.00"},
                             {"(0)", "0.00"},
                             {"1.23456", "1.23456"},
                             {number("1e3"), "1000.00"},
                             {number("1.5E-3"), "0.0015"},
                             {number("12345E-2"), "123.45"},
                             {number("12345678901234567890123.10"), "12345678901234567890123.10"},
                             {"1,23", kBad},
                             {"1,2345", kBad},
                             {"1234,567", kBad},
                             {"1.234,50", kBad},
                             {",123", kBad},
                             {"1,234,", kBad},
                             {"12 34", kBad},
                             {"$", kBad},
                             {"()", kBad},
                             {"-", kBad},
                             {"--5", kBad},
                             {"(-5)", kBad},
                             {".", kBad},
                             {"1.2.3", kBad},
                             {"12 USD", kBad},
                             {"n/a", kBad},
                             {true, kBad},
                             {number("1e999999"), kBad},
                             {number("1e-99999999999"), kBad},
                             {std::string(2000, '9'), kBad}});
}

TEST_CASE("dates are read from the spellings of agency systems") {
    check(FieldType::date, {{"2026-11-23", "2026-11-23"},
                            {"11/23/2026", "2026-11-23"},
                            {"1/2/2026", "2026-01-02"},
                            {"01/02/26", "2026-01-02"},
                            {"1/2/49", "2049-01-02"},
                            {"1/2/50", "1950-01-02"},
                            {"12/31/99", "1999-12-31"},
                            {"2/29/2024", "2024-02-29"},
                            {"2/29/00", "2000-02-29"},
                            {"2026-11-23T23:59:59Z", "2026-11-23"},
                            {"2026-11-23T00:00:00-07:00", "2026-11-23"},
                            {"2026-11-23T00:00:00", "2026-11-23"},
                            {"2026-11-23 00:00:00.000", "2026-11-23"},
                            {"11/23/2026 12:00:00 AM", "2026-11-23"},
                            {"2/29/2023", kBad},
                            {"2026-02-30", kBad},
                            {"23/11/2026", kBad},
                            {"11/23/026", kBad},
                            {"11/23", kBad},
                            {"1//2026", kBad},
                            {"11-23-2026", kBad},
                            {"20261123", kBad},
                            {45000, kBad},
                            {"2026-11-23T", kBad},
                            {"2026-11-23 noon", kBad},
                            {"11/23/2026 ?", kBad},
                            {"today", kBad},
                            {true, kBad}});
}

TEST_CASE("times are moments in UTC") {
    check(FieldType::datetime, {{"2026-11-22T23:00:00-07:00", "2026-11-23T06:00:00.000Z"},
                                {"2026-11-23T06:00:00.1Z", "2026-11-23T06:00:00.100Z"},
                                {"2026-11-23", kBad},
                                {"2026-11-23T06:00:00", kBad},
                                {1763877600, kBad}});
}

TEST_CASE("small types have one spelling for one meaning") {
    check(FieldType::email, {{" Ann@Example.COM ", "ann@example.com"},
                             {"a@b@c", kBad},
                             {"none", kBad},
                             {"@b", kBad},
                             {"a@", kBad},
                             {"a@b.c; d@e.f", kBad},
                             {"a b@c.d", kBad}});
    check(FieldType::state, {{"tx", "TX"},
                             {"Texas", "TX"},
                             {" new  york ", "NY"},
                             {"D.C.", "DC"},
                             {"Washington, D.C.", "DC"},
                             {"Washington", "WA"},
                             {"District of Columbia", "DC"},
                             {"Puerto Rico", "PR"},
                             {"AE", "AE"},
                             {"XX", kBad},
                             {"Ontario", kBad},
                             {"T", kBad},
                             {".", kBad},
                             {"TX1", kBad},
                             {12, kBad}});
    check(FieldType::zip, {{"75001", "75001"},
                           {"75001-1234", "75001-1234"},
                           {"750011234", "75001-1234"},
                           {2134, "02134"},
                           {501, "00501"},
                           {"501", "00501"},
                           {"2134-0001", "02134-0001"},
                           {"12", kBad},
                           {"75001-", kBad},
                           {"75001-12", kBad},
                           {"123456", kBad},
                           {"7500A", kBad},
                           {"-1234", kBad},
                           {number("75001.0"), kBad},
                           {"K1A 0B1", kBad}});
    check(FieldType::boolean, {{true, "true"},
                               {false, "false"},
                               {"YES", "true"},
                               {"n", "false"},
                               {1, "true"},
                               {"0", "false"},
                               {"maybe", kBad},
                               {2, kBad}});
    check(FieldType::integer, {{7, "7"},
                               {"007", "7"},
                               {"+5", "5"},
                               {"-0", "0"},
                               {number("-0"), "0"},
                               {number("5.0"), "5"},
                               {number("1e3"), "1000"},
                               {number("123456789012345678901234567890"), "123456789012345678901234567890"},
                               {"5.5", kBad},
                               {"1,234", kBad},
                               {"x", kBad},
                               {"", kBlank},
                               {true, kBad}});
    check(FieldType::policy_number, {{" TX-0012 34 ", "TX-0012 34"}, {1234, "1234"}, {"TBD", "TBD"}});
    check(FieldType::phone, {{" (512) 555-0100 ", "(512) 555-0100"}, {5125550100, "5125550100"}, {true, kBad}});
    check(FieldType::json_value, {{json{{"b", 1}, {"a", number("1.0")}}, R"({"a":1.0,"b":1})"},
                                  {json::array(), "[]"},
                                  {"x", "\"x\""},
                                  {false, "false"}});
}

TEST_CASE("state names and codes are all known, in any case") {
    for (const auto& [name, code] : std::vector<std::pair<std::string, std::string>>{{"west virginia", "WV"},
                                                                                     {"NORTH CAROLINA", "NC"},
                                                                                     {"Rhode Island", "RI"},
                                                                                     {"guam", "GU"},
                                                                                     {"Virgin Islands", "VI"},
                                                                                     {"U.S. Virgin Islands", "VI"},
                                                                                     {"Hawaii", "HI"},
                                                                                     {"n.m.", "NM"}}) {
        INFO(name);
        CHECK(state2(name) == code);
    }
    CHECK_FALSE(state2(""));
    CHECK_FALSE(state2("Tex@s"));
}

TEST_CASE("policy numbers match without case, spaces and hyphens, and placeholders match nothing") {
    CHECK(policy_key("tx-0012 34") == "TX001234");
    CHECK(policy_key(" TX 001234") == policy_key("TX-001234"));
    CHECK(policy_key("0012") == "0012");
    CHECK(policy_key("A/B.1") == "A/B.1");
    for (const char* placeholder :
         {"", " ", "-", "TBD", "tba", "Pending", "TEMP", "temp-123", "0", "000", "N/A", "n/a", "NA", "T B D"}) {
        INFO(placeholder);
        CHECK_FALSE(policy_key(placeholder));
    }
}

TEST_CASE("phones match by ten digits, without extensions") {
    for (const char* same : {"5125550100", "(512) 555-0100", "512.555.0100", "+1 512 555 0100", "1-512-555-0100",
                             "512-555-0100 x12", "512-555-0100 ext. 3", "(512) 555-0100 #4", "Cell: 512-555-0100",
                             "512-555-0100, 12", "tel:+15125550100", "512-555-0100;ext=5", "512-555-0100 (work)"}) {
        INFO(same);
        CHECK(phone10(same) == "5125550100");
    }
    for (const char* none :
         {"", "n/a", "555-0100", "512555010", "51255501001", "+44 20 7946 0958", "+5125550100", "0000000000",
          "9999999999", "1125550100", "5120550100", "512-555-0100 / 512-555-0101", "1-800-FLOWERS", "25125550100"}) {
        INFO(none);
        CHECK_FALSE(phone10(none));
    }
}

TEST_CASE("match keys fold what people type differently") {
    CHECK(match_key(FieldType::text, " Ann   MARIE ") == "ann marie");
    CHECK(match_key(FieldType::text, "a\t\n b") == "a b");
    CHECK(match_key(FieldType::email, "a@b.c") == "a@b.c");
    CHECK(match_key(FieldType::policy_number, "ab-1") == "AB1");
    CHECK_FALSE(match_key(FieldType::policy_number, "TBD"));
    CHECK(match_key(FieldType::phone, "(512) 555-0100") == "5125550100");
    CHECK_FALSE(match_key(FieldType::phone, "ask Bob"));
    CHECK(match_key(FieldType::date, "2026-11-23") == "2026-11-23");
    CHECK_FALSE(match_key(FieldType::text, ""));
    CHECK_FALSE(match_key(FieldType::zip, ""));
}

TEST_CASE("text is one text whatever its case, marks and form of Unicode, and another when a letter differs") {
    const auto [a, b, same] = GENERATE(table<std::string, std::string, bool>({
        {"Jos\xC3\xA9 Pe\xC3\xB1" "a", "Jose\xCC\x81 Pen\xCC\x83" "a", true},                    // composed, and letter by letter
        {"Jos\xC3\xA9 Pe\xC3\xB1" "a", "JOS\xC3\x89 PE\xC3\x91" "A", true},                      // capitals
        {"Jos\xC3\xA9 Pe\xC3\xB1" "a", "jose pena", true},                                    // of a system that knows no accents
        {"Stra\xC3\x9F" "e 4", "STRASSE 4", true},
        {"O\xE2\x80\x99" "Brien", "O'BRIEN", true},                                            // a typographer's apostrophe
        {"Nguy\xE1\xBB\x85n Th\xE1\xBB\x8B \xC3\x81nh", "NGUYEN THI ANH", true},              // Vietnamese
        {"\xC4\x8C" "ern\xC3\xBD  \xC5\xA0imek", "cerny simek", true},
        {"\xD0\x98\xD0\x92\xD0\x90\xD0\x9D", "\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD", true},     // Cyrillic
        {"\xCE\xA3\xCE\x9F\xCE\xA6\xCE\x9F\xCE\xA3", "\xCF\x83\xCE\xBF\xCF\x86\xCE\xBF\xCF\x82", true},  // Greek, with its last sigma
        {"Ann\xC2\xA0Marie", "Ann Marie", true},                                              // a space that doesn't break
        {"Jos\xC3\xA9", "Josu\xC3\xA9", false},
        {"Pe\xC3\xB1" "a", "Pera", false},
        {"O'Brien", "OBrien", false},                                                         // text says what it says: only names leave signs out
        {"\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD", "\xD0\xB8\xD0\xB3\xD0\xB0\xD0\xBD", false},
        {"\xFF\xFE", "\xFF", false},                                                          // no UTF-8 at all
    }));
    INFO(a << " / " << b);
    CHECK(same_value(FieldType::text, a, b) == same);
    CHECK(same_value(FieldType::text, b, a) == same);
}

TEST_CASE("a mark alone is no key, and addresses of mail keep their letters") {
    CHECK_FALSE(match_key(FieldType::text, "\xCC\x81"));
    CHECK(match_key(FieldType::text, "\xCC\x81 x \xCC\x81") == "x");
    CHECK_FALSE(same_value(FieldType::email, "jos\xC3\xA9@a.example", "jose@a.example"));
    CHECK(naming_key(FieldType::text, "Jos\xC3\xA9  PEN") == "jos\xC3\xA9 pen");  // records keep the names that they had
    CHECK(naming_key(FieldType::policy_number, "ab-1") == "AB1");
}

TEST_CASE("cents are rounded half away from zero and bounded by 64 bits") {
    CHECK(money_cents("1234.50") == 123450);
    CHECK(money_cents("-1234.50") == -123450);
    CHECK(money_cents("0.00") == 0);
    CHECK(money_cents("0.005") == 1);
    CHECK(money_cents("-0.005") == -1);
    CHECK(money_cents("0.0049") == 0);
    CHECK(money_cents("1.999") == 200);
    CHECK(money_cents("92233720368547758.07") == 9223372036854775807);
    CHECK(money_cents("-92233720368547758.08") == std::numeric_limits<std::int64_t>::min());
    CHECK_FALSE(money_cents("92233720368547758.08"));
    CHECK_FALSE(money_cents("92233720368547758.075"));
    CHECK_FALSE(money_cents("99999999999999999999.00"));
    CHECK_FALSE(money_cents(""));
}

TEST_CASE("a canonical text is its own canonical text") {
    const std::vector<std::pair<FieldType, json>> table{{FieldType::money, "($1,234.5)"},
                                                        {FieldType::date, "1/2/26"},
                                                        {FieldType::datetime, "2026-01-01T00:00:00+01:00"},
                                                        {FieldType::email, "A@B.c"},
                                                        {FieldType::state, "Texas"},
                                                        {FieldType::zip, 2134},
                                                        {FieldType::boolean, "Y"},
                                                        {FieldType::integer, "+007"},
                                                        {FieldType::text, " x "},
                                                        {FieldType::policy_number, " A 1 "},
                                                        {FieldType::phone, " 512 "}};
    for (const auto& [type, value] : table) {
        const std::string once = canonicalize(type, value).text;
        INFO(once);
        CHECK(canonicalize(type, once).text == once);
    }
}
