// What people, keys and disks get wrong: exit code, message, and one JSON object all the same.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include <csignal>

#include "support.h"

using namespace bindery::e2e;

namespace {

// Both outputs: text says it on stderr; JSON is one object with an error member and the same exit code.
void expect(const Agency& agency, const Words& words, int code, const Words& says, const std::function<void()>& before_exec = {}) {
    const Ended text = agency.run(words, before_exec);
    INFO("bindery " << [&] { std::string line; for (const auto& word : words) line += word + " "; return line; }() << "\nstdout: " << text.out << "\nstderr: " << text.err);
    CHECK(text.code == code);
    for (const auto& part : says) {
        INFO("looked for: " << part);
        CHECK((text.err + text.out).find(part) != std::string::npos);
    }
    Words with_json{"--output", "json"};
    with_json.insert(with_json.end(), words.begin(), words.end());
    const Ended as_json = agency.run(with_json, before_exec);
    INFO("as JSON: " << as_json.out << as_json.err);
    CHECK(as_json.code == code);
    const json object = as_json.object();
    REQUIRE(object.contains("error"));
    CHECK(object.at("error").at("message").get<std::string>().size() > 5);
    CHECK(object.at("error").at("code").is_string());
    if (code != 64) CHECK(object.at("error").at("hint").get<std::string>().size() > 5);
    CHECK(object.at("exit_code") == code);
}

const Words kSync{"sync", "--job", "renewals"};

// Root passes every permission; without these two even root is held by them.
void drop_override() {
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
}

}  // namespace

TEST_CASE("A mistake on the command line exits 64 and says how it's written") {
    const Sandbox sandbox({"--policies", "10"});
    const Agency agency(sandbox);
    expect(agency, {}, 64, {"a command is missing", "bindery --help"});
    expect(agency, {"synk"}, 64, {"no command 'synk'", "did you mean 'sync'"});
    expect(agency, {"notify", "tset"}, 64, {"no command 'notify tset'", "did you mean 'notify test'"});
    expect(agency, {"--log-level", "warn", "webhooks"}, 64, {"`webhooks` needs a further word", "bindery webhooks --help"});
    expect(agency, {"sync", "--all", "--dryrun"}, 64, {"--dryrun", "did you mean '--dry-run'"});
    expect(agency, {"sync"}, 64, {"which job?", "--job NAME"});
    expect(agency, {"sync", "--all", "--job", "renewals"}, 64, {"don't go together"});
    expect(agency, {"sync", "--jobb", "renewals"}, 64, {"--jobb", "bindery sync --help"});
    expect(agency, {"sync", "--job", "renewal"}, 64, {"no job `renewal`", "renewals", "bindery jobs"});
    expect(agency, {"sync", "--job", "renewals", "--allow-effects", "many"}, 64, {"--allow-effects"});
    expect(agency, {"sync", "--job", "renewals", "--allow-effects", "-1"}, 64, {"--allow-effects"});
    expect(agency, {"runs", "--limit", "0"}, 64, {"--limit", "1 to 1000000"});
    expect(agency, {"effects", "--state", "dun"}, 64, {"--state"});
    expect(agency, {"schema", "jobs"}, 64, {"job"});
    expect(agency, {"plan"}, 64, {"--job"});
    expect(agency, {"plan", "--job", "a", "--job", "b", "--out", "x"}, 64, {"job"});
    expect(agency, {"settle", "BN-1"}, 64, {"--as"});
    for (const Words& help : {Words{"--help"}, Words{"sync", "--help"}, Words{"--version"}}) CHECK(agency.run(help).code == 0);
    CHECK(agency.run({"--help"}).out.find("Usage: bindery") != std::string::npos);
    CHECK(sandbox.requests().empty());
}

TEST_CASE("An option that is given an empty value is named, and isn't taken for one that isn't there") {
    const Sandbox sandbox({"--policies", "10"});
    const Agency agency(sandbox);
    const std::vector<std::pair<Words, std::string>> table{
        {{"cron", "next", "--expr", "0 6 * * *", "--tz", ""}, "--tz"},
        {{"cron", "next", "--expr", "0 6 * * *", "--from", ""}, "--from"},
        {{"cron", "next", "--expr", ""}, "--expr"},
        {{"--config", "", "status"}, "--config"},
        {{"status", "--config", ""}, "--config"},
        {{"--store", "", "status"}, "--store"},
        {{"--log-level", "", "status"}, "--log-level"},
        {{"sync", "--job", ""}, "--job"},
        {{"sync", "--job", "renewals", "--job", ""}, "--job"},
        {{"sync", "--job", "renewals", "--trigger", ""}, "--trigger"},
        {{"plan", "--job", "renewals", "--out", ""}, "--out"},
        {{"runs", "--job", ""}, "--job"},
        {{"effects", "--effect", ""}, "--effect"},
        {{"settle", "", "--as", "done"}, "id"},
        {{"pause", ""}, "job"},
        {{"export", "bindpilot.renewals", "--to", ""}, "--to"},
        {{"import", "people.csv", "--profile", ""}, "--profile"},
        {{"webhooks", "register", "--service", ""}, "--service"},
        {{"webhooks", "register", "--event", ""}, "--event"},
        {{"forget", ""}, "person"},
        {{"cron", "next", "--expr", "0 6 * * *", "--from=", "--tz", "UTC"}, "--from"},
        {{"--config=", "status"}, "--config"},
        {{"import", "people.csv", "--profile=", "--dry-run"}, "--profile"},
    };
    for (const auto& [words, name] : table) expect(agency, words, 64, {name});
    for (const auto& [words, name] : table) {
        if (name != "--log-level" && name != "--trigger") expect(agency, words, 64, {name + " is given an empty value"});  // those name what they take
    }
    CHECK(sandbox.requests().empty());
    CHECK_FALSE(fs::exists(agency.store()));
}

TEST_CASE("A mistake in a YAML file exits 78 with file, line, column and the nearest key") {
    const Sandbox sandbox({"--policies", "10"});
    {
        const Agency agency(sandbox);
        replace_in(agency.job_file(), "stale_after: 26h", "stale_aftr: 26h");
        expect(agency, {"check"}, 78, {"renewals.yaml:", "stale_aftr", "stale_after"});
        expect(agency, kSync, 78, {"renewals.yaml:"});
    }
    {
        const Agency agency(sandbox);
        replace_in(agency.service_file("bi369"), "keep_back: 10%", "keep_bak: 10%");
        expect(agency, {"check"}, 78, {"bi369.yaml:", "keep_bak", "keep_back"});
    }
    {
        const Agency agency(sandbox);
        replace_in(agency / "config/bindery.yaml", "level: info", "level: loud");
        expect(agency, {"check"}, 78, {"bindery.yaml:", "loud"});
    }
    {
        const Agency agency(sandbox);
        write_text(agency.job_file(), "job: renewals\nsteps: [\n");
        expect(agency, {"check"}, 78, {"renewals.yaml:"});
    }
    const Agency agency(sandbox);
    expect(agency, {"--config", "nowhere.yaml", "check"}, 78, {"nowhere.yaml"});
    CHECK(sandbox.requests().empty());
}

TEST_CASE("SQL that isn't a SELECT, or doesn't fit, is refused before anything is read") {
    const Sandbox sandbox({"--policies", "10"});
    const auto job = [](const std::string& select) {
        return "job: bad\nsteps:\n  - push: bi369.create_task\n    effect: bad_task\n    select: " + select +
               "\n    once_per: {key: text}\n    path: {project_id: p}\n    body: {title: \"{key}\"}\n";
    };
    const std::vector<std::pair<std::string, std::string>> statements{{"DELETE FROM effect", "DELETE"},
                                                                     {"SELECT * FROM nowhere", "nowhere"},
                                                                     {"SELECT policy_number FROM bindpilot_policies", "key"},
                                                                     {"SELECT key FROM bindpilot_policies; DROP TABLE effect", "line"},
                                                                     {"SELECT value AS key FROM meta", "meta"}};
    for (const auto& [select, says] : statements) {
        const Agency agency(sandbox);
        write_text(agency / "jobs/bad.yaml", job("\"" + select + "\""));
        expect(agency, {"check"}, 78, {"bad.yaml:", says});
        expect(agency, {"sync", "--job", "bad"}, 78, {says});
    }
    const std::vector<std::pair<std::string, std::string>> reasons{{"SELECT key FROM bindpilot_renewals", "`reason` isn't there"},
                                                                  {"SELECT key, NULL AS reason FROM nowhere", "nowhere"}};
    for (const auto& [select, says] : reasons) {
        const Agency agency(sandbox);
        write_text(agency / "jobs/bad.yaml", job("SELECT key FROM bindpilot_policies") + "    passed_over: {bindpilot.renewals: \"" + select + "\"}\n");
        expect(agency, {"check"}, 78, {"bad.yaml:9:", says});
        expect(agency, {"sync", "--job", "bad"}, 78, {"bad.yaml:9:", says});
    }
    CHECK(sandbox.requests().empty());
}

TEST_CASE("A key that is missing stops a run before its first call, a wrong one is told apart and nothing is lost") {
    const Sandbox sandbox({"--policies", "60"});
    {
        Agency agency(sandbox);
        agency.variables().erase("BINDPILOT_API_KEY");
        expect(agency, kSync, 78, {"BINDPILOT_API_KEY", "secrets"});
        const Ended checked = agency.run({"check"});  // the configuration is good all the same
        CHECK(checked.code == 0);
        CHECK(checked.out.find("warning: no run of a job that uses bindpilot can begin") != std::string::npos);
        CHECK(sandbox.requests().empty());
    }
    {
        Agency agency(sandbox);
        agency.variables()["BINDPILOT_API_KEY"] = "wrong-key-of-somebody";
        const Ended ended = agency.run(kSync);
        INFO(ended.out << ended.err);
        CHECK(ended.code == 1);
        CHECK((ended.out + ended.err).find("401") != std::string::npos);
        CHECK(ended.out.find("check the key of bindpilot (from the environment variable BINDPILOT_API_KEY)") != std::string::npos);
        CHECK((ended.out + ended.err).find("wrong-key") == std::string::npos);
        const Ended check = agency.run({"check", "--online"});
        CHECK(check.code == 1);
        CHECK(check.out.find("401") != std::string::npos);
    }
    {
        Agency agency(sandbox);
        agency.variables()["BI369_PROJECT"] = "prj_renewal";
        const Ended check = agency.run({"check", "--online"});
        INFO(check.out);
        CHECK(check.code == 1);
        CHECK(check.out.find("renewals.yaml:14:12 (taken from ${BI369_PROJECT})") != std::string::npos);
        CHECK(check.out.find("did you mean `prj_renewals`?") != std::string::npos);
    }
    CHECK(sandbox.tasks().empty());
    {
        Agency agency(sandbox);
        const std::string right = agency.variables()["BI369_API_KEY"];
        agency.variables()["BI369_API_KEY"] = "wrong-key-of-somebody";
        const json stopped = agency.synced(1);
        CHECK(stopped.at("error").at("code") == "UNAUTHORIZED");
        CHECK(agency.cell("SELECT count(*) FROM effect WHERE state <> 'pending'") == "0");
        agency.variables()["BI369_API_KEY"] = right;
        CHECK(agency.synced(0).at("effects").at("done") == std::stoi(agency.cell("SELECT count(*) FROM effect")));
    }
}

TEST_CASE("Without a project nothing is read: the place, the variable and what to do are named") {
    const Sandbox sandbox({"--policies", "60"});
    const std::vector<Words> commands{{"check"}, {"plan", "--job", "renewals"}, kSync};
    for (const char* value : {"-", "", "  "}) {
        Agency agency(sandbox);
        if (std::string(value) == "-") {
            agency.variables().erase("BI369_PROJECT");
        } else {
            agency.variables()["BI369_PROJECT"] = value;
        }
        for (const Words& command : commands) expect(agency, command, 78, {"renewals.yaml:14:12", "BI369_PROJECT", "export BI369_PROJECT=", "what to do"});
        for (const Words& looking : {Words{"status"}, Words{"jobs"}}) CHECK(agency.run(looking).code == 0);
    }
    Agency agency(sandbox);
    for (const char* value : {"\"\"", "\"  \"", "null"}) {
        replace_in(agency.job_file(), "project: ${BI369_PROJECT}", std::string("project: ") + value);
        for (const Words& command : commands) expect(agency, command, 78, {"renewals.yaml:14:", "`project`", "what to do"});
        replace_in(agency.job_file(), std::string("project: ") + value, "project: ${BI369_PROJECT}");
    }
    CHECK(sandbox.requests().empty());
}

TEST_CASE("A wrong project is told as such, in each run until it's right, and then all tasks go out") {
    const Sandbox sandbox({"--policies", "60"});
    Agency agency(sandbox);
    const std::string right = agency.variables()["BI369_PROJECT"];
    agency.variables()["BI369_PROJECT"] = "prj_of_nobody";
    for (int run = 0; run < 2; ++run) {
        const json report = agency.synced(3);
        INFO(report.dump(2));
        CHECK(report.at("warnings").dump().find("look at the var `project` at ") != std::string::npos);
        CHECK(report.at("warnings").dump().find("renewals.yaml:14:12, taken from ${BI369_PROJECT}") != std::string::npos);
    }
    CHECK(agency.sync().out.find("${BI369_PROJECT}") != std::string::npos);
    CHECK(sandbox.tasks().empty());
    agency.variables()["BI369_PROJECT"] = right;
    const json healed = agency.synced(0);
    CHECK(healed.at("effects").at("done") == std::stoi(agency.cell("SELECT count(*) FROM effect")));
    CHECK(sandbox.tasks().size() == healed.at("effects").at("done"));
}

TEST_CASE("A secret in a file that others can read is refused, one of its owner's alone works") {
    const Sandbox sandbox({"--policies", "30"});
    Agency agency(sandbox);
    const std::string key = agency.variables()["BINDPILOT_API_KEY"];
    agency.variables().erase("BINDPILOT_API_KEY");
    fs::create_directory(agency / "config/secrets");
    write_text(agency / "config/secrets/bindpilot_api_key", key + "\n");
    fs::permissions(agency / "config/secrets/bindpilot_api_key", fs::perms(0644));
    const std::string refused = agency.run(kSync).err;
    CHECK(count_of(refused, "bindpilot_api_key can be read by others\n  what to do: run: chmod 600 '") == 1);
    CHECK(count_of(refused, "chmod") == 1);
    expect(agency, kSync, 78, {"bindpilot_api_key", "chmod 600"});
    fs::permissions(agency / "config/secrets/bindpilot_api_key", fs::perms(0600));
    agency.synced(0);
}

TEST_CASE("A key that may only read leaves the tasks pending, and the right one sends them") {
    const Sandbox read_only({"--policies", "60", "--bi369-read-only"});
    Agency agency(read_only);
    const json stopped = agency.synced(1);
    CHECK(stopped.at("error").at("code") == "UNAUTHORIZED");
    CHECK(stopped.at("error").at("message").get<std::string>().find("403") != std::string::npos);
    CHECK(stopped.at("error").at("hint").get<std::string>().find("may write") != std::string::npos);
    CHECK(agency.cell("SELECT count(*) FROM effect WHERE state <> 'pending'") == "0");
    const std::string pending = agency.cell("SELECT count(*) FROM effect");
    CHECK(pending != "0");
    CHECK(read_only.writes() <= 4);  // those on the wire when the first answer came

    const Sandbox full({"--policies", "60"});
    for (const auto& [name, value] : full.variables()) agency.variables()[name] = value;
    CHECK(std::to_string(agency.synced(0).at("effects").at("done").get<int>()) == pending);
    CHECK(std::to_string(full.tasks().size()) == pending);
}

TEST_CASE("A service that doesn't take a write has its corrections held, not lost") {
    for (const char* status : {"404", "405"}) {
        const Sandbox sandbox({"--policies", "30", "--bindpilot-policy-writes", status});
        const Agency agency(sandbox);
        write_text(agency / "jobs/fix.yaml",
                   "job: fix\nsteps:\n  - pull: bindpilot.policies\n  - push: bindpilot.upsert_policy\n    effect: fix\n"
                   "    select: SELECT key FROM bindpilot_policies ORDER BY key LIMIT 3\n    once_per: {key: text}\n    body: {id: \"{key}\", producer: Ann}\n");
        const Ended ended = agency.run({"--output", "json", "sync", "--job", "fix"});
        INFO(ended.out << ended.err);
        CHECK(ended.code == 3);
        CHECK(ended.object().at("effects").at("held") == 3);
        CHECK(ended.out.find("doesn't take this write") != std::string::npos);
        CHECK(agency.cell("SELECT count(*) FROM effect WHERE state = 'held'") == "3");
        const int writes = sandbox.writes();
        CHECK(agency.run({"sync", "--job", "fix"}).code != 1);
        CHECK(sandbox.writes() == writes);
    }
}

TEST_CASE("A store that is broken, too new, read-only or can't grow is told apart, and nothing is sent") {
    const Sandbox sandbox({"--policies", "60"});
    SECTION("broken") {
        const Agency agency(sandbox);
        write_text(agency.store(), "this is no database, whatever its name says, and it is long enough to be read as a page of one\n");
        expect(agency, kSync, 1, {"bindery.db"});
        expect(agency, {"status"}, 1, {"bindery.db"});
    }
    SECTION("damaged inside") {
        const Agency agency(sandbox);
        agency.synced(0);
        const int writes = sandbox.writes();
        std::string bytes = read_text(agency.store());
        for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
        write_text(agency.store(), bytes);
        expect(agency, kSync, 1, {"bindery.db"});
        CHECK(sandbox.writes() == writes);
    }
    SECTION("too new") {
        const Agency agency(sandbox);
        agency.synced(0);
        agency.rows("INSERT INTO migration VALUES (9999, 'future', 'x', '2030-01-01T00:00:00Z', '99.0')");
        expect(agency, kSync, 1, {"newer"});
        expect(agency, {"runs"}, 1, {"newer"});
    }
    SECTION("in a folder that can't be written") {
        const Agency agency(sandbox);
        fs::permissions(agency / "config", fs::perms::owner_read | fs::perms::owner_exec);
        expect(agency, kSync, 1, {"config"}, drop_override);
        fs::permissions(agency / "config", fs::perms::owner_all);
    }
    SECTION("with no room to grow") {
        const Agency agency(sandbox);
        agency.synced(0);
        sandbox.reset();
        fs::remove(agency.store());
        const auto small = [] {
            const rlimit limit{300000, 300000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::signal(SIGXFSZ, SIG_DFL);  // as a shell with `ulimit -f` leaves it
        };
        const Ended full = agency.run({"--output", "json", "sync", "--job", "renewals", "--accept-ledger"}, small);
        INFO(full.out << full.err);
        CHECK(full.code == 1);
        CHECK(full.object().at("error").at("code") == "STORE");
        CHECK(sandbox.tasks().empty());
        const Ended healed = agency.sync({"--accept-ledger"});
        INFO(healed.out << healed.err);
        CHECK(healed.code == 0);
        CHECK(sandbox.tasks().size() > 3);
        CHECK(agency.cell("PRAGMA integrity_check") == "ok");
    }
}

TEST_CASE("Names that aren't there are told with what to do") {
    const Sandbox sandbox({"--policies", "30"});
    const Agency agency(sandbox);
    expect(agency, {"runs"}, 1, {"there is no store", "bindery sync --job NAME"});
    agency.synced(0);
    expect(agency, {"show", "999"}, 64, {"no run 999", "bindery runs"});
    expect(agency, {"show", "x"}, 64, {"isn't the number of a run"});
    expect(agency, {"why", "bindpilot.renewal", "x"}, 64, {"renewals"});
    expect(agency, {"why", "bindpilot.renewals", "nobody"}, 64, {"no record"});
    expect(agency, {"history", "nope", "x"}, 64, {"nope"});
    expect(agency, {"settle", "BN-0000000000", "--as", "done"}, 64, {"no effect"});
    expect(agency, {"settle", "--as", "done"}, 64, {"which effects?"});
    expect(agency, {"query", "DELETE FROM effect"}, 64, {"only a SELECT"});
    expect(agency, {"query", "PRAGMA user_version"}, 64, {"only a SELECT"});
    expect(agency, {"query", "SELECT value FROM meta"}, 64, {"meta"});
    expect(agency, {"query", "SELECT 1; DROP TABLE effect"}, 64, {});
    expect(agency, {"query", "SELECT nope FROM effects"}, 64, {"nope"});
    write_text(agency / "no-plan", "{}");
    expect(agency, {"apply", "no-plan"}, 64, {"isn't a plan"});
    expect(agency, {"apply", "not-there"}, 64, {"can't read"});
    CHECK(agency.cell("SELECT count(*) FROM effect") != "0");
}
