// A book that is written and read again is the same book, whatever lies in it.
#include "inbox.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Matchers::Contains;

namespace {

const std::string kNasty =
    "Policy #,Customer Name,Full Term Premium,Policy Effective Date,Policy Expiration Date,E-mail,Zip,Res Phone Area Code,Res Phone,Notes,\"O \"\"dd\"\", one\"\n"
    "0012345,\"M\xFCller, J\xF6rg\",(12.50),1/2/25,2026-02-14,J@EXAMPLE.COM,501,512,555-0142,\"=cmd|' /C calc'!A1\",'=1\n"
    "123456789012345678,\"O'Neil, \"\"Bob\"\"\",\"$1,234.5\",45000,2026-03-01,bad mail,01234-5678,,+1 512 555 0143,\"two\nlines\",3-4\n"
    "-77,@home,0,2025-01-01,2026-03-02,,,,,\"\ttab\",'quoted'\n"
    "1E5X,+plus,12,2025-01-01,2026-03-03,,,,,' lead,\"a,b\"\n";

}  // namespace

TEST_CASE("Importing an export changes nothing, and the second export is the first byte for byte") {
    const bool raw = GENERATE(false, true);
    CsvInbox inbox;
    const ImportRun first = inbox.import(kNasty);
    INFO(to_text(first));
    REQUIRE(first.run.exit == ExitCode::done);
    REQUIRE(first.file.counts.added == 4);
    const std::string once = inbox.exported("book.policies", raw);
    if (raw) CHECK_THAT(once, Contains(",\"=cmd|") && Contains("\r\n0012345,"));
    inbox.world.clock.advance(std::chrono::minutes(1));
    if (!raw) {
        for (const std::string bad : {"\r\n=", ",=", ",+", "\r\n-", ",@", ",\"="}) CHECK_THAT(once, !Contains(bad));
        const auto file = inbox.write("again.csv", once);
        const ImportRun again = inbox.import_at(file);
        INFO(to_text(again) << once);
        CHECK(again.run.exit == ExitCode::done);
        CHECK(again.file.profile == "export");
        CHECK(again.file.counts.unchanged == 4);
        CHECK(again.file.counts.seen == 4);
    }
    CHECK(inbox.exported("book.policies", raw) == once);
    CHECK((std::filesystem::status(inbox.world.folder() / "out.csv").permissions() & std::filesystem::perms::all) == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("A column that has become a field of the book is exported as that field alone, with what it said") {
    CsvInbox inbox;
    inbox.import(kPolicyHeader + policy_line(1, "1200", "", "call first"));
    inbox.world.with_engine([&](const Engine& engine) {
        Config config = engine.config;
        Field notes;
        notes.name = "notes";
        config.books.at("policies").mapping.fields.push_back(notes);
        ensure_dataset(engine.store, config.books.at("policies").mapping);
        ExportRequest request;
        request.dataset = "book.policies";
        request.to = inbox.world.folder() / "out.csv";
        export_csv(config, engine.store, request);
    });
    const std::string text = CsvInbox::text_of(inbox.world.folder() / "out.csv"), header = text.substr(0, text.find("\r\n"));
    CHECK(header.ends_with(",notes"));
    CHECK_THAT(header, !Contains("Notes"));
    CHECK_THAT(text, Contains("call first"));
}

TEST_CASE("Dates and numbers of a select are cells that a table program reads as such, and text is guarded") {
    CsvInbox inbox;
    inbox.world.with_engine([&](const Engine& engine) {
        ExportRequest request;
        request.sql = "SELECT '2026-11-28' AS day, -5 AS change, -1.5 AS share, 12 AS sold, '4.20' AS price, '=1+1' AS formula, '3-4' AS part, '2026-02-30' AS no_date, '-5' AS word, '007' AS code";
        request.to = inbox.world.folder() / "out.csv";
        CHECK(export_csv(engine.config, engine.store, request).rows == 1);
    });
    CHECK(CsvInbox::text_of(inbox.world.folder() / "out.csv") == "day,change,share,sold,price,formula,part,no_date,word,code\r\n2026-11-28,-5,-1.5,12,4.20,'=1+1,'3-4,'2026-02-30,'-5,'007\r\n");
}

TEST_CASE("Runs, history and selects come out in a stable order") {
    CsvInbox inbox;
    inbox.import(policy_lines(3));
    CHECK_THAT(inbox.exported("runs"), Contains("id,job,kind") && Contains("book.policies,import"));
    CHECK_THAT(inbox.exported("history"), Contains("book.policies,\"HO77100|2026-02-14\""));
    inbox.world.with_engine([&](const Engine& engine) {
        ExportRequest request;
        request.sql = "SELECT policy_number, premium FROM book_policies WHERE policy_number <> :today;";
        request.to = inbox.world.folder() / "out.csv";
        request.bom = true;
        request.parameters = {{"today", "2026-01-15"}, {"now", "2026-01-15T00:00:00.000Z"}};
        CHECK(export_csv(engine.config, engine.store, request).rows == 3);
        request.sql = "DELETE FROM import";
        CHECK_THROWS_AS(export_csv(engine.config, engine.store, request), Error);
        request.sql.clear();
        request.dataset = "runs";
        request.to = inbox.world.folder() / "no/such/folder.csv";
        CHECK_THROWS_WITH(export_csv(engine.config, engine.store, request), Contains("can't write"));
    });
    CHECK(CsvInbox::text_of(inbox.world.folder() / "out.csv") == "\xEF\xBB\xBFpolicy_number,premium\r\nHO-77100,1200.00\r\nHO-77101,1200.00\r\nHO-77102,1200.00\r\n");
    CHECK_FALSE(std::filesystem::exists(inbox.world.folder() / "out.csv.part"));
}
