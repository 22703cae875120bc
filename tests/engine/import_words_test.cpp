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

TEST_CASE("Another person under an ID that the book has is rejected in a later file, a correction of the same person lands") {
    CsvInbox inbox;
    import_into(inbox, "web_leads", kLeads + "w1,Ann,Roe,ann@a.example,2145550142,,,2026-01-14T10:00:00Z\nw2,Bob,Poe,bob@a.example,2145550143,,,2026-01-14T10:00:00Z\n");
    const auto lead = [&] { return inbox.world.rows("SELECT first_name, last_name, email, phone FROM book_web_leads WHERE lead_id = 'w1'"); };
    SECTION("somebody else") {
        const std::string file = kLeads + "w1,Cat,Doe,cat@a.example,2145550144,,,2026-01-14T11:00:00Z\nw3,Dan,Low,dan@a.example,2145550145,,,2026-01-14T11:00:00Z\n";
        const ImportRun done = import_into(inbox, "web_leads", file);
        const std::string text = to_text(done);
        INFO(text);
        CHECK(done.run.exit == ExitCode::partial);
        CHECK(done.file.counts.quarantined == 1);
        CHECK(done.file.counts.added == 1);
        CHECK_THAT(text, Contains("the book has another record under this key, with other phone, email and first_name + last_name: give this one a key of its own; to correct the same one, import two files, "
                                 "one that changes first_name + last_name alone and one that changes the rest (`fold: one_of` of the book)"));
        CHECK_THAT(text, Contains("rows about another record than the book has under their key stand in lines 2: none of them was taken"));
        CHECK_THAT(text, !Contains("don't agree"));
        CHECK_THAT(CsvInbox::text_of(inbox.world.folder() / "file.csv.rejects.csv"), Contains("cat@a.example") && !Contains("dan@a.example"));
        CHECK(lead() == std::vector<std::string>{"Ann|Roe|ann@a.example|2145550142"});
    }
    SECTION("somebody else, of whom one thing isn't said") {
        const ImportRun done = import_into(inbox, "web_leads", kLeads + "w1,Cat,Doe,,2145550144,,,2026-01-14T11:00:00Z\nw2,Bob,Poe,bob@a.example,2145550143,,,2026-01-14T10:30:00Z\n");
        CHECK(done.file.counts.quarantined == 1);
        CHECK(lead() == std::vector<std::string>{"Ann|Roe|ann@a.example|2145550142"});
    }
    SECTION("somebody else of the household, and somebody of whom nothing else is said") {
        const auto [row, why] = GENERATE(table<std::string, std::string>({
            {"w1,Cat,Doe,cat@a.example,2145550142,,,2026-01-14T11:00:00Z", "with other email and first_name + last_name: give this one a key of its own; to correct the same one, import two files"},
            {"w1,Cat,Roe,ann@a.example,2145550144,,,2026-01-14T11:00:00Z", "with other phone and first_name + last_name: give this one a key of its own; to correct the same one, import two files"},
            {"w1,Anna,Roe,ann2@a.example,2145550149,,,2026-01-14T11:00:00Z", "with other phone and email: give this one a key of its own"},
            {"w1,Cat,Roe,,,,,2026-01-14T11:00:00Z", "with another first_name + last_name: give this one a key of its own; to correct the same one, state phone or email as the book has it (`fold: one_of` of the book)"},
        }));
        const ImportRun done = import_into(inbox, "web_leads", kLeads + row + "\nw3,Dan,Low,dan@a.example,2145550145,,,2026-01-14T11:00:00Z\n");
        const std::string text = to_text(done);
        INFO(text);
        CHECK(done.file.counts.quarantined == 1);
        CHECK_THAT(text, Contains(why));
        CHECK(lead() == std::vector<std::string>{"Ann|Roe|ann@a.example|2145550142"});
    }
    SECTION("a correction of everything, in two files as the message says") {
        CHECK(import_into(inbox, "web_leads", kLeads + "w1,Cat,Low,ann@a.example,2145550142,,,2026-01-14T11:00:00Z\n").file.counts.changed == 1);
        CHECK(import_into(inbox, "web_leads", kLeads + "w1,Cat,Low,cat@a.example,2145550144,,,2026-01-14T11:00:00Z\n").file.counts.changed == 1);
        CHECK(lead() == std::vector<std::string>{"Cat|Low|cat@a.example|2145550144"});
    }
    SECTION("the same person with one thing as it was") {
        const auto [row, now] = GENERATE(table<std::string, std::string>({
            {"w1,ANN,roe,ann2@a.example,2145550149,,,2026-01-14T11:00:00Z", "ANN|roe|ann2@a.example|2145550149"},
            {"w1,Anna,Roe,ann@a.example,2145550149,,,2026-01-14T11:00:00Z", "Anna|Roe|ann@a.example|2145550149"},
            {"w1,Anne,Roe-Low,Ann@A.example,,,,2026-01-14T11:00:00Z", "Anne|Roe-Low|Ann@A.example|2145550142"},
            {"w1,Cat,Low,ann@a.example,(214) 555-0142,,,2026-01-14T11:00:00Z", "Cat|Low|ann@a.example|(214) 555-0142"},
            {"w1,,,,2145550149,,,2026-01-14T11:00:00Z", "Ann|Roe|ann@a.example|2145550149"},
        }));
        const ImportRun done = import_into(inbox, "web_leads", kLeads + row + "\n");
        INFO(to_text(done));
        CHECK(done.file.counts.quarantined == 0);
        CHECK(done.file.counts.changed == 1);
        CHECK(lead().size() == 1);
        CHECK(inbox.world.rows("SELECT doc ->> 'first_name', doc ->> 'last_name', doc ->> 'email', doc ->> 'phone' FROM book_web_leads WHERE lead_id = 'w1'") == std::vector<std::string>{now});
    }
}

TEST_CASE("Another caller under a Call ID that the book has is rejected in a later file") {
    CsvInbox inbox;
    const std::string calls = "Call ID,Called At,Caller ID,State\n";
    import_into(inbox, "web_calls", calls + "c1,2026-01-14T10:00:00Z,2145550142,TX\n");
    const ImportRun done = import_into(inbox, "web_calls", calls + "c1,2026-01-14T10:01:00Z,2145550143,TX\nc2,2026-01-14T10:01:00Z,2145550144,TX\n");
    INFO(to_text(done));
    CHECK(done.file.counts.quarantined == 1);
    CHECK_THAT(to_text(done), Contains("the book has another record under this key, with another phone: give this one a key of its own"));
    CHECK(inbox.world.rows("SELECT key, phone FROM book_web_calls ORDER BY 1") == std::vector<std::string>{"c1|2145550142", "c2|2145550144"});
    CHECK(import_into(inbox, "web_calls", calls + "c1,2026-01-14T10:00:00Z,(214) 555-0142,OK\n").file.counts.changed == 1);
}

TEST_CASE("A file whose rows mostly can't be read is told by their reason, not by rows about another record than the book has") {
    CsvInbox inbox;
    std::string have = "Call ID,Called At,Caller ID,State\n", file = have;
    for (int i = 0; i < 9; ++i) {
        have += "c" + std::to_string(i) + ",2026-01-14T10:00:00Z,2145550142,TX\n";
        file += "c" + std::to_string(i) + ",2026-01-14T10:01:00Z,2145550143,TX\n";
    }
    import_into(inbox, "web_calls", have);
    for (int i = 0; i < 12; ++i) file += "d" + std::to_string(i) + ",2026-01-14T10:01:00Z,2145550144,TX\n";
    CHECK(import_into(inbox, "web_calls", file).run.exit == ExitCode::partial);  // 9 of 21 are about others
    const std::string keyless = ",2026-01-14T10:01:00Z,2145550144,TX\n";
    for (int i = 0; i < 8; ++i) file += keyless;
    const ImportRun done = import_into(inbox, "web_calls", file);
    CHECK(done.run.exit == ExitCode::failed);
    REQUIRE(done.run.error);
    CHECK_THAT(done.run.error->message, Contains("8 of 29 rows can't land") && !Contains("another record"));
}

TEST_CASE("An older row about another record is older than what the book has, as any older row is") {
    CsvInbox inbox;
    import_into(inbox, "web_leads", kLeads + "w1,Ann,Roe,ann@a.example,2145550142,,,2026-01-14T10:00:00Z\n");
    const ImportRun done = inbox.import_at(inbox.write("file.csv", kLeads + "w1,Cat,Doe,cat@a.example,2145550144,,,2026-01-14T11:00:00Z\n"), [&](ImportRequest& request) {
        request.book = "book.web_leads";
        request.older = ImportRequest::Older::take;
        request.as_of = inbox.world.clock.wall() - std::chrono::hours(24);
    });
    INFO(to_text(done));
    CHECK(done.run.exit == ExitCode::done);
    CHECK(done.file.counts.superseded == 1);
    CHECK(done.file.counts.quarantined == 0);
    CHECK(inbox.world.rows("SELECT first_name FROM book_web_leads") == std::vector<std::string>{"Ann"});
}

TEST_CASE("A payment whose amount or day can't be read is told with its line") {
    CsvInbox inbox;
    const ImportRun done = import_into(inbox, "sale_payments", "Payment ID,Invoice,Amount,Paid On,Method\np1,AUTOBIND-2026-01-10,ten dollars,1/14/2026,ach\np2,AUTOBIND-2026-01-10,1.00,soon,ach\np3,AUTOBIND-2026-01-10,2.00,,ach\n");
    const std::string text = to_text(done);
    INFO(text);
    CHECK_THAT(text, Contains("amount: 1 value can't be read as money: line 2") && Contains("paid_on: 1 value can't be read as a date: line 3"));
    CHECK_THAT(text, !Contains("can't be read as date") && !Contains("soon"));
}
