// What a run's calls and waits are noted as: paths without what fills them, the order in which they began, the first and the last of many.
#include "services/bench.h"
#include "services/call_log.h"

using namespace bindery;
using namespace bindery::test;

namespace {

Service crm() {
    Service service;
    service.name = "crm";
    Resource leads;
    leads.list = Call{"GET", "/leads"};
    leads.get = Call{"GET", "/leads/{id}"};
    service.resources["leads"] = leads;
    Resource open;
    open.list = Call{"GET", "/leads/open"};
    service.resources["open"] = open;
    service.operations["task"].call = {"POST", "/projects/{project_id}/tasks"};
    service.operations["by_number"].call = {"PUT", "/policies/no-{number}?dry={dry}"};
    return service;
}

// "GET /things#1 200", "wait retry 1000"
std::vector<std::string> lines_of(const CallLog& log) {
    std::vector<std::string> lines;
    for (const RunCall& call : log.calls()) {
        const auto ms = [&] { return call.took ? std::to_string(call.took->count() / 1'000'000) : std::string("?"); };
        lines.push_back(call.wait ? "wait " + call.note + " " + ms() : call.method + " " + call.path + "#" + std::to_string(call.attempt) + " " + std::to_string(call.status) + " " + ms());
    }
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a noted path has the names of its places and of its query, and nothing of what fills them") {
    const Service service = crm();
    struct Case {
        const char *method, *path, *query, *shown;
    };
    const Case cases[] = {
        {"GET", "/leads", "page=2&per_page=100&email=ann%40example.com&open", "/leads?email&open"},
        {"GET", "/leads/12345", "", "/leads/{id}"},
        {"GET", "/leads/open", "", "/leads/open"},
        {"POST", "/projects/prj_1/tasks", "", "/projects/{project_id}/tasks"},
        {"PUT", "/policies/no-HO%2D1?dry=ann@example.com", "", "/policies/no-{number}?dry"},
        {"DELETE", "/leads/12345", "", "/leads/…"},
        {"GET", "/people/ann@example.com/notes", "", "/people/…"},
        {"GET", "/leads/", "", "/leads/…"},
        {"GET", "", "", "/"},
        {"GET", "/health", "", "/health"},
    };
    for (const Case& c : cases) {
        INFO(c.method << " " << c.path);
        CHECK(shown_path(service, c.method, c.path, c.query) == c.shown);
    }
}

TEST_CASE("of many calls the first and the last are kept, with their numbers, and a late reply finds its call or nothing") {
    const Service service = crm();
    CallLog log;
    HttpReply reply;
    reply.status = 200;
    reply.body = "12345";
    std::int64_t forgotten = 0;
    for (int i = 1; i <= 100'000; ++i) {
        const auto number = log.began(service, {"GET", "/leads", "", i, 1, WallTime{}});
        if (i == 50'000) forgotten = number;
        else log.ended(number, reply, 20ms);
    }
    log.ended(forgotten, reply, 1s);
    const auto calls = log.calls();
    REQUIRE(calls.size() == CallLog::kFirst + CallLog::kLast);
    CHECK(calls.front().seq == 1);
    CHECK(calls[CallLog::kFirst - 1].seq == static_cast<std::int64_t>(CallLog::kFirst));
    CHECK(calls[CallLog::kFirst].seq == 100'000 - static_cast<std::int64_t>(CallLog::kLast) + 1);
    CHECK(calls.back().seq == 100'000);
    CHECK(calls.back().page == 100'000);
    CHECK(calls.back().bytes == 5);
    CHECK(std::all_of(calls.begin(), calls.end(), [](const RunCall& call) { return call.took == Duration(20ms); }));
}

TEST_CASE("each attempt and each wait is noted in order, with why it waited") {
    struct Case {
        const char* about;
        std::vector<Answer> script;
        Lines lines;
    };
    const Case cases[] = {
        {"back-off", {status(503), good()}, {"POST /things#1 503 50", "wait retry 1000", "POST /things#2 200 50"}},
        {"Retry-After of a busy service", {status(503, "", {{"retry-after", "20"}}), good()}, {"POST /things#1 503 50", "wait retry_after 20000", "POST /things#2 200 50"}},
        {"429 with Retry-After", {status(429, "", {{"retry-after", "7"}}), good()}, {"POST /things#1 429 50", "wait retry_after 7000", "POST /things#2 200 50"}},
        {"a shorter Retry-After than our own wait", {status(503), status(503, "", {{"retry-after", "1"}}), good()},
         {"POST /things#1 503 50", "wait retry 1000", "POST /things#2 503 50", "wait retry 2000", "POST /things#3 200 50"}},
        {"no reply", {lost(), good()}, {"POST /things#1 0 50", "wait retry 1000", "POST /things#2 200 50"}},
    };
    for (const Case& c : cases) {
        INFO(c.about);
        Bench bench;
        bench.service.operations["thing"].call = {"POST", "/things"};
        bench.script.assign(c.script.begin(), c.script.end());
        CallLog log;
        bench.caller().log = &log;
        bench.call(Bench::write(1, true));
        CHECK(lines_of(log) == c.lines);
        CHECK(log.calls().front().at == bench.clock.wall() - std::chrono::duration_cast<std::chrono::milliseconds>(bench.clock.boot() - bench.wire.sent.front().time));
    }
}

TEST_CASE("a wait for the budget is one wait, however often the budget was asked, and a pause says so") {
    Bench bench;
    bench.service.limits = {limit(2, 10s, "100/1s")};
    CallLog log;
    bench.caller().log = &log;
    for (std::uint64_t id = 1; id <= 3; ++id) bench.caller().submit(Bench::read(id));
    bench.drain();
    Lines lines = lines_of(log);
    REQUIRE(lines.size() == 4);
    CHECK(lines[2].starts_with("wait token "));
    CHECK(lines[3] == "GET /things#1 200 50");

    Bench paused;
    CallLog other;
    paused.caller().log = &other;
    paused.budget.pause(paused.service.account, paused.in(30s));
    paused.call(Bench::read());
    lines = lines_of(other);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "wait pause 30000");
}

TEST_CASE("a call whose reply nobody waited for is noted as begun") {
    Bench bench;
    CallLog log;
    bench.caller().log = &log;
    bench.script = {good(1h)};
    bench.caller().submit(Bench::read());
    bench.wire.stop_at(bench.in(1s));
    CHECK(bench.drain().at(1).ending == CallEnding::in_doubt);
    CHECK(lines_of(log) == Lines{"GET /things#1 0 ?"});
}
