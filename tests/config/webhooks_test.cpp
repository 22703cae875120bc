// Webhooks in settings, service files and jobs: what is refused, where, and with which word. And secrets that we write ourselves.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "config/load.h"
#include "config/secrets.h"
#include "folder.h"

using namespace bindery;

namespace {

const std::string kHookService =
    "service: demo\n"
    "base_url: https://api.example.com/v1\n"
    "limits: [{tokens: 10, per: 1s}]\n"
    "resources: {things: {list: GET /things, get: \"GET /things/{id}\", fields: {name: text}}}\n"
    "operations: {add_hook: {call: POST /hooks}}\n";
const std::string kHooks = "webhooks: {secret: demo_secret, signature: {header: X-Demo-Signature}, events: {thing.made: things, ping: {}}}\n";

std::string service_fault(const std::string& webhooks) {
    const Folder folder;
    const auto file = folder.write("demo.yaml", kHookService + webhooks);
    return folder.message([&] { return load_service(file, Environment{}); });
}

std::string config_fault(const Folder& folder, const std::string& on, const std::string& settings = "", const std::string& webhooks = kHooks) {
    folder.write("services/demo.yaml", kHookService + webhooks);
    folder.write("jobs/calls.yaml", "job: calls\non: " + on + "\nsteps:\n  - pull: demo.things\n");
    const auto file = folder.write("bindery.yaml", settings);
    return folder.message([&] { return load_config(file, Environment{{"HOME", "/home/me"}}); });
}

}  // namespace

TEST_CASE("The webhooks of a service file: defaults, and mistakes with what to write instead") {
    const Folder folder;
    const Service service = load_service(folder.write("demo.yaml", kHookService + kHooks), Environment{});
    REQUIRE(service.webhooks);
    CHECK(service.webhooks->header == "x-demo-signature");
    CHECK(service.webhooks->prefix == "sha256=");
    CHECK(service.webhooks->record == "/data");
    CHECK(service.webhooks->timestamp.empty());
    CHECK(service.webhooks->events.at("thing.made").resource == "things");
    CHECK(service.webhooks->events.at("ping").resource.empty());
    CHECK_THAT(service_fault("webhooks: {signature: {header: X}, events: {}}\n"), Catch::Contains("`secret` is missing in `webhooks`"));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: \"X Y\"}, events: {}}\n"), Catch::Contains("a header's name has letters, digits, - and _ only"));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: X}, events: {a: thngs}}\n"), Catch::Contains("`demo` has no resource `thngs`; did you mean `things`?"));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: X}, events: {a: {id: x}}}\n"), Catch::Contains("`id` needs `resource`"));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: X}, events: {}, register: ad_hook}\n"), Catch::Contains("has no operation `ad_hook`; did you mean `add_hook`?"));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: X}, events: {}, register: {operation: add_hook, secret: /x}}\n"), Catch::Equals(""));
    CHECK_THAT(service_fault("webhooks: {secret: s, signature: {header: X}, evnts: {}}\n"), Catch::Contains("unknown key `evnts` in `webhooks`; did you mean `events`?"));
}

TEST_CASE("A job listens to events that there are") {
    const Folder folder;
    CHECK(config_fault(folder, "[demo.thing.made, demo.ping]").empty());
    CHECK_THAT(config_fault(folder, "[demo.thing.mad]"), Catch::StartsWith("jobs/calls.yaml:2:6: `on`: `demo` has no event `thing.mad`; did you mean `thing.made`?"));
    CHECK_THAT(config_fault(folder, "[demo.other]"), Catch::Contains("`demo` has no event `other`; there are ping or thing.made"));
    CHECK_THAT(config_fault(folder, "[dmo.ping]"), Catch::Contains("there is no service `dmo`; did you mean `demo`?"));
    CHECK_THAT(config_fault(folder, "[ping]"), Catch::Contains("`on` takes SERVICE.EVENT, such as bi369.lead.updated"));
    CHECK_THAT(config_fault(folder, "[demo.ping, demo.ping]"), Catch::Contains("`demo.ping` stands here already"));
    CHECK_THAT(config_fault(folder, "[demo.ping]", "", ""), Catch::Contains("`demo` sends no events; its service file has no `webhooks`"));
}

TEST_CASE("The listener is off unless it has a port, which isn't that of the pages") {
    const Folder folder;
    CHECK(config_fault(folder, "[demo.ping]", "webhooks: {port: 8370, url: \"https://hooks.example/\", max_body: 1MiB}\n").empty());
    const Settings on = load_settings(folder.write("on.yaml", "webhooks: {port: 8370, url: \"https://hooks.example/\"}\n"), Environment{{"HOME", "/home/me"}});
    CHECK(on.webhooks.on());
    CHECK(on.webhooks.url == "https://hooks.example");
    CHECK(on.webhooks.address == "127.0.0.1");
    CHECK_FALSE(load_settings(folder.write("off.yaml", ""), Environment{{"HOME", "/home/me"}}).webhooks.on());
    CHECK_THAT(config_fault(folder, "[demo.ping]", "webhooks: {}\n"), Catch::Contains("`port` is missing in `webhooks`"));
    CHECK_THAT(config_fault(folder, "[demo.ping]", "webhooks: {port: 0}\n"), Catch::Contains("a whole number from 1 to 65535"));
    CHECK_THAT(config_fault(folder, "[demo.ping]", "webhooks: {port: 8400}\nweb: {port: 8400}\n"), Catch::Contains("are the same"));
    CHECK_THAT(config_fault(folder, "[demo.ping]", "webhooks: {port: 8400, address: localhost}\n"), Catch::Contains("`address` is a number such as 127.0.0.1"));
    CHECK_THAT(config_fault(folder, "[demo.ping]", "webhooks: {port: 8400, url: \"http://hooks.example\"}\n"), Catch::Contains("`webhooks.url` must be"));
}

TEST_CASE("A secret that may be missing is found or not, and one that is written is whole and ours alone") {
    const Folder folder;
    const auto dir = folder.path() / "secrets";
    CHECK_FALSE(find_secret("demo_secret", {}, dir));
    may_write_secret("demo_secret", dir);
    CHECK_FALSE(find_secret("demo_secret", {}, dir));
    write_secret("demo_secret", "first", dir);
    write_secret("demo_secret", "second", dir);
    const auto found = find_secret("demo_secret", {}, dir);
    REQUIRE(found);
    CHECK(found->text == "second");
    CHECK(found->in_dir);
    struct stat there {};
    REQUIRE(::stat((dir / "demo_secret").c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
    CHECK(std::distance(std::filesystem::directory_iterator(dir), {}) == 1);
    const auto variable = find_secret("demo_secret", {{"DEMO_SECRET", "third"}}, dir);
    REQUIRE(variable);
    CHECK_FALSE(variable->in_dir);
    CHECK_THAT(folder.message([&] { return find_secret("demo_secret", {{"DEMO_SECRET", " "}}, dir); }), Catch::Contains("DEMO_SECRET is empty"));
    CHECK_THAT(folder.message([&] { write_secret("demo_secret", "x", folder.write("file", "")); return 0; }), Catch::Contains("can't be written"));
}
