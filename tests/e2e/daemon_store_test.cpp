// A daemon whose store fills, may no longer be written, or is left in the middle of something: it says so once, /readyz says so, it goes
// on when that is mended, and nothing is lost or doubled.
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>

#include "hook_support.h"
#include "small_disk.h"

using namespace bindery::e2e;

namespace {

// As an account for which the permissions of files count: root without the capability to pass over them.
void obey_permissions() {
    for (const int capability : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER}) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

int times_made(const Sandbox& sandbox, const std::string& lead) {
    int n = 0;
    for (const auto& task : sandbox.tasks()) n += task.at("title") == "Call " + lead ? 1 : 0;
    return n;
}

}  // namespace

TEST_CASE("A disk that fills under a daemon: it is told once, no event is taken that can't be kept, and with room again all goes on, once each") {
    const int pages = free_port();
    Listening here("store: disk/bindery.db\nweb: {port: " + std::to_string(pages) + "}\n");
    NotifySocket systemd(here.agency);
    here.agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    replace_in(here.agency / "jobs/calls.yaml", "schedule: {every: 10h}", "schedule: {every: 1s}");
    const SmallDisk disk(here.agency / "config/disk", "24m");
    if (!disk.there()) {
        WARN("this machine lets no test mount a file system of its own: a disk that fills isn't tried");
        return;
    }
    const auto asked = [&](const Words& words) { return here.agency.run(words, disk.enter()); };
    const auto rows = [&](const std::string& sql) { return asked({"--output", "json", "query", sql}).object().at("rows"); };
    Process daemon = here.agency.start({"run"}, disk.enter());
    const std::string first = here.lead(1), second = here.lead(2);
    here.qualify_silently(first);
    until([&] { return times_made(here.sandbox, first) == 1; });
    CHECK(http_status(pages, "/readyz") == 200);

    disk.fill();
    here.qualify_silently(second);
    int event = 0;
    until([&] { return systemd.heard("STATUS=job calls: no room left to write"); });
    CHECK_FALSE(systemd.heard("STATUS=no room left"));  // an inbox that can't be used keeps no job from its turn
    until([&] { return here.answer_to(signed_post(lead_updated("evt_" + std::to_string(++event), second))) == 503; });
    CHECK(http_status(pages, "/readyz") == 503);
    CHECK(has(http_get(pages, "/readyz"), "the log says why"));
    CHECK(http_status(pages, "/healthz") == 200);
    CHECK(http_status(pages, "/metrics") == 200);
    CHECK(times_made(here.sandbox, second) <= 1);

    disk.clear();
    daemon.signal(SIGHUP);  // whoever made room says so, instead of waiting for five minutes
    until([&] { return times_made(here.sandbox, second) == 1 && http_status(pages, "/readyz") == 200; });
    CHECK(here.answer_to(signed_post(lead_updated("evt_" + std::to_string(event), second))) == 200);
    until([&] { return rows("SELECT count(*) AS n FROM effects WHERE state <> 'done'").at(0).at("n") == 0 && systemd.times("STATUS=idle") > 1; });
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(300));
    INFO(ended.err);
    CHECK(ended.code == 143);
    CHECK(count_of(ended.err, "error [bindery] job calls: no room left to write") == 1);
    CHECK(count_of(ended.err, "a webhook couldn't be kept") == 1);
    CHECK(has(ended.err, "jobs start again"));
    CHECK(times_made(here.sandbox, first) == 1);
    CHECK(times_made(here.sandbox, second) == 1);
    CHECK(asked({"check", "--integrity"}).code == 0);
}

TEST_CASE("An event that can't be kept is trouble of the daemon's while no job is due, until one could be kept again") {
    const int pages = free_port();
    Listening here("store: disk/bindery.db\nweb: {port: " + std::to_string(pages) + "}\n");
    const SmallDisk disk(here.agency / "config/disk", "24m");
    if (!disk.there()) {
        WARN("this machine lets no test mount a file system of its own: a disk that fills isn't tried");
        return;
    }
    Process daemon = here.agency.start({"run"}, disk.enter());
    const std::string first = here.lead(1);
    here.qualify_silently(first);
    until([&] { return times_made(here.sandbox, first) == 1 && has(http_get(pages, "/metrics"), "outcome=\"done\"} 1"); });  // and its run is noted
    disk.fill();
    // Too large for what room its file has left: nothing comes in, and so no run has anything to note.
    CHECK(here.answer_to(signed_post(std::string(200'000, ' ') + lead_updated("evt_2", first))) == 503);
    until([&] { return http_status(pages, "/readyz") == 503; });
    CHECK(has(http_get(pages, "/readyz"), "what webhooks brought, can't be noted"));
    disk.clear();
    until([&] { return http_status(pages, "/readyz") == 200; });  // nobody sends another, and nobody says that there is room
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(300));
    INFO(ended.err);
    CHECK(ended.code == 143);
    CHECK(count_of(ended.err, "a webhook couldn't be kept") == 1);
    CHECK(has(ended.err, "jobs start again"));
}

TEST_CASE("Room for small events only is trouble of a daemon that takes large ones") {
    const int pages = free_port();
    Listening here("store: disk/bindery.db\nweb: {port: " + std::to_string(pages) + "}\n");
    replace_in(here.agency / "config/bindery.yaml", "webhooks: {", "webhooks: {max_body: 4MiB, ");
    const SmallDisk disk(here.agency / "config/disk", "24m");
    if (!disk.there()) {
        WARN("this machine lets no test mount a file system of its own: a disk that fills isn't tried");
        return;
    }
    Process daemon = here.agency.start({"run"}, disk.enter());
    const std::string first = here.lead(1);
    here.qualify_silently(first);
    until([&] { return times_made(here.sandbox, first) == 1 && has(http_get(pages, "/metrics"), "outcome=\"done\"} 1"); });
    disk.fill();
    CHECK(here.answer_to(signed_post(std::string(3'000'000, ' ') + lead_updated("evt_2", first))) == 503);
    until([&] { return http_status(pages, "/readyz") == 503; });
    fs::resize_file(disk.seen("filler"), fs::file_size(disk.seen("filler")) - 2'000'000);
    for (const char* id : {"evt_3", "evt_4"}) {  // once the second was looked at, the look at the first has ended
        CHECK(here.answer_to(signed_post(json{{"id", id}, {"event", "lead.unheard"}, {"data", {{"id", first}}}}.dump())) == 200);
        until([&] { return here.agency.run({"--output", "json", "status"}, disk.enter()).object().at("webhooks").at("waiting") == 0; });
    }
    CHECK(http_status(pages, "/readyz") == 503);
    disk.clear();
    until([&] { return http_status(pages, "/readyz") == 200; });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(300)).code == 143);
}

TEST_CASE("A store that may no longer be written under a daemon: it is told once, and with the right given back all goes on, once each") {
    const int pages = free_port();
    Listening here("web: {port: " + std::to_string(pages) + "}\n");
    NotifySocket systemd(here.agency);
    here.agency.variables()["NOTIFY_SOCKET"] = systemd.path();
    replace_in(here.agency / "jobs/calls.yaml", "schedule: {every: 10h}", "schedule: {every: 1s}");
    Process daemon = here.agency.start({"run"}, obey_permissions);
    const std::string first = here.lead(1), second = here.lead(2);
    here.qualify_silently(first);
    until([&] { return times_made(here.sandbox, first) == 1; });

    const auto allow = [&](mode_t files, mode_t folder) {
        for (const auto& file : fs::directory_iterator(here.agency / "config")) {
            if (file.path().filename().string().rfind("bindery.db", 0) == 0) ::chmod(file.path().c_str(), files);
        }
        ::chmod((here.agency / "config").c_str(), folder);
    };
    allow(0400, 0500);
    until([&] { return systemd.heard("STATUS=job calls: "); });
    here.qualify_silently(second);
    CHECK(http_status(pages, "/readyz") == 503);
    CHECK(http_status(pages, "/healthz") == 200);
    CHECK(times_made(here.sandbox, second) == 0);

    allow(0600, 0700);
    daemon.signal(SIGHUP);
    until([&] { return times_made(here.sandbox, second) == 1 && http_status(pages, "/readyz") == 200; });
    daemon.signal(SIGTERM);
    const Ended ended = daemon.wait(std::chrono::seconds(300));
    INFO(ended.err);
    CHECK(ended.code == 143);
    CHECK(count_of(ended.err, "error [bindery] job calls: ") == 1);
    CHECK(has(ended.err, "jobs start again"));
    CHECK(times_made(here.sandbox, first) == 1);
    CHECK(times_made(here.sandbox, second) == 1);
    CHECK(here.agency.cell("SELECT count(*) FROM effect WHERE state <> 'done'") == "0");
}

TEST_CASE("A service that may not look into its folder of secrets is told where its own could be") {
    Listening here("web: {port: 0}\n");
    here.agency.variables().erase("BI369_WEBHOOK_SECRET");
    const fs::path secrets = here.agency / "config/secrets";
    fs::create_directory(secrets);
    ::chmod(secrets.c_str(), 0);
    const Ended person = here.agency.run({"run"}, obey_permissions);
    CHECK(person.code == 78);
    CHECK(has(person.err, "as the account that owns it"));
    here.agency.variables()["CREDENTIALS_DIRECTORY"] = here.agency.folder().string();  // as systemd starts it
    const Ended service = here.agency.run({"run"}, obey_permissions);
    ::chmod(secrets.c_str(), 0700);
    CHECK(service.code == 78);
    CHECK(has(service.err, "bi369_webhook_secret can't be read: Permission denied"));
    CHECK(has(service.err, "set `secrets_dir` in bindery.yaml to a folder of the service's own account"));
}

TEST_CASE("A daemon that root starts on another account's store leaves nothing that keeps that account out") {
    if (::geteuid() != 0) {
        WARN("only root can try what root leaves behind");
        return;
    }
    constexpr uid_t kOther = 65534;
    const Listening here("web: {port: 0}\n");
    REQUIRE(here.agency.run({"sync", "--job", "calls"}).code == 0);
    REQUIRE(::chown(here.agency.folder().c_str(), kOther, kOther) == 0);
    for (const auto& file : fs::recursive_directory_iterator(here.agency.folder())) REQUIRE(::chown(file.path().c_str(), kOther, kOther) == 0);
    reading_job(here.agency, "new", "{every: 10h}");
    Process daemon = here.daemon();
    until([&] { return here.agency.cell("SELECT count(*) FROM run WHERE job = 'new' AND state = 'ended'") == "1"; });
    here.qualify(here.lead(1));
    until([&] { return here.made() == 1; });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 143);
    for (const auto& file : fs::directory_iterator(here.agency / "config")) {
        CAPTURE(file.path().string());
        struct stat there {};
        CHECK((::stat(file.path().c_str(), &there) == 0 && there.st_uid == kOther));
    }
}

TEST_CASE("A daemon that is shot in any phase goes on when it is started again: no task is missing, and none is there twice that needn't be") {
    struct Phase {
        const char* about;
        json fault;                                    // what holds it there; null: nothing does
        std::function<bool(const Listening&)> there;   // it is in that phase
        int most;                                      // how often one task may be there in the end
    };
    const auto has_row = [](const char* table, const char* condition) {
        return [=](const Listening& here) {
            return fs::exists(here.agency.store()) && here.agency.cell(std::string("SELECT count(*) FROM sqlite_schema WHERE name = '") + table + "'") == "1" &&
                   here.agency.cell(std::string("SELECT count(*) > 0 FROM ") + table + " WHERE " + condition) == "1";
        };
    };
    const Phase phases[] = {
        {"the store is being made", nullptr, [](const Listening& here) { return fs::exists(here.agency.store()); }, 2},
        {"a list is being read", {{"kind", "latency"}, {"service", "bi369"}, {"method", "GET"}, {"times", 0}, {"latency_ms", 20000}}, has_row("run", "state = 'running'"), 1},
        {"a task hasn't arrived yet", {{"kind", "latency"}, {"service", "bi369"}, {"method", "POST"}, {"times", 0}, {"latency_ms", 20000}}, has_row("effect", "state = 'sending'"), 2},
        {"a write that may be repeated is under way", {{"kind", "latency"}, {"service", "bi369"}, {"method", "PATCH"}, {"times", 0}, {"latency_ms", 20000}},
         has_row("effect", "name = 'contacted' AND state = 'sending'"), 1},
        {"all is done", nullptr, has_row("run", "job = 'calls' AND state = 'ended'"), 1},
        {"people are being told", nullptr, [&](const Listening& here) { return fs::exists(here.agency / "telling") && has_row("run", "job = 'calls' AND state = 'ended'")(here); }, 1},
    };
    for (const auto& phase : phases) {
        CAPTURE(phase.about);
        Listening here;
        replace_in(here.agency / "jobs/calls.yaml", "schedule: {every: 10h}", "schedule: {every: 10h, retry: 1s}");
        replace_in(here.agency / "jobs/calls.yaml", "effect: call_task\n", "effect: call_task\n    when_in_doubt: retry\n");
        write_text(here.agency / "config/bindery.yaml", read_text(here.agency / "config/bindery.yaml") + "notify: {command: [/bin/sh, -c, \"> telling; cat >> told; until [ -e go ]; do sleep 0.02; done\"]}\n");
        reading_job(here.agency, "broken", "{every: 10h, retry: 1s}");  // it fails, so that there is something to tell
        here.sandbox.fault({{"kind", "status"}, {"status", 404}, {"service", "bindpilot"}, {"times", 0}});
        if (!phase.fault.is_null()) here.sandbox.fault(phase.fault);
        for (int i = 0; i < 6; ++i) here.qualify_silently(here.lead(i));
        {
            Process daemon = here.daemon();
            until([&] { return phase.there(here); });
            daemon.signal(SIGKILL);
            CHECK(daemon.wait(std::chrono::seconds(300)).signal == SIGKILL);
        }
        here.sandbox.no_faults();
        here.sandbox.fault({{"kind", "status"}, {"status", 404}, {"service", "bindpilot"}, {"times", 0}});
        write_text(here.agency / "go", "");
        Process daemon = here.daemon();
        const auto settled = has_row("effect", "state IN ('done', 'held')");
        until([&] { return settled(here) && here.agency.cell("SELECT count(*) FROM effect WHERE state IN ('done', 'held')") == "12" && fs::exists(here.agency / "told") && has(read_text(here.agency / "told"), "job broken"); });  // that it failed, or that its process died
        daemon.signal(SIGTERM);
        CHECK(daemon.wait(std::chrono::seconds(300)).code == 143);
        for (int i = 0; i < 6; ++i) {
            const int made = times_made(here.sandbox, here.lead(i));
            CHECK(made >= 1);
            CHECK(made <= phase.most);
        }
        CHECK(here.agency.cell("SELECT count(*) FROM effect WHERE name = 'contacted' AND state = 'done'") == "6");
        CHECK(here.agency.cell("SELECT count(*) FROM run WHERE job = 'calls' AND state = 'running'") == "0");
        CHECK(here.agency.cell("PRAGMA integrity_check") == "ok");
    }
}
