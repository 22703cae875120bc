// bindery.yaml and the secrets it doesn't hold.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "config/load.h"
#include "config/secrets.h"
#include "folder.h"

using namespace bindery;

TEST_CASE("Settings have defaults, and paths are taken from the file's folder") {
    const Folder folder;
    const auto file = folder.write("config/bindery.yaml", "# nothing\n");
    const Settings plain = load_settings(file, {{"HOME", "/home/agent"}});
    CHECK(plain.store == folder.path() / "config/bindery.db");
    CHECK(plain.jobs == folder.path() / "jobs");
    CHECK(plain.secrets_dir == folder.path() / "config/secrets");
    CHECK(plain.budget == "/home/agent/.local/state/bindery/budget.db");
    CHECK(plain.timezone == "UTC");
    CHECK(plain.log.level == "info");
    CHECK(plain.resume_within == Duration(std::chrono::minutes(15)));

    const auto other = folder.write("agency.yaml", "store: data/x.db\nbudget: /var/b.db\nlog: {level: debug}\n");
    const Settings given = load_settings(other, {});
    CHECK(given.store == folder.path() / "data/x.db");
    CHECK(given.budget == "/var/b.db");
    CHECK(given.jobs == folder.path() / "jobs");
    CHECK(given.log.level == "debug");

    const auto state = folder.write("bindery.yaml", "");
    CHECK(load_settings(state, {{"HOME", "/h"}, {"XDG_STATE_HOME", "/s"}}).budget == "/s/bindery/budget.db");
}

TEST_CASE("A fault of the settings names place, key and what it must be") {
    struct Row {
        std::string text;
        std::string fault;
    };
    const std::vector<Row> rows{
        {"stor: x\n", "bindery.yaml:1:1: unknown key `stor`; did you mean `store`?"},
        {"store: ~/x.db\n", "bindery.yaml:1:8: `store` must be a path without ~; write ${HOME}/x.db"},
        {"store:\n", "bindery.yaml:1:1: `store` is empty; give it a path"},
        {"timezone: Mars\n", "bindery.yaml:1:11: `timezone` must be a time zone"},
        {"log: {level: loud}\n", "bindery.yaml:1:14: `log.level` must be one of trace, debug, info, warn or error"},
        {"contact: \"a\\nb\"\n", "bindery.yaml:1:10: `contact` goes into a header"},
        {"store:x\n", "bindery.yaml:1:1: the file must be a map"},
        {"timezone: UTC\n", "bindery.yaml:1:1: `budget` has no default"},
        {"notify: {comand: [x]}\n", "bindery.yaml:1:10: unknown key `comand` in `notify`; did you mean `command`?"},
        {"notify: {command: [\" \", x]}\n", "bindery.yaml:1:19: `command` begins with the program, and its first word is empty"},
        {"notify: {webhook: {url: \"ftp://x.example\"}}\n", "bindery.yaml:1:25: `notify.webhook.url` must be"},
        {"notify: {webhook: {url: \"https://x.example/push?token=a b\"}}\n", "bindery.yaml:1:25: `notify.webhook.url` must be"},
        {"notify: {webhook: {url: \"http://x.example/push?token=a\"}}\n", "plain http"},
        {"webhooks: {port: 1, url: \"https://x.example/?a=b\"}\n", "without ? and #"},
        {"notify: {mail: {smtp: \"smtps://\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT or smtp://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtps://h:99999\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtps://h:465\", from: \"Ann <a@b.example>\", to: [c@d.example]}}\n", "bindery.yaml:1:46: `from` is a plain mail address"},
        {"notify: {mail: {smtp: \"smtps://h:465\", from: a@b.example, to: [c@d.example, nobody]}}\n", "`to` is a list of plain mail addresses"},
        {"notify: {mail: {smtp: \"smtp://h:587/my name\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtp://h:587/a%0Ab\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtp:///my.name\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtp://u:p@h:587\", from: a@b.example, to: [c@d.example]}}\n", "bindery.yaml:1:23: `smtp` is smtps://HOST:PORT"},
        {"notify: {mail: {smtp: \"smtps://h:465\", from: a@b.example, to: [c@d.example], secret: s}}\n", "`secret` is the password of `user`, which is missing"},
    };
    const Folder folder;
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto file = folder.write("bindery.yaml", row.text);
        CHECK_THAT(folder.message([&] { return load_settings(file, {}); }), Catch::Contains(row.fault));
    }
    CHECK_THAT(folder.message([&] { return load_settings(folder.path() / "none.yaml", {}); }),
               Catch::StartsWith("none.yaml: can't be read: "));
    CHECK(folder.message([&] { return load_settings(folder.path() / "..", {}); }).find("is a folder") !=
          std::string::npos);
}

TEST_CASE("An address that is called as it is may have a query, such as a push service's token") {
    const Folder folder;
    const std::string address = "https://push.example/message?token=Ab_1.2-3%20&priority=8";
    const auto file = folder.write("bindery.yaml", "notify: {webhook: {url: \"" + address + "\"}}\n");
    CHECK(load_settings(file, {{"HOME", "/home/a"}}).notify.webhook_url == address);
    const auto faulty = folder.write("bindery.yaml", "notify: {webhook: {url: \"https://push.example/message?token=Ab 12\"}}\n");
    CHECK(folder.message([&] { return load_settings(faulty, {}); }).find("Ab") == std::string::npos);
    for (const std::string wrong : {"https://push.example/message?token=Ab12 ", "https://push.example/message?token=Ab12#frag", "https://push.example/message#Ab12", "https://me:Ab12@push.example/message", "ftp://push.example/message?token=Ab12"}) {
        CAPTURE(wrong);
        const auto other = folder.write("bindery.yaml", "notify: {webhook: {url: \"" + wrong + "\"}}\n");
        const std::string message = folder.message([&] { return load_settings(other, {}); });
        CHECK_THAT(message, Catch::Contains("bindery.yaml:1:25: `notify.webhook.url` must be "));
        CHECK(message.find("Ab12") == std::string::npos);
    }
}

TEST_CASE("A mail server's address may end with the name that we greet it by, and an account needs no password") {
    const Folder folder;
    for (const std::string server : {"smtps://mail.example", "smtp://mail.example:587/", "smtp://mail.example:587/my.name", "smtp://[::1]:25/my-name_2", "smtp://mail.example/my.name"}) {
        CAPTURE(server);
        const auto file = folder.write("bindery.yaml", "budget: b.db\nnotify: {mail: {smtp: \"" + server + "\", from: a@b.example, to: [c@d.example], user: u}}\n");
        const Settings settings = load_settings(file, {});
        CHECK(settings.notify.smtp == server);
        CHECK(settings.notify.mail_user == "u");
    }
}

TEST_CASE("A secret comes from the environment, then systemd's credentials, then a file of its owner") {
    const Folder folder;
    const auto file = folder.write("secrets/demo_key", "from file\n");
    folder.write("credentials/demo_key", "  from systemd \n");
    const auto secrets = folder.path() / "secrets";
    const std::string credentials = (folder.path() / "credentials").string();
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    CHECK(read_secret("demo_key", {{"DEMO_KEY", " k1\n"}, {"CREDENTIALS_DIRECTORY", credentials}}, secrets) == "k1");
    CHECK(read_secret("demo_key", {{"CREDENTIALS_DIRECTORY", credentials}}, secrets) == "from systemd");
    CHECK(read_secret("demo_key", {}, secrets) == "from file");
    const std::string nowhere = folder.message([&] { return read_secret("other_key", {}, secrets); });
    CHECK_THAT(nowhere, Catch::Contains("OTHER_KEY") && Catch::Contains("$CREDENTIALS_DIRECTORY/other_key") &&
                            Catch::Contains("secrets/other_key"));
}

TEST_CASE("A secret that others can read, or that is none, is refused without showing it") {
    const Folder folder;
    const auto secrets = folder.path() / "secrets";
    const auto read = [&](const std::string& name, const Environment& environment) {
        const std::string message = folder.message([&] { return read_secret(name, environment, secrets); });
        CHECK(message.find("hush") == std::string::npos);
        return message;
    };
    const auto file = folder.write("secrets/demo_key", "hush");
    for (const ::mode_t mode : {0640u, 0604u, 0620u, 0666u}) {
        REQUIRE(::chmod(file.c_str(), mode) == 0);
        CHECK_THAT(read("demo_key", {}), Catch::EndsWith("can be read by others"));
        try {
            read_secret("demo_key", {}, secrets);
        } catch (const Error& error) {
            CHECK(error.hint() == "run: chmod 600 '" + file.string() + "'");
        }
    }
    CHECK_THAT(read("demo_key", {{"DEMO_KEY", "  "}}), Catch::Contains("DEMO_KEY is empty"));
    CHECK_THAT(read("demo_key", {{"DEMO_KEY", "hush\nhush"}}), Catch::Contains("control character"));
    CHECK_THAT(read("../demo_key", {}), Catch::Contains("a secret's name"));
    std::filesystem::create_directories(secrets / "folder_key");
    CHECK_THAT(read("folder_key", {}), Catch::Contains("is no plain file"));
    const auto big = folder.write("secrets/big_key", std::string(70'000, 'h'));
    REQUIRE(::chmod(big.c_str(), 0600) == 0);
    CHECK_THAT(read("big_key", {}), Catch::Contains("over 64 KiB"));
}

TEST_CASE("What messages need is read out of a file that is at fault elsewhere, and not out of one whose own part is") {
    const Folder folder;
    const Variables none{{{"HOME", "/home/x"}}};
    const auto told = [&](const std::string& text) {
        const auto settings = settings_for_messages(folder.write("bindery.yaml", text), none);
        return settings && settings->notify.any();
    };
    const std::string notify = "notify: {command: [/usr/bin/alert]}\n";
    CHECK(told(notify));
    CHECK(told(notify + "stor: x\nweb: {port: many}\n"));
    CHECK(told(notify + "timezone: Mars\n"));
    CHECK(told(notify + "store: ${NOWHERE}\n"));
    CHECK_FALSE(told("notify: {comand: [/usr/bin/alert]}\n"));
    CHECK_FALSE(told(notify + "  broken: [\n"));
    // No YAML as a whole: what stands under other keys isn't asked.
    CHECK(told(notify + "web: {port: 8369\n"));
    CHECK(told("web: {port: 8369\nlog: [\n" + notify + "store: \"x\n"));
    CHECK(told("store: x\n\tweb: 7\nnotify:\n  command:\n    - /usr/bin/alert\n"));
    CHECK_FALSE(told("web: {port: 8369\nnotify: {command: [/usr/bin/alert]\n"));
    CHECK_FALSE(told("this is no YAML: [\n"));
    CHECK_FALSE(told("store: x\n"));
    CHECK_FALSE(settings_for_messages(folder.path() / "none.yaml", none));
    const auto settings = settings_for_messages(folder.write("bindery.yaml", notify + "secrets_dir: keys\nweb: 7\n"), none);
    REQUIRE(settings);
    CHECK(settings->secrets_dir == folder.path() / "keys");
}
