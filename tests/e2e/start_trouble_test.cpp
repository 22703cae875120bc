// A daemon, or what cron starts, that can't begin for a disk that can't be written or a bindery.yaml that can't be read: people are told
// once, however often it is started, and of its end.
#include "daemon_support.h"
#include "small_disk.h"

using namespace bindery::e2e;

namespace {

const Words kRenewalsByCron{"sync", "--job", "renewals", "--trigger", "schedule"}, kOtherByCron{"sync", "--job", "other", "--trigger", "schedule"};

// Its store is on a disk of its own, what people were told is not.
struct OnSmallDisk {
    Sandbox sandbox{{"--policies", "20"}};
    Agency agency{sandbox};
    SmallDisk disk{agency / "config/disk", "24m"};
    fs::path memory = agency / "memory";

    OnSmallDisk() {
        write_text(agency / "config/bindery.yaml", "store: disk/bindery.db\nweb: {port: 0}\nnotify: {command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]}\n");
        reading_job(agency, "other", "{every: 10h}");
        fs::create_directory(memory);
        agency.variables()["RUNTIME_DIRECTORY"] = memory.string();
    }
    bool usable() const {
        if (disk.there()) return true;
        WARN("this machine lets no test mount a file system of its own: a disk that can't be written isn't tried");
        return false;
    }
    Ended run(const Words& words) const { return agency.run(words, disk.enter()); }
    std::string told() const { return fs::exists(agency / "told") ? read_text(agency / "told") : ""; }
    std::vector<fs::path> notes() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(memory)) {
            if (entry.is_regular_file() && entry.path().extension() != ".lock") files.push_back(entry.path());
        }
        return files;
    }
    // As if starts had failed for long.
    void age_note() const {
        REQUIRE(notes().size() == 1);
        json note = json::parse(read_text(notes().front()));
        note["since"] = "2026-01-15T13:00:00.000Z";
        write_text(notes().front(), note.dump());
    }
};

}  // namespace

TEST_CASE("A daemon that begins on a disk that is read-only, or full, is told once, however often it is started, and so is its end") {
    for (const bool full : {false, true}) {
        CAPTURE(full);
        const OnSmallDisk here;
        if (!here.usable()) return;
        if (!full) REQUIRE(here.run({"sync", "--job", "other"}).code == 0);
        full ? here.disk.fill() : here.disk.read_only(true);
        for (int i = 0; i < 3; ++i) {
            const Ended ended = here.run({"run"});
            INFO(ended.err);
            CHECK(ended.code == 1);
            CHECK_FALSE(has(ended.err, "people couldn't be told"));
            if (!full || i > 0) continue;
            CHECK(here.told().empty());  // somebody may be making room: after five minutes
            here.age_note();
        }
        CHECK(count_of(here.told(), "the daemon can't begin, and no job runs: ") == 1);
        CHECK(has(here.told(), full ? "no room" : "read-only"));
        CHECK(here.notes().size() == 1);
        full ? here.disk.clear() : here.disk.read_only(false);
        Process daemon = here.agency.start({"run"}, here.disk.enter());
        until([&] { return has(here.told(), "1 trouble is over") && here.notes().empty(); });
        daemon.signal(SIGTERM);
        CHECK(daemon.wait().code == 143);
        CHECK(count_of(here.told(), "the daemon can't begin, and no job runs: ") == 2);  // and what is over
    }
}

TEST_CASE("What cron starts on a disk that is read-only, or full, is told once, whichever job it is, and its end when any of them runs") {
    for (const bool full : {false, true}) {
        CAPTURE(full);
        const OnSmallDisk here;
        if (!here.usable()) return;
        if (!full) REQUIRE(here.run({"sync", "--job", "other"}).code == 0);
        full ? here.disk.fill() : here.disk.read_only(true);
        CHECK(here.run({"sync", "--job", "other"}).code == 1);
        CHECK(here.told().empty());  // whoever ran it sees it
        for (const Words& words : {kRenewalsByCron, kOtherByCron, kRenewalsByCron, Words{"sync", "--all", "--trigger", "schedule"}}) {
            const Ended ended = here.run(words);
            INFO(ended.err << here.told());
            CHECK(ended.code == 1);
            CHECK(has(ended.err + ended.out, full ? "no room" : "read-only"));
            CHECK(count_of(here.told(), "what cron starts can't run: ") == 1);
        }
        full ? here.disk.clear() : here.disk.read_only(false);
        CHECK(here.run(kOtherByCron).code == 0);
        CHECK(has(here.told(), "1 trouble is over"));
        const std::string after = here.told();
        CHECK(here.run(kRenewalsByCron).code == 0);
        CHECK(here.told() == after);
    }
}

TEST_CASE("A store that can't be used again is told again, whatever cron ran in between, but no sooner than an hour after the last time") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    reading_job(agency, "other", "{every: 10h}");
    write_text(agency / "config/bindery.yaml", "store: bindery.db\nnotify: {command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]}\nweb: {port: 0}\n");
    const auto told = [&] { return fs::exists(agency / "told") ? read_text(agency / "told") : std::string(); };
    const fs::path noted = agency.store().string() + ".cron-trouble";
    const Words all{"sync", "--all", "--trigger", "schedule"};
    REQUIRE(agency.run(all).code == 0);
    REQUIRE(told().empty());
    const auto damage = [&] {
        const std::string sound = read_text(agency.store());
        for (const char* tail : {"-wal", "-shm"}) fs::remove(agency.store().string() + tail);
        write_text(agency.store(), "not a database!!" + sound.substr(16));
        return sound;
    };
    std::string sound = damage();
    CHECK(agency.run(kRenewalsByCron).code == 1);
    CHECK(count_of(told(), "what cron starts can't run: ") == 1);
    write_text(agency.store(), sound);
    REQUIRE(agency.run({"pause", "other"}).code == 0);
    CHECK(agency.run(kOtherByCron).code == 0);
    CHECK_FALSE(has(told(), "1 trouble is over"));  // a paused job uses nothing
    REQUIRE(agency.run({"resume", "other"}).code == 0);
    CHECK(agency.run(kOtherByCron).code == 0);
    CHECK(count_of(told(), "1 trouble is over") == 1);
    CHECK(count_of(told(), "what cron starts can't run: ") == 2);  // and what is over
    sound = damage();
    CHECK(agency.run(all).code == 1);
    CHECK(count_of(told(), "what cron starts can't run: ") == 2);
    json note = json::parse(read_text(noted));
    note["troubles"][0]["at"] = "2026-01-15T13:00:00.000Z";
    write_text(noted, note.dump());
    for (int i = 0; i < 2; ++i) CHECK(agency.run(all).code == 1);
    CHECK(count_of(told(), "what cron starts can't run: ") == 3);
    note = json::parse(read_text(noted));
    note["troubles"][0]["at"] = "2026-01-15T13:00:00.000Z";
    write_text(noted, note.dump());
    write_text(agency.store(), sound);
    CHECK(agency.run(all).code == 0);
    CHECK(count_of(told(), "1 trouble is over") == 2);
    CHECK_FALSE(fs::exists(noted));
}

TEST_CASE("One mistake is told once by lines of cron that name the configuration in two ways, or of which one has no mistake") {
    const Sandbox sandbox({"--policies", "20"});
    Agency agency(sandbox);
    const std::string sound = "store: bindery.db\nnotify: {command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]}\nweb: {port: 0}\n";
    const auto told = [&] { return fs::exists(agency / "told") ? read_text(agency / "told") : std::string(); };
    write_text(agency / "config/bindery.yaml", sound + "stor: x\n");
    const std::string whole = (agency / "config/bindery.yaml").string();
    for (int i = 0; i < 3; ++i) {
        CHECK(agency.run(kRenewalsByCron).code == 78);
        CHECK(agency.run({"--config", whole, "sync", "--job", "renewals", "--trigger", "schedule"}).code == 78);
    }
    CHECK(count_of(told(), "what cron starts can't run: ") == 1);
    fs::remove(agency / "told");
    write_text(agency / "config/bindery.yaml", sound + "log: {level: \"${HOW_LOUD}\"}\n");
    for (int i = 0; i < 3; ++i) {
        agency.variables().erase("HOW_LOUD");
        CHECK(agency.run(kRenewalsByCron).code == 78);
        agency.variables()["HOW_LOUD"] = "info";
        CHECK(agency.run(kRenewalsByCron).code == 0);
    }
    INFO(told());
    CHECK(count_of(told(), "1 thing needs you") == 1);
    CHECK(count_of(told(), "is over") == 1);
}

TEST_CASE("What cron starts at one minute tells people once") {
    const OnSmallDisk here;
    if (!here.usable()) return;
    replace_in(here.agency / "config/bindery.yaml", "cat >> ", "until [ -e " + (here.agency / "go").string() + " ]; do sleep 0.02; done; cat >> ");
    here.disk.read_only(true);
    std::vector<Process> lines;
    for (const Words& words : {kRenewalsByCron, kOtherByCron, kRenewalsByCron}) lines.push_back(here.agency.start(words, here.disk.enter()));
    until([&] { return here.notes().size() == 1; });
    write_text(here.agency / "go", "");
    for (Process& line : lines) CHECK(line.wait().code == 1);
    CHECK(count_of(here.told(), "what cron starts can't run: ") == 1);
}

TEST_CASE("Where nothing can be noted nobody is told, and what others could write to is no place for a note") {
    OnSmallDisk here;
    if (!here.usable()) return;
    here.disk.read_only(true);
    here.agency.variables()["RUNTIME_DIRECTORY"] = (here.agency / "nowhere").string();
    const Ended nowhere = here.run(kRenewalsByCron);
    CHECK(nowhere.code == 1);
    CHECK(has(nowhere.err, "people couldn't be told that what cron starts doesn't begin: that they were can be noted nowhere"));
    here.agency.variables()["RUNTIME_DIRECTORY"] = here.memory.string();
    const fs::path own = here.memory / ("bindery-" + std::to_string(::geteuid()));
    fs::create_directory(own);
    fs::permissions(own, fs::perms::all);
    CHECK(has(here.run({"run"}).err, "people couldn't be told that the daemon doesn't begin"));
    CHECK(here.told().empty());
    fs::permissions(own, fs::perms::owner_all);
    CHECK(here.run({"run"}).code == 1);
    CHECK(count_of(here.told(), "the daemon can't begin") == 1);
}

TEST_CASE("A disk that fills later sends no message with each run by cron") {
    const OnSmallDisk here;
    if (!here.usable()) return;
    REQUIRE(here.run(kOtherByCron).code == 0);
    here.sandbox.fault({{"kind", "status"}, {"status", 400}, {"service", "bindpilot"}, {"times", 0}});  // something to tell
    here.disk.fill();
    for (int i = 0; i < 4; ++i) CHECK(here.run(kOtherByCron).code == 1);
    INFO(here.told());
    CHECK(count_of(here.told(), "what cron starts can't run: ") + count_of(here.told(), "job other failed") <= 2);
    CHECK(count_of(here.told(), "what cron starts can't run: ") <= 1);
    CHECK_FALSE(here.told().empty());
}

TEST_CASE("A bindery.yaml that can't be used is told once by what cron starts, anew when the mistake is another, and so is its end") {
    const Sandbox sandbox({"--policies", "20"});
    const Agency agency(sandbox);
    const fs::path file = agency / "config/bindery.yaml";
    const std::string sound = "store: bindery.db\nnotify: {command: [/bin/sh, -c, \"cat >> " + (agency / "told").string() + "\"]}\nweb: {port: 0}\n";
    const auto told = [&] { return fs::exists(agency / "told") ? read_text(agency / "told") : std::string(); };
    write_text(file, sound);
    REQUIRE(agency.run(kRenewalsByCron).code == 0);
    REQUIRE(told().empty());
    write_text(file, sound + "stor: x\n");
    CHECK(agency.run({"sync", "--job", "renewals"}).code == 78);
    CHECK(told().empty());  // whoever ran it sees it
    for (const Words& words : {kRenewalsByCron, kRenewalsByCron, Words{"sync", "--all", "--trigger", "schedule"}}) {
        const Ended ended = agency.run(words);
        CHECK(ended.code == 78);
        CHECK(has(ended.err, "bindery.yaml:4:1: unknown key `stor`"));  // what cron mails
    }
    CHECK(count_of(told(), "what cron starts can't run: ") == 1);
    CHECK(has(told(), "bindery.yaml:4:1: unknown key `stor`"));
    write_text(file, sound + "log: {level: info\n");  // no YAML any more
    for (int i = 0; i < 2; ++i) CHECK(agency.run(kRenewalsByCron).code == 78);
    CHECK(count_of(told(), "what cron starts can't run: ") == 2);
    CHECK(has(told(), "this isn't YAML"));
    write_text(file, "notify: {comand: [x]}\n");
    const Ended nobody = agency.run(kRenewalsByCron);
    CHECK(nobody.code == 78);
    CHECK(has(nobody.err, "comand"));
    write_text(file, sound);
    CHECK(agency.run(kRenewalsByCron).code == 0);
    CHECK(has(told(), "1 trouble is over"));
    const std::string after = told();
    CHECK(agency.run(kRenewalsByCron).code == 0);
    CHECK(told() == after);
    CHECK(read_text(agency.store().string() + ".cron-trouble").find("\"over\":false") == std::string::npos);  // kept for an hour
}
