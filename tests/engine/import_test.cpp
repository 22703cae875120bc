// A CSV file into the policies' book: every row is accounted for, nothing is half done, and a blank says nothing.
#include "inbox.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

void accounted(const ImportRun& done) {
    const ImportCounts& c = done.file.counts;
    CHECK(c.seen == c.added + c.changed + c.unchanged + c.folded + c.superseded + c.quarantined);
}

}  // namespace

TEST_CASE("A first import adds each record, the same file again does nothing, a new one says what changed") {
    CsvInbox inbox;
    const ImportRun first = inbox.import(policy_lines(30));
    INFO(to_text(first));
    accounted(first);
    CHECK(first.run.exit == ExitCode::done);
    CHECK(first.file.profile == "ams360");
    CHECK(first.file.counts.added == 30);
    CHECK(inbox.world.rows("SELECT client_name, premium, expiration_date FROM book_policies WHERE policy_number = 'HO-77103'") == std::vector<std::string>{"Ann 3 Zeb|1200.00|2026-02-14"});
    CHECK(inbox.world.rows("SELECT kind, count(*) FROM change WHERE dataset = 'book.policies' GROUP BY kind") == std::vector<std::string>{"added|30"});

    const ImportRun again = inbox.import_at(inbox.world.folder() / "policies.csv");
    CHECK(again.file.same_again);
    CHECK(again.run.exit == ExitCode::done);
    CHECK(inbox.world.rows("SELECT count(*) FROM import") == std::vector<std::string>{"1"});

    std::string lines = kPolicyHeader;
    for (int i = 29; i >= 0; --i) lines += policy_line(i, i == 4 ? "$1,300.5" : "1200");
    const ImportRun next = inbox.import(lines);
    accounted(next);
    CHECK(next.file.counts.changed == 1);
    CHECK(next.file.counts.unchanged == 29);
    CHECK(inbox.world.rows("SELECT field, old, new FROM change WHERE kind = 'changed'") == std::vector<std::string>{"premium|1200.00|1300.50"});
    CHECK(inbox.world.rows("SELECT job, kind, outcome FROM run ORDER BY id") == std::vector<std::string>{"book.policies|import|done", "book.policies|import|done", "book.policies|import|done"});
}

TEST_CASE("A large first import in any order gives the records, history and indexes that a small one gives") {
    CsvInbox inbox;
    std::string lines = kPolicyHeader;
    for (int i = 0; i < 3000; ++i) lines += policy_line(i * 1237 % 3000, std::to_string(1000 + i * 1237 % 3000));
    for (int i = 0; i < 38'000; ++i) lines += policy_line(i % 50, std::to_string(1000 + i % 50));  // copies
    for (int i = 0; i < 10'001; ++i) lines += policy_line(3000, std::to_string(i));    // too many to be one policy
    const ImportRun first = inbox.import(lines);
    INFO(to_text(first));
    accounted(first);
    CHECK(first.run.exit == ExitCode::partial);
    CHECK(first.file.counts.seen == 51'001);
    CHECK(first.file.counts.added == 3000);
    CHECK(first.file.counts.folded == 38'000);
    CHECK(first.file.counts.quarantined == 10'001);
    CHECK(inbox.world.rows("SELECT count(*), count(DISTINCT key), min(premium_cents), max(premium_cents) FROM book_policies") == std::vector<std::string>{"3000|3000|100000|399900"});
    CHECK(inbox.world.rows("SELECT kind, count(*), count(DISTINCT key) FROM change GROUP BY kind") == std::vector<std::string>{"added|3000|3000"});
    CHECK(inbox.world.rows("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'record_book_policies' AND name GLOB '*__landing'") == std::vector<std::string>{"1"});

    const ImportRun again = inbox.import(lines);
    accounted(again);
    CHECK(again.file.counts.unchanged == 3000);
    const std::size_t last = lines.find("HO-80000");
    const ImportRun less = inbox.import(lines.substr(0, last) + lines.substr(lines.find("\r\n", last) + 2));
    accounted(less);
    CHECK(less.file.counts.removed == 1);
    CHECK(less.file.counts.unchanged == 2999);
}

TEST_CASE("A cell that can't be read keeps what the book has, and is told") {
    CsvInbox inbox;
    inbox.import(kPolicyHeader + policy_line(1, "1200") + policy_line(2, "900"));
    const ImportRun next = inbox.import(kPolicyHeader + policy_line(1, "n/a") + policy_line(2, "950"));
    INFO(to_text(next));
    accounted(next);
    CHECK(inbox.world.rows("SELECT premium FROM book_policies ORDER BY key") == std::vector<std::string>{"1200.00", "950.00"});
    CHECK_THAT(to_text(next), Contains("premium: 1 value can't be read"));
}

TEST_CASE("A part of the book makes it no younger, and an older file between no newer") {
    CsvInbox inbox;
    const auto as_of = [&](int days) { return [&inbox, days](ImportRequest& r) { r.as_of = inbox.world.clock.wall() - std::chrono::hours(24 * days); }; };
    inbox.import(policy_lines(30), as_of(9));
    inbox.import(policy_lines(2), [](ImportRequest& r) { r.whole = false; });
    CHECK(inbox.world.rows("SELECT complete_read_at < last_read_at FROM pull_state WHERE dataset = 'book.policies'") == std::vector<std::string>{"1"});
    const auto newest = inbox.world.rows("SELECT last_read_at FROM pull_state WHERE dataset = 'book.policies'");
    inbox.import(policy_lines(3), [&](ImportRequest& r) {
        as_of(8)(r);
        r.whole = false;
        r.older = ImportRequest::Older::take;
    });
    CHECK(inbox.world.rows("SELECT last_read_at FROM pull_state WHERE dataset = 'book.policies'") == newest);
    CHECK(inbox.import(policy_lines(31), as_of(5)).run.exit == ExitCode::guard);  // older than the newest import, whichever came last
}

TEST_CASE("A blank cell or a column that lacks keeps what the book has, and says so") {
    CsvInbox inbox;
    inbox.import(kPolicyHeader + policy_line(1, "1200", "ann@example.com", "call first") + policy_line(2));
    const ImportRun next = inbox.import("Policy #,Policy Expiration Date,Full Term Premium\n" + std::string("HO77101,2026-02-14,1400\nHO-77102,2026-02-14,\n"));
    INFO(to_text(next));
    accounted(next);
    CHECK(next.file.counts.changed == 1);
    CHECK(next.file.counts.unchanged == 1);
    CHECK(next.file.counts.kept > 0);
    CHECK(inbox.world.rows("SELECT premium, client_email, doc ->> '$.Notes', policy_number FROM book_policies ORDER BY key") ==
          std::vector<std::string>{"1400.00|ann@example.com|call first|HO77101", "1200.00|||HO-77102"});
}

TEST_CASE("A whole file that lacks too much is refused whole, and passes when a person says so") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    const ImportRun shrunk = inbox.import(policy_lines(3, "999"));
    CHECK(shrunk.run.exit == ExitCode::guard);
    REQUIRE(shrunk.run.error);
    CHECK_THAT(shrunk.run.error->message, Contains("lacks 27 of 30 records") && Contains("nothing was imported"));
    CHECK_THAT(shrunk.run.error->hint, Contains("--allow-removed 27") && Contains("--partial"));
    CHECK(inbox.world.rows("SELECT count(*), min(premium) FROM book_policies") == std::vector<std::string>{"30|1200.00"});

    const ImportRun part = inbox.import(policy_lines(3, "999"), [](ImportRequest& r) { r.whole = false; });
    CHECK(part.run.exit == ExitCode::done);
    CHECK(part.file.counts.changed == 3);
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"30"});
    const ImportRun allowed = inbox.import(policy_lines(3, "998"), [](ImportRequest& r) { r.allow_removed = 27; });
    accounted(allowed);
    CHECK(allowed.file.counts.removed == 27);
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"3"});
    CHECK(inbox.import(policy_lines(30)).file.counts.added == 27);
}

TEST_CASE("Rows that can't land wait beside the file and in quarantine, and their records aren't taken for missing") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    std::string lines = kPolicyHeader;
    for (int i = 2; i < 30; ++i) lines += policy_line(i);
    lines += "HO-77100,Zeb,Acme,Home,1,2/14/2025,soon,,\r\nTBD,Zeb,Acme,Home,1,2/14/2025,2/14/2026,,\r\nHO-77101,a,b,c,1,2/14/2025,2/14/2026,,,extra\r\n";
    const ImportRun done = inbox.import(lines);
    INFO(to_text(done));
    accounted(done);
    CHECK(done.run.exit == ExitCode::partial);
    CHECK(done.file.counts.quarantined == 3);
    CHECK(done.file.counts.removed == 0);
    const std::string rejects = CsvInbox::text_of(inbox.world.folder() / "policies.csv.rejects.csv");
    CHECK_THAT(rejects, Contains("rejected_line,rejected_because") && Contains("HO-77100") && Contains("placeholder") && Contains("\r\nTBD,"));
    CHECK_THAT(rejects, Contains("\",extra\",32,"));  // what is too much stands in the last column, and the others keep theirs
    CHECK(rejects.starts_with("\xEF\xBB\xBF"));
    CHECK(inbox.world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'book.policies'") == std::vector<std::string>{"3"});
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"30"});

    // Mended there, and imported as a part.
    const ImportRun mended = inbox.import("Policy #,Policy Expiration Date,rejected_line,rejected_because\nHO-77100,2026-02-14,30,x\n", [](ImportRequest& r) { r.whole = false; });
    CHECK(mended.run.exit == ExitCode::done);
    CHECK(inbox.world.rows("SELECT doc ->> '$.rejected_line' FROM book_policies WHERE policy_number = 'HO-77100'") == std::vector<std::string>{""});
    CHECK(inbox.import(policy_lines(30)).run.exit == ExitCode::done);
    CHECK(inbox.world.rows("SELECT count(*) FROM quarantine WHERE dataset = 'book.policies'") == std::vector<std::string>{"0"});
    CHECK_FALSE(std::filesystem::exists(inbox.world.folder() / "policies.csv.rejects.csv"));
}

TEST_CASE("A file that mostly doesn't fit lands not at all") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    std::string lines = policy_lines(30, "1");
    for (int i = 0; i < 10; ++i) lines += "TBD,x,y,z,1,2/14/2025,2/14/2026,,\r\n";
    const ImportRun done = inbox.import(lines);
    CHECK(done.run.exit == ExitCode::failed);
    CHECK_THAT(done.run.error->message, Contains("10 of 40 rows can't land"));
    CHECK(inbox.world.rows("SELECT min(premium) FROM book_policies") == std::vector<std::string>{"1200.00"});
}

TEST_CASE("A column that was filled and is empty now is warned of, and its values stay") {
    CsvInbox inbox;
    std::string full = kPolicyHeader, empty = kPolicyHeader;
    for (int i = 0; i < 30; ++i) {
        full += policy_line(i, "1200", "a" + std::to_string(i) + "@example.com");
        empty += policy_line(i, "1300");
    }
    inbox.import(full);
    const ImportRun done = inbox.import(empty);
    CHECK(done.run.exit == ExitCode::done);
    CHECK(done.file.counts.changed == 30);
    CHECK_THAT(to_text(done), Contains("client_email was in most rows of the last file and is in 0 of 30 now"));
    CHECK(inbox.world.rows("SELECT count(client_email) FROM book_policies") == std::vector<std::string>{"30"});
}

TEST_CASE("An older file is refused, what is new in it lands when a person says so, and replaces nothing") {
    CsvInbox inbox;
    inbox.import(policy_lines(3));
    const auto old = inbox.write("old.csv", policy_lines(4, "1"));
    std::filesystem::last_write_time(old, std::filesystem::last_write_time(old) - std::chrono::hours(48));
    const ImportRun refused = inbox.import_at(old);
    CHECK(refused.run.exit == ExitCode::guard);
    CHECK_THAT(refused.run.error->message, Contains("older than the last import"));
    const ImportRun taken = inbox.import_at(old, [](ImportRequest& r) { r.older = ImportRequest::Older::take; });
    INFO(to_text(taken));
    accounted(taken);
    CHECK(taken.file.counts.added == 1);
    CHECK(taken.file.counts.superseded == 3);
    CHECK(inbox.world.rows("SELECT count(*), sum(premium = '1200.00') FROM book_policies") == std::vector<std::string>{"4|3"});
}

TEST_CASE("A dry import counts what a real one would do and leaves no trace") {
    CsvInbox inbox;
    inbox.import(policy_lines(30));
    const std::string before = inbox.world.datasets();
    const auto counts = inbox.world.rows("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM change), (SELECT count(*) FROM import)");
    std::string lines = kPolicyHeader;
    for (int i = 1; i < 31; ++i) lines += policy_line(i, i < 5 ? "2" : "1200");
    const ImportRun dry = inbox.import(lines + "TBD,x,y,z,1,2/14/2025,2/14/2026,,\r\n", [](ImportRequest& r) { r.dry = true; });
    INFO(to_text(dry));
    CHECK(dry.file.counts.changed == 4);
    CHECK(dry.file.counts.added == 1);
    CHECK(dry.file.counts.removed == 1);
    CHECK(dry.run.exit == ExitCode::partial);
    CHECK(inbox.world.datasets() == before);
    CHECK(inbox.world.rows("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM change), (SELECT count(*) FROM import)") == counts);
    CHECK_FALSE(std::filesystem::exists(inbox.world.folder() / "policies.csv.rejects.csv"));
}

TEST_CASE("The lines of a package become one record, and the same lines in another order are no change") {
    CsvInbox inbox;
    const std::string home = policy_line(1, "900"), again = policy_line(2);
    std::string car = policy_line(1, "300");
    car.replace(car.find(",Home,"), 6, ",Auto,");
    const ImportRun first = inbox.import(kPolicyHeader + home + again + car + again);
    accounted(first);
    CHECK(first.file.counts.added == 2);
    CHECK(first.file.counts.folded == 2);
    CHECK(inbox.world.rows("SELECT premium, line_of_business FROM book_policies WHERE policy_number = 'HO-77101'") == std::vector<std::string>{"1200.00|Auto, Home"});
    CHECK(inbox.import(kPolicyHeader + car + again + home).file.counts.unchanged == 2);
}

TEST_CASE("A bad file is one clear message and leaves the book as it was") {
    CsvInbox inbox;
    inbox.import(policy_lines(3));
    const auto [text, message] = GENERATE(table<std::string, std::string>({
        {"HO-1,Ann,2026-02-14\nHO-2,Bob,2026-02-15\n", "header"},
        {"Policy #,Policy Number,Policy Expiration Date\nHO-1,HO-1,2026-02-14\n", "Policy Number"},
        {"Policy #,Customer Name\nHO-1,Ann\n", "expiration_date"},
        {kPolicyHeader + "HO-1,\"Ann,2026\n\n", "quote"},
    }));
    CHECK_THROWS_WITH(inbox.import(""), Contains("is empty"));
    CHECK_THROWS_WITH(inbox.import_at(inbox.world.folder()), Contains("is a directory"));
    const ImportRun done = inbox.import(text);
    CHECK(done.run.error);
    CHECK((done.run.exit == ExitCode::failed || done.run.exit == ExitCode::usage));
    CHECK_THAT(done.run.error ? done.run.error->message : "", Contains(message));
    CHECK_FALSE((done.run.error && done.run.error->hint.empty()));
    CHECK(inbox.world.rows("SELECT count(*) FROM book_policies") == std::vector<std::string>{"3"});
}
