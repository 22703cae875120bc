// The import and export steps of a job, and what a process that dies in one leaves.
#include "inbox.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

const std::string kJob = R"(
job: books
steps:
  - import: book.policies
    from: inbox/policies*.csv
    done: inbox/done
  - export: book.policies
    to: outbox-{today}.csv
)";

std::string config_folder(const CsvInbox& inbox) { return (inbox.world.folder() / "config").string() + "/"; }

void fill_inbox(CsvInbox& inbox) {
    inbox.write("config/inbox/policies-b.csv", policy_lines(30));
    inbox.world.clock.advance(std::chrono::minutes(1));
    inbox.write("config/inbox/policies-a.csv", policy_lines(31, "1,300.00"));
    inbox.world.clock.advance(std::chrono::minutes(1));
}

}  // namespace

TEST_CASE("A job imports what lies in its inbox, the oldest first, moves it away and writes its files") {
    CsvInbox inbox;
    inbox.world.job("books", kJob);
    CHECK(inbox.world.run("books").datasets.at("book.policies").verdict == "no file");
    fill_inbox(inbox);
    inbox.write("config/inbox/policies-x.csv.rejects.csv", "left\n");
    const RunReport report = inbox.world.run("books");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::done);
    CHECK(report.datasets.at("book.policies").counts.added == 31);
    CHECK(report.datasets.at("book.policies").counts.changed == 30);
    CHECK(std::filesystem::exists(config_folder(inbox) + "inbox/done/policies-a.csv"));
    CHECK(std::filesystem::exists(config_folder(inbox) + "inbox/done/policies-b.csv"));
    CHECK_THAT(CsvInbox::text_of(config_folder(inbox) + "outbox-2026-01-15.csv"), Contains("HO-77130") && Contains("1300.00"));
    // Another file of the same name finds a free one.
    inbox.write("config/inbox/policies-a.csv", policy_lines(31, "1,400.00"));
    CHECK(inbox.world.run("books").datasets.at("book.policies").counts.changed == 31);
    CHECK(std::filesystem::exists(config_folder(inbox) + "inbox/done/policies-a.2.csv"));
}

TEST_CASE("A file that can't land stays, is named, and doesn't keep the next from landing") {
    CsvInbox inbox;
    inbox.world.job("books", kJob);
    inbox.write("config/inbox/policies-1.csv", "no,such,headers\n1,2,3\n");
    inbox.world.clock.advance(std::chrono::minutes(1));
    inbox.write("config/inbox/policies-2.csv", policy_lines(5));
    const RunReport report = inbox.world.run("books");
    CHECK(report.exit == ExitCode::failed);
    REQUIRE(report.error);
    CHECK_THAT(report.error->message, Contains("policies-1.csv"));
    CHECK(report.datasets.at("book.policies").counts.added == 5);
    CHECK(std::filesystem::exists(config_folder(inbox) + "inbox/policies-1.csv"));
    CHECK_FALSE(std::filesystem::exists(config_folder(inbox) + "inbox/policies-2.csv"));
}

TEST_CASE("A file whose only row is about another record than the book has ends partial and is moved away, for it is no misfit") {
    CsvInbox inbox;
    inbox.world.job("calls", "job: calls\nsteps:\n  - import: book.web_calls\n    from: inbox/web-calls*.csv\n    done: inbox/done\n");
    const std::string header = "Call ID,Called At,Caller ID,State\n";
    inbox.write("config/inbox/web-calls-1.csv", header + "c1,2026-01-14T10:00:00Z,2145550142,TX\n");
    REQUIRE(inbox.world.run("calls").exit == ExitCode::done);
    inbox.world.clock.advance(std::chrono::minutes(1));
    // A row that can't be read beside it is none the less told.
    const std::string more = GENERATE("", ",2026-01-14T10:01:00Z,2145550144,TX\n");
    inbox.write("config/inbox/web-calls-2.csv", header + "c1,2026-01-14T10:01:00Z,2145550143,TX\n" + more);
    const RunReport report = inbox.world.run("calls");
    INFO(to_text(report));
    CHECK(report.exit == ExitCode::partial);
    CHECK_FALSE(report.error);
    CHECK(report.datasets.at("book.web_calls").counts.quarantined == (more.empty() ? 1 : 2));
    CHECK_FALSE(std::filesystem::exists(config_folder(inbox) + "inbox/web-calls-2.csv"));
    CHECK(std::filesystem::exists(config_folder(inbox) + "inbox/done/web-calls-2.csv"));
    CHECK(inbox.world.rows("SELECT key, phone FROM book_web_calls") == std::vector<std::string>{"c1|2145550142"});
    CHECK(inbox.world.run("calls").exit == ExitCode::done);
}

TEST_CASE("A process that dies at any commit of an import leaves the book as before or as after, and the next run ends the same") {
    std::string end;
    std::size_t deaths = 0;
    for (std::size_t at = 0;; ++at) {
        CsvInbox inbox;
        inbox.world.job("books", kJob);
        fill_inbox(inbox);
        if (at == 0) {
            inbox.world.run("books");
            end = inbox.world.datasets();
            continue;
        }
        const bool died = !inbox.world.run_or_die("books", {at, 0, 0});
        deaths += died ? 1 : 0;
        const auto rows = inbox.world.rows("SELECT count(*), coalesce(min(premium), '') FROM book_policies").front();
        INFO("death at commit " << at << ": " << rows);
        CHECK((rows == "0|" || rows == "30|1200.00" || rows == "31|1300.00"));
        inbox.world.run("books");
        CHECK(inbox.world.datasets() == end);
        CHECK_FALSE(std::filesystem::exists(config_folder(inbox) + "inbox/policies-a.csv"));
        CHECK(inbox.world.rows("SELECT count(*) FROM change WHERE kind = 'added'") == std::vector<std::string>{"31"});
        if (!died) break;
    }
    CHECK(deaths >= 4);
}

TEST_CASE("A file in the inbox that no job takes is named, ours and hidden ones aren't") {
    CsvInbox inbox;
    inbox.world.job("books", kJob);
    for (const char* name : {".hidden.csv", "policies-1.csv.rejects.csv", "policies-1.csv.part"}) inbox.write("config/inbox/" + std::string(name), "x\n");
    CHECK(inbox.world.run("books").warnings.empty());
    inbox.write("config/inbox/AMS Export.CSV", policy_lines(3));
    const RunReport report = inbox.world.run("books");
    REQUIRE(report.warnings.size() == 1);
    CHECK_THAT(report.warnings[0], Contains("no job takes \"AMS Export.CSV\"") && Contains("this one takes policies"));
}
