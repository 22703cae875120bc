// Service files: what is refused, where, and with which word; what the structs hold.
#include <catch2/catch.hpp>

#include "config/load.h"
#include "folder.h"

using namespace bindery;

namespace {

const std::vector<std::string> kLines{
    "service: demo",                                                                       // 1
    "base_url: https://api.example.com/v1/",                                               // 2
    "limits: [{tokens: 10, per: 1s}]",                                                     // 3
    "retry: {waits: [1s]}",                                                                // 4
    "resources:",                                                                          // 5
    "  things:",                                                                           // 6
    "    list: GET /things",                                                               // 7
    "    fields: {name: {type: text, match: true}, expiration_date: date, total: money}",  // 8
    "operations:",                                                                         // 9
    "  add: {call: POST /things}",                                                         // 10
};

std::string with(std::size_t line, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < kLines.size(); ++i) all += (i + 1 == line ? text : kLines[i]) + "\n";
    return all;
}

struct Row {
    std::size_t line;
    std::string text;
    std::string fault;
};

void check_rows(const std::vector<Row>& rows) {
    const Folder folder;
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto file = folder.write("demo.yaml", with(row.line, row.text));
        CHECK_THAT(folder.message([&] { return load_service(file, {}); }), Catch::StartsWith(row.fault));
    }
}

Service service_with(std::size_t line, const std::string& text, const Environment& environment = {}) {
    const Folder folder;
    return load_service(folder.write("demo.yaml", with(line, text)), environment);
}

}  // namespace

TEST_CASE("A fault of a service file's own values names place, key and what it must be") {
    check_rows({
        {3, "limts: []", "demo.yaml:3:1: unknown key `limts`; did you mean `limits`?"},
        {3, "zzz: 1", "demo.yaml:3:1: unknown key `zzz`; known are service, base_url,"},
        {3, "limits: [{tokens: many, per: 1s}]",
         "demo.yaml:3:19: `limits[0].tokens` must be a whole number from 1 to 1000000, not `many`"},
        {3, "limits: [{tokens: 0, per: 1s}]", "demo.yaml:3:19: `limits[0].tokens` must be a whole number from 1"},
        {3, "limits: [{tokens: 1}]", "demo.yaml:3:10: `per` is missing in `limits[0]`; it must be a duration"},
        {3, "limits: [{tokens: 1, per: 5 parsecs}]",
         "demo.yaml:3:27: `limits[0].per` must be a duration such as 500ms, 90s, 15m, 2h, 3d, not `5 parsecs`"},
        {3, "limits: [{tokens: 1, per: 0s}]", "demo.yaml:3:27: `limits[0].per` must be a duration"},
        {3, "limits: 5", "demo.yaml:3:9: `limits` must be a list, not `5`"},
        {3, "limits: []", "demo.yaml:3:9: `limits` needs at least 1 entry"},
        {3, "limits:", "demo.yaml:3:1: `limits` is empty; give it a list"},
        {4, "retry: {jitter: upp}", "demo.yaml:4:17: `retry.jitter` must be one of up or none, not `upp`; did you mean `up`?"},
        {4, "retry: {statuses: [9]}", "demo.yaml:4:20: `retry.statuses[0]` must be a whole number from 100 to 599"},
        {4, "in_flight: [4]", "demo.yaml:4:12: `in_flight` must be a whole number from 1 to 64, not a list"},
        {4, "keep_back: 10", "demo.yaml:4:12: `keep_back` must be a share such as 10% or 0.1, below 100%, not `10`"},
        {4, "keep_back: 100%", "demo.yaml:4:12: `keep_back` must be a share"},
        {4, "max_body: 2GiB", "demo.yaml:4:11: `max_body` must be a size such as 32MiB"},
        {4, "envelope: {data: data}", "demo.yaml:4:18: `envelope.data` must be a JSON pointer"},
        {4, "paging: {by: cursor}", "demo.yaml:4:14: `paging.by` must be page, not `cursor`"},
        {7, "    list: GET things", "demo.yaml:7:11: `resources.things.list` must be a call such as"},
        {7, "    list: FETCH /things", "demo.yaml:7:11: `resources.things.list` must be a call such as"},
        {7, "    list: GET /things?x=1", "demo.yaml:7:11: `resources.things.list` must be a call such as"},
        {8, "    fields: {name: txt}", "demo.yaml:8:20: `resources.things.fields.name` must be one of text"},
        {8, "    fields: {Name: text}", "demo.yaml:8:14: `Name` in `resources.things.fields` must be a name in small"},
        {8, "    fields: {name: {type: text, matches: true}}",
         "demo.yaml:8:33: unknown key `matches` in `resources.things.fields.name`; did you mean `match`?"},
        {8, "    fields: {name: {type: text, match: yes}}",
         "demo.yaml:8:40: `resources.things.fields.name.match` must be true or false, not `yes`"},
        {10, "  add: {}", "demo.yaml:10:8: `call` is missing in `operations.add`"},
        {10, "  add: {call: ~}", "demo.yaml:10:15: `operations.add.call` is empty; give it a call such as"},
    });
}

TEST_CASE("The address is https, or http to this machine, and holds no credentials") {
    check_rows({
        {2, "base_url: ftp://api.example.com", "demo.yaml:2:11: `base_url` must be an address such as"},
        {2, "base_url: http://api.example.com",
         "demo.yaml:2:11: `base_url` must be an https address: over plain http the key"},
        {2, "base_url: http://127.0.0.1.example.com", "demo.yaml:2:11: `base_url` must be an https address"},
        {2, "base_url: http://localhost.example.com", "demo.yaml:2:11: `base_url` must be an https address"},
        {2, "base_url: https://me:secret@api.example.com", "demo.yaml:2:11: `base_url` must be an address such as"},
        {2, "base_url: https://api.example.com?x=1", "demo.yaml:2:11: `base_url` must be an address such as"},
        {2, "base_url: https://", "demo.yaml:2:11: `base_url` must be an address such as"},
        {2, "base_url: https://api.example.com:99999", "demo.yaml:2:11: `base_url` must be an address such as"},
    });
    CHECK(service_with(2, "base_url: http://127.0.0.1:8080/").base_url == "http://127.0.0.1:8080");
    CHECK(service_with(2, "base_url: http://[::1]:8080/v1").base_url == "http://[::1]:8080/v1");
    CHECK(service_with(2, "base_url: http://localhost").base_url == "http://localhost");
    CHECK(service_with(2, "base_url: ${URL}", {{"URL", "https://x.example.com/"}}).base_url == "https://x.example.com");
}

TEST_CASE("A key written into a service file is refused and not repeated") {
    const Folder folder;
    const auto file = folder.write("demo.yaml", with(4, "auth: {bearer: sk_live_Abc123.xyz}"));
    const std::string message = folder.message([&] { return load_service(file, {}); });
    CHECK_THAT(message, Catch::StartsWith("demo.yaml:4:16: `auth.bearer` must be the name of a secret"));
    CHECK(message.find("sk_live") == std::string::npos);
    check_rows(
        {{4, "headers: {Authorization: Bearer x}", "demo.yaml:4:11: `Authorization` is set by the program itself"},
         {4, "headers: {X-Note: \"a\\nb\"}", "demo.yaml:4:19: a header is one line"}});
}

TEST_CASE("A value from the environment isn't repeated in a message") {
    const Folder folder;
    const auto file = folder.write("demo.yaml", with(4, "in_flight: ${N}"));
    const std::string message = folder.message([&] { return load_service(file, {{"N", "hush"}}); });
    CHECK(message == "demo.yaml:4:12: `in_flight` must be a whole number from 1 to 64, not `${N}`");
}

TEST_CASE("What the parts of a service file say about each other is checked") {
    check_rows({
        {1, "service: other", "demo.yaml:1:10: `service: other` stands in a file called demo.yaml"},
        {3, "plan: pro", "demo.yaml:1:1: `limits` is missing"},
        {3, "plans: {pro: [{tokens: 1, per: 1s}]}", "demo.yaml:1:1: `plan` is missing; it must be one of pro"},
        {3, "limits: [{tokens: 1, per: 1m}, {tokens: 1, per: 60s}]", "demo.yaml:3:32: this limit is there already"},
        {7, "    list: POST /things", "demo.yaml:7:11: `list` must be a GET"},
        {7, "    list: GET /things/{id}", "demo.yaml:7:11: a list's path has no {places}"},
        {7, "    get: GET /things", "demo.yaml:7:10: the path of `get` must have the place {id}"},
        {7, "    key: id", "demo.yaml:6:3: a resource needs `list` or `get`"},
        {8, "    fields: {hash: text}", "demo.yaml:8:14: `hash` is a column of every dataset"},
        {8, "    fields: {total: money, total_cents: text}",
         "demo.yaml:8:28: `total_cents` is a column that `total` may have"},
        {8, "    fields: {name: text}\n    window: true",
         "demo.yaml:9:13: `window` needs `expiration_date` among the fields"},
        {10, "  add: {call: GET /things}", "demo.yaml:10:15: an operation writes"},
        {10, "  add: {call: POST /things, find: thinks}",
         "demo.yaml:10:35: `find` must name a resource with a list, not `thinks`; did you mean `things`?"},
        {10, "  add: {call: POST /things, find: {resource: things, match: [nane]}}",
         "demo.yaml:10:62: `things` has no field `nane`"},
    });
    std::string fields = "    fields: {f0: text";
    for (int i = 1; i <= 60; ++i) fields += ", f" + std::to_string(i) + ": text";
    check_rows(
        {{8, fields + "}", "demo.yaml:8:13: `resources.things.fields` has 61 entries; at most 60 are possible"}});
}

TEST_CASE("All faults of a file come at once, in their order") {
    const Folder folder;
    const auto file = folder.write("demo.yaml", with(3, "limts: []\nretryy: {}\nin_flight: x"));
    const std::string message = folder.message([&] { return load_service(file, {}); });
    CHECK_THAT(message, Catch::Contains("demo.yaml:3:1: unknown key `limts`"));
    CHECK_THAT(message, Catch::Contains("\ndemo.yaml:4:1: unknown key `retryy`"));
    CHECK_THAT(message, Catch::Contains("\ndemo.yaml:5:12: `in_flight`"));
}

TEST_CASE("A service file's defaults and shorthands are filled in") {
    const Service service = service_with(4, "retry: {statuses: [503], waits: [250ms, 2s], jitter: none}");
    CHECK(service.base_url == "https://api.example.com/v1");
    CHECK(service.bearer_secret.empty());
    CHECK(service.in_flight == 4);
    CHECK(service.timeout == std::chrono::seconds(30));
    CHECK(service.envelope.data == "/data");
    CHECK(service.retry.statuses == std::vector<int>{503});
    CHECK(service.retry.waits == std::vector<Duration>{std::chrono::milliseconds(250), std::chrono::seconds(2)});
    CHECK_FALSE(service.retry.jitter_up);
    REQUIRE(service.limits.size() == 1);
    CHECK(service.limits[0].name == "10/1s");
    const Resource& things = service.resources.at("things");
    CHECK(things.mapping.dataset == "demo.things");
    CHECK(things.mapping.key_pointers == std::vector<std::string>{"/id"});
    REQUIRE(things.mapping.fields.size() == 3);
    CHECK(things.mapping.fields[0].name == "name");
    CHECK(things.mapping.fields[0].match);
    CHECK(things.mapping.fields[1].type == FieldType::date);
    CHECK(things.mapping.fields[1].pointers == std::vector<std::string>{"/expiration_date"});
    CHECK(things.mapping.window_field.empty());
    CHECK(service.operations.at("add").reply_id == "/data/id");
}

TEST_CASE("A field's places are names or pointers, the first first") {
    const Service service = service_with(8, "    fields: {a: {from: [firstName, /b/c, x/y]}, b: {from: id}}");
    const std::vector<Field>& fields = service.resources.at("things").mapping.fields;
    CHECK(fields[0].pointers == std::vector<std::string>{"/firstName", "/b/c", "/x~1y"});
    CHECK(fields[1].pointers == std::vector<std::string>{"/id"});
}

TEST_CASE("An operation's retry keeps the service's where it is silent") {
    const Service service = service_with(10, "  add: {call: POST /things, retry: {statuses: [500]}, timeout: 2s}");
    const Operation& add = service.operations.at("add");
    REQUIRE(add.retry);
    CHECK(add.retry->statuses == std::vector<int>{500});
    CHECK(add.retry->waits == std::vector<Duration>{std::chrono::seconds(1)});
    CHECK(add.timeout == Duration(std::chrono::seconds(2)));
}
