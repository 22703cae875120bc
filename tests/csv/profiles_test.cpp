#include "csv/profiles.h"

#include "csv/columns.h"
#include "csv/files.h"
#include "csv/shipped_books.h"

using namespace bindery;
using namespace bindery::test;

namespace {

using Headers = std::vector<std::string>;

const Headers kAms360{"Customer Name", "Policy #", "Policy Type", "Company", "Policy Term", "Bill Method", "Res Phone Area Code", "Res Phone", "Policy Eff Date", "Policy Exp Date"};
const Headers kNowCerts{"Number", "EffectiveDate", "ExpirationDate", "LineOfBusinessName", "CarrierName", "TotalPremium", "CommercialName", "FirstName", "LastName", "EMail"};
const Headers kInsuredMine{"policy_number", "premium_amount", "policy_type", "company_name", "policy_start_date", "policy_end_date", "producer", "csr", "account_name"};

std::string chosen(const Headers& headers, const Mapping& book, const std::string& given = "") { return choose_profile(headers, profiles(), book, given, "in.csv").name; }

Headers own_names(const Mapping& book) {
    Headers names;
    for (const Field& field : book.fields) names.push_back(field.name);
    return names;
}

}  // namespace

TEST_CASE("the profile that clearly fits is taken") {
    CHECK(chosen(kAms360, policies()) == "ams360");
    CHECK(chosen(kNowCerts, policies()) == "nowcerts");
    CHECK(chosen(kInsuredMine, policies()) == "generic");
    CHECK(chosen({"Policy Number", "Client Name", "Expiration Date", "Premium"}, policies()) == "generic");
    CHECK(chosen({"First Name", "Last Name", "Email", "Message"}, leads()) == "website");
}

TEST_CASE("our own export needs no profile") {
    CHECK(chosen(own_names(policies()), policies()) == "export");
    CHECK(chosen(own_names(leads()), leads()) == "export");
    CHECK(chosen({"record_key", "policy_number", "expiration_date", "Carrier"}, policies()) == "export");
    const CsvProfile own = choose_profile(own_names(policies()), {}, policies(), "", "in.csv");
    CHECK(own.name == "export");
    CHECK_NOTHROW(Columns::bind(own_names(policies()), own, policies(), "in.csv"));
    CHECK(chosen(kAms360, policies(), "export") == "export");
    // Without our key, dates may be another program's.
    CsvProfile british;
    british.name = "british";
    british.dates = DateOrder::dmy;
    CHECK(choose_profile({"policy_number", "expiration_date"}, {british}, policies(), "", "in.csv").name == "british");
    CHECK(choose_profile({"record_key", "policy_number", "expiration_date"}, {british}, policies(), "", "in.csv").name == "export");
}

TEST_CASE("a profile that is named is taken, and a wrong name is answered with the nearest") {
    CHECK(chosen(kInsuredMine, policies(), "nowcerts") == "nowcerts");
    const auto typo = failure_of([] { chosen(kAms360, policies(), "ams306"); });
    CHECK(typo.code == ErrorCode::usage);
    CHECK_THAT(typo.message, Catch::Contains("no profile `ams306` for the book policies"));
    CHECK_THAT(typo.hint, Catch::Contains("did you mean `ams360`?") && Catch::Contains("\"ams360\", \"generic\" and \"nowcerts\""));
    const auto other = failure_of([] { chosen(kAms360, policies(), "website"); });
    CHECK(other.code == ErrorCode::usage);
    CHECK_THAT(other.message, Catch::Contains("is for the book leads, not for policies"));
    const auto none = failure_of([] { choose_profile(kAms360, {}, policies(), "mine", "in.csv"); });
    CHECK_THAT(none.hint, Catch::Contains("--suggest"));
}

TEST_CASE("when none or several fit, each is listed with what it finds") {
    const auto none = failure_of([] { chosen({"Policy Number", "Client Name", "Premium"}, policies()); });
    CHECK(none.code == ErrorCode::mapping);
    CHECK_THAT(none.message, Catch::Contains("no profile of the book policies fits in.csv") && Catch::Contains("generic finds 3 of 19 fields, but no column is expiration_date") &&
                                 Catch::Contains("ams360 finds"));
    CHECK_THAT(none.hint, Catch::Contains("--suggest"));
    CsvProfile one = profile_of({{"policy_number", {"Pol"}}, {"expiration_date", {"Exp"}}, {"carrier", {"Company"}}});
    CsvProfile two = profile_of({{"policy_number", {"Pol"}}, {"expiration_date", {"Exp"}}, {"producer", {"Company"}}});
    one.name = "one";
    two.name = "two";
    const auto several = failure_of([&] { choose_profile({"Pol", "Exp", "Company"}, {one, two}, policies(), "", "in.csv"); });
    CHECK(several.code == ErrorCode::mapping);
    CHECK_THAT(several.message, Catch::Contains("fits \"one\" and \"two\" equally well") && Catch::Contains("one finds 3 of 19 fields"));
    CHECK_THAT(several.hint, Catch::Contains("--profile"));
    // Two that read the file alike are no question.
    CHECK(choose_profile({"Pol", "Exp"}, {one, two}, policies(), "", "in.csv").name == "one");
}

TEST_CASE("two columns for one field are not passed over by a profile that sees less") {
    Headers headers = kAms360;
    headers.push_back("Policy Number");
    const auto failure = failure_of([&] { chosen(headers, policies()); });
    CHECK(failure.code == ErrorCode::mapping);
    CHECK_THAT(failure.message, Catch::Contains("are both policy_number"));
}

TEST_CASE("headers that no profile knows are answered by the binding, as a lack of headers") {
    const Headers data{"HO-123456", "7/1/2026", "Roe"};
    const CsvProfile profile = choose_profile(data, profiles(), policies(), "", "in.csv");
    const auto failure = failure_of([&] { Columns::bind(data, profile, policies(), "in.csv"); });
    CHECK_THAT(failure.message, Catch::Contains("looks like data"));
}

namespace {

// The suggestion as the program's own loader reads it.
CsvProfile loaded(const std::string& yaml, const std::string& book) {
    const TempFolder folder;
    for (const char* below : {"services", "jobs", "books", "csv"}) std::filesystem::create_directories(folder / below);
    std::filesystem::copy_file(std::filesystem::path(BINDERY_SOURCE_DIR) / "config" / "books" / (book + ".yaml"), folder / ("books/" + book + ".yaml"));
    write(folder, "csv/mine.yaml", yaml);
    write(folder, "bindery.yaml", "contact: a@example.com\n");
    return load_config(folder / "bindery.yaml", {{"HOME", "/home/agent"}}).csv.at("mine");
}

std::string suggestion(const Headers& headers, const Table& rows, const Mapping& book, const std::string& book_name, Columns* bound = nullptr) {
    const std::string yaml = suggest_profile(headers, rows, book, profiles(), "mine");
    INFO(yaml);
    const CsvProfile profile = loaded(yaml, book_name);
    CHECK(profile.name == "mine");
    CHECK(profile.into == book_name);
    if (bound != nullptr) *bound = Columns::bind(headers, profile, book, "in.csv");
    return yaml;
}

std::map<std::string, std::string> stated(const Columns& columns, const Mapping& book, const std::vector<std::string>& cells) {
    CsvRow row;
    row.cells.assign(cells.begin(), cells.end());
    FlatRow flat;
    columns.apply(row, flat);
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i < flat.fields.size(); ++i) {
        if (!flat.fields[i].empty()) fields[book.fields[i].name] = flat.fields[i];
    }
    return fields;
}

}  // namespace

TEST_CASE("a suggested profile takes known spellings, near names and what the cells look like") {
    const Headers headers{"Insured", "Policy Nr.", "Contact", "Call at", "Expiraton Date", "Amount", "Branch: \"North\" #1", "Started", "Res Phone Area Code", "Res Phone"};
    Table rows;
    for (int i = 0; i < 40; ++i) {
        const std::string n = std::to_string(100 + i);
        rows.push_back({"Roe, Ann " + std::string(1, static_cast<char>('A' + i % 26)), "HO-4477" + n, "c" + n + "@example.com", "(303) 555-1" + n, std::to_string(1 + i % 28) + "/7/2027",
                        "$1,2" + n.substr(1) + ".50", "x", "2026-07-0" + std::to_string(1 + i % 9), "303", "555-1" + n});
    }
    Columns columns;
    const std::string yaml = suggestion(headers, rows, policies(), "policies", &columns);
    CHECK_THAT(yaml, Catch::Contains("dates: dmy\n"));
    CHECK_THAT(yaml, Catch::Contains("# guessed by its name:\n  expiration_date: [\"Expiraton Date\"]"));
    CHECK_THAT(yaml, Catch::Contains("# guessed by what its cells look like:\n  policy_number: [\"Policy Nr.\"]"));
    CHECK_THAT(yaml, Catch::Contains("# guessed by what its cells look like:\n  client_email: [\"Contact\"]"));
    CHECK_THAT(yaml, Catch::Contains("# guessed by what its cells look like:\n  premium: [\"Amount\"]"));
    CHECK_THAT(yaml, Catch::Contains("#   \"Branch: \\\"North\\\" #1\"\n"));
    CHECK_THAT(yaml, !Catch::Contains("example.com") && !Catch::Contains("Roe"));
    const auto fields = stated(columns, policies(), rows[3]);
    CHECK(fields.at("client_name") == "Ann D Roe");
    CHECK(fields.at("expiration_date") == "2027-07-04");
    CHECK(fields.at("client_phone") == "303 555-1103");
}

TEST_CASE("a suggested profile for a known program's headers is that program's") {
    Columns columns;
    suggestion(kAms360, {{"Roe, Ann", "HO 1", "Home", "Acme", "12", "Direct", "303", "555-0100", "7/1/2026", "7/1/2027"}}, policies(), "policies", &columns);
    CHECK(stated(columns, policies(), {"Roe, Ann", "HO 1", "Home", "Acme", "12", "Direct", "303", "555-0100", "7/1/2026", "7/1/2027"}) ==
          std::map<std::string, std::string>{{"client_name", "Ann Roe"}, {"policy_number", "HO 1"}, {"line_of_business", "Home"}, {"carrier", "Acme"}, {"term", "12"}, {"bill_method", "Direct"},
                                             {"client_phone", "303 555-0100"}, {"effective_date", "7/1/2026"}, {"expiration_date", "7/1/2027"}});
    suggestion(kNowCerts, {}, policies(), "policies", &columns);
    suggestion({"Name", "Email Address", "Phone Number", "Message"}, {}, leads(), "leads", &columns);
    // Several spellings of one field become ways in an order, and the profile binds.
    suggestion({"Policy #", "Policy Number", "Status", "Policy Status", "Exp Date"}, {}, policies(), "policies", &columns);
    CHECK(stated(columns, policies(), {"", "HO-2", "Active", "", "7/1/2027"}) ==
          std::map<std::string, std::string>{{"policy_number", "HO-2"}, {"status", "Active"}, {"expiration_date", "7/1/2027"}});
}

TEST_CASE("a suggested profile turns the words that the known profiles turn, each once, and only where it took one of their columns") {
    Columns columns;
    const std::string yaml = suggestion({"Policy #", "Status", "Exp Date", "Lead's \"Status\""}, {}, policies(), "policies", &columns);
    CHECK(stated(columns, policies(), {"HO-2", "CANCELED", "7/1/2027", "x"}).at("status") == "cancelled");
    CHECK(stated(columns, policies(), {"HO-2", "Renewed", "7/1/2027", "x"}).at("status") == "Renewed");
    CHECK_THAT(yaml, Catch::Contains("words: {") && Catch::Contains("what a word means in your program"));
    CHECK_THAT(suggestion({"Policy #", "Exp Date"}, {}, policies(), "policies"), !Catch::Contains("words:"));
}

TEST_CASE("a suggestion says what is needed and wasn't found, and loads all the same") {
    const std::string yaml = suggestion({"Colour", "caf\u00E9: # - {x", ""}, {{"red", "x"}}, policies(), "policies");
    CHECK_THAT(yaml, Catch::Contains("columns: {}") && Catch::Contains("# expiration_date: []   # needed") && Catch::Contains("# policy_number: []   # needed"));
}
