// The policies job with the real programs: the AMS's book against BindPilot, a conflict and a person's word, a service that takes no
// such write, a process that is shot; and the examples of docs/reconcile.md.
#include <csignal>
#include <random>
#include <sstream>
#include <thread>

#include "support.h"

using namespace bindery::e2e;

namespace {

// An import of the AMS's export as of now, over what the book holds.
void imported_now(const Agency& agency) {
    agency.rows("INSERT OR REPLACE INTO pull_state (dataset, complete_read_at, last_read_at, last_verdict) SELECT 'book.policies', now, now, 'complete' FROM "
                "(SELECT strftime('%Y-%m-%dT%H:%M:%fZ') AS now)");
}

// What an import of the AMS's export leaves, made from what BindPilot lists: a record for each policy that has a number.
void fill_book(const Agency& agency) {
    agency.rows("DELETE FROM record_book_policies");
    agency.rows("INSERT INTO record_book_policies (key, policy_number, policy_number_key, client_name, client_name_key, client_email, client_email_key, client_phone, "
                "client_phone_key, carrier, line_of_business, state, premium, premium_cents, effective_date, expiration_date, status, producer, first_seen_at, read_at, hash, doc_hash, doc) "
                "SELECT policy_number_key || '|' || expiration_date, policy_number, policy_number_key, client_name, client_name_key, client_email, client_email_key, client_phone, "
                "client_phone_key, carrier, line_of_business, state, premium, premium_cents, effective_date, expiration_date, status, producer, first_seen_at, read_at, hash, doc_hash, '{}' "
                "FROM record_bindpilot_policies WHERE policy_number_key IS NOT NULL AND removed_at IS NULL GROUP BY policy_number_key, expiration_date HAVING count(*) = 1");
    imported_now(agency);
}

// The AMS's people change a field of one record; the document's hash changes as it would.
void change_book(const Agency& agency, const std::string& key, const std::string& sets) {
    agency.rows("UPDATE record_book_policies SET " + sets + ", doc_hash = doc_hash + 1 WHERE key = '" + key + "'");
    imported_now(agency);
}

std::vector<std::string> some_keys(const Agency& agency, int count) {
    std::vector<std::string> keys;
    for (const auto& row : agency.rows("SELECT key FROM record_book_policies WHERE premium IS NOT NULL AND client_email IS NOT NULL ORDER BY key LIMIT " + std::to_string(count))) keys.push_back(row[0]);
    REQUIRE(keys.size() == static_cast<std::size_t>(count));
    return keys;
}

json policies(const Agency& agency, int code) {
    const Ended ended = agency.run({"--output", "json", "sync", "--job", "policies"});
    INFO(ended.out << ended.err);
    REQUIRE(ended.code == code);
    return ended.object();
}

std::string premium_there(const Agency& agency, const std::string& book_key) {
    return agency.cell("SELECT t.premium FROM record_bindpilot_policies t JOIN record_book_policies o ON o.policy_number_key = t.policy_number_key AND o.expiration_date = t.expiration_date "
                       "WHERE o.key = '" + book_key + "'");
}

// Both books, met and agreed.
void meet(const Agency& agency) {
    const json first = policies(agency, 0);
    CHECK(first.dump().find("holds nothing yet") != std::string::npos);
    CHECK(first["effects"]["planned"] == 0);
    fill_book(agency);
    policies(agency, 0);
    CHECK(policies(agency, 0)["effects"]["planned"] == 0);
}

}  // namespace

TEST_CASE("The policies job: corrections, a conflict, a person's word, and then quiet") {
    const Sandbox sandbox({"--policies", "30", "--renewals", "5", "--no-limits"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    meet(agency);
    const auto keys = some_keys(agency, 3);
    change_book(agency, keys[0], "premium = '4321.00', premium_cents = 432100");
    // A bad file in the inbox is told, and keeps nothing from being sent.
    const fs::path junk = agency / "config/inbox/policies-junk.csv";
    fs::create_directories(junk.parent_path());
    write_text(junk, "no,such,headers\n1,2,3\n");
    const json corrected = policies(agency, 1);
    CHECK(corrected.dump().find("policies-junk.csv") != std::string::npos);
    fs::remove(junk);
    CHECK(corrected["effects"]["done"] == 1);
    CHECK(policies(agency, 0)["effects"]["planned"] == 0);
    CHECK(premium_there(agency, keys[0]) == "4321.00");

    // Nobody knows what the two agreed on for this one, and both say something else.
    agency.rows("UPDATE agreed SET base = json_remove(base, '$.client_email') WHERE ours_key = '" + keys[1] + "'");
    change_book(agency, keys[1], "client_email = 'ams@client.example', client_email_key = 'ams@client.example'");
    const json asked = policies(agency, 5);
    CHECK(asked["conflicts"] == 1);
    CHECK(policies(agency, 0)["conflicts"] == 1);
    const json list = agency.run({"--output", "json", "conflicts", "--job", "policies"}).object()["conflicts"];
    REQUIRE(list.size() == 1);
    CHECK(list[0]["ours_value"] == "ams@client.example");
    const std::string id = std::to_string(list[0]["id"].get<int>());

    CHECK(agency.run({"resolve", "999", "--take", "ours"}).code == 64);
    CHECK(agency.run({"resolve", "--field", "client_emial", "--take", "ours", "--all"}).code == 64);
    CHECK(agency.run({"resolve", id, "--take", "not a mail"}).code == 64);
    const json resolved = agency.run({"--output", "json", "resolve", "--field", "client_email", "--take", "ours", "--all", "--job", "policies"}).object();
    CHECK(resolved["resolved"].size() == 1);
    const Ended late = agency.run({"resolve", id, "--take", "theirs"});
    CHECK(late.code == 64);
    CHECK(late.err.find("closed already") != std::string::npos);

    CHECK(policies(agency, 0)["effects"]["done"] == 1);
    const int writes = sandbox.writes();
    const json quiet = policies(agency, 0);
    CHECK(quiet["conflicts"] == 0);
    CHECK(quiet["effects"]["planned"] == 0);
    CHECK(sandbox.writes() == writes);
    CHECK(agency.cell("SELECT count(*) FROM correction WHERE state = 'open'") == "0");
    CHECK(agency.cell("SELECT state FROM conflict") == "settled");

    // A word that comes after the record has changed is refused, and nothing of it stays.
    agency.rows("UPDATE agreed SET base = json_remove(base, '$.client_email') WHERE ours_key = '" + keys[2] + "'");
    change_book(agency, keys[2], "client_email = 'one@client.example', client_email_key = 'one@client.example'");
    policies(agency, 5);
    change_book(agency, keys[2], "client_email = 'two@client.example', client_email_key = 'two@client.example'");
    const std::string second = agency.cell("SELECT id FROM conflict WHERE state = 'open'");
    const Ended stale = agency.run({"resolve", second, "--take", "ours"});
    CHECK(stale.code == 64);
    CHECK(stale.err.find("have changed since") != std::string::npos);
    CHECK(agency.cell("SELECT count(*) FROM audit WHERE kind = 'resolve'") == "1");
}

TEST_CASE("BindPilot takes no policies: the corrections are held, told once, and there as a list") {
    const Sandbox sandbox({"--policies", "30", "--renewals", "5", "--no-limits", "--bindpilot-policy-writes", "405"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    meet(agency);
    const auto keys = some_keys(agency, 2);
    for (const auto& key : keys) change_book(agency, key, "premium = '4321.00', premium_cents = 432100");
    const json held = policies(agency, 3);
    CHECK(held["effects"]["held"] == 2);
    CHECK(held.dump().find("export --corrections policies") != std::string::npos);
    const int writes = sandbox.writes();
    const json again = policies(agency, 0);
    CHECK(again["effects"]["held"] == 2);
    CHECK(again.value("warnings", json::array()).dump().find("doesn't take this write") == std::string::npos);
    CHECK(sandbox.writes() == writes);
    const Ended list = agency.run({"query", "SELECT key, field, wanted FROM corrections WHERE state = 'open'", "--format", "csv"});
    CHECK(count_of(list.out, "premium,4321.00") == 2);
}

TEST_CASE("A policies job that is shot at any moment corrects everything in the end, and asks once") {
    const Sandbox sandbox({"--policies", "40", "--renewals", "5", "--no-limits"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    std::mt19937 random(77);
    int kills = 0;
    for (int round = 0; round < 4; ++round) {
        agency.forget_everything();
        sandbox.reset();
        meet(agency);
        const auto keys = some_keys(agency, 9);
        for (int i = 0; i < 8; ++i) change_book(agency, keys[static_cast<std::size_t>(i)], "premium = '4321.00', premium_cents = 432100");
        agency.rows("UPDATE agreed SET base = json_remove(base, '$.client_email') WHERE ours_key = '" + keys[8] + "'");
        change_book(agency, keys[8], "client_email = 'ams@client.example', client_email_key = 'ams@client.example'");
        for (int shot = 0; shot < 6; ++shot) {
            Process process = agency.start({"sync", "--job", "policies"});
            std::this_thread::sleep_for(std::chrono::duration<double>(std::uniform_real_distribution<double>(0, 0.4)(random)));
            if (process.running()) {
                process.signal(SIGKILL);
                ++kills;
            }
            process.wait();
        }
        for (int i = 0; i < 3; ++i) agency.run({"sync", "--job", "policies"});
        const int writes = sandbox.writes();
        const json quiet = policies(agency, 0);
        CHECK(quiet["effects"]["planned"] == 0);
        CHECK(quiet["conflicts"] == 1);
        CHECK(sandbox.writes() == writes);
        for (int i = 0; i < 8; ++i) CHECK(premium_there(agency, keys[static_cast<std::size_t>(i)]) == "4321.00");
        CHECK(agency.cell("SELECT count(*) FROM effect WHERE state <> 'done'") == "0");
        CHECK(agency.cell("SELECT count(*) FROM conflict") == "1");
        CHECK(agency.cell("PRAGMA integrity_check") == "ok");
    }
    CHECK(kills > 0);
}

TEST_CASE("The examples of the reconcile page run") {
    const Sandbox sandbox({"--policies", "30", "--renewals", "5", "--no-limits"});
    const Agency agency(sandbox);
    use_job(agency, "policies");
    meet(agency);
    const auto keys = some_keys(agency, 4);
    for (int i = 1; i < 4; ++i) {
        const std::string mail = "ams" + std::to_string(i) + "@client.example", key = keys[static_cast<std::size_t>(i)];
        agency.rows("UPDATE agreed SET base = json_remove(base, '$.client_email') WHERE ours_key = '" + key + "'");
        change_book(agency, key, "client_email = '" + mail + "', client_email_key = '" + mail + "'");
    }
    policies(agency, 5);
    std::istringstream lines(read_text(fs::path(BINDERY_SOURCE_DIR) / "docs/reconcile.md"));
    int examples = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("$ bindery ", 0) != 0) continue;
        ++examples;
        std::string command = line.substr(2 + std::string("bindery").size());
        const std::string sample = "'HO48213|2027-03-01'";
        if (const auto at = command.find(sample); at != std::string::npos) command.replace(at, sample.size(), "'" + keys[0] + "'");
        const Ended ended = Process({"/bin/sh", "-c", std::string(BINDERY_PROGRAM) + command}, agency.start_variables(), agency.folder()).wait();
        INFO(line << "\n" << ended.out << ended.err);
        CHECK(ended.code == 0);
        CHECK(ended.out.size() > 5);
    }
    CHECK(examples >= 7);
}
