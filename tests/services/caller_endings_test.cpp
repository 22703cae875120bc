// How a call ends, by what the service answers: one row an answer, for a read, a repeatable write and one that isn't.
#include "services/bench.h"

using namespace bindery;
using namespace bindery::test;

namespace {

const char* const kHtml = "<html><body>Bad gateway, Jane Doe</body></html>";
const char* const kCut = R"({"data":{"id":"7","na)";
const char* const kLatin = "{\"data\":{\"name\":\"Jos\xE9\"}}";
const char* const kNo = R"({"error":{"code":"limit_reached","message":"Jane Doe has too many"}})";

}  // namespace

TEST_CASE("each answer has its ending, and only what may repeat is tried again") {
    struct Ended {
        const char* ending;
        int attempts;
    };
    struct Case {
        const char* about;
        Answer answer;
        Ended read, repeatable, write;
    };
    const Case cases[] = {
        {"good", good(), {"ok", 1}, {"ok", 1}, {"ok", 1}},
        {"created", status(201, R"({"data":{"id":"7"}})"), {"ok", 1}, {"ok", 1}, {"ok", 1}},
        {"nothing, which is an answer to a write", status(204), {"in_doubt", 5}, {"ok", 1}, {"ok", 1}},
        {"only spaces", status(200, " \r\n"), {"in_doubt", 5}, {"ok", 1}, {"ok", 1}},
        {"a web page as success", status(200, kHtml), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"cut JSON", status(200, kCut), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"another charset than UTF-8", status(200, kLatin), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"an error inside a success", status(200, kNo), {"in_doubt", 5}, {"refused", 1}, {"refused", 1}},
        {"several to choose from", status(300), {"barred", 1}, {"barred", 1}, {"in_doubt", 1}},
        {"moved, perhaps done", status(301), {"barred", 1}, {"barred", 1}, {"in_doubt", 1}},
        {"see other", status(303), {"barred", 1}, {"barred", 1}, {"in_doubt", 1}},
        {"found elsewhere, perhaps done", status(302), {"barred", 1}, {"barred", 1}, {"in_doubt", 1}},
        {"not modified, which nobody asked", status(304), {"barred", 1}, {"barred", 1}, {"in_doubt", 1}},
        {"the same request elsewhere", status(307), {"barred", 1}, {"barred", 1}, {"barred", 1}},
        {"the same request elsewhere from now on", status(308), {"barred", 1}, {"barred", 1}, {"barred", 1}},
        {"bad request", status(400, kNo), {"refused", 1}, {"refused", 1}, {"refused", 1}},
        {"no key", status(401), {"barred", 1}, {"barred", 1}, {"barred", 1}},
        {"no right", status(403, kHtml), {"barred", 1}, {"barred", 1}, {"barred", 1}},
        {"not there", status(404), {"refused", 1}, {"refused", 1}, {"refused", 1}},
        {"a proxy wants a password", status(407), {"barred", 1}, {"barred", 1}, {"barred", 1}},
        {"timed out over there", status(408), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"conflict", status(409), {"refused", 1}, {"refused", 1}, {"refused", 1}},
        {"unprocessable", status(422, kNo), {"refused", 1}, {"refused", 1}, {"refused", 1}},
        {"broken", status(500), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"broken in a way that the table doesn't hold", status(501), {"in_doubt", 1}, {"in_doubt", 1}, {"in_doubt", 1}},
        {"bad gateway", status(502, kHtml), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"reply lost", lost(), {"in_doubt", 5}, {"in_doubt", 5}, {"in_doubt", 1}},
        {"no connection", not_sent(), {"not_sent", 5}, {"not_sent", 5}, {"not_sent", 5}},
    };
    for (const auto& c : cases) {
        const std::pair<CallSpec, Ended> kinds[] = {
            {Bench::read(), c.read}, {Bench::write(1, true), c.repeatable}, {Bench::write(), c.write}};
        for (const auto& [spec, expected] : kinds) {
            CAPTURE(c.about, spec.method, spec.repeatable);
            Bench bench;
            bench.script = {c.answer};
            const CallResult result = bench.call(spec);
            CHECK(name_of(result.ending) == std::string(expected.ending));
            CHECK(result.attempts == expected.attempts);
            CHECK(bench.wire.sent.size() == static_cast<std::size_t>(expected.attempts));
            CHECK(result.status == (c.answer.ending == Ending::replied ? c.answer.status : 0));
            CHECK(result.problem.empty() == (result.ending == CallEnding::ok));
            CHECK(result.problem.find("Jane") == std::string::npos);
            CHECK(bench.caller().stats().requests == expected.attempts);
        }
    }
}

TEST_CASE("a refusal counts even when its text was cut short, and a success that was cut short doesn't") {
    Bench bench;
    Answer answer = status(422, R"({"err)");
    answer.ending = Ending::lost;
    bench.script = {answer};
    CHECK(bench.call(Bench::write()).ending == CallEnding::refused);
    answer.status = 201;
    bench.script = {answer};
    CHECK(bench.call(Bench::write()).ending == CallEnding::in_doubt);
}

TEST_CASE("a status that the operation declares as unsupported ends so, even 403") {
    for (const int code : {403, 404, 405, 501}) {
        Bench bench;
        bench.script = {status(code)};
        CallSpec spec = Bench::write();
        spec.unsupported = {403, 404, 405, 501};
        CHECK(bench.call(spec).ending == CallEnding::unsupported);
    }
}

TEST_CASE("an error code gets into texts only when it can't hold a person's data") {
    struct Case {
        const char* code;  // as JSON
        const char* shown;
    };
    const Case cases[] = {
        {R"("DUPLICATE_POLICY")", "DUPLICATE_POLICY"},
        {R"("validation.failed-2")", "validation.failed-2"},
        {"422", "422"},
        {R"("Jane Doe is not a client")", ""},
        {R"("jane@example.com")", ""},
        {R"("512-555-0142")", ""},
        {R"("TX1234567")", ""},
        {R"("caf\u00e9")", ""},
        {R"(["a","b"])", ""},
        {"null", ""},
        {R"({"code":"x"})", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.code);
        Bench bench;
        bench.script = {status(422, std::string(R"({"error":{"code":)") + c.code + R"(,"message":"Jane Doe, 512-555-0142"}})")};
        const CallResult result = bench.call(Bench::write());
        CHECK(result.ending == CallEnding::refused);
        CHECK(result.error_code == c.shown);
        CHECK(result.error_message == "Jane Doe, 512-555-0142");
        CHECK(result.problem ==
              std::string("the service answered 422") + (*c.shown == '\0' ? "" : std::string(" (") + c.shown + ")"));
    }
    Bench bench;
    bench.script = {status(422, R"({"error":{"code":")" + std::string(65, 'a') + R"("}})")};
    CHECK(bench.call(Bench::write()).error_code.empty());
}

TEST_CASE("an error inside a success is a refusal, whatever its code looks like, and no error is none") {
    struct Case {
        const char* body;
        CallEnding ending;
    };
    const Case cases[] = {
        {R"({"error":{"code":"limit_reached"}})", CallEnding::refused},
        {R"({"error":{"code":"Name is too long"}})", CallEnding::refused},
        {R"({"error":{"code":409}})", CallEnding::refused},
        {R"({"error":null,"data":{"id":"7"}})", CallEnding::ok},
        {R"({"error":{"code":null},"data":{"id":"7"}})", CallEnding::ok},
        {R"({"error":{"code":0},"data":{"id":"7"}})", CallEnding::ok},
        {R"({"error":{"code":""},"data":{"id":"7"}})", CallEnding::ok},
    };
    for (const auto& c : cases) {
        CAPTURE(c.body);
        Bench bench;
        bench.script = {status(200, c.body)};
        const CallResult result = bench.call(Bench::write());
        CHECK(result.ending == c.ending);
        CHECK(result.body == c.body);
        CHECK(result.problem.find("Name") == std::string::npos);
    }
    struct Word {
        const char* text;
        CallEnding ending;
    };
    for (const Word& word : {Word{"false", CallEnding::refused}, Word{R"("error")", CallEnding::refused}, Word{R"("Failed")", CallEnding::refused},
                             Word{R"("false")", CallEnding::refused}, Word{"true", CallEnding::ok}, Word{R"("success")", CallEnding::ok},
                             Word{R"("accepted")", CallEnding::ok}, Word{"null", CallEnding::ok}, Word{"{}", CallEnding::ok}}) {
        CAPTURE(word.text);
        Bench bench;
        bench.service.envelope.success = "/success";
        bench.script = {status(200, std::string(R"({"success":)") + word.text + R"(,"data":{"id":"7"}})")};
        CHECK(bench.call(Bench::write()).ending == word.ending);
    }
    Bench bare;  // the reply is the record itself, and its status is no error
    bare.service.envelope = {"", "", "/status", "/errors", ""};
    bare.script = {status(200, R"({"status":"accepted","bid_id":"b1"})")};
    CHECK(bare.call(Bench::write()).ending == CallEnding::ok);
}

TEST_CASE("a read whose check fails says which error the service named") {
    Bench bench;
    bench.script = {status(200, kNo)};
    CallSpec spec = Bench::read();
    spec.check = [](const HttpReply&) { return std::string("the reply has no list at /data"); };
    const CallResult result = bench.call(spec);
    CHECK(result.ending == CallEnding::in_doubt);
    CHECK(result.problem == "the service answered with error limit_reached");
    CHECK(result.attempts == 5);
}

TEST_CASE("a request carries the key, the body and its identity, and is sent below the base address") {
    Bench bench;
    bench.service.headers = {{"X-Agency", "42"}};
    CallSpec spec = Bench::write();
    spec.query = "a=1";
    spec.idempotency_key = "id-1";
    spec.timeout = 7s;
    bench.call(spec);
    const HttpRequest& request = bench.wire.sent.at(0).request;
    CHECK(request.method == "POST");
    CHECK(request.url == "https://api.test/v1/things?a=1");
    CHECK(request.body == spec.body);
    CHECK(request.timeout == 7s);
    const std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
    CHECK(headers.at("Authorization") == "Bearer the-secret");
    CHECK(headers.at("Idempotency-Key") == "id-1");
    CHECK(headers.at("Content-Type") == "application/json");
    CHECK(headers.at("X-Agency") == "42");
    CHECK(headers.at("User-Agent").find("(+ops@agency.test)") != std::string::npos);
}

TEST_CASE("an account is named after address and key, without telling the key") {
    Service service;
    service.base_url = "https://api.test/v1";
    const Account one = make_account(service, "the-secret", "");
    CHECK(one.name == make_account(service, "the-secret", "x").name);
    CHECK(one.name != make_account(service, "another", "").name);
    CHECK(one.name.find("the-secret") == std::string::npos);
    service.account = "shared";
    CHECK(make_account(service, "the-secret", "").name == "shared");
}
