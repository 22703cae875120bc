// bindery import and export as a person types them: the real program, real files, kills, full disks, wrong commands.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "daemon_support.h"
#include "support.h"

using namespace bindery::e2e;
using Catch::Matchers::Contains;

namespace {

std::string policies(int count, const std::string& premium = "1,200.00") {
    std::string text = "Policy #,Customer Name,Policy Type,Full Term Premium,Policy Effective Date,Policy Expiration Date\r\n";
    for (int i = 0; i < count; ++i) text += "HO-" + std::to_string(100000 + i) + ",\"Zeb, Ann\",Home,\"" + premium + "\",2/14/2025,2/14/2026\r\n";
    return text;
}

const Words kImport{"import", "policies.csv", "--into", "book.policies"};

Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TEST_CASE("A file is imported, exported and imported again, as text and as JSON") {
    const Sandbox sandbox({"--policies", "5"});
    const Agency agency(sandbox);
    write_text(agency / "policies.csv", policies(50) + "TBD,x,Home,1,2/14/2025,2/14/2026\r\n");
    const Ended first = agency.run(with({"--output", "json"}, kImport));
    INFO(first.out << first.err);
    CHECK(first.code == 3);
    const json report = first.object();
    const json counts = report.at("datasets").at("book.policies");
    CHECK(counts.at("seen") == 51);
    CHECK(counts.at("added") == 50);
    CHECK(report.at("rejected") == 1);
    CHECK(report.at("exit_code") == 3);
    CHECK_THAT(read_text(agency / "policies.csv.rejects.csv"), Contains("TBD,x,Home") && Contains("placeholder"));
    CHECK(mode_of(agency / "policies.csv.rejects.csv") == 0600);
    CHECK_THAT(agency.run(kImport).out, Contains("the same file has landed before"));
    CHECK(agency.run(kImport).code == 0);

    CHECK(agency.run({"export", "book.policies", "--to", "one.csv"}).code == 0);
    const Ended again = agency.run({"import", "one.csv", "--into", "policies"});
    INFO(again.out);
    CHECK(again.code == 0);
    CHECK_THAT(again.out, Contains("0 added, 0 changed, 50 unchanged, 0 removed"));
    CHECK(agency.run({"export", "book.policies", "--to", "two.csv"}).code == 0);
    CHECK(read_text(agency / "one.csv") == read_text(agency / "two.csv"));
    CHECK(mode_of(agency / "two.csv") == 0600);
    CHECK_THAT(agency.run({"why", "book.policies", "ho100003"}).out, Contains("HO-100003") && Contains("added"));
}

TEST_CASE("An import that is shot leaves the book as before or as after") {
    const Sandbox sandbox({"--policies", "5"});
    const Agency agency(sandbox);
    write_text(agency / "policies.csv", policies(3000));
    REQUIRE(agency.run(kImport).code == 0);
    write_text(agency / "policies.csv", policies(3300, "1,300.00"));
    const double whole = agency.run(with(kImport, {"--dry-run"})).seconds;
    int before = 0;
    for (int i = 0; i < 15; ++i) {
        Process process = agency.start(kImport);
        std::this_thread::sleep_for(std::chrono::duration<double>(whole * i / 14));  // a moment for a real signal, not a wait for a result
        process.signal(SIGKILL);
        process.wait();
        const auto rows = agency.rows("SELECT count(*), count(DISTINCT premium), min(premium) FROM book_policies").front();
        CHECK(rows[1] == "1");
        CHECK((rows[0] == "3000" ? rows[2] == "1200.00" : rows[0] == "3300" && rows[2] == "1300.00"));
        before += rows[0] == "3000" ? 1 : 0;
        CHECK(agency.cell("PRAGMA integrity_check") == "ok");
    }
    CHECK(before > 0);
    CHECK(agency.run(kImport).code == 0);
    CHECK(agency.cell("SELECT count(*) || ' ' || min(premium) FROM book_policies") == "3300 1300.00");
    CHECK(agency.cell("SELECT count(*) FROM change WHERE kind = 'changed'") == "3000");
}

TEST_CASE("A first import of a large book that is shot leaves it without a row or whole") {
    const Sandbox sandbox({"--policies", "5"});
    const Agency agency(sandbox);
    write_text(agency / "one.csv", policies(1));
    write_text(agency / "policies.csv", policies(60'000));
    const auto make_store = [&] {
        agency.forget_everything();
        REQUIRE(agency.run({"import", "one.csv", "--into", "book.policies", "--dry-run"}).code == 0);
    };
    make_store();
    const Ended undisturbed = agency.run(kImport);
    REQUIRE(undisturbed.code == 0);
    int empty = 0, undone = 0;
    for (int i = 0; i <= 12; ++i) {
        make_store();
        Process process = agency.start(kImport);
        if (i == 0) until([&] { return fs::exists(agency / "config/bindery.db-journal"); });
        else std::this_thread::sleep_for(std::chrono::duration<double>(undisturbed.seconds * i / 12));  // a moment for a real signal, not a wait for a result
        process.signal(SIGKILL);
        process.wait();
        undone += fs::exists(agency / "config/bindery.db-journal") ? 1 : 0;
        const Ended asked = agency.run({"query", "SELECT count(*) FROM book_policies"});
        INFO(asked.out << asked.err);
        CHECK(asked.code == 0);
        const std::string rows = agency.cell("SELECT count(*) FROM book_policies");
        CHECK((rows == "0" || rows == "60000"));
        CHECK_THAT(asked.out, Contains(rows));
        empty += rows == "0" ? 1 : 0;
        CHECK(agency.cell("PRAGMA integrity_check") == "ok");
    }
    CHECK(empty > 0);
    CHECK(undone > 0);
    CHECK(agency.run(kImport).code == 0);
    CHECK(agency.cell("SELECT count(*) FROM book_policies") == "60000");
    CHECK(agency.cell("SELECT count(*) FROM change WHERE kind = 'added'") == "60000");
    CHECK(agency.cell("PRAGMA journal_mode") == "wal");
}

TEST_CASE("A full disk leaves no half export and no half import") {
    const Sandbox sandbox({"--policies", "5"});
    const Agency agency(sandbox);
    write_text(agency / "policies.csv", policies(3000));
    REQUIRE(agency.run(kImport).code == 0);
    write_text(agency / "out.csv", "as it was");
    const auto small = [] {
        const rlimit limit{64 << 10, 64 << 10};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    };
    const Ended ended = agency.run({"export", "book.policies", "--to", "out.csv"}, small);
    INFO(ended.err);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.err, Contains("can't write out.csv") && Contains("free space"));
    CHECK(read_text(agency / "out.csv") == "as it was");
    CHECK_FALSE(fs::exists(agency / "out.csv.part"));
    write_text(agency / "policies.csv", policies(3000, "7"));
    const auto little = [] {
        const rlimit limit{1 << 20, 1 << 20};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    };
    CHECK(agency.run(kImport, little).code == 1);
    CHECK(agency.cell("SELECT min(premium) FROM book_policies") == "1200.00");
    CHECK(agency.run(kImport).code == 0);
}

TEST_CASE("A mistake with a file is one clear message, with what to do") {
    const Sandbox sandbox({"--policies", "5"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    write_text(agency / "policies.csv", policies(5));
    write_text(agency / "empty.csv", "");
    REQUIRE(::mkfifo((agency / "pipe").c_str(), 0600) == 0);
    write_text(agency / "book.xlsx", "PK\x03\x04 and so on");
    struct Row {
        Words words;
        int code;
        std::string says;
    };
    const std::vector<Row> rows{
        {{"import", "policies.csv"}, 64, "--into"},
        {{"import", "policies.csv", "--into", "book.policy"}, 64, "there is no book `policy`; there are do_not_contact, leads, policies"},
        {{"import", "gone.csv", "--into", "book.policies"}, 64, "there is no file"},
        {{"import", ".", "--into", "book.policies"}, 64, "directory"},
        {{"import", "empty.csv", "--into", "book.policies"}, 64, "empty"},
        {{"import", "book.xlsx", "--into", "book.policies"}, 1, "Excel"},
        {{"import", "policies.csv", "--into", "book.policies", "--profile", "ams36"}, 64, "did you mean `ams360`"},
        {{"import", "policies.csv", "--into", "book.leads"}, 1, "what to do"},
        {{"import", "policies.csv", "--into", "book.policies", "--full", "--partial"}, 64, "don't go together"},
        {{"import", "policies.csv", "--into", "book.policies", "--as-of", "yesterday"}, 64, "--as-of"},
        {{"export", "--to", "x.csv"}, 64, "export what?"},
        {{"export", "book.policies"}, 64, "--to"},
        {{"export", "book.polices", "--to", "x.csv"}, 64, "did you mean"},
        {{"export", "--corrections", "polices", "--to", "x.csv"}, 64, "did you mean `policies`"},
        {{"export", "book.policies", "--to", "config/bindery.yaml"}, 64, "configuration file"},
        {{"export", "book.policies", "--to", agency.store().string()}, 64, "belongs to a database"},
        {{"export", "book.policies", "--to", "/dev/null"}, 64, "is no file"},
        {{"export", "book.policies", "--to", "pipe"}, 64, "is no file"},
        {{"export", "--sql", "DROP TABLE import", "--to", "x.csv"}, 64, "SELECT"},
    };
    REQUIRE(agency.run(kImport).code == 0);
    for (const auto& row : rows) {
        const Ended ended = agency.run(row.words);
        INFO(row.words.at(1) << ": " << ended.code << "\n" << ended.out << ended.err);
        CHECK(ended.code == row.code);
        CHECK_THAT(ended.out + ended.err, Contains(row.says));
    }
    CHECK(agency.cell("SELECT count(*) FROM book_policies") == "5");
    const int writer = ::open((agency / "policies.csv").c_str(), O_WRONLY | O_APPEND);
    REQUIRE(writer >= 0);
    const Ended written = agency.run(kImport);
    ::close(writer);
    if (written.code != 0) CHECK_THAT(written.err, Contains("written"));  // some file systems can't tell
}

TEST_CASE("The examples of the CSV reference work as they stand") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    write_text(agency / "policies.csv", policies(20));
    std::istringstream lines(read_text(fs::path(BINDERY_SOURCE_DIR) / "docs/csv.md"));
    int examples = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("$ bindery ", 0) != 0) continue;
        ++examples;
        const Ended ended = Process({"/bin/sh", "-c", std::string(BINDERY_PROGRAM) + line.substr(9)}, agency.start_variables(), agency.folder()).wait();
        INFO(line << "\n" << ended.out << ended.err);
        CHECK(ended.code == 0);
        CHECK(ended.out.size() > 5);
    }
    CHECK(examples >= 6);
    // as a person writes it: the shell makes the empty profile before the program starts
    const std::string to_profile = " import policies.csv --into book.policies --suggest > config/csv/mine.yaml";
    const Ended suggested = Process({"/bin/sh", "-c", BINDERY_PROGRAM + to_profile}, agency.start_variables(), agency.folder()).wait();
    CHECK(suggested.code == 0);
    CHECK(suggested.err.empty());
    CHECK(agency.run({"check"}).code == 0);
    write_text(agency / "policies.csv", policies(20) + "\r\n");
    const Ended by_it = agency.run({"import", "policies.csv", "--into", "book.policies", "--profile", "mine"});
    INFO(by_it.out << by_it.err);
    CHECK_THAT(by_it.out, Contains("20 unchanged"));
}
