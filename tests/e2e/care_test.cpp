// backup, purge, forget and check --integrity, as people and cron run them.
#include <sys/resource.h>

#include <csignal>
#include <sstream>

#include "support.h"

using namespace bindery::e2e;

namespace {

json told(const Agency& agency, Words words, int code = 0) {
    words.insert(words.begin(), {"--output", "json"});
    const Ended ended = agency.run(words);
    INFO(ended.out << ended.err);
    CHECK(ended.code == code);
    return ended.object();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Backups while a job runs are whole, and a restored one is noticed before it doubles a task") {
    const Sandbox sandbox({"--policies", "100"});
    const Agency agency(sandbox);
    replace_in(agency.job_file(), "territory: [TX, OK, NM]", "territory: [TX]");
    agency.synced(0);
    const json first = told(agency, {"backup", "first.backup"});
    CHECK(first.at("bytes") == fs::file_size(agency / "first.backup"));
    CHECK(mode_of(agency / "first.backup") == 0600);
    CHECK(agency.run({"backup", "first.backup"}).code == 64);
    CHECK(agency.run({"backup", "config/bindery.db", "--replace"}).code == 64);
    CHECK(agency.run({"backup", "config/bindery.yaml", "--replace"}).code == 64);
    CHECK(agency.run({"backup", "state/bindery/budget.db", "--replace"}).code == 64);

    replace_in(agency.job_file(), "territory: [TX]", "territory: []");
    Process job = agency.start({"--output", "json", "sync", "--job", "renewals"});
    int made = 0;
    for (; job.running(); ++made) CHECK(agency.run({"backup", "meanwhile.backup", "--replace"}).code == 0);
    const Ended ended = job.wait();
    CHECK(ended.code == 0);
    const int more = ended.object().at("effects").at("done");
    CHECK(made > 0);
    CHECK(more > 0);
    const std::size_t tasks = sandbox.tasks().size();

    for (const char* end : {"", "-wal", "-shm"}) fs::remove(agency.store().string() + end);
    fs::copy_file(agency / "first.backup", agency.store());
    CHECK(told(agency, {"status"}).at("store").at("backup").is_null());
    const Ended refused = agency.sync();
    INFO(refused.out);
    CHECK(refused.code == 4);
    CHECK(has(refused.out, "it looks restored from a backup"));
    CHECK(sandbox.tasks().size() == tasks);
    CHECK(told(agency, {"sync", "--job", "renewals", "--baseline"}).at("effects").at("done") == more);
    CHECK(agency.sync().code == 0);
    CHECK(sandbox.tasks().size() == tasks);
}

TEST_CASE("A backup that is shot or finds no room leaves none") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    agency.synced(0);
    const Ended full = agency.run({"backup", "copy"}, [] {
        const rlimit small{100'000, 100'000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    });
    INFO(full.err);
    CHECK(full.code == 1);
    CHECK(has(full.err, "/copy"));
    CHECK(has(full.err, "what to do: "));
    CHECK_FALSE(fs::exists(agency / "copy"));
    CHECK_FALSE(fs::exists(agency / "copy.part"));
    for (int i = 0; i < 20; ++i) {
        Process process = agency.start({"backup", "copy", "--replace"});
        for (int spin = 0; spin < i * 2000; ++spin) process.running();  // another moment each time
        process.signal(SIGKILL);
        process.wait();
        if (!fs::exists(agency / "copy")) continue;
        fs::copy_file(agency / "copy", agency / "config/whole.db", fs::copy_options::overwrite_existing);
        CHECK(agency.run({"--store", "config/whole.db", "check", "--integrity"}).code == 0);
    }
    CHECK(agency.run({"backup", "copy", "--replace"}).code == 0);
    CHECK_FALSE(fs::exists(agency / "copy.part"));
}

TEST_CASE("A damaged store runs nothing, exits 1, and names the latest backup") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    CHECK(agency.run({"check", "--integrity"}).code == 1);  // there is none yet
    agency.synced(0);
    CHECK(told(agency, {"check", "--integrity"}).at("sound") == true);
    CHECK(agency.run({"backup", "good.backup"}).code == 0);
    const int writes = sandbox.writes();
    const std::string page = agency.cell("SELECT rootpage FROM sqlite_schema WHERE name = 'change_record'");
    agency.cell("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string bytes = read_text(agency.store());
    const std::size_t size = std::stoul(agency.cell("PRAGMA page_size"));
    bytes.replace((std::stoul(page) - 1) * size, size, std::string(size, '\x7f'));
    write_text(agency.store(), bytes);
    for (const Words& words : {Words{"check", "--integrity"}, Words{"sync", "--job", "renewals"}}) {
        const Ended ended = agency.run(words);
        INFO(ended.out << ended.err);
        CHECK(ended.code == 1);
        CHECK(has(ended.err, "is damaged"));
        CHECK(has(ended.err, "good.backup"));
    }
    CHECK(sandbox.writes() == writes);
    fs::remove(agency.store());
    fs::copy_file(agency / "good.backup", agency.store());
    CHECK(agency.synced(0).at("effects").at("done") == 0);
}

TEST_CASE("Purge counts and removes by the settings, and forget lists, removes and says what comes back") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    agency.synced(0);
    agency.rows("UPDATE change SET at = '2001-01-01T00:00:00.000Z'");
    const std::string changes = agency.cell("SELECT count(*) FROM change");
    const json dry = told(agency, {"purge", "--dry-run"});
    std::int64_t rows = 0;
    for (const auto& count : dry.at("purged")) rows += count.at("rows").get<std::int64_t>();
    CHECK(std::to_string(rows) == changes);
    CHECK(agency.cell("SELECT count(*) FROM change") == changes);
    CHECK(told(agency, {"purge", "--vacuum"}).at("purged") == dry.at("purged"));
    CHECK(agency.cell("SELECT count(*) FROM change") == "0");
    CHECK(told(agency, {"purge"}).at("purged").empty());
    CHECK(agency.run({"purge", "--dry-run", "--vacuum"}).code == 64);

    // Calls go before their run, which says so.
    agency.rows("UPDATE run SET ended_at = '2026-01-01T00:00:00.000Z'");
    agency.rows("UPDATE run_call SET at = '2026-01-01T00:00:00.000Z'");
    CHECK(has(agency.run({"purge"}).out, "calls of runs gone"));
    const Ended story = agency.run({"show", "1", "--calls"});
    CHECK(story.code == 0);
    CHECK(has(story.out, "Its calls were purged"));
    agency.rows("INSERT INTO sale_ask (identity, run, mode, at, day, answer) VALUES ('i', 1, 'ping', '2001-01-01T00:00:00.000Z', '2001-01-01', 'decline')");
    agency.rows("INSERT INTO sale_consent (identity, certificate, words, address, agent, page, given_at, posted_at) VALUES ('i', 'c', 'w', 'a', 'b', 'p', '2001-01-01T00:00:00.000Z', '2001-01-01T00:00:00.000Z')");
    const Ended sales = agency.run({"purge"});
    CHECK(has(sales.out, "1 answers to pings gone"));
    CHECK(has(sales.out, "1 proofs of consent of sales gone"));

    const auto person = agency.rows("SELECT client_email, client_name FROM bindpilot_renewals r JOIN effect e ON instr(e.once_per, r.policy_number) LIMIT 1").at(0);
    REQUIRE(has(read_text(agency.store()), person[0]));
    const json held = told(agency, {"forget", person[0]});
    CHECK(held.at("forgotten") == false);
    CHECK_FALSE(held.at("effects").empty());
    CHECK(held.at("still_at") == json::array({"bindpilot"}));
    CHECK(has(read_text(agency.store()), person[0]));
    const Ended done = agency.run({"forget", person[0], "--yes"});
    CHECK(done.code == 0);
    CHECK(has(done.out, "bindpilot still has this person"));
    for (const auto& file : fs::directory_iterator(agency / "config")) {
        if (!file.is_regular_file() || !has(file.path().filename().string(), "bindery.db")) continue;
        const std::string bytes = read_text(file.path());
        for (const auto& trace : person) CHECK_FALSE(has(bytes, trace));
    }
    CHECK(agency.run({"forget", person[0]}).code == 64);
    CHECK(agency.run({"forget", "nobody@nowhere.example", "--yes"}).code == 64);
    // As a forget leaves it that was cut off.
    const fs::path mark = agency.store().string() + ".forgetting";
    for (const Words& more : {Words{}, Words{"--yes"}}) {
        write_text(mark, "");
        Words words{"forget", "nobody@nowhere.example"};
        words.insert(words.end(), more.begin(), more.end());
        const json finished = told(agency, words, 64);
        CHECK(finished.at("forgotten") == false);
        CHECK(finished.at("finished_earlier") == true);
        CHECK_FALSE(fs::exists(mark));
    }
    write_text(mark, "");
    CHECK(told(agency, {"purge"}).at("vacuumed") == false);
    CHECK(fs::exists(mark));
    CHECK(told(agency, {"purge", "--vacuum"}).at("vacuumed") == true);
    CHECK_FALSE(fs::exists(mark));

    const json back = agency.synced(0);
    CHECK(back.at("effects").at("done") == 0);
    CHECK(has(back.at("warnings").dump(), "forgotten"));
}
