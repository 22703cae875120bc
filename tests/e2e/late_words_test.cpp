// A person's word about two books that comes too late, names what isn't there, or can't be meant: one clear message, nothing half done.
#include "support.h"

using namespace bindery::e2e;

namespace {

constexpr const char* kHeader = "policy_number,client_name,client_email,client_phone,carrier,line_of_business,state,premium,effective_date,expiration_date,status\n";

// The AMS's export, made of what BindPilot lists: a row for each policy that has a number of its own.
std::map<std::string, std::string> rows_of_bindpilot(const Agency& agency) {
    std::map<std::string, std::string> lines;
    for (const auto& row : agency.rows("SELECT policy_number, client_name, client_email, client_phone, carrier, line_of_business, state, premium, effective_date, expiration_date, status "
                                       "FROM bindpilot_policies WHERE policy_number_key IS NOT NULL GROUP BY policy_number_key HAVING count(*) = 1")) {
        std::string line;
        for (const auto& cell : row) line += (line.empty() ? "\"" : ",\"") + cell + "\"";
        lines[row[0]] = line + "\n";
    }
    return lines;
}

class Ams {
  public:
    explicit Ams(const Agency& agency) : agency_(agency) {}

    Ended import(const Words& more = {}) {
        std::string text = kHeader;
        for (const auto& [number, line] : lines) text += line;
        const fs::path file = agency_ / ("export-" + std::to_string(++files_) + ".csv");
        write_text(file, text);
        Words words{"import", file.string(), "--into", "book.policies"};
        words.insert(words.end(), more.begin(), more.end());
        const Ended ended = agency_.run(words);
        INFO(ended.out << ended.err);
        REQUIRE(ended.code == 0);
        return ended;
    }
    // One policy under two other numbers: which of them BindPilot's is, a person must say.
    std::string split(std::string number) {
        const std::string line = lines.at(number);
        lines.erase(number);
        for (const char* other : {"ZZ-900001", "ZZ-900002"}) lines[other] = "\"" + std::string(other) + line.substr(line.find("\","));
        return agency_.cell("SELECT key FROM bindpilot_policies WHERE policy_number = '" + number + "'");
    }

    std::map<std::string, std::string> lines;

  private:
    const Agency& agency_;
    int files_ = 0;
};

int policies(const Agency& agency);

// Both books, and one policy of theirs that may be either of two of ours: the key of that one.
std::string one_of_two(const Agency& agency, Ams& ams) {
    use_job(agency, "policies");
    CHECK(policies(agency) == 0);
    ams.lines = rows_of_bindpilot(agency);
    REQUIRE(ams.lines.size() > 5);
    const std::string theirs = ams.split(ams.lines.begin()->first);
    ams.import();
    CHECK(policies(agency) == 5);
    return theirs;
}

int policies(const Agency& agency) {
    const Ended ended = agency.run({"sync", "--job", "policies"});
    INFO(ended.out << ended.err);
    return ended.code;
}

void refused(const Agency& agency, const Words& words, const std::string& because) {
    const std::string before = agency.cell("SELECT group_concat(id || state || coalesce(take, '')) FROM conflict");
    const Ended ended = agency.run(words);
    INFO(ended.out << ended.err);
    CHECK(ended.code == 64);
    CHECK(ended.err.find(because) != std::string::npos);
    CHECK(agency.cell("SELECT group_concat(id || state || coalesce(take, '')) FROM conflict") == before);
    CHECK(agency.cell("SELECT count(*) FROM link") == "0");
}

}  // namespace

TEST_CASE("A word about two candidates is held against what is there, and then remembered") {
    const Sandbox sandbox({"--policies", "30", "--renewals", "5", "--no-limits"});
    const Agency agency(sandbox);
    Ams ams(agency);
    const std::string theirs = one_of_two(agency, ams);
    const std::string id = agency.cell("SELECT id FROM conflict WHERE state = 'open' AND kind = 'match' AND theirs_key = '" + theirs + "'");
    REQUIRE_FALSE(id.empty());

    refused(agency, {"resolve", id, "--take", "same"}, "there are several");
    refused(agency, {"resolve", id, "--take", "ours"}, "which record of ours");
    refused(agency, {"resolve", id, "--take", ""}, "--take");
    refused(agency, {"resolve", "0", "--take", "different"}, "no conflict's number");
    refused(agency, {"resolve", "4711", "--take", "different"}, "no conflict 4711");
    refused(agency, {"resolve", "--field", "premium", "--all", "--take", "different"}, "ours or theirs");
    CHECK(agency.run({"resolve", "--field", "premium", "--all", "--take", "ours", "--job", "polices"}).code == 78);
    refused(agency, {"resolve", id, "--field", "premium", "--take", "ours"}, "not both");

    // The candidate goes while the person looks.
    const std::string gone = agency.cell("SELECT key FROM book_policies WHERE policy_number = 'ZZ-900001'");
    ams.lines.erase("ZZ-900001");
    ams.import({"--allow-removed", "1"});
    refused(agency, {"resolve", id, "--take", gone}, "is gone");

    // The same row can't be two of theirs.
    agency.rows("INSERT INTO link (job, theirs_key, ours_key, same, at, who) SELECT 'policies', key, (SELECT key FROM book_policies WHERE policy_number = 'ZZ-900002'), 1, '', '' FROM "
                "bindpilot_policies WHERE key <> '" + theirs + "' ORDER BY key LIMIT 1");
    const Ended twice = agency.run({"resolve", id, "--take", agency.cell("SELECT key FROM book_policies WHERE policy_number = 'ZZ-900002'")});
    CHECK(twice.code == 64);
    CHECK(twice.err.find("already, by a person's word") != std::string::npos);
    agency.rows("DELETE FROM link");

    const std::string stays = agency.cell("SELECT key FROM book_policies WHERE policy_number = 'ZZ-900002'");
    CHECK(agency.run({"resolve", id, "--take", stays}).code == 0);
    const Ended late = agency.run({"resolve", id, "--take", "different"});
    CHECK(late.code == 64);
    CHECK(late.err.find("closed already") != std::string::npos);
    CHECK(policies(agency) == 0);
    CHECK(agency.cell("SELECT policy_number FROM record_bindpilot_policies WHERE key = '" + theirs + "'") != "ZZ-900002");  // corrected there, read by the next run
    CHECK(policies(agency) == 0);
    CHECK(agency.cell("SELECT policy_number FROM record_bindpilot_policies WHERE key = '" + theirs + "'") == "ZZ-900002");
    const int writes = sandbox.writes();
    CHECK(policies(agency) == 0);
    CHECK(sandbox.writes() == writes);
}

TEST_CASE("A word that two records are different is kept, and a blank side can't be taken") {
    const Sandbox sandbox({"--policies", "30", "--renewals", "5", "--no-limits"});
    const Agency agency(sandbox);
    Ams ams(agency);
    one_of_two(agency, ams);
    const std::string id = agency.cell("SELECT id FROM conflict WHERE state = 'open' AND kind = 'match'");
    CHECK(agency.run({"resolve", id, "--take", " DIFFERENT"}).code == 0);
    for (int i = 0; i < 2; ++i) {
        CHECK(policies(agency) == 0);
        CHECK(agency.cell("SELECT count(*) FROM conflict WHERE state = 'open'") == "0");
    }
    CHECK(sandbox.writes() == 0);

    // Gone in the AMS and changed at BindPilot is a person's to decide, until the row is back.
    const std::string number = ams.lines.begin()->first, line = ams.lines.begin()->second;
    ams.lines.erase(number);
    ams.import({"--allow-removed", "1"});
    agency.rows("UPDATE record_bindpilot_policies SET premium = '1.00', premium_cents = 100 WHERE policy_number = '" + number + "'");
    CHECK(policies(agency) == 5);
    const std::string about = agency.cell("SELECT id FROM conflict WHERE state = 'open' AND kind = 'gone'");
    REQUIRE_FALSE(about.empty());
    CHECK(agency.run({"resolve", about, "--take", "12.00"}).code == 64);
    ams.lines[number] = line;
    ams.import();
    const Ended back = agency.run({"resolve", about, "--take", "theirs"});
    CHECK(back.code == 64);
    CHECK(back.err.find("has come back") != std::string::npos);
    CHECK(agency.cell("SELECT state FROM conflict WHERE id = " + about) == "open");
}
