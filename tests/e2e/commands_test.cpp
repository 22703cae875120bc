// The commands that look, plan and decide; what they leave on the disk; what is never told.
#include <sys/stat.h>

#include <csignal>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "support.h"

using namespace bindery::e2e;

namespace {

std::string said(const Agency& agency, const Words& words, int code = 0) {
    const Ended ended = agency.run(words);
    INFO(ended.out << ended.err);
    CHECK(ended.code == code);
    CHECK(ended.out.find("\033") == std::string::npos);
    CHECK(ended.out.find("subtype") == std::string::npos);
    return ended.out;
}

json told(const Agency& agency, Words words, int code = 0) {
    words.insert(words.begin(), {"--output", "json"});
    const Ended ended = agency.run(words);
    INFO(ended.out << ended.err);
    CHECK(ended.code == code);
    return ended.object();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("A plan sends nothing, says what it costs, and apply sends exactly that once") {
    const Sandbox sandbox({"--policies", "100"});
    const Agency agency(sandbox);
    CHECK(agency.run({"plan", "--job", "renewals", "--detailed-exitcode"}).code == 2);
    const json planned = told(agency, {"plan", "--job", "renewals", "--out", "plan.json"});
    CHECK(sandbox.tasks().empty());
    CHECK(mode_of(agency / "plan.json") == 0600);
    const std::size_t wanted = planned.at("effects").at("list").size();
    CHECK(wanted > 3);
    CHECK(planned.at("effects").at("planned") == wanted);
    CHECK(has(planned.at("cost"), std::to_string(wanted) + " to create, " + std::to_string(wanted) + " calls, about"));
    const std::string text = said(agency, {"plan", "--job", "renewals"});
    CHECK(has(text, "POST /projects/prj_renewals/tasks"));
    CHECK(has(text, "to create"));
    CHECK(has(text, "\n    title: Renew "));
    CHECK(text.find("\n    title: Renew ") < text.find("Job renewals, run"));

    const json applied = told(agency, {"apply", "plan.json"});
    CHECK(applied.at("effects").at("done") == wanted);
    std::multiset<std::string> promised, sent;
    for (const auto& call : planned.at("effects").at("list")) promised.insert(json::parse(call.at("body").get<std::string>()).at("title"));
    for (const auto& task : sandbox.tasks()) sent.insert(task.at("title"));
    CHECK(sent == promised);

    const Ended again = agency.run({"apply", "plan.json"});
    INFO(again.out << again.err);
    CHECK(again.code == 4);
    CHECK(has(again.out, "the plan doesn't fit the present state"));
    CHECK(sandbox.tasks().size() == wanted);
    CHECK(agency.run({"plan", "--job", "renewals", "--detailed-exitcode"}).code == 0);
}

TEST_CASE("A guard stops the run before the first write and says the number that lets it pass") {
    const Sandbox sandbox({"--policies", "100"});
    const Agency agency(sandbox);
    replace_in(agency.job_file(), "max_effects: 500", "max_effects: 3");
    const Ended stopped = agency.run({"sync", "--job", "renewals"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.code == 4);
    CHECK(sandbox.tasks().empty());
    std::smatch number;
    REQUIRE(std::regex_search(stopped.out, number, std::regex("--allow-effects (\\d+)")));
    CHECK(agency.sync({"--allow-effects", "3"}).code == 4);
    const Ended passed = agency.sync({"--allow-effects", number[1].str()});
    INFO(passed.out << passed.err);
    CHECK(passed.code == 0);
    CHECK(std::to_string(sandbox.tasks().size()) == number[1].str());
}

TEST_CASE("A store that never pushed before refuses to double another's tasks until a person accepts or records them") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    const int done = agency.synced(0).at("effects").at("done");
    fs::remove(agency.store());
    const Ended refused = agency.sync();
    INFO(refused.out << refused.err);
    CHECK(refused.code == 4);
    CHECK(has(refused.out, "--accept-ledger"));
    const json noted = told(agency, {"sync", "--job", "renewals", "--baseline"});
    CHECK(noted.at("effects").at("done") == done);
    CHECK(agency.synced(0).at("effects").at("already_done") == done);
    CHECK(sandbox.tasks().size() == static_cast<std::size_t>(done));
}

TEST_CASE("Commands that look work before the first run and make no files") {
    const Sandbox sandbox({"--policies", "30"});
    const Agency agency(sandbox);
    CHECK(has(said(agency, {"status"}), "nothing has run"));
    CHECK(has(said(agency, {"jobs"}), "America/Denver"));
    CHECK(has(said(agency, {"check"}), "job renewals: good"));
    CHECK(told(agency, {"status"}).at("jobs").contains("renewals"));
    for (const char* kind : {"bindery", "service", "job"}) CHECK(told(agency, {"schema", kind}).contains("$schema"));
    CHECK_FALSE(fs::exists(agency.store()));
    CHECK_FALSE(fs::exists(agency / "state"));
    CHECK(sandbox.requests().empty());
    CHECK(said(agency, {"status", "--check"}, 1).size() > 10);  // stale: it never ran
}

TEST_CASE("After a run each command tells its part, as text and as JSON") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    const json run = agency.synced(0);
    const int done = run.at("effects").at("done");

    const std::string status = said(agency, {"status", "--check"});
    CHECK(has(status, "renewals"));
    CHECK(has(status, "budget of bindpilot:"));
    CHECK(told(agency, {"status"}).at("budget").at("bi369").at("limits").is_array());
    CHECK(has(said(agency, {"runs"}), "done"));
    CHECK(told(agency, {"runs"}).at("runs").at(0).at("exit_code") == 0);
    const std::string shown = said(agency, {"show", "1"});
    CHECK(has(shown, "Run 1 of job renewals (sync): done"));
    CHECK(has(shown, std::to_string(done) + " done"));
    const json show = told(agency, {"show", "1"});
    CHECK(show.at("effects").size() == static_cast<std::size_t>(done));
    CHECK(show.at("report").at("seconds").is_number());
    CHECK_FALSE(show.contains("calls"));
    CHECK_FALSE(show.contains("changes"));
    const json changes = told(agency, {"show", "1", "--changes"}).at("changes");
    std::map<std::string, int> added;
    for (const auto& change : changes.at("rows")) ++added[change.at("dataset").get<std::string>() + " " + change.at("kind").get<std::string>()];
    for (const auto& [name, dataset] : run.at("datasets").items()) CHECK(added[name + " added"] == dataset.at("added"));
    CHECK_FALSE(changes.at("more"));
    CHECK(has(said(agency, {"show", "1", "--changes"}), "CHANGED IN"));
    const std::string called = said(agency, {"show", "1", "--calls"});
    CHECK(has(called, "GET /renewals, page 1"));
    CHECK(has(called, "POST /projects/{project_id}/tasks"));
    CHECK_FALSE(has(called, "prj_renewals"));
    std::map<std::string, int> of_service;
    const json calls = told(agency, {"show", "1", "--calls"}).at("calls");
    for (const auto& call : calls) {
        if (call.contains("wait")) continue;
        ++of_service[call.at("service")];
        CHECK(call.at("status").get<int>() / 100 == 2);
        CHECK(call.at("took_ms").is_number());
    }
    CHECK(json(of_service) == run.at("requests"));
    CHECK(has(said(agency, {"jobs"}), "One CRM task"));
    CHECK(said(agency, {"jobs"}).size() < 400);

    const json effects = told(agency, {"effects", "--limit", "1000"});
    CHECK(effects.at("effects").size() == static_cast<std::size_t>(done));
    CHECK(effects.at("counts").at("done") == done);
    const std::string ref = effects.at("effects").at(0).at("ref");
    CHECK(has(said(agency, {"effects", "--state", "done", "--limit", "1000"}), ref));
    CHECK_FALSE(has(said(agency, {"effects", "--state", "held"}), ref));

    const auto number = agency.rows("SELECT policy_number FROM bindpilot_renewals WHERE policy_number_key IN (SELECT once_per ->> 'policy' FROM effect) ORDER BY key LIMIT 1").at(0).at(0);
    const std::string why = said(agency, {"why", "bindpilot.renewals", number});
    CHECK(std::regex_search(why, std::regex("effect (renewal_task|expired_alarm) BN-")));
    CHECK(has(why, "replied 201"));
    const json reasons = told(agency, {"why", "bindpilot.renewals", number});
    CHECK(reasons.at("records").at(0).at("effects").at(0).at("attempts_made").at(0).at("status") == 201);
    CHECK(has(why, ": chosen today"));
    for (const auto& row : agency.rows("SELECT key FROM bindpilot_renewals LIMIT 10")) {
        const json choices = told(agency, {"why", "bindpilot.renewals", row.at(0)}).at("records").at(0).at("choices");
        REQUIRE(choices.size() == 2);
        for (const auto& choice : choices) {
            CHECK((choice.at("choice") == "chosen" || choice.at("choice") == "passed_over"));
            if (choice.at("choice") == "chosen") continue;
            const std::string effect = choice.at("effect"), reason = choice.at("reason");
            CHECK(run.at("passed_over").at(effect).at("bindpilot.renewals").at(reason) >= 1);
            CHECK(has(said(agency, {"why", "bindpilot.renewals", row.at(0)}), effect + ": not chosen today: " + reason));
        }
    }
    CHECK(has(said(agency, {"history", "bindpilot.renewals", number}), "added"));
    const std::string key = reasons.at("records").at(0).at("key");
    sandbox.send("PUT", "/records/bindpilot/renewals/" + key, {{"carrier", "Another\033[31m Carrier\neffect forged BN-1: done"}});
    agency.synced(0);
    CHECK(has(said(agency, {"history", "bindpilot.renewals", key}), "carrier"));
    CHECK(told(agency, {"history", "bindpilot.renewals", key}).at("records").at(0).at("changes").size() == 2);
    CHECK(has(said(agency, {"why", "bindpilot.renewals", key}), "  carrier: Another?[31m Carrier effect forged BN-1: done\n"));

    CHECK(has(said(agency, {"query", "SELECT count(*) AS n FROM effects"}), std::to_string(done)));
    CHECK(has(agency.run({"query", "SELECT count(*) AS n FROM sale"}).err, "the view sales says what became of each lead"));
    CHECK_FALSE(has(agency.run({"query", "SELECT count(*) AS n FROM sales"}).err, "the view sales"));
    CHECK(told(agency, {"query", "SELECT count(*) AS n FROM effects"}).at("rows").at(0).at("n") == done);
    CHECK(said(agency, {"query", "SELECT 'a,b' AS x, 'say \"hi\"' AS y", "--format", "csv"}) == "x,y\n\"a,b\",\"say \"\"hi\"\"\"\n");

    const std::string online = said(agency, {"check", "--online"});
    CHECK(has(online, "bindpilot.renewals: "));
    CHECK_FALSE(has(online, "MAPPED BUT MISSING"));
    CHECK(told(agency, {"check", "--online"}).at("online").size() >= 3);
    CHECK(has(online, "bi369.projects `prj_renewals`, to which renewals writes: it is there"));
    CHECK_FALSE(fs::exists(agency / "config/bindery.db-journal"));
}

TEST_CASE("A person settles what is in doubt, one by one or all at once") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    replace_in(agency.job_file(), "when_in_doubt: retry", "when_in_doubt: hold");
    sandbox.fault({{"kind", "drop_after"}, {"method", "POST"}, {"times", 2}});
    CHECK(agency.synced(5).at("effects").at("in_doubt") == 2);
    CHECK(has(said(agency, {"status"}), "bindery effects --state in_doubt"));
    const auto writes = sandbox.writes();
    CHECK(agency.sync().code == 0);  // nobody decides for a person
    CHECK(sandbox.writes() == writes);
    const json waiting = told(agency, {"effects", "--state", "in_doubt"});
    REQUIRE(waiting.at("effects").size() == 2);
    CHECK(has(said(agency, {"settle", waiting["effects"][0]["ref"], "--as", "done"}), "in_doubt → done"));
    const std::string name = waiting["effects"][1]["effect"];
    CHECK(told(agency, {"settle", "--effect", name, "--state", "in_doubt", "--as", "drop"}).at("settled").size() == 1);
    CHECK(has(said(agency, {"settle", "--effect", name, "--state", "in_doubt", "--as", "drop"}), "Nothing to settle"));
    CHECK(agency.sync().code == 0);
    CHECK(sandbox.writes() == writes);
    CHECK(agency.cell("SELECT count(*) FROM audit WHERE kind = 'settle'") == "2");
}

TEST_CASE("On a terminal a progress line is wiped before whatever follows it, and the log keeps quiet when all goes well") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    // script gives the program a terminal; both outputs come as one, as a person sees them.
    const auto on_terminal = [&](const std::string& words) {
        return Process({"/usr/bin/script", "-qec", std::string(BINDERY_PROGRAM) + " " + words, "/dev/null"}, agency.start_variables(), agency.folder()).wait();
    };
    if (!fs::exists("/usr/bin/script")) return;
    const Ended run = on_terminal("sync --job renewals");
    INFO(run.out);
    CHECK(run.code == 0);
    CHECK(has(run.out, "\r\033[Kbindpilot.policies: waiting for the first page"));
    CHECK(has(run.out, "\r\033[Kbindpilot.policies: page 1, 60 rows of 60"));
    CHECK(has(run.out, "\r\033[KJob renewals, run 1: done"));
    CHECK_FALSE(has(run.out, " info "));
    CHECK(has(on_terminal("--log-level info sync --job renewals").out, "\r\033[K20"));
    CHECK_FALSE(has(on_terminal("--output json sync --job renewals").out, "page 1"));
    const Ended mistake = on_terminal("synk");
    CHECK(mistake.code == 64);
    CHECK(has(mistake.out, "did you mean 'sync'"));
}

TEST_CASE("A long query ends at once when it is told to, and its reader may go away") {
    const Sandbox sandbox({"--policies", "30"});
    const Agency agency(sandbox);
    agency.synced(0);
    Process query = agency.start({"query", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000) SELECT count(*) FROM n"});
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    REQUIRE(query.running());
    query.signal(SIGTERM);
    const Ended ended = query.wait(std::chrono::seconds(20));
    CHECK(ended.signal == SIGTERM);
    CHECK(ended.seconds < 5);
    const Ended piped = Process({"/bin/sh", "-c", std::string(BINDERY_PROGRAM) + " query 'SELECT * FROM bindpilot_policies_all, bindpilot_policies' | head -1"},
                                agency.start_variables(), agency.folder()).wait();
    CHECK(piped.code == 0);
    CHECK(has(piped.out, "key"));
}

TEST_CASE("Only their owner can read the store, the budget and a plan, whatever the umask") {
    const Sandbox sandbox({"--policies", "30"});
    const Agency agency(sandbox);
    const auto open_umask = [] { ::umask(0); };
    CHECK(agency.run({"sync", "--job", "renewals"}, open_umask).code == 0);
    CHECK(agency.run({"plan", "--job", "renewals", "--out", "plan.json"}, open_umask).code == 0);
    for (const auto& folder : {agency / "config", agency / "state/bindery"}) {
        for (const auto& file : fs::directory_iterator(folder)) {
            if (!file.is_regular_file() || file.path().extension() == ".yaml") continue;
            INFO(file.path());
            CHECK(mode_of(file.path()) == 0600);
        }
    }
    CHECK(mode_of(agency / "state/bindery") == 0700);
    CHECK(mode_of(agency / "plan.json") == 0600);
}

TEST_CASE("A run's log and error output tell no key and nothing about a person, at any level and in both formats") {
    for (const char* format : {"text", "json"}) {
        const Sandbox sandbox({"--policies", "120"});
        Agency agency(sandbox);
        replace_in(agency / "config/bindery.yaml", "format: text", std::string("format: ") + format);
        sandbox.fault({{"kind", "status"}, {"status", 422}, {"method", "POST"}, {"service", "bi369"}, {"times", 1}});
        sandbox.fault({{"kind", "drop_after"}, {"method", "POST"}, {"service", "bi369"}, {"times", 1}, {"after", 2}});
        sandbox.fault({{"kind", "html_error"}, {"service", "bindpilot"}, {"times", 1}});
        sandbox.fault({{"kind", "bad_charset"}, {"service", "bindpilot"}, {"times", 1}, {"after", 2}});
        std::string log;
        for (int i = 0; i < 2; ++i) log += agency.run({"--log-level", "trace", "sync", "--job", "renewals"}).err;
        agency.variables()["BI369_API_KEY"] = "a-key-that-is-refused";
        log += agency.run({"--log-level", "trace", "check", "--online"}).err;
        CHECK(log.size() > 300);
        if (std::string(format) == "json") {
            std::istringstream lines(log);
            for (std::string line; std::getline(lines, line);) {
                INFO(line);
                CHECK(json::accept(line));
            }
        }
        std::set<std::string> private_texts{"a-key-that-is-refused"};
        for (const auto& [name, value] : sandbox.variables()) {
            if (has(name, "_KEY")) private_texts.insert(value);
        }
        for (const auto& [service, resource] : {std::pair("bindpilot", "policies"), std::pair("bindpilot", "renewals"), std::pair("bindpilot", "clients"), std::pair("bi369", "leads")}) {
            for (const auto& record : sandbox.records(service, resource)) {
                for (const char* field : {"policy_number", "client_name", "client_email", "client_phone", "name", "email", "phone", "street_address", "firstName", "lastName"}) {
                    if (!record.contains(field) || !record.at(field).is_string()) continue;
                    const std::string value = record.at(field);
                    if (value.size() >= 5 && value != "PENDING") private_texts.insert(value);
                }
            }
        }
        CHECK(private_texts.size() > 300);
        for (const auto& text : private_texts) {
            if (has(log, text)) FAIL_CHECK("the log tells " << text << " in " << log.substr(log.find(text) > 200 ? log.find(text) - 200 : 0, 400));
        }
    }
}

TEST_CASE("The examples of the command reference work as they stand") {
    const Sandbox sandbox({"--policies", "60"});
    const Agency agency(sandbox);
    replace_in(agency.job_file(), "when_in_doubt: retry", "when_in_doubt: hold");
    sandbox.fault({{"kind", "drop_after"}, {"method", "POST"}, {"service", "bi369"}});
    agency.synced(5);
    const std::string ref = agency.cell("SELECT ref FROM effect WHERE state = 'in_doubt'");
    CHECK(run_examples(agency, "docs/commands.md", "BN-16E260C066", ref) >= 12);
}

TEST_CASE("The lines that try one's own jobs against the sandbox work as they stand") {
    const Sandbox unused;
    const Agency agency(unused);
    const std::string page = read_text(fs::path(BINDERY_SOURCE_DIR) / "docs/sandbox.md");
    const std::size_t begin = page.find("# in the folder of your agency");
    REQUIRE(begin != std::string::npos);
    const std::string lines = page.substr(begin, page.find("```", begin) - begin);
    const std::string folder = fs::path(BINDERY_PROGRAM).parent_path().string();
    // As a newcomer has it: nothing set, the agency in a folder below home.
    fs::create_directories(agency / "home/agency");
    for (const char* part : {"config", "jobs"}) fs::copy(agency / part, agency / (std::string("home/agency/") + part), fs::copy_options::recursive);
    const Variables variables{{"PATH", folder + ":/usr/bin:/bin"}, {"HOME", (agency / "home").string()}};
    const Ended ended = Process({"/bin/sh", "-e", "-c", lines}, variables, agency / "home/agency").wait();
    INFO(ended.out << ended.err);
    CHECK(ended.code == 0);
    CHECK(has(ended.out, "to create"));
    CHECK(unused.requests().empty());
    CHECK_FALSE(fs::exists(agency / "home/agency/config/bindery.db"));
}
