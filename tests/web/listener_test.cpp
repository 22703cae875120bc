// The listener over real sockets: limits, deadlines, methods, and that health answers whatever else goes on. Waits are for what must
// come; none is measured.
#include <poll.h>

#include <condition_variable>
#include <mutex>

#include "agency.h"
#include "core/error.h"
#include "raw_client.h"
#include "web/pages.h"

using namespace bindery;
using namespace bindery::test;

namespace {

Reply nothing_at_once(const Request& request) {
    Reply reply;
    if (request.path != "/healthz") reply.status = 0;
    else reply.body = "ok\n";
    return reply;
}

Reply echo(const Request& request) {
    Reply reply;
    reply.body = request.method + " " + request.path + " " + request.argument("q") + " " + request.body;
    return reply;
}

// Answers only when it is let go.
struct Gatekeeper {
    Reply operator()(const Request&) {
        std::unique_lock lock(mutex);
        ++inside;
        changed.notify_all();
        changed.wait(lock, [this] { return open; });
        return Reply{};
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
    void wait_inside(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return inside >= count; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    int inside = 0;
    bool open = false;
};

}  // namespace

TEST_CASE("requests arrive decoded, HEAD without a body, and a broken handler tells nothing") {
    Listener listener({}, nothing_at_once, [](const Request& request) -> Reply {
        if (request.path == "/bad") throw std::runtime_error("Ann Secret");
        return echo(request);
    });
    CHECK(ask(listener.port(), "GET /a%20b?q=x%26y+z").find("GET /a b x&y z ") != std::string::npos);
    const std::string head = ask(listener.port(), "HEAD /a");
    CHECK(starts(head, "HTTP/1.1 200"));
    CHECK(head.substr(head.find("\r\n\r\n") + 4).empty());
    const std::string bad = ask(listener.port(), "GET /bad");
    CHECK(starts(bad, "HTTP/1.1 500"));
    CHECK(bad.find("Secret") == std::string::npos);
    Client client(listener.port());
    client.send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(client.read("hello").find("POST /p  hello") != std::string::npos);
    client.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n");  // on the same connection
    CHECK(client.read("/again").find("GET /again") != std::string::npos);
}

TEST_CASE("a taken port is one clear error with what to do") {
    const Listener first({}, nothing_at_once, echo);
    ListenerOptions options;
    options.port = first.port();
    try {
        const Listener second(options, nothing_at_once, echo);
        FAIL("it took a port twice");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::service);
        CHECK(std::string(error.what()).find("port " + std::to_string(first.port()) + " for the pages: another program has it") != std::string::npos);
        CHECK(error.hint().find("web.port") != std::string::npos);
    }
}

TEST_CASE("a body that is too large is refused: told by its length, and met by its bytes") {
    std::atomic<int> asked{0};
    ListenerOptions options;
    options.max_body = 1000;
    Listener listener(options, nothing_at_once, [&](const Request& request) {
        ++asked;
        return echo(request);
    });
    Client told(listener.port());
    told.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n");
    CHECK(starts(told.read(), "HTTP/1.1 413"));
    Client lies(listener.port());
    lies.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) lies.send("64\r\n" + std::string(100, 'x') + "\r\n");
    lies.send("0\r\n\r\n");
    CHECK(starts(lies.read(), "HTTP/1.1 413"));
    Client large(listener.port());
    large.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n");
    for (int i = 0; i < 160 && large.send(std::string(65536, 'x')); ++i) {
    }
    CHECK(asked == 0);
}

TEST_CASE("a request that drips, or never comes, is cut off at its deadline") {
    ListenerOptions options;
    options.request_within = std::chrono::milliseconds(100);
    Listener listener(options, nothing_at_once, echo);
    const Client silent(listener.port());
    const Client dripping(listener.port());
    CHECK(dripping.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    while (dripping.send("a")) ::poll(nullptr, 0, 5);  // ends because the listener ends it
    CHECK(silent.read().empty());
    const Client body(listener.port());
    body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    while (body.send("a")) ::poll(nullptr, 0, 5);
    CHECK(starts(ask(listener.port(), "GET /fine"), "HTTP/1.1 200"));
}

TEST_CASE("health answers while every thread is busy and 200 connections stand open") {
    Gatekeeper keeper;
    ListenerOptions options;
    options.threads = 2;
    Listener listener(options, nothing_at_once, std::ref(keeper));
    std::vector<Client> idle, busy;
    for (int i = 0; i < 150; ++i) idle.emplace_back(listener.port());
    for (int i = 0; i < 50; ++i) {
        busy.emplace_back(listener.port());
        busy.back().send("GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    keeper.wait_inside(2);
    for (int i = 0; i < 20; ++i) CHECK(starts(ask(listener.port(), "GET /healthz"), "HTTP/1.1 200"));
    keeper.let_go();
    for (const auto& client : busy) CHECK(starts(client.read(), "HTTP/1.1 200"));
    for (const auto& client : idle) CHECK_FALSE(client.closed_by_other());
}

TEST_CASE("what waits beyond its number is told to come again") {
    Gatekeeper keeper;
    ListenerOptions options;
    options.threads = 1;
    options.waiting = 1;
    Listener listener(options, nothing_at_once, std::ref(keeper));
    const auto asks = [&] {
        Client client(listener.port());
        client.send("GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return client;
    };
    const Client first = asks();
    keeper.wait_inside(1);
    std::vector<Client> more;
    for (int i = 0; i < 5; ++i) more.push_back(asks());
    CHECK(starts(more.back().read(), "HTTP/1.1 503"));
    keeper.let_go();
    CHECK(starts(first.read(), "HTTP/1.1 200"));
}

TEST_CASE("it stops while requests are under way, and answers them first") {
    Gatekeeper keeper;
    auto listener = std::make_unique<Listener>(ListenerOptions{}, nothing_at_once, std::ref(keeper));
    Client client(listener->port());
    client.send("GET /work HTTP/1.1\r\nHost: x\r\n\r\n");
    keeper.wait_inside(1);
    std::thread stopper([&] { listener.reset(); });
    keeper.let_go();
    stopper.join();
    client.read();  // answered or cut off; it ended
}

TEST_CASE("odd requests get a plain answer: paths, methods, versions, long lines") {
    AgencyStore agency;
    const web::Pages pages(agency.feed(), {}, {});
    const std::uint16_t port = pages.port();
    const std::string longer(20'000, 'x'), longest(100'000, 'x');
    const std::vector<std::pair<std::string, std::string>> kTable{
        {"GET /healthz%00x", "404"}, {"GET /%00", "404"}, {"GET /healthz%2f", "404"}, {"GET /healthz/", "404"}, {"GET //healthz", "404"}, {"GET /healthz;x", "404"},
        {"GET /../../etc/passwd", "404"}, {"GET /%2e%2e/%2e%2e/etc/passwd", "404"}, {"GET /..%5c..%5cwindows", "404"}, {"GET /%ff%fe", "404"}, {"GET /%zz", "404"},
        {"GET http://127.0.0.1/healthz", "404"}, {"GET /h%65althz", "200"}, {"HEAD /healthz", "200"}, {"HEAD /metrics", "200"}, {"HEAD /", "401"}, {"HEAD /settle", "405"},
        {"OPTIONS /healthz", "405"}, {"OPTIONS *", "404"}, {"TRACE /", "405"}, {"BREW /", "405"}, {"PUT /login", "405"}, {"PATCH /settle", "405"}, {"GET /settle", "405"},
        {"get /healthz", "405"}, {"POST /metrics", "405"}, {"POST /resolve", "401"}, {"GET /search?q=" + longer, "401"}, {"GET /search?q=" + longest, "414"}, {"GET /" + longest, "414"},
        {"GET /login?token=%0d%0aSet-Cookie:%20a=b", "401"},
    };
    for (const auto& [line, status] : kTable) {
        INFO(line.substr(0, 60));
        const std::string reply = ask(port, line);
        CHECK(starts(reply, "HTTP/1.1 " + status));
        CHECK(reply.find("Set-Cookie") == std::string::npos);
        if (starts(line, "HEAD")) CHECK(reply.substr(reply.find("\r\n\r\n") + 4).empty());
    }
    CHECK(starts(ask(port, "GET /healthz", "X-Long: " + longest + "\r\n"), "HTTP/1.1 431"));
    CHECK(starts(ask(port, "GET /healthz", "Host: evil.example\r\n"), "HTTP/1.1 40"));
    Client old(port);
    old.send("GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(starts(old.read(), "HTTP/1."));
    Client junk(port);
    junk.send(std::string("\x16\x03\x01\x02\x00\x01", 6) + "\r\n\r\n");
    junk.read();  // closed or refused; it ended
    CHECK(starts(ask(port, "GET /healthz"), "HTTP/1.1 200"));
}

TEST_CASE("who asks and doesn't read is cut off, and 200 who ask at once are all answered") {
    ListenerOptions options;
    options.reply_within = std::chrono::milliseconds(200);
    Listener listener(options, nothing_at_once, [](const Request&) {
        Reply reply;
        reply.body.assign(32u << 20, 'x');
        return reply;
    });
    Client deaf(listener.port());
    deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    while (deaf.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) ::poll(nullptr, 0, 5);  // ends because the listener ends it
    AgencyStore agency;
    const web::Pages pages(agency.feed(), {}, {});
    std::vector<Client> many;
    for (int i = 0; i < 200; ++i) {
        many.emplace_back(pages.port());
        many.back().send("GET /metrics HTTP/1.1\r\nHost: localhost:" + std::to_string(pages.port()) + "\r\nConnection: close\r\n\r\n");
    }
    int fine = 0, later = 0;
    for (const auto& client : many) {
        const std::string reply = client.read();
        fine += starts(reply, "HTTP/1.1 200") ? 1 : 0;
        later += starts(reply, "HTTP/1.1 503") ? 1 : 0;
    }
    CHECK(fine + later == 200);
    CHECK(fine >= 100);
}

TEST_CASE("the pages over a socket: hosts, proxies, login, logout of strangers") {
    AgencyStore agency;
    const web::Pages pages(agency.feed(), {}, {"desk.example"});
    const std::uint16_t port = pages.port();
    CHECK(starts(ask(port, "GET /healthz"), "HTTP/1.1 200"));
    CHECK(starts(ask(port, "GET /readyz"), "HTTP/1.1 200"));
    CHECK(starts(ask(port, "GET /metrics"), "HTTP/1.1 200"));
    CHECK(starts(ask(port, "GET /"), "HTTP/1.1 401"));
    CHECK(starts(ask(port, "PUT /"), "HTTP/1.1 405"));
    CHECK(starts(ask(port, "GET /healthz", "X-Forwarded-For: 1.2.3.4\r\n"), "HTTP/1.1 403"));
    CHECK(starts(ask(port, "GET /metrics", "Via: 1.1 proxy\r\n"), "HTTP/1.1 403"));
    for (const char* path : {"/healthz", "/readyz", "/metrics", "/"}) {
        Client foreign(port);
        foreign.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");
        CHECK(starts(foreign.read(), "HTTP/1.1 403"));
    }
    const std::string link = new_web_token();
    WebAccess(agency.store).allow_link(link);
    const std::string body = "token=" + link;
    Client client(port);
    client.send("POST /login HTTP/1.1\r\nHost: localhost:" + std::to_string(port) + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string reply = client.read();
    CHECK(starts(reply, "HTTP/1.1 303"));
    const auto at = reply.find("bindery_");
    REQUIRE(at != std::string::npos);
    const std::string cookie_pair = reply.substr(at, reply.find(';', at) - at);
    CHECK(starts(ask(port, "GET /", "Cookie: " + cookie_pair + "\r\n"), "HTTP/1.1 200"));
}
