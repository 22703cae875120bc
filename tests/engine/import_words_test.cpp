// What an import says of a file that it took but didn't take whole: columns that nobody reads, times that nobody can read, two people in
// the rows of one record.
#include "inbox.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

ImportRun import_into(CsvInbox& inbox, const std::string& book, const std::string& text, bool dry = false) {
    inbox.world.clock.advance(std::chrono::minutes(1));
    return inbox.import_at(inbox.write("file.csv", text), [&](ImportRequest& request) {
        request.book = "book." + book;
        request.dry = dry;
    });
}

const std::string kLeads = "Lead ID,First Name,Last Name,Email,Phone,Certificate,Consent At,Created At\n";

}  // namespace

TEST_CASE("A column that no field takes is named, and warned of once where a field of the profile has none") {
    CsvInbox inbox;
    const std::string file = "E-Mail;Telefon\nann@a.example;2145550142\n";
    for (const bool dry : {true, false}) {
        const ImportRun done = import_into(inbox, "do_not_contact", file, dry);
        const std::string text = to_text(done);
        INFO(text);
        CHECK(done.run.exit == ExitCode::done);
        CHECK_THAT(text, Contains("no field takes: \"Telefon\""));
        CHECK_THAT(text, Contains("warning: book.do_not_contact: no field takes the column \"Telefon\"") && Contains("phone, note") && Contains("config/csv/do_not_contact.yaml"));
    }
    // The next file of the same shape is no news; another strange column is.
    CHECK_THAT(to_text(import_into(inbox, "do_not_contact", file + "bob@a.example;2145550143\n")), Contains("no field takes: \"Telefon\"") && !Contains("warning"));
    std::string many = "Email,Phone,Note", cells = "\ncat@a.example,2145550144,x";
    for (int i = 1; i <= 13; ++i) {
        many += ",Extra " + std::to_string(i);
        cells += ",y";
    }
    const ImportRun full = import_into(inbox, "do_not_contact", many + cells + "\n");
    CHECK_THAT(to_text(full), Contains("\"Extra 10\" and 3 more") && !Contains("Extra 11") && !Contains("warning"));
    CHECK(to_json(full)["no_field_takes"].size() == 13);
}

TEST_CASE("A time without its zone is told with line, value and what to do, and read where the profile says whose zone it is") {
    CsvInbox inbox;
    const std::string rows = kLeads + "w1,Ann,Roe,ann@a.example,,https://c.example/1,11/28/2025 9:15,\n"
                                      "w2,Bob,Roe,bob@a.example,,https://c.example/2,2025-11-28T09:20:00,\n"
                                      "w3,Cat,Roe,cat@a.example,,https://c.example/3,2025-11-28 09:20,\n"
                                      "w4,Dan,Roe,dan@a.example,,https://c.example/4,2025-11-28T09:20:00-06:00,\n"
                                      "w5,Eve,Roe,eve@a.example,,https://c.example/5,dan@secret.example,\n";
    const ImportRun done = import_into(inbox, "web_leads", rows);
    const std::string text = to_text(done);
    INFO(text);
    CHECK_THAT(text, Contains("consented_at: 4 times can't be read: line 2 \"11/28/2025 9:15\", line 3 \"2025-11-28T09:20:00\", line 4 \"2025-11-28 09:20\", line 6;"));
    CHECK_THAT(text, Contains("timezone: America/Denver") && Contains("config/csv/web_leads.yaml") && !Contains("secret") && !Contains("can't be read as datetime"));
    CHECK(inbox.world.rows("SELECT count(*) FROM book_web_leads WHERE consented_at IS NOT NULL") == std::vector<std::string>{"1"});
}

TEST_CASE("Rows of one record that name different people are told with their lines, and none of them is taken for the other") {
    CsvInbox inbox;
    const ImportRun done = import_into(inbox, "web_leads", kLeads + "w1,Ann,Roe,ann@a.example,,,,2026-01-14T10:00:00Z\n"
                                                                    "w2,Bob,Poe,bob@a.example,,,,2026-01-14T10:00:00Z\n"
                                                                    "w1,Cat,Doe,cat@a.example,,,,2026-01-14T11:00:00Z\n"
                                                                    "w2,BOB,Poe,bob2@a.example,,,,2026-01-14T12:00:00Z\n");
    const std::string text = to_text(done);
    INFO(text);
    CHECK(done.run.exit == ExitCode::partial);
    CHECK(done.file.counts.quarantined == 2);
    CHECK_THAT(text, Contains("rows of one record that don't agree stand in lines 2, 4"));
    CHECK_THAT(text, Contains("first_name"));
    // The form of w2 was sent twice: the later one counts.
    CHECK(inbox.world.rows("SELECT lead_id, email FROM book_web_leads") == std::vector<std::string>{"w2|bob2@a.example"});
    CHECK_THAT(CsvInbox::text_of(inbox.world.folder() / "file.csv.rejects.csv"), Contains("cat@a.example") && Contains("ann@a.example"));
}
