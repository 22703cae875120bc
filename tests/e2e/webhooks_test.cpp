// Webhooks through both programs: the sandbox sends, the daemon takes them in, and a job runs for what they name.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "hook_support.h"

using namespace bindery::e2e;

TEST_CASE("A changed lead becomes a task by a run that reads this lead alone, and the echo of our write starts none") {
    const Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    const std::string lead = here.lead(3);
    here.sandbox.send("DELETE", "/requests");
    here.qualify(lead);
    until([&] { return here.runs("webhook") == 1; });
    CHECK(here.made() == 1);
    json calls = json::array();
    for (const auto& request : here.sandbox.requests("bi369")) calls.push_back(request.at("method").get<std::string>() + " " + request.at("path").get<std::string>());
    REQUIRE(calls.size() == 3);
    CHECK(has(calls[0], "GET /") == true);
    CHECK(has(calls[0], "/crm/leads/" + lead));
    CHECK(has(calls[2], "PATCH"));
    // Our PATCH made the service send lead.updated.
    until([&] { return here.status().at("requests").at("bi369").at("kept") == 2 && here.quiet(); });
    CHECK(here.runs("webhook") == 1);
    CHECK(here.agency.cell("SELECT count(*) FROM effect WHERE state <> 'done'") == "0");
    const json jobs = here.agency.run({"--output", "json", "jobs"}).object();
    CHECK(jobs.at("jobs").front().at("on").size() == 3);
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait();
    CHECK(ended.code == 143);
    CHECK_FALSE(has(ended.err, kHookSecret));
}

TEST_CASE("What was answered with 2xx survives a shot, and a burst makes one run") {
    const Listening here;
    {
        Process daemon = here.daemon();
        until([&] { return here.runs("sync") == 1; });
        CHECK(here.agency.run({"pause", "calls"}).code == 0);
        for (int i = 0; i < 12; ++i) here.qualify(here.lead(i));
        until([&] { return here.sandbox.get("/deliveries").size() == 12; });
        for (const auto& delivery : here.sandbox.get("/deliveries")) CHECK(delivery.at("status") == 200);
        daemon.signal(SIGKILL);
        daemon.wait();
    }
    CHECK(here.made() == 0);
    CHECK(here.agency.run({"resume", "calls"}).code == 0);
    Process daemon = here.daemon();
    until([&] { return here.made() == 12 && here.runs("webhook") >= 1; });
    until([&] { return here.quiet(); });
    CHECK(here.runs("webhook") == 1);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("A webhook whose service is down is looked into again, and a poll makes up for one that never came") {
    const Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    here.sandbox.send("PUT", "/records/bi369/leads/" + here.lead(1) + "?silent=1", {{"status", "qualified"}, {"source", "hook"}});
    CHECK(here.agency.run({"sync", "--job", "calls"}).code == 0);
    CHECK(here.made() == 1);
    here.sandbox.fault({{"kind", "status"}, {"status", 503}, {"service", "bi369"}, {"method", "GET"}, {"times", 6}});
    here.qualify(here.lead(2));
    until([&] { return here.made() == 2; });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("register asks for events, keeps the secret to ourselves, and the daemon takes events at once") {
    Listening here;
    const Ended no_daemon = here.agency.run({"webhooks", "register"});
    CHECK(no_daemon.code == 64);
    CHECK(has(no_daemon.err, "no daemon is running"));
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    const Ended done = here.agency.run({"--output", "json", "webhooks", "register"});
    INFO(done.out << done.err);
    REQUIRE(done.code == 0);
    const json reply = done.object();
    CHECK(reply.at("daemon_has_it") == true);
    CHECK(reply.at("event_came") == true);
    const fs::path file = here.agency / "config/secrets/bindpilot_webhook_secret";
    CHECK(mode_of(file) == 0600);
    const std::string secret = read_text(file);
    CHECK(secret.size() > 10);
    CHECK_FALSE(has(done.out, secret.substr(0, secret.size() - 1)));
    // Its test event got its yes.
    until([&] {
        const json sent = here.sandbox.get("/deliveries");  // a second time when the first one's yes came late
        return std::any_of(sent.begin(), sent.end(), [](const json& one) { return one.at("status") == 200; });
    });
    const json list = here.agency.run({"--output", "json", "webhooks", "list"}).object();
    REQUIRE(list.at("webhooks").size() == 1);
    CHECK(list.at("webhooks").front().at("ours") == true);
    CHECK(list.at("webhooks").front().at("events").size() == 8);
    // Events of BindPilot are taken now, by the new secret: this one isn't pulled by the job, so all of it runs.
    here.sandbox.send("PUT", "/records/bindpilot/renewals/r_new", {{"expiration_date", "2027-01-01"}, {"status", "Pending"}});
    until([&] { return here.runs("sync") == 2; });
    const Ended again = here.agency.run({"webhooks", "register"});
    CHECK(again.code == 64);
    CHECK(has(again.err, "there is a secret already"));
    const Ended rotated = here.agency.run({"--output", "json", "webhooks", "register", "--rotate", "--event", "renewal.due"});
    CHECK(rotated.code == 0);
    CHECK(rotated.object().at("older") == json::array({reply.at("id")}));  // what a person is to remove there
    CHECK(read_text(here.agency / "config/secrets/bindpilot_webhook_secret_old") == secret);
    CHECK(read_text(file) != secret);
    CHECK(here.agency.run({"webhooks", "register", "--rotate", "--event", "renewal.deu"}).code == 64);
    fs::remove(file);
    const std::string anew = here.agency.run({"webhooks", "register", "--rotate"}).out;
    CHECK(has(anew, "Remove the older ones (" + reply.at("id").get<std::string>() + ", "));
    CHECK_FALSE(has(anew, "is taken as well"));  // there was none to keep
    // The agency has moved; nothing comes by the new address.
    const std::string moved_to = "http://127.0.0.1:" + std::to_string(free_port());
    replace_in(here.agency / "config/bindery.yaml", "url: \"http://127.0.0.1:" + std::to_string(here.port), "url: \"" + moved_to);
    const Ended moved = here.agency.run({"webhooks", "register"});
    CHECK(moved.code == 64);
    CHECK(has(moved.err, "perhaps of "));
    CHECK(has(moved.err, "; the address is " + moved_to));
    const std::string list_text = here.agency.run({"webhooks", "list"}).out;
    CHECK(has(list_text, "WHOSE"));
    CHECK(has(list_text, "another's"));
    CHECK(has(list_text, "Ours is what posts to " + moved_to));
    const std::string nobody = here.agency.run({"webhooks", "register", "--rotate"}).out;
    INFO(nobody);
    CHECK(has(nobody, "warning: no event of bindpilot has come by that address yet"));
    CHECK(has(nobody, "Also registered is "));
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait();
    CHECK_FALSE(has(ended.err, secret.substr(0, secret.size() - 1)));
    // What these commands asked is among the requests that the metrics count.
    CHECK(here.agency.cell("SELECT sum(requests) FROM request_tally WHERE service = 'bindpilot'") == std::to_string(here.sandbox.requests("bindpilot").size()));
}

TEST_CASE("Of two that register at once the second is told so, and the secret that is kept is that of the one webhook") {
    const Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    const fs::path lock = here.agency.store().string() + ".lock-webhooks.bindpilot";
    here.sandbox.fault({{"kind", "latency"}, {"service", "bindpilot"}, {"method", "POST"}, {"times", 1}, {"latency_ms", 1000}});
    Process first = here.agency.start({"webhooks", "register"});
    until([&] { return !first.running() || (fs::exists(lock) && !read_text(lock).empty()); });
    first.signal(SIGSTOP);  // for as long as the second takes
    const Ended second = here.agency.run({"webhooks", "register"});
    const Ended rotating = here.agency.run({"webhooks", "register", "--rotate"});
    const json meanwhile = here.agency.run({"--output", "json", "webhooks", "list"}).object();
    first.signal(SIGCONT);
    CHECK(second.code == 6);
    CHECK(has(second.err, "the webhook of bindpilot is being registered already (process " + std::to_string(first.pid()) + ")"));
    CHECK(has(second.err, "what to do: wait until that has ended"));
    CHECK(rotating.code == 6);
    CHECK(meanwhile.at("webhooks").size() <= 1);
    const Ended done = first.wait();
    INFO(done.out << done.err);
    CHECK(done.code == 0);
    CHECK(has(done.out, "Registered "));
    CHECK_FALSE(has(done.out, "warning"));
    CHECK(here.agency.run({"--output", "json", "webhooks", "list"}).object().at("webhooks").size() == 1);
    CHECK(here.agency.run({"webhooks", "register"}).code == 64);  // there is a secret now
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

// What `register` leaves when it is shot: a row of the inbox. As if it had been written so many seconds ago or from now.
static void open_window(const Listening& here, int seconds, int state) {
    sqlite3* db = nullptr;
    REQUIRE(::sqlite3_open((here.agency.store().parent_path() / "inbox.db").c_str(), &db) == SQLITE_OK);
    ::sqlite3_busy_timeout(db, 5000);
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    const std::string row = "INSERT OR REPLACE INTO opening VALUES ('bindpilot', " + std::to_string(now + 1000 * seconds) + ", " + std::to_string(state) + ")";
    REQUIRE(::sqlite3_exec(db, row.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    ::sqlite3_close(db);
    ::utimensat(AT_FDCWD, (here.agency.store().string() + ".bell").c_str(), nullptr, 0);
}

// The daemon has seen that it's over.
static bool no_window(const Listening& here) {
    sqlite3* db = nullptr;
    REQUIRE(::sqlite3_open((here.agency.store().parent_path() / "inbox.db").c_str(), &db) == SQLITE_OK);
    ::sqlite3_busy_timeout(db, 5000);
    bool any = true;
    const auto see = [](void* found, int, char** values, char**) { return *static_cast<bool*>(found) = std::string(values[0]) != "0", 0; };
    REQUIRE(::sqlite3_exec(db, "SELECT count(*) FROM opening", see, &any, nullptr) == SQLITE_OK);
    ::sqlite3_close(db);
    return !any;
}

TEST_CASE("A hook that nobody finished setting up is shut by itself and keeps nothing, and a secret that comes late is taken all the same") {
    Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    const std::string body = R"({"id":"evt_1","event":"renewal.due","timestamp":")" + here.agency.cell("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')") + R"(","data":{"id":"r_1"}})";
    const auto answer = [&](const std::string& secret) { return here.answer_to(hook_post(body, "X-BindPilot-Signature: " + signature_of(body, secret) + "\r\n", "/hooks/bindpilot")); };
    CHECK(answer("any") == 503);  // no secret yet
    open_window(here, 600, 0);
    until([&] { return answer("any") == 200; });
    open_window(here, 2, 1);  // it ends while nothing else happens
    until([&] { return answer("any") == 503 && no_window(here); });
    open_window(here, -1, 1);  // and one that a clock has passed by is shut
    until([&] { return answer("any") == 503 && no_window(here); });
    CHECK(here.runs("sync") == 1);
    CHECK(here.runs("webhook") == 0);
    // The secret is written when the ten minutes are over.
    fs::create_directories(here.agency / "config/secrets");
    write_text(here.agency / "config/secrets/bindpilot_webhook_secret", "whsec_late\n");
    fs::permissions(here.agency / "config/secrets/bindpilot_webhook_secret", fs::perms::owner_read | fs::perms::owner_write);
    open_window(here, -1, 2);
    until([&] { return answer("whsec_late") == 200; });
    CHECK(answer("any") == 401);
    until([&] { return here.runs("sync") == 2; });  // the job runs for it
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait();
    CHECK(has(ended.err, "the hook of bindpilot is shut again: nobody finished setting it up"));
    CHECK(has(ended.err, "the hook of bindpilot has its secret"));
}

TEST_CASE("Mistakes in webhooks are one clear message each") {
    Listening here;
    here.agency.variables()["BI369_WEBHOOK_SECRET"] = "";
    const Ended empty = here.agency.run({"run"});
    CHECK(empty.code == 78);
    CHECK(has(empty.err, "BI369_WEBHOOK_SECRET is empty"));
    here.agency.variables().erase("BI369_WEBHOOK_SECRET");
    here.agency.variables()["BI369_WEBHOOK_SECRET_OLD"] = "";
    const Ended old_one = here.agency.run({"check"});
    CHECK(old_one.code == 78);
    CHECK(has(old_one.err, "BI369_WEBHOOK_SECRET_OLD is empty"));
    here.agency.variables().erase("BI369_WEBHOOK_SECRET_OLD");
    const Ended noted = here.agency.run({"check"});
    CHECK(noted.code == 0);
    CHECK(has(noted.out, "calls hears nothing from bi369: the secret bi369_webhook_secret is nowhere"));
    CHECK(has(noted.out, "job calls pulls nothing that bindpilot.renewal.due tells of"));
    write_text(here.agency / "config/bindery.yaml", "web: {port: 0}\n");
    CHECK(has(here.agency.run({"check"}).out, "calls would also run on events, and webhooks aren't taken"));
    replace_in(here.agency / "jobs/calls.yaml", "bi369.lead.updated", "bi369.lead.udpated");
    const Ended misspelt = here.agency.run({"check"});
    CHECK(misspelt.code == 78);
    CHECK(has(misspelt.err, "has no event `lead.udpated`; did you mean `lead.updated`?"));
    CHECK(has(here.agency.run({"webhooks", "register"}).err, "lead.updated"));
}

TEST_CASE("The examples of the webhooks page run") {
    Listening here;
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    CHECK(run_examples(here.agency, "docs/webhooks.md") == 4);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
}

TEST_CASE("status tells of each hook, and what was refused is in it though nothing comes any more") {
    const Listening here;
    CHECK(has(here.agency.run({"status"}).out, "webhooks of bi369: takes events signed with its secret; no event yet; 0 received; 0 waiting"));
    Process daemon = here.daemon();
    until([&] { return here.runs("sync") == 1; });
    // The first refusal is written at once; those after it within seconds would once have waited for the next request.
    for (int i = 0; i < 4; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(here.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const std::string request = "POST /hooks/bi369 HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\nX-Bi369-Signature: sha256=00\r\nContent-Length: 2\r\n\r\n{}";
        REQUIRE(::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
        char reply[512];
        while (::read(fd, reply, sizeof reply) > 0) {
        }
        ::close(fd);
    }
    until([&] { return here.status().at("requests").value("bi369", json::object()).value("bad_signature", 0) == 4; });
    const json hook = here.status().at("hooks").at("bi369");
    CHECK(hook.at("takes_events") == true);
    CHECK(hook.at("refused").at("bad_signature") == 4);
    CHECK(hook.at("last").is_null());
    const json other = here.status().at("hooks").at("bindpilot");
    CHECK(other.at("takes_events") == false);
    CHECK(has(other.at("to_do"), "webhooks register"));
    here.qualify(here.lead(2));
    until([&] { return here.runs("webhook") == 1 && here.quiet(); });
    const json after = here.status().at("hooks").at("bi369");
    CHECK(after.at("last").is_string());
    CHECK(after.at("received").get<int>() >= 1);
    CHECK(after.at("sorted").at("hinted").get<int>() >= 1);
    daemon.signal(SIGTERM);
    daemon.wait();
}
