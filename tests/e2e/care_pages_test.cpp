// The examples of the pages on the store and on CSV, run as they stand there; what a full disk does to a purge; and the question that
// forget asks at a terminal.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "support.h"

using namespace bindery::e2e;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string page(const char* name) { return read_text(fs::path(BINDERY_SOURCE_DIR) / "docs" / name); }

// The first block of a page in this language.
std::string block(const std::string& text, const std::string& language) {
    const std::size_t begin = text.find("```" + language + "\n") + language.size() + 4;
    return text.substr(begin, text.find("```", begin) - begin);
}

std::string a_client(const Agency& agency) { return agency.cell("SELECT client_email FROM bindpilot_renewals WHERE client_email IS NOT NULL ORDER BY key LIMIT 1"); }

// A terminal on which somebody has typed already.
class Terminal {
  public:
    explicit Terminal(const std::string& typed) : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
        REQUIRE(slave_ >= 0);
        REQUIRE(::write(master_, typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
    }
    ~Terminal() {
        ::close(slave_);
        ::close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    std::function<void()> attach() const {
        return [slave = slave_] {
            ::dup2(slave, STDIN_FILENO);
            ::dup2(slave, STDERR_FILENO);
        };
    }
    std::string shown() const {
        ::fcntl(master_, F_SETFL, O_NONBLOCK);
        std::string text;
        char part[512];
        for (ssize_t n = 0; (n = ::read(master_, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
        return text;
    }

  private:
    int master_, slave_ = -1;
};

}  // namespace

TEST_CASE("The examples of the page on the store do what it says") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    agency.synced(0);
    const std::string text = page("store.md"), client = a_client(agency);
    CHECK(run_examples(agency, "docs/store.md", "ann.roe@mail.example", client) == 8);
    CHECK(agency.cell("SELECT count(*) FROM bindpilot_renewals_all WHERE client_email = '" + client + "'") == "0");
    const std::string shell = block(text, "sh"), from = "bindery.db \"";
    const std::size_t select = shell.find(from) + from.size();
    REQUIRE(select > from.size());
    agency.rows(shell.substr(select, shell.rfind('"') - select));
    write_text(agency / "config/bindery.yaml", read_text(agency / "config/bindery.yaml") + "\n" + block(text, "yaml"));
    const Ended checked = agency.run({"check"});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
}

TEST_CASE("The examples of the page on CSV do what it says") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    write_text(agency / "policies.csv", "Policy Number,Insured,Expiration Date,Premium\r\nHO-1,Ann Roe,2027-01-01,1200\r\nHO-2,Bo Roe,2027-02-01,900\r\n");
    CHECK(run_examples(agency, "docs/csv.md") == 6);
    CHECK(has(read_text(agency / "policies-out.csv"), "HO-1"));
    CHECK(agency.cell("SELECT count(*) FROM book_policies") == "2");
    CHECK(count_of(read_text(agency / "premiums.csv"), "\r\n") == 3);
    write_text(agency / "config/csv/mine.yaml", block(page("csv.md"), "yaml"));
    const Ended checked = agency.run({"check"});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
}

TEST_CASE("At a terminal forget asks, and only the word yes removes anything") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    agency.synced(0);
    const std::string client = a_client(agency), left = "SELECT count(*) FROM bindpilot_renewals_all WHERE client_email = '" + client + "'", before = agency.cell(left);
    REQUIRE(before != "0");
    for (const char* typed : {"no\n", "y\n", "YES\n", "\n", "\x04"}) {
        const Terminal terminal(typed);
        const Ended ended = agency.run({"forget", client}, terminal.attach());
        INFO(typed << ended.out);
        CHECK(ended.code == 0);
        CHECK(has(terminal.shown(), "Type yes: "));
        CHECK(has(ended.out, "has this e-mail"));
        CHECK(has(ended.out, "Nothing was removed."));
        CHECK(agency.cell(left) == before);
    }
    const Terminal terminal("yes\n");
    const Ended ended = agency.run({"forget", client}, terminal.attach());
    INFO(ended.out);
    CHECK(ended.code == 0);
    CHECK(has(ended.out, "Removed."));
    CHECK(agency.cell(left) == "0");
}

TEST_CASE("A purge and a forget that find no room say so, and the next ones end what they began") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    agency.synced(0);
    agency.rows("UPDATE change SET at = '2001-01-01T00:00:00.000Z'");
    agency.rows("PRAGMA wal_checkpoint(TRUNCATE)");
    const std::string client = a_client(agency), changes = agency.cell("SELECT count(*) FROM change");
    const auto full = [] {
        const rlimit small{20'000, 20'000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    };
    for (const Words& words : {Words{"purge"}, Words{"purge", "--vacuum"}, Words{"forget", client, "--yes"}}) {
        const Ended ended = agency.run(words, full);
        INFO(words.front() << ended.out << ended.err);
        CHECK(ended.code == 1);
        CHECK(has(ended.err, "what to do: "));
        CHECK(agency.cell("SELECT count(*) FROM change") == changes);
        CHECK(agency.cell("PRAGMA integrity_check") == "ok");
    }
    CHECK(agency.run({"purge", "--vacuum"}).code == 0);
    CHECK(agency.cell("SELECT count(*) FROM change") == "0");
    CHECK(agency.run({"forget", client, "--yes"}).code == 0);
    CHECK(agency.run({"forget", client}).code == 64);
}
