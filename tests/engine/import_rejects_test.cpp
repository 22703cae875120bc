// What becomes of rows that can't land: the reject file reads as the input did, most of them lost is a file that doesn't fit, and what
// was mended waits for nobody any more.
#include "inbox.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
    return text;
}

ImportRun import_rejects(CsvInbox& inbox, const std::string& text) {
    inbox.world.clock.advance(std::chrono::minutes(1));
    return inbox.import_at(inbox.write("policies.csv.rejects.csv", text), [](ImportRequest& r) { r.whole = false; });
}

std::string rejects_of(CsvInbox& inbox) { return CsvInbox::text_of(inbox.world.folder() / "policies.csv.rejects.csv"); }

}  // namespace

TEST_CASE("A mended row of a reject file means what it would have meant in the file that it's from") {
    const auto [cell, meaning] = GENERATE(table<std::string, std::string>({
        {"\"=\"\"00123\"\"\"", "00123"},
        {"'00123", "00123"},
        {"''x", "'x"},
        {"'=1+1", "=1+1"},
        {"=1+1", "=1+1"},
        {"-5", "-5"},
        {"3-4", "3-4"},
        {"\" two, \"\"b\"\"\"", "two, \"b\""},
    }));
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    std::string lines = policy_lines(30);
    lines += replaced(policy_line(40, "1200", "", cell), "2/14/2026", "soon") + policy_line(41, "1200", "", cell);
    REQUIRE(inbox.import(lines).file.counts.quarantined == 1);
    const ImportRun mended = import_rejects(inbox, replaced(rejects_of(inbox), "soon", "2026-02-14"));
    INFO(to_text(mended));
    CHECK(mended.file.counts.added == 1);
    CHECK(inbox.world.rows("SELECT trim(doc ->> '$.Notes') FROM book_policies WHERE policy_number IN ('HO-77140', 'HO-77141')") == std::vector<std::string>{meaning, meaning});
}

TEST_CASE("A number that Excel has shortened is rejected again when nobody mended it") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    const std::string shortened = replaced(policy_line(40), "HO-77140", "1.23457E+11");
    REQUIRE(inbox.import(policy_lines(30) + shortened).file.counts.quarantined == 1);
    const ImportRun again = import_rejects(inbox, rejects_of(inbox));
    INFO(to_text(again));
    CHECK(again.file.counts.added == 0);
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"30"});
}

TEST_CASE("Rows that turn out only while landing to be no records count as those that can't be read") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    std::string lines = policy_lines(30, "1300");
    for (int i = 0; i < 10'001; ++i) lines += policy_line(50, std::to_string(i));  // too many to be one policy
    const ImportRun done = inbox.import(lines);
    CHECK(done.run.exit == ExitCode::failed);
    REQUIRE(done.run.error);
    CHECK_THAT(done.run.error->message, Contains("10001 of 10031 rows can't land"));
    CHECK(inbox.world.rows("SELECT count(*), max(premium) FROM book_policies") == std::vector<std::string>{"30|1200.00"});
    CHECK(inbox.world.rows("SELECT count(*) FROM quarantine") == std::vector<std::string>{"0"});
}

TEST_CASE("Many rows of one key stay within bounds: copies count once, different ones are another kind of file") {
    CsvInbox inbox;
    std::string copies = policy_lines(2500), different = copies;
    for (int i = 0; i < 45'000; ++i) copies += policy_line(7);
    const ImportRun done = inbox.import(copies);
    INFO(to_text(done));
    CHECK(done.file.counts.added == 2500);
    CHECK(done.file.counts.folded == 45'000);
    for (int i = 0; i < 20'001; ++i) different += policy_line(7, std::to_string(i));
    const ImportRun refused = inbox.import(different);
    CHECK(refused.run.exit == ExitCode::failed);
    REQUIRE(refused.run.error);
    CHECK_THAT(refused.run.error->message, Contains("one and the same key") && Contains("none was imported"));
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"2500"});
}

TEST_CASE("A file in Windows-1252 with a letter in UTF-8 is told with its line") {
    CsvInbox inbox;
    std::string lines = policy_lines(3);
    const ImportRun done = inbox.import(lines + policy_line(4, "1", "", "Jos\xE9") + policy_line(5, "1", "", "Zo\xEB") + policy_line(6, "1", "", "Ren\xC3\xA9"));
    CHECK_THAT(to_text(done), Contains("line 7 has a letter in UTF-8"));
    CHECK(inbox.world.rows("SELECT doc ->> '$.Notes' FROM book_policies WHERE policy_number = 'HO-77104'") == std::vector<std::string>{"Jos\xC3\xA9"});
}

TEST_CASE("A column without a header is exported when a row says something in it, and comes back the same") {
    CsvInbox inbox;
    const ImportRun first = inbox.import("Policy #,,Policy Expiration Date,\r\nHO-1,left,2026-02-14,\r\nHO-2,,2026-02-14,\r\n");
    INFO(to_text(first));
    REQUIRE(first.file.counts.added == 2);
    const std::string exported = inbox.exported("book.policies");
    CHECK_THAT(exported, Contains("column 2") && Contains("left") && !Contains("column 4"));
    const ImportRun again = inbox.import(exported);
    CHECK(again.file.counts.unchanged == 2);
    CHECK(inbox.exported("book.policies") == exported);
}

TEST_CASE("Rows that were mended in the reject file leave the quarantine, the others stay") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    std::string lines = policy_lines(30);
    for (int i = 40; i < 43; ++i) lines += replaced(policy_line(i), "2/14/2026", "soon");
    REQUIRE(inbox.import(lines, [](ImportRequest& r) { r.whole = false; }).file.counts.quarantined == 3);
    std::string rejects = rejects_of(inbox);
    const std::size_t last = rejects.rfind("HO-77142");
    rejects.resize(last);  // a row that nobody looked at yet
    const std::size_t first = rejects.find("soon");
    rejects.replace(first, 4, "2026-02-14");
    const ImportRun mended = import_rejects(inbox, rejects);
    INFO(to_text(mended));
    CHECK(mended.file.counts.added == 1);
    CHECK(mended.file.counts.quarantined == 1);
    CHECK(inbox.world.rows("SELECT document ->> '$.\"Policy #\"' FROM quarantine WHERE dataset = 'book.policies' ORDER BY 1") == std::vector<std::string>{"HO-77141", "HO-77142"});
    // Once more, from the reject file's own rejects.
    inbox.world.clock.advance(std::chrono::minutes(1));
    const auto rest = inbox.write("policies.csv.rejects.csv.rejects.csv", replaced(CsvInbox::text_of(inbox.world.folder() / "policies.csv.rejects.csv.rejects.csv"), "soon", "2026-02-14"));
    CHECK(inbox.import_at(rest, [](ImportRequest& r) { r.whole = false; }).file.counts.added == 1);
    CHECK(inbox.world.rows("SELECT document ->> '$.\"Policy #\"' FROM quarantine WHERE dataset = 'book.policies' ORDER BY 1") == std::vector<std::string>{"HO-77142"});
}

TEST_CASE("A key as long as a letter is no key") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    const ImportRun done = inbox.import(policy_lines(30) + std::string(5000, 'H') + policy_line(4));
    INFO(to_text(done));
    CHECK(done.file.counts.quarantined == 1);
    CHECK(done.file.reasons.begin()->first == "the key is longer than 2000 bytes");
    CHECK(done.file.counts.unchanged == 30);
}

TEST_CASE("Of very many rows that can't land the first wait in quarantine, and all stand in the reject file") {
    CsvInbox inbox;
    const int bad = 10'050, good = 41'000;
    std::string lines = policy_lines(good);
    for (int i = 0; i < bad; ++i) lines += replaced(policy_line(50'000 + i), "2/14/2026", "soon");
    const ImportRun done = inbox.import(lines);
    INFO(to_text(done));
    CHECK(done.run.exit == ExitCode::partial);
    CHECK(done.file.counts.added == good);
    CHECK(done.file.counts.quarantined == bad);
    CHECK(done.file.counts.seen == good + bad);
    CHECK_THAT(to_text(done), Contains("the first 10000 of 10050 rows that can't land wait in quarantine"));
    CHECK(inbox.world.rows("SELECT count(*), min(document ->> '$.rejected_line') FROM quarantine") == std::vector<std::string>{"10000|" + std::to_string(good + 2)});
    std::string rejects = rejects_of(inbox);
    CHECK(std::count(rejects.begin(), rejects.end(), '\n') == bad + 1);
    // Mended, all of them land, and nobody waits any more.
    const ImportRun mended = import_rejects(inbox, replaced(rejects, "soon", "2026-02-14"));
    CHECK(mended.file.counts.added == bad);
    CHECK(inbox.world.rows("SELECT count(*) FROM quarantine") == std::vector<std::string>{"0"});
}
