#include "csv/columns.h"

#include <algorithm>

#include "csv/files.h"
#include "csv/header_names.h"
#include "csv/shipped_books.h"

using namespace bindery;
using namespace bindery::test;

namespace {

using Headers = std::vector<std::string>;

CsvRow row_of(const std::vector<std::string>& cells) {
    CsvRow row;
    row.cells.assign(cells.begin(), cells.end());
    return row;
}

// Field by name, of the stated ones.
std::map<std::string, std::string> stated(const Columns& columns, const Mapping& book, const std::vector<std::string>& cells, FlatRow* whole = nullptr) {
    FlatRow flat;
    columns.apply(row_of(cells), flat);
    if (whole != nullptr) *whole = flat;
    std::map<std::string, std::string> fields;
    REQUIRE(flat.fields.size() == book.fields.size());
    for (std::size_t i = 0; i < flat.fields.size(); ++i) {
        if (!flat.fields[i].empty()) fields[book.fields[i].name] = flat.fields[i];
    }
    return fields;
}

using Stated = std::map<std::string, std::string>;

Failure refused(const Headers& headers, const CsvProfile& profile, const Mapping& book) {
    const auto failure = failure_of([&] { Columns::bind(headers, profile, book, "ams.csv"); });
    CHECK(failure.code == ErrorCode::mapping);
    CHECK_THAT(failure.message, Catch::StartsWith("ams.csv"));
    return failure;
}

const Mapping& small_book() {
    static const Mapping book = [] {
        Mapping made = book_of({{"policy_number", FieldType::policy_number}, {"expiration_date", FieldType::date}, {"client_name", FieldType::text},
                                {"premium", FieldType::money}, {"zip", FieldType::zip}, {"phone", FieldType::phone}},
                               {{"policy_number", "expiration_date"}});
        made.fields[1].required = true;
        return made;
    }();
    return book;
}

const CsvProfile& small_profile() {
    static const CsvProfile profile = profile_of({{"policy_number", {"Policy #", "Pol No"}}, {"expiration_date", {"Exp Date", "Expires"}}, {"client_name", {"Insured"}}});
    return profile;
}

}  // namespace

TEST_CASE("headers are known without case, spaces and punctuation") {
    CHECK(folded_header(" Policy  Number: ") == "policynumber");
    CHECK(folded_header("policy_number") == "policynumber");
    CHECK(folded_header("Policy #") == "policynumber");
    CHECK(folded_header("E-Mail") == "email");
    CHECK(folded_header("Commission %") != folded_header("Commission"));
    CHECK(folded_header("ZIP / Postal Code") == "zippostalcode");
    CHECK(folded_header("***").empty());
    CHECK(column_letters(0) == "A");
    CHECK(column_letters(25) == "Z");
    CHECK(column_letters(26) == "AA");
    CHECK(column_letters(701) == "ZZ");
    CHECK(column_letters(702) == "AAA");
    CHECK(headers_of(row_of({" Name ", "", "'=x", "\u00C9tat"})) == Headers{"Name", "column 2", "=x", "\u00C9tat"});
}

TEST_CASE("columns become fields, and what no field takes stays under its header") {
    const Headers headers{"POLICY-NUMBER", "exp. date", "Insured", "Notes", "column 5", "premium", "Commission %"};
    const Columns columns = Columns::bind(headers, small_profile(), small_book(), "ams.csv");
    CHECK(columns.width() == 7);
    CHECK(columns.headers() == headers);
    CHECK(columns.unmapped() == Headers{"Notes", "Commission %"});
    CHECK(columns.absent().empty());
    CHECK_FALSE(columns.record_key_column());
    FlatRow flat;
    CHECK(stated(columns, small_book(), {" HO-1 ", "7/1/2026", "Roe, Ann", " kept ", "extra", "$5", "  "}, &flat) ==
          Stated{{"policy_number", "HO-1"}, {"expiration_date", "7/1/2026"}, {"client_name", "Roe, Ann"}, {"premium", "$5"}});
    CHECK(flat.others == std::vector<std::pair<std::string, std::string>>{{"Notes", " kept "}, {"column 5", "extra"}});
    CHECK(flat.record_key.empty());
    CHECK(stated(columns, small_book(), {"HO-1"}) == Stated{{"policy_number", "HO-1"}});
}

TEST_CASE("a row that is applied after another keeps nothing of it") {
    const Columns columns = Columns::bind({"Policy #", "Expires", "Notes", "More"}, small_profile(), small_book(), "ams.csv");
    FlatRow flat;
    columns.apply(row_of({"HO-1", "7/1/2026", "long note", "more"}), flat);
    columns.apply(row_of({"", "", "", "x"}), flat);
    CHECK(flat.fields == std::vector<std::string>(6));
    CHECK(flat.others == std::vector<std::pair<std::string, std::string>>{{"More", "x"}});
}

TEST_CASE("two headers for one field are refused by both") {
    const auto twice = refused({"Policy #", "Expires", "Pol. No"}, small_profile(), small_book());
    CHECK_THAT(twice.message, Catch::Contains("column A \"Policy #\" and column C \"Pol. No\" are both policy_number"));
    CHECK_THAT(twice.hint, Catch::Contains("otherwise"));
    // The field's own name is one of its spellings.
    const auto own = refused({"Pol No", "Expires", "Insured", "Client Name"}, small_profile(), small_book());
    CHECK_THAT(own.message, Catch::Contains("column C \"Insured\" and column D \"Client Name\" are both client_name"));
    // Said in order by the profile, they aren't one too many.
    CsvProfile ordered = small_profile();
    ordered.columns[2].ways.push_back(CellSource{{{"Client Name"}}, " ", NamePart::all});
    const Columns columns = Columns::bind({"Pol No", "Expires", "Insured", "Client Name"}, ordered, small_book(), "ams.csv");
    CHECK(stated(columns, small_book(), {"1", "2", "", "Roe"})["client_name"] == "Roe");
    CHECK(stated(columns, small_book(), {"1", "2", "Ann", "Roe"})["client_name"] == "Ann");
}

TEST_CASE("the same header twice is refused whatever it is") {
    CHECK_THAT(refused({"Policy #", "Expires", "Notes", "Notes"}, small_profile(), small_book()).message, Catch::Contains("columns C and D are both called \"Notes\""));
    const auto known = refused({"Policy #", "Expires", "Policy #"}, small_profile(), small_book());
    CHECK_THAT(known.message, Catch::Contains("columns A and C are both called \"Policy #\""));
    CHECK_THAT(known.message, !Catch::Contains("are both policy_number"));
    CHECK_NOTHROW(Columns::bind({"Policy #", "Expires", "Notes", "NOTES"}, small_profile(), small_book(), "ams.csv"));
}

TEST_CASE("a file without headers, or with unknown ones, is refused without repeating a cell") {
    const auto data = refused({"HO-123456", "7/1/2026", "Roe, Ann", "ann@example.com"}, small_profile(), small_book());
    CHECK_THAT(data.message, Catch::Contains("no header row: its first line looks like data"));
    CHECK_THAT(data.message, !Catch::Contains("Roe"));
    const auto unknown = refused({"Colour", "Size", "Roe"}, small_profile(), small_book());
    CHECK_THAT(unknown.message, Catch::Contains("knows none of the 3 headers"));
    CHECK_THAT(unknown.message, !Catch::Contains("Roe"));
    CHECK_THAT(unknown.hint, Catch::Contains("--suggest"));
}

TEST_CASE("a column that lacks is named with what was looked for and what is nearest") {
    const auto required = refused({"Policy #", "Expirs"}, small_profile(), small_book());
    CHECK_THAT(required.message, Catch::Contains("no column is expiration_date, which every row needs (looked for \"Exp Date\", \"Expires\" and \"expiration_date\"; nearest: \"Expirs\")"));
    CHECK_THAT(required.hint, Catch::Contains("profile"));
    const auto key = refused({"Expires", "Insured"}, small_profile(), small_book());
    CHECK_THAT(key.message, Catch::Contains("no column is policy_number, by which a record is known"));
    // One whole alternative of the key is enough.
    const Mapping book = book_of({{"id", FieldType::text}, {"email", FieldType::email}, {"name", FieldType::text}}, {{"id"}, {"email", "name"}});
    CHECK_NOTHROW(Columns::bind({"Email", "Name"}, profile_of({}), book, "ams.csv"));
    CHECK_NOTHROW(Columns::bind({"ID", "Name"}, profile_of({}), book, "ams.csv"));
    CHECK_THAT(refused({"Name"}, profile_of({}), book).message, Catch::Contains("no column is id, by which a record is known"));
}

TEST_CASE("fields of the profile that have no column are listed") {
    const Columns columns = Columns::bind({"Policy #", "Expires"}, small_profile(), small_book(), "ams.csv");
    CHECK(columns.absent() == Headers{"client_name"});
}

TEST_CASE("a header that one field's rule spells out is not another's for its name") {
    const Mapping book = book_of({{"policy_number", FieldType::policy_number}, {"carrier", FieldType::text}, {"company", FieldType::text}}, {{"policy_number"}});
    const CsvProfile profile = profile_of({{"carrier", {"Company"}}});
    const Columns columns = Columns::bind({"Policy Number", "Company"}, profile, book, "ams.csv");
    CHECK(stated(columns, book, {"HO-1", "Acme"}) == Stated{{"policy_number", "HO-1"}, {"carrier", "Acme"}});
}

TEST_CASE("AMS360 reports: phones with their area code apart, names with the last one first") {
    const CsvProfile& profile = shipped().csv.at("ams360");
    const Headers headers{"Customer Name", "Policy #", "Policy Type", "Company", "Policy Term", "Bill Method", "Res Phone Area Code", "Res Phone", "Cell Phone Area Code", "Cell Phone", "Policy Expiration Date"};
    const Columns columns = Columns::bind(headers, profile, policies(), "ams.csv");
    CHECK(stated(columns, policies(), {"Roe, Ann", "HO 1", "Home", "Acme", "12", "Direct", "303", "555-0100", "720", "555-0199", "7/1/2026"}) ==
          Stated{{"client_name", "Ann Roe"}, {"policy_number", "HO 1"}, {"line_of_business", "Home"}, {"carrier", "Acme"}, {"term", "12"}, {"bill_method", "Direct"},
                 {"client_phone", "303 555-0100"}, {"expiration_date", "7/1/2026"}});
    // An area code alone is no phone: the next one counts.
    CHECK(stated(columns, policies(), {"", "HO 1", "", "", "", "", "303", "", "720", "555-0199", ""})["client_phone"] == "720 555-0199");
    CHECK(stated(columns, policies(), {"", "HO 1", "", "", "", "", "303", "", "", "", ""}).count("client_phone") == 0);
}

TEST_CASE("A column that another one comes before is kept under its header") {
    using Others = std::vector<std::pair<std::string, std::string>>;
    const Columns phones = Columns::bind({"Policy #", "Res Phone Area Code", "Res Phone", "Cell Phone Area Code", "Cell Phone", "Bus Phone Area Code", "Bus Phone", "Policy Expiration Date", "Notes"}, shipped().csv.at("ams360"), policies(), "ams.csv");
    FlatRow flat;
    CHECK(stated(phones, policies(), {"HO 1", "303", "555-0100", "720", "555-0199", "972", "", "7/1/2026", "n"}, &flat)["client_phone"] == "303 555-0100");
    CHECK(flat.others == Others{{"Notes", "n"}, {"Cell Phone Area Code", "720"}, {"Cell Phone", "555-0199"}, {"Bus Phone Area Code", "972"}});
    CHECK(stated(phones, policies(), {"HO 1", "303", "", "720", "555-0199", "972", "555-0142", "7/1/2026", ""}, &flat)["client_phone"] == "720 555-0199");
    CHECK(flat.others == Others{{"Res Phone Area Code", "303"}, {"Bus Phone Area Code", "972"}, {"Bus Phone", "555-0142"}});
    CHECK(stated(phones, policies(), {"HO 1", "", "", "", "", "", "", "7/1/2026", ""}, &flat).count("client_phone") == 0);
    CHECK(flat.others.empty());
    const Columns names = Columns::bind({"Number", "ExpirationDate", "CommercialName", "FirstName", "LastName", "CellPhone", "HomePhone", "Phone"}, shipped().csv.at("nowcerts"), policies(), "nowcerts.csv");
    CHECK(stated(names, policies(), {"N1", "7/1/2026", "Roe LLC", "Ann", "Roe", "1", "2", "3"}, &flat)["client_name"] == "Roe LLC");
    CHECK(flat.others == Others{{"FirstName", "Ann"}, {"LastName", "Roe"}, {"HomePhone", "2"}, {"Phone", "3"}});
    // Two fields leave one over; a field's own name stays its own.
    const Columns leads_columns = Columns::bind({"First Name", "Last Name", "Full Name", "Email"}, shipped().csv.at("website"), leads(), "leads.csv");
    CHECK(stated(leads_columns, leads(), {"Ann", "Roe", "Zoe Zeb", ""}, &flat)["first_name"] == "Ann");
    CHECK(flat.others == Others{{"Full Name", "Zoe Zeb"}});
}

TEST_CASE("NowCerts exports: a business by its name, a person by both") {
    const Headers headers{"Number", "EffectiveDate", "ExpirationDate", "LineOfBusinessName", "CarrierName", "TotalPremium", "CommercialName", "FirstName", "LastName", "EMail"};
    const Columns columns = Columns::bind(headers, shipped().csv.at("nowcerts"), policies(), "nowcerts.csv");
    CHECK(stated(columns, policies(), {"N1", "", "2026-07-01", "", "", "", "", "Ann", "Roe", ""})["client_name"] == "Ann Roe");
    CHECK(stated(columns, policies(), {"N1", "", "2026-07-01", "", "", "", "Roe LLC", "Ann", "Roe", ""})["client_name"] == "Roe LLC");
    CHECK(stated(columns, policies(), {"N1", "", "2026-07-01", "", "", "", "", "Ann", "", ""})["client_name"] == "Ann");
}

TEST_CASE("website leads: one column of names gives both halves") {
    const Columns columns = Columns::bind({"Full Name", "Email"}, shipped().csv.at("website"), leads(), "leads.csv");
    CHECK(stated(columns, leads(), {"Mary Ann Roe", "ann@example.com"}) == Stated{{"first_name", "Mary Ann"}, {"last_name", "Roe"}, {"email", "ann@example.com"}});
}

TEST_CASE("dates of another order and Excel's numbers become plain dates in date fields only") {
    CsvProfile profile = small_profile();
    profile.dates = DateOrder::dmy;
    const Columns columns = Columns::bind({"Policy #", "Expires", "Insured"}, profile, small_book(), "ams.csv");
    CHECK(stated(columns, small_book(), {"46204", "1/7/2026", "46204"}) == Stated{{"policy_number", "46204"}, {"expiration_date", "2026-07-01"}, {"client_name", "46204"}});
    CHECK(stated(columns, small_book(), {"1", "46204", ""})["expiration_date"] == "2026-07-01");
    CHECK(stated(columns, small_book(), {"1", "00/00/0000", ""}).count("expiration_date") == 0);
    CHECK(row_fault(row_of({"1", "3/14/2026", ""}), columns).value_or("") == "expiration_date: isn't a date in the profile's order, day before month");
    CHECK_FALSE(row_fault(row_of({"1", "14/3/2026", ""}), columns));
    CHECK(stated(columns, small_book(), {"1", "'3/4/2026", ""})["expiration_date"] == "2026-04-03");  // with the guard of our own exports
    CHECK(row_fault(row_of({"1", "'3/14/2026", ""}), columns));
}

TEST_CASE("the guard of our own exports comes off in every column, and the record's key is read") {
    const Columns columns = Columns::bind({"record_key", "policy_number", "expiration_date", "zip", "premium", "=Notes"}, profile_of({}), small_book(), "export.csv");
    CHECK(columns.record_key_column() == std::size_t{0});
    CHECK(columns.unmapped() == Headers{"=Notes"});
    FlatRow flat;
    CHECK(stated(columns, small_book(), {"'007|2026-07-01", "'007", "2026-07-01", "'02134", "-5.00", "'=1+1"}, &flat) ==
          Stated{{"policy_number", "007"}, {"expiration_date", "2026-07-01"}, {"zip", "02134"}, {"premium", "-5.00"}});
    CHECK(flat.record_key == "007|2026-07-01");
    CHECK(flat.others == std::vector<std::pair<std::string, std::string>>{{"=Notes", "=1+1"}});
    CHECK(stated(columns, small_book(), {"", "=\"00123\"", "2026-07-01", "", "", ""})["policy_number"] == "00123");
}

TEST_CASE("rows that don't fit the header are refused with a reason, and nothing is shifted") {
    const Columns columns = Columns::bind({"Policy #", "Expires", "Insured", "Premium", "Zip", "Notes", "Extra"}, small_profile(), small_book(), "ams.csv");
    struct Case {
        std::vector<std::string> cells;
        std::string reason;  // a part of it; empty: no fault
    };
    const std::vector<Case> cases{
        {{"HO-1", "7/1/2026", "Roe", "$5", "80202", "", ""}, ""},
        {{"HO-1", "7/1/2026", "Roe", "$5", "80202", "", "", "", " "}, ""},
        {{"HO-1", "7/1/2026"}, ""},
        {{"HO-1", "7/1/2026", "Roe", "$5", "80202", "", "", "x"}, "has 8 cells, the header has 7"},
        {{"HO-1"}, "has 1 cells, the header has 7"},
        {{"HO-1", " "}, "has 2 cells, the header has 7"},
        {{"", "7/1/2026", "Roe"}, "has 3 cells, the header has 7"},
        {{"Total", "", "", "$1,234.50", "", "", ""}, "totals"},
        {{"", "", "Grand Total:", "$1,234.50", "12"}, "totals"},
        {{"12 records"}, "totals"},
        {{"Total", "7/1/2026", "Total Wine", "$5", "", "", ""}, ""},
        {{"HO-1", "7/1/2026", "Total", "$5", "", "", ""}, ""},
        {{"1.23457E+11", "7/1/2026", "", "", "", "", ""}, "policy_number: Excel has shortened the number in column A"},
        {{"HO-1", "7/1/2026", "", "", "8.0202E+08", "", ""}, "zip: Excel has shortened the number in column E"},
        {{"'1.23457E+11", "7/1/2026", "", "", "", "", ""}, ""},
        {{"HO-1", "7/1/2026", "", "1.2E+05", "", "", ""}, "premium: Excel has shortened the number in column D"},
        {{"HO-1", "7/1/2026", "", "120000.00", "", "1.23457E+11", ""}, ""},
    };
    for (const Case& each : cases) {
        const auto fault = row_fault(row_of(each.cells), columns);
        INFO(each.cells.front() << " of " << each.cells.size());
        if (each.reason.empty()) CHECK(fault.value_or("") == "");
        else CHECK_THAT(fault.value_or(""), Catch::Contains(each.reason));
    }
}

TEST_CASE("the same row under other headers or rules has another hash") {
    const auto seed = [](const Headers& headers, const CsvProfile& profile) { return Columns::bind(headers, profile, small_book(), "ams.csv").hash_seed(); };
    const auto first = seed({"Policy #", "Expires", "Insured"}, small_profile());
    CHECK(seed({"Policy #", "Expires", "Insured"}, small_profile()) == first);
    CHECK(seed({"Policy #", "Insured", "Expires"}, small_profile()) != first);
    CHECK(seed({"Policy #", "Expires", "Insured", "Notes"}, small_profile()) != first);
    CHECK(seed({"Policy #", "Expires", "insured"}, small_profile()) != first);
    CsvProfile other = small_profile();
    other.dates = DateOrder::dmy;
    CHECK(seed({"Policy #", "Expires", "Insured"}, other) != first);
    other = small_profile();
    other.columns[2].ways[0].take = NamePart::name;
    CHECK(seed({"Policy #", "Expires", "Insured"}, other) != first);
    other = small_profile();
    other.name = "renamed";
    CHECK(seed({"Policy #", "Expires", "Insured"}, other) == first);
}

TEST_CASE("one program's words become the book's, whatever their case, and others stay") {
    CsvProfile profile = small_profile();
    const Headers headers{"Policy #", "Exp Date", "Insured"};
    const Columns plain = Columns::bind(headers, profile, small_book(), "ams.csv");
    profile.columns[2].words = {{"canceled", "cancelled"}, {"non renewed", "expired"}};
    const Columns columns = Columns::bind(headers, profile, small_book(), "ams.csv");
    for (const auto& [cell, value] : Stated{{"Canceled", "cancelled"}, {" CANCELED ", "cancelled"}, {"Non  Renewed", "expired"}, {"Canceled soon", "Canceled soon"}}) {
        INFO(cell);
        CHECK(stated(columns, small_book(), {"HO-1", "2026-01-01", cell})["client_name"] == value);
    }
    CHECK(columns.hash_seed() != plain.hash_seed());
}

TEST_CASE("the shipped profiles give BindPilot's words for an AMS's statuses") {
    for (const char* name : {"ams360", "nowcerts", "generic"}) {
        const auto all = profiles();
        const auto profile = std::find_if(all.begin(), all.end(), [&](const CsvProfile& each) { return each.name == name; });
        REQUIRE(profile != all.end());
        const Columns columns = Columns::bind({"policy_number", "expiration_date", "status"}, *profile, policies(), "ams.csv");
        for (const auto& [cell, value] : Stated{{"Canceled", "cancelled"}, {"Non-Renewed", "expired"}, {"NON RENEWED", "expired"}, {"Active", "Active"}, {"Renewed", "Renewed"}}) {
            CHECK(stated(columns, policies(), {"HO-1", "2026-01-01", cell})["status"] == value);
        }
    }
}

TEST_CASE("a time without its offset is of the profile's zone, and stays as it is where the profile names none") {
    const Mapping book = book_of({{"lead_id", FieldType::text}, {"consented_at", FieldType::datetime}}, {{"lead_id"}});
    CsvProfile profile = profile_of({{"lead_id", {"ID"}}, {"consented_at", {"Consent At"}}});
    const Headers headers{"ID", "Consent At"};
    const Columns none = Columns::bind(headers, profile, book, "leads.csv");
    CHECK(stated(none, book, {"1", "11/28/2026 9:15"})["consented_at"] == "11/28/2026 9:15");
    profile.timezone = "America/Denver";
    const Columns columns = Columns::bind(headers, profile, book, "leads.csv");
    for (const auto& [cell, value] : Stated{{"11/28/2026 9:15", "2026-11-28T09:15:00-07:00"},
                                            {"2026-07-01 21:20", "2026-07-01T21:20:00-06:00"},
                                            {"2026-11-28T09:20:00Z", "2026-11-28T09:20:00Z"},
                                            {"3/8/2026 2:30", "3/8/2026 2:30"},  // that hour isn't there
                                            {"11/28/2026", "11/28/2026"}}) {
        INFO(cell);
        CHECK(stated(columns, book, {"1", cell})["consented_at"] == value);
    }
    CHECK(columns.hash_seed() != none.hash_seed());
}
