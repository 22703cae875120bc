// Webhooks in: what is taken and what is refused, as a table, and over real sockets with hostile senders.
#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>

#include "agency.h"
#include "core/error.h"
#include "raw_client.h"
#include "store/hmac.h"
#include "web/hooks.h"

using namespace bindery;
using namespace bindery::test;
using web::HookRules;
using web::HookVerdict;
using web::judge_hook;

namespace {

const WallTime kHookNow = parse_rfc3339("2026-01-15T13:00:00Z");

HookRules bindpilot_rules() { return {"bindpilot", {"s3cret-one"}, "x-bindpilot-signature", "sha256=", "/id", "/event", "/timestamp", std::chrono::hours(1)}; }
HookRules bi369_rules() { return {"bi369", {"crm-secret"}, "x-bi369-signature", "sha256=", "/id", "/event", "", std::chrono::hours(1)}; }

std::string event_body(const std::string& id = "evt_1", const std::string& time = "2026-01-15T12:59:30Z") {
    return R"({"id":")" + id + R"(","timestamp":")" + time + R"(","event":"quote.completed","data":{"quote_id":"q_1"},"signature":"sha256=0"})";
}

std::string signed_as(const std::string& secret, const std::string& body) { return "sha256=" + hmac_sha256(secret, body); }

Request posted(const std::string& body, const std::string& signature, const std::string& header = "x-bindpilot-signature") {
    Request request;
    request.method = "POST";
    request.path = "/hooks/bindpilot";
    request.body = body;
    if (!signature.empty()) request.headers.emplace_back(header, signature);
    return request;
}

HookVerdict judged(const std::string& body, const std::string& secret = "s3cret-one") { return judge_hook(bindpilot_rules(), posted(body, signed_as(secret, body)), kHookNow); }

std::string all_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// A listener on a free port with an inbox of its own.
class HookServer {
  public:
    explicit HookServer(std::chrono::milliseconds within = std::chrono::minutes(5)) {
        options_.listener.max_body = 64u << 10;
        options_.listener.request_within = within;
        options_.listener.threads = 4;
        options_.listener.waiting = 512;
        options_.store = folder_ / "bindery.db";
        options_.clock = &clock_;
        options_.kept = [this] { ++kept; };
        options_.counted = [this] { ++counted; };
        options_.warn = [](const std::string&) {};
        hooks_ = std::make_unique<web::Hooks>(options_);
        hooks_->set_rules({{"bindpilot", bindpilot_rules()}, {"bi369", bi369_rules()}});
    }
    std::uint16_t port() const { return hooks_->port(); }
    web::Hooks& hooks() { return *hooks_; }
    const SystemClock& clock() const { return clock_; }
    std::filesystem::path store() const { return options_.store; }

    std::string now_text() const { return rfc3339(clock_.wall()); }
    std::string post(const std::string& body, const std::string& signature, const std::string& more = {}) const {
        Client client(port());
        client.send(head(body.size(), signature, more) + body);
        return client.read();
    }
    static std::string head(std::size_t length, const std::string& signature, const std::string& more = {}) {
        return "POST /hooks/bindpilot HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\n" + (signature.empty() ? "" : "X-BindPilot-Signature: " + signature + "\r\n") + more +
               "Content-Length: " + std::to_string(length) + "\r\n\r\n";
    }
    InboxFacts facts() {
        hooks_->flush_counts();
        return Inbox(options_.store, clock_).facts();
    }
    std::int64_t count(const std::string& result) { return facts().requests[{"bindpilot", result}]; }
    std::int64_t in_file(const std::string& result) const { return Inbox(options_.store, clock_).facts().requests[{"bindpilot", result}]; }  // as another process sees it
    std::atomic<int> kept{0}, counted{0};

  private:
    TempFolder folder_;
    SystemClock clock_;
    web::HooksOptions options_;
    std::unique_ptr<web::Hooks> hooks_;
};

}  // namespace

TEST_CASE("An event is kept when its signature fits the raw body, by the secret of now or the one before") {
    const HookVerdict good = judged(event_body());
    CHECK(good.result == "kept");
    CHECK(good.status == 200);
    CHECK(good.id == "evt_1");
    CHECK(good.event == "quote.completed");
    HookRules two = bindpilot_rules();
    two.secrets = {"new", "s3cret-one"};
    const std::string body = event_body();
    for (const char* secret : {"new", "s3cret-one"}) CHECK(judge_hook(two, posted(body, signed_as(secret, body)), kHookNow).status == 200);
    CHECK(judge_hook(two, posted(body, signed_as("older", body)), kHookNow).status == 401);
    // Without a time and without an id: the same bytes are the same event.
    const std::string plain = R"({"event":"lead.updated","data":{"id":"lead_1"}})";
    const auto first = judge_hook(bi369_rules(), posted(plain, signed_as("crm-secret", plain), "x-bi369-signature"), kHookNow);
    CHECK(first.result == "kept");
    CHECK(first.id == judge_hook(bi369_rules(), posted(plain, signed_as("crm-secret", plain), "x-bi369-signature"), kHookNow).id);
    CHECK(first.id.starts_with("body "));
}

TEST_CASE("What isn't signed as it should be is refused, whatever it says") {
    const std::string body = event_body();
    const std::string right = signed_as("s3cret-one", body);
    struct Row {
        std::string about, signature, result;
    };
    const std::vector<Row> rows{
        {"none", "", "no_signature"},
        {"cut", right.substr(0, right.size() - 1), "bad_signature"},
        {"longer", right + "0", "bad_signature"},
        {"without its prefix", right.substr(7), "bad_signature"},
        {"another prefix", "sha1=" + right.substr(7), "bad_signature"},
        {"of another secret", signed_as("guess", body), "bad_signature"},
        {"of another body", signed_as("s3cret-one", body + " "), "bad_signature"},
        {"the member of the body", "sha256=0", "bad_signature"},
        {"of nothing", signed_as("", body), "bad_signature"},
        {"in capitals", [&] { std::string s = right; for (char& c : s) c = static_cast<char>(::toupper(c)); return s; }(), "bad_signature"},
    };
    for (const Row& row : rows) {
        INFO(row.about);
        const HookVerdict verdict = judge_hook(bindpilot_rules(), posted(body, row.signature), kHookNow);
        CHECK(verdict.result == row.result);
        CHECK(verdict.status == 401);
    }
    std::string capitals = right;
    for (std::size_t i = 7; i < capitals.size(); ++i) capitals[i] = static_cast<char>(::toupper(capitals[i]));
    CHECK(judge_hook(bindpilot_rules(), posted(body, capitals), kHookNow).result == "kept");
    Request twice = posted(body, right);
    twice.headers.emplace_back("x-bindpilot-signature", right);
    CHECK(judge_hook(bindpilot_rules(), twice, kHookNow).result == "bad_signature");
    HookRules none = bindpilot_rules();
    none.secrets.clear();
    CHECK(judge_hook(none, posted(body, signed_as("", body)), kHookNow).result == "no_secret");
    // The members in another order are other bytes.
    const std::string reordered = R"({"event":"quote.completed","id":"evt_1","timestamp":"2026-01-15T12:59:30Z","data":{"quote_id":"q_1"},"signature":"sha256=0"})";
    CHECK(judge_hook(bindpilot_rules(), posted(reordered, right), kHookNow).result == "bad_signature");
}

TEST_CASE("A signed event is refused when it is too old, from the future, or says too little") {
    struct Row {
        std::string body, result;
        int status;
    };
    const std::vector<Row> rows{
        {event_body("e", "2026-01-15T12:00:01Z"), "kept", 200},
        {event_body("e", "2026-01-15T11:59:59Z"), "too_old", 400},
        {event_body("e", "2020-01-01T00:00:00Z"), "too_old", 400},
        {event_body("e", "2026-01-15T13:04:59Z"), "kept", 200},
        {event_body("e", "2026-01-15T13:05:01Z"), "from_future", 400},
        {event_body("e", "2026-01-15T07:59:30-05:00"), "kept", 200},
        {event_body("e", "1768481970"), "kept", 200},
        {event_body("e", "1768481970000"), "kept", 200},
        {event_body("e", "yesterday"), "malformed", 400},
        {event_body("e", ""), "malformed", 400},
        {R"({"id":"e","event":"x"})", "malformed", 400},
        {R"({"id":"e","timestamp":"2026-01-15T12:59:30Z"})", "malformed", 400},
        {R"({"id":"e","timestamp":"2026-01-15T12:59:30Z","event":{"a":1}})", "malformed", 400},
        {event_body(std::string(201, 'x')), "malformed", 400},
        {R"(["an","array"])", "malformed", 400},
        {"", "malformed", 400},
        {"{\"id\":", "malformed", 400},
        {std::string("{\"id\":\"\xff\xfe\"}"), "malformed", 400},
        {std::string(100'000, '['), "malformed", 400},
    };
    for (const Row& row : rows) {
        INFO(row.body.substr(0, 200));
        const HookVerdict verdict = judged(row.body);
        CHECK(verdict.result == row.result);
        CHECK(verdict.status == row.status);
        CHECK(verdict.text.find("e\"") == std::string::npos);
    }
}

TEST_CASE("An event is in the inbox before its 2xx, once however often it comes") {
    HookServer server;
    const std::string body = event_body("evt_7", server.now_text());
    const std::string signature = signed_as("s3cret-one", body);
    CHECK(starts(server.post(body, signature), "HTTP/1.1 200"));
    const auto events = Inbox(server.store(), server.clock()).unsorted(10);
    REQUIRE(events.size() == 1);
    CHECK(events.front().id == "evt_7");
    CHECK(events.front().body == body);
    for (int i = 0; i < 3; ++i) CHECK(starts(server.post(body, signature), "HTTP/1.1 200"));
    CHECK(server.kept == 1);
    CHECK(server.count("kept") == 1);
    CHECK(server.count("repeated") == 3);
    const std::string file = all_of(server.store().parent_path() / "inbox.db") + all_of(server.store().parent_path() / "inbox.db-wal");
    CHECK(file.find("s3cret-one") == std::string::npos);
}

TEST_CASE("That events can't be kept is over when who looked says so, not by another event, nor for one that failed meanwhile") {
    HookServer server;
    web::Hooks& hooks = server.hooks();
    const auto answer = [&](const std::string& id) {
        const std::string body = event_body(id, server.now_text());
        return hooks.answer(posted(body, signed_as("s3cret-one", body))).status;
    };
    const auto change = [&](const char* sql) { SQLite::Database(inbox_beside(server.store()).string(), SQLite::OPEN_READWRITE, 60'000).exec(sql); };
    CHECK(answer("evt_1") == 200);
    CHECK(hooks.cannot_keep() == 0);
    change("ALTER TABLE event RENAME TO aside");
    CHECK(answer("evt_2") == 503);
    CHECK(hooks.cannot_keep() == 1);
    CHECK(answer("evt_3") == 503);
    hooks.can_keep(1);  // looked before evt_3 came
    CHECK(hooks.cannot_keep() == 2);
    change("ALTER TABLE aside RENAME TO event");
    CHECK(answer("evt_4") == 200);
    CHECK(hooks.cannot_keep() == 2);
    hooks.can_keep(2);
    CHECK(hooks.cannot_keep() == 0);
}

TEST_CASE("Only posts to the hooks of services are looked at") {
    HookServer server;
    for (const char* line : {"GET /", "GET /healthz", "GET /metrics", "POST /hooks/", "POST /hooks/other", "POST /hooks/bindpilot/", "POST /hooks/bindpilot/../bi369", "POST //hooks/bindpilot"}) {
        INFO(line);
        CHECK(starts(ask(server.port(), line), "HTTP/1.1 404"));
    }
    for (const char* line : {"GET /hooks/bindpilot", "PUT /hooks/bi369", "DELETE /hooks/bindpilot"}) {
        const std::string reply = ask(server.port(), line);
        CHECK(starts(reply, "HTTP/1.1 405"));
        CHECK(reply.find("Allow: POST") != std::string::npos);
    }
    CHECK(server.facts().requests.empty());
}

TEST_CASE("Hostile requests are refused, counted by their reason, and keep nothing") {
    HookServer server;
    const std::string body = event_body("evt_1", server.now_text());
    CHECK(starts(server.post(body, ""), "HTTP/1.1 401"));
    CHECK(starts(server.post(body, signed_as("wrong", body)), "HTTP/1.1 401"));
    CHECK(starts(server.post(body.substr(1), signed_as("s3cret-one", body)), "HTTP/1.1 401"));
    const std::string old = event_body("evt_2", "2020-01-01T00:00:00Z");
    CHECK(starts(server.post(old, signed_as("s3cret-one", old)), "HTTP/1.1 400"));
    // 10 MB: told by its length, and met by its bytes.
    Client told(server.port());
    told.send(HookServer::head(10'000'000, "sha256=0"));
    CHECK(starts(told.read(), "HTTP/1.1 413"));
    Client chunked(server.port());
    chunked.send("POST /hooks/bindpilot HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 200 && chunked.send("1000\r\n" + std::string(4096, 'x') + "\r\n"); ++i) {
    }
    chunked.send("0\r\n\r\n");
    CHECK(starts(chunked.read(), "HTTP/1.1 413"));
    CHECK(server.kept == 0);
    CHECK(server.count("no_signature") == 1);
    CHECK(server.count("bad_signature") == 2);
    CHECK(server.count("too_old") == 1);
    CHECK(server.count("too_large") == 2);
    CHECK(Inbox(server.store(), server.clock()).unsorted(10).empty());
    // A chunked event within the limit is as good as any.
    const std::string good = event_body("evt_3", server.now_text());
    Client fine(server.port());
    std::string message = "POST /hooks/bindpilot HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-BindPilot-Signature: " + signed_as("s3cret-one", good) + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char c : good) message += std::string("1\r\n") + c + "\r\n";
    fine.send(message + "0\r\n\r\n");
    CHECK(starts(fine.read(), "HTTP/1.1 200"));
}

TEST_CASE("200 connections at once are all answered while others drip, and who drips for too long is cut off") {
    HookServer server(std::chrono::minutes(5));
    std::vector<Client> dripping, posting;
    for (int i = 0; i < 100; ++i) {
        dripping.emplace_back(server.port());
        dripping.back().send("POST /hooks/bindpilot HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow");
    }
    for (int i = 0; i < 200; ++i) {
        const std::string body = event_body("evt_" + std::to_string(i), server.now_text());
        posting.emplace_back(server.port());
        posting.back().send(HookServer::head(body.size(), signed_as("s3cret-one", body)) + body);
    }
    for (const auto& client : posting) CHECK(starts(client.read(), "HTTP/1.1 200"));
    CHECK(Inbox(server.store(), server.clock()).unsorted(1000).size() == 200);
    for (const auto& client : dripping) CHECK_FALSE(client.closed_by_other());
    HookServer strict(std::chrono::milliseconds(100));
    const Client slow(strict.port());
    slow.send("POST /hooks/bindpilot HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    while (slow.send("a")) ::poll(nullptr, 0, 5);  // ends because the listener ends it
}

TEST_CASE("While a hook is being set up it says yes to what can't be checked, and keeps nothing") {
    HookServer server;
    HookRules bare = bindpilot_rules();
    bare.secrets.clear();
    server.hooks().set_rules({{"bindpilot", bare}, {"bi369", bi369_rules()}});
    const std::string body = event_body("evt_1", server.now_text());
    CHECK(starts(server.post(body, signed_as("unknown", body)), "HTTP/1.1 503"));
    server.hooks().set_windows({{"bindpilot", server.clock().wall() + std::chrono::minutes(10)}});
    CHECK(starts(server.post(body, signed_as("unknown", body)), "HTTP/1.1 200"));
    server.hooks().set_rules({{"bindpilot", bindpilot_rules()}});
    CHECK(starts(server.post(body, signed_as("unknown", body)), "HTTP/1.1 200"));
    CHECK(Inbox(server.store(), server.clock()).unsorted(10).empty());
    CHECK(starts(server.post(body, signed_as("s3cret-one", body)), "HTTP/1.1 200"));
    CHECK(Inbox(server.store(), server.clock()).unsorted(10).size() == 1);
    server.hooks().set_windows({{"bindpilot", server.clock().wall() - std::chrono::seconds(1)}});
    CHECK(starts(server.post(body, signed_as("unknown", body)), "HTTP/1.1 401"));
    CHECK(server.count("window") == 2);
    CHECK(server.count("no_secret") == 1);
}

TEST_CASE("what is refused is in the file a moment after, though nothing comes any more") {
    HookServer server;
    const std::string body = event_body("evt_lag");
    // The first count goes to the file at once; the next ones wait, and whoever can write them is told so.
    for (int i = 0; i < 3; ++i) CHECK(server.hooks().answer(posted(body, "sha256=00")).status == 401);
    CHECK(server.counted >= 1);
    server.hooks().flush_counts();
    CHECK(server.in_file("bad_signature") == 3);
}
