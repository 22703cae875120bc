// Books and CSV profiles: what is read, and what each mistake says.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "folder.h"

using namespace bindery;

namespace {

const Environment kEnvironment{{"HOME", "/home/agent"}};

const std::string kBook =
    "book: policies\n"
    "authority: outside\n"
    "key: [[policy_number, expiration_date]]\n"
    "fold: {latest: moved, lead: premium, add: [premium], join: [line], same: [line], one_of: [[line], [premium, moved]]}\n"
    "fields:\n"
    "  policy_number: {type: policy_number, match: true}\n"
    "  expiration_date: {type: date, required: true}\n"
    "  premium: money\n"
    "  moved: date\n"
    "  line: text\n";

const std::string kProfile =
    "profile: mine\n"
    "into: policies\n"
    "columns:\n"
    "  policy_number: [\"Policy #\", Number]\n"
    "  line: {join: [[Line A], [Line B]], with: \"/\", otherwise: [{from: Line}, {from: LOB, take: name}]}\n"
    "dates: dmy\n"
    "timezone: America/Denver\n"
    "delimiter: semicolon\n";

Config loaded(const Folder& folder, const std::string& book, const std::string& profile) {
    folder.write("services/.keep", "");
    folder.write("jobs/.keep", "");
    folder.write("books/policies.yaml", book);
    folder.write("csv/mine.yaml", profile);
    return load_config(folder.write("bindery.yaml", "contact: a@example.com\n"), kEnvironment);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("A book and its profile are read as written") {
    const Folder folder;
    const Config config = loaded(folder, kBook, kProfile);
    const Book& book = config.book("book.policies");
    CHECK(book.authority == Authority::outside);
    CHECK(book.full);
    CHECK(book.max_removed.max_percent == 10);
    CHECK(book.fold.latest == "moved");
    CHECK(book.fold.lead == "premium");
    CHECK(book.fold.same == std::vector<std::string>{"line"});
    CHECK(book.fold.one_of == std::vector<std::vector<std::string>>{{"line"}, {"premium", "moved"}});
    CHECK(book.mapping.key_fields == std::vector<std::vector<std::string>>{{"policy_number", "expiration_date"}});
    CHECK(&config.mapping("book.policies") == &book.mapping);
    const CsvProfile& profile = config.csv.at("mine");
    CHECK(profile.into == "policies");
    CHECK(profile.dates == DateOrder::dmy);
    CHECK(profile.timezone == "America/Denver");
    CHECK(profile.delimiter == ';');
    REQUIRE(profile.columns.size() == 2);
    CHECK(profile.columns[0].ways.at(0).parts.at(0) == HeaderNames{"Policy #", "Number"});
    REQUIRE(profile.columns[1].ways.size() == 3);
    CHECK(profile.columns[1].ways[0].parts.size() == 2);
    CHECK(profile.columns[1].ways[0].with == "/");
    CHECK(profile.columns[1].ways[2].take == NamePart::name);
}

TEST_CASE("Folders of books and profiles needn't be there") {
    const Folder folder;
    folder.write("services/.keep", "");
    folder.write("jobs/.keep", "");
    const Config config = load_config(folder.write("bindery.yaml", "contact: a@example.com\n"), kEnvironment);
    CHECK(config.books.empty());
    CHECK(config.csv.empty());
}

TEST_CASE("A book of ours takes a file as a part unless it says otherwise") {
    const Folder folder;
    CHECK_FALSE(loaded(folder, replaced(kBook, "outside", "here"), kProfile).book("book.policies").full);
    CHECK(loaded(folder, replaced(kBook, "outside", "here\nfull: true"), kProfile).book("book.policies").full);
}

TEST_CASE("A fault of a book or a profile names its place and what would be right") {
    const auto [in_profile, from, to, fault] = GENERATE(table<bool, const char*, const char*, const char*>({
        {false, "type: policy_number", "type: polnum", "books/policies.yaml:6:25: `fields.policy_number.type` must be one of"},
        {false, "[[policy_number, expiration_date]]", "[[polisy_number]]", "books/policies.yaml:3:8: `key` names `polisy_number`, which isn't one of `fields`; did you mean `policy_number`?"},
        {false, "lead: premium", "lead: line", "books/policies.yaml:4:29: `fold: lead` needs money or an integer; `line` is text"},
        {false, "latest: moved", "latest: premium", "books/policies.yaml:4:16: `fold: latest` needs a date; `premium` is money"},
        {false, "[premium, moved]]", "[lime]]", "books/policies.yaml:4:100: `fold: one_of` names `lime`, which isn't one of `fields`; did you mean `line`?"},
        {false, "same: [line]", "same: [lime]", "books/policies.yaml:4:75: `fold: same` names `lime`, which isn't one of `fields`; did you mean `line`?"},
        {true, "America/Denver", "America/Dever", "csv/mine.yaml:7:11: `timezone`"},
        {false, "  line: text", "  doc: text", "books/policies.yaml:10:3: `doc` is a column of every dataset"},
        {false, "authority: outside", "authority: elsewhere", "books/policies.yaml:2:12: `authority`"},
        {false, "book: policies", "book: other", "books/policies.yaml:1:7: `book: other` stands in a file called policies.yaml"},
        {true, "into: policies", "into: policy", "csv/mine.yaml:2:7: there is no book `policy`"},
        {true, "  policy_number:", "  polisy_number:", "csv/mine.yaml:4:3: the book `policies` has no field `polisy_number`; did you mean `policy_number`?"},
        {true, "with: \"/\"", "type: money", "csv/mine.yaml:5:3: `line` is text in the book `policies`, not money; types are the book's"},
        {true, "with: \"/\"", "type: mony", "csv/mine.yaml:5:44: `columns.line.type` must be one of"},
        {true, "dates: dmy", "dates: ydm", "csv/mine.yaml:6:8: `dates`"},
        {true, "join: [[Line A], [Line B]]", "from: A, join: [[Line A], [Line B]]", "csv/mine.yaml:5:3: say either `from` (one column) or `join` (several)"},
    }));
    const Folder folder;
    const std::string book = in_profile ? kBook : replaced(kBook, from, to);
    const std::string profile = in_profile ? replaced(kProfile, from, to) : kProfile;
    CAPTURE(from, to);
    CHECK_THAT(folder.message([&, &b = book, &p = profile] { return loaded(folder, b, p); }), Catch::Contains(fault));
}
