// What went wrong, and above all: may the request have arrived?
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "net_fixture.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Contains;
using Catch::StartsWith;
using std::chrono::milliseconds;

static const std::vector<std::string> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};

static void is_lost(const HttpReply& reply, int status, const std::string& problem) {
    CHECK(reply.ending == Ending::lost);
    CHECK(reply.status == status);
    CHECK(reply.body.empty());
    CHECK_THAT(reply.problem, Contains(problem));
}

static void is_not_sent(const HttpReply& reply, const std::string& problem) {
    CHECK(reply.ending == Ending::not_sent);
    CHECK(reply.status == 0);
    CHECK_THAT(reply.problem, Contains(problem));
}

// A port that nobody listens on: bound, never listening.
struct ClosedPort {
    ClosedPort() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = RawServer::loopback(0);
        socklen_t length = sizeof address;
        if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) throw std::runtime_error("bind");
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
    }
    ~ClosedPort() {
        for (const int filler : fillers) ::close(filler);
        ::close(fd);
    }
    // From here on a connection is neither taken nor refused.
    void fill_queue() {
        ::listen(fd, 0);
        for (int i = 0; i < 4; ++i) {
            fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            const sockaddr_in address = RawServer::loopback(port);
            if (::connect(fillers.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) continue;
        }
    }
    std::string url(const std::string& scheme = "http") const {
        return scheme + "://127.0.0.1:" + std::to_string(port) + "/v1/x?key=secret";
    }
    int fd;
    int port = 0;
    std::vector<int> fillers;
};

TEST_CASE("a request on a kept connection that dies before the reply reaches the service once, and is lost") {
    const auto method = GENERATE(from_range(kMethods));
    const bool by_reset = GENERATE(false, true);
    Net net;
    RawServer server({[by_reset](Peer& peer) {
                          peer.serve(kOk);
                          peer.read_request();
                          by_reset ? peer.reset() : peer.close();
                      },
                      // libcurl would come here a second time
                      [](Peer& peer) { peer.serve(kOk); }});
    REQUIRE(net.get(server.url("/first")).ending == Ending::replied);
    const auto reply = net.call(Net::request(method, server.url("/second"), method == "POST" ? "{}" : ""));
    CAPTURE(method, by_reset, reply.problem);
    is_lost(reply, 0, "before a reply came");
    const auto requests = server.requests();
    CHECK(std::count_if(requests.begin(), requests.end(),
                        [](const std::string& r) { return r.find(" /second ") != std::string::npos; }) == 1);
}

TEST_CASE("after a lost request the wire opens a new connection and works") {
    Net net;
    RawServer server({[](Peer& peer) {
                          peer.serve(kOk);
                          peer.read_request();
                      },
                      reply_with(kOk), reply_with(kOk)});
    net.get(server.url("/1"));
    CHECK(net.get(server.url("/2")).ending == Ending::lost);
    CHECK(net.get(server.url("/3")).ending == Ending::replied);
}

TEST_CASE("a connection that was closed while idle is not used, and nothing is lost") {
    Net net;
    StopFlag closed;
    RawServer server({[&](Peer& peer) {
                          peer.serve(kOk);
                          peer.close();
                          closed.ask();
                      },
                      reply_with(kOk)});
    REQUIRE(net.get(server.url("/1")).ending == Ending::replied);
    pollfd until_closed{closed.poll_fd(), POLLIN, 0};
    REQUIRE(::poll(&until_closed, 1, 60000) == 1);
    const auto reply = net.call(Net::request("POST", server.url("/2"), "{}"));
    CHECK(reply.ending == Ending::replied);
    CHECK(server.connections() == 2);
}

TEST_CASE("bytes that came unasked on a kept connection never answer the next request") {
    Net net;
    StopFlag sent;
    RawServer server({[&](Peer& peer) {
                          peer.serve(kOk);
                          peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
                          sent.ask();
                          peer.hang();
                      },
                      reply_with(kOk)});
    REQUIRE(net.get(server.url("/1")).status == 200);
    pollfd until_sent{sent.poll_fd(), POLLIN, 0};
    REQUIRE(::poll(&until_sent, 1, 60000) == 1);
    CHECK(net.call(Net::request("POST", server.url("/2"), "{}")).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("a refused connection sent nothing") {
    Net net;
    const ClosedPort port;
    is_not_sent(net.get(port.url()), "no connection to 127.0.0.1:" + std::to_string(port.port) + " (refused)");
}

TEST_CASE("a connection that is never made sent nothing") {
    Net net;
    ClosedPort port;
    port.fill_queue();
    auto request = Net::request("POST", port.url(), "{}");
    SECTION("by the time-out for connecting") {
        request.connect_timeout = milliseconds(60);
    }
    SECTION("by the time-out of the whole call") {
        request.timeout = milliseconds(60);
    }
    is_not_sent(net.call(request), "no connection to 127.0.0.1:" + std::to_string(port.port) + " within 60 ms");
}

TEST_CASE("a name without an address sent nothing") {
    Net net;
    is_not_sent(net.get("http://nowhere.invalid/v1"), "no network address found for nowhere.invalid (DNS)");
}

TEST_CASE("TLS to a port that speaks plain text sent nothing") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_some();
        peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }});
    auto request = Net::request("POST", server.url("/v1", "https"), "{}");
    is_not_sent(net.call(request), "no secure connection to 127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("a TLS handshake without an answer sent nothing") {
    Net net;
    RawServer server({[](Peer& peer) { peer.hang(); }});
    auto request = Net::request("POST", server.url("/v1", "https"), "{}");
    request.timeout = milliseconds(60);
    is_not_sent(net.call(request), "within 60 ms");
}

TEST_CASE("a TLS handshake that is cut off sent nothing") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_some();
        peer.reset();
    }});
    is_not_sent(net.call(Net::request("POST", server.url("/v1", "https"), "{}")), "127.0.0.1");
}

TEST_CASE("a request that can't be one is not sent") {
    Net net;
    RawServer server({reply_with(kOk)});
    const ClosedPort port;
    is_not_sent(net.get("http://"), "not a valid URL");
    is_not_sent(net.get("not a url"), "URL");
    is_not_sent(net.get("ftp://127.0.0.1/x"), "http:// or https://");
    is_not_sent(net.get("file:///etc/passwd"), "URL");
    is_not_sent(net.call(Net::request("GE T", server.url())), "method");
    auto split = Net::request("GET", server.url());
    split.headers = {{"X-Name", "a\r\nX-Injected: 1"}};
    is_not_sent(net.call(split), "X-Name");
    split.headers = {{"X Name", "a"}};
    is_not_sent(net.call(split), "no valid name");
    CHECK(server.connections() == 0);
}

TEST_CASE("a reset before the reply loses it") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.reset();
    }});
    is_lost(net.call(Net::request("POST", server.url(), "{}")), 0, "the connection was reset before a reply came");
}

TEST_CASE("an empty reply loses it") {
    Net net;
    RawServer server({[](Peer& peer) { peer.read_request(); }});
    is_lost(net.call(Net::request("POST", server.url(), "{}")), 0, "the connection was closed before a reply came");
}

TEST_CASE("a reply that is cut short is lost, with its status") {
    struct Case {
        const char* bytes;
        int status;
        const char* problem;
    };
    const auto [bytes, status, problem] = GENERATE(values<Case>({
        {"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nabcdefghij", 200, "cut short (10 of 400 bytes)"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", 200, "cut short (0 of 400 bytes)"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 200, "cut short (after"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabc", 200, "cut short (after"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "cut short (after"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", 200, "cut short (after"},
        {"HTTP/1.1 200 OK\r\nContent-Le", 200, "cut short (in its headers)"},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", 200, "cut short (in its headers)"},
        {"HTTP/1.1 200 OK\r\n", 200, "cut short (in its headers)"},
        {"HTTP/1.1 20", 0, ""},
        {"HTTP/1.1 100 Continue\r\n\r\n", 0, "before a reply came"},
    }));
    Net net;
    RawServer server({reply_with(bytes)});
    CAPTURE(bytes);
    is_lost(net.get(server.url()), status, problem);
}

TEST_CASE("a reset in the middle of the body loses the reply") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nabc");
        peer.reset();
    }});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::lost);  // how much was read before the reset, only the kernel knows
    CHECK(reply.body.empty());
    CHECK_THAT(reply.problem, Contains("reset"));
}

TEST_CASE("a reset in the middle of a reply without a length loses it") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n\r\nabc");
        peer.reset();
    }});
    CHECK(net.get(server.url()).ending == Ending::lost);
}

TEST_CASE("a reply that is no HTTP is lost") {
    const auto bytes = GENERATE(values<std::string>(
        {"SSH-2.0-OpenSSH_9.2\r\n", "\0\1\2\3\r\n\r\n", "<html>hello</html>\r\n\r\n", "HTTP/9.9 what\r\n\r\n"}));
    Net net;
    RawServer server({reply_with(bytes)});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::lost);
    CHECK(reply.status == 0);
    CHECK(reply.body.empty());
    CHECK_FALSE(reply.problem.empty());
}

TEST_CASE("a switch of protocols that nobody asked for is lost") {
    Net net;
    RawServer server({reply_with("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes")});
    is_lost(net.get(server.url()), 101, "status 101");
}

TEST_CASE("chunks that make no sense lose the reply") {
    Net net;
    RawServer server({reply_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")});
    is_lost(net.get(server.url()), 200, "malformed");
}

TEST_CASE("no reply in time loses it") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.hang();
    }});
    auto request = Net::request("POST", server.url("/?key=secret"), "{}");
    request.timeout = milliseconds(80);
    const auto reply = net.call(request);
    is_lost(reply, 0, "timed out after 80 ms waiting for a reply");
    CHECK_THAT(reply.problem, !Contains("secret"));
}

TEST_CASE("a reply that isn't whole in time is lost, with its status") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        peer.trickle(std::string(100000, 'x'), milliseconds(2));
    }});
    auto request = Net::request("GET", server.url());
    request.timeout = milliseconds(100);
    is_lost(net.call(request), 200, "timed out after 100 ms in the middle of the reply (");
}

static std::string compressed_reply(const std::string& encoding, const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Encoding: " + encoding + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

TEST_CASE("a reply that can't be decompressed is lost") {
    const auto [encoding, body] =
        GENERATE(table<std::string, std::string>({{"gzip", "this is no gzip at all"},
                                                  {"gzip", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03garbage", 17)},
                                                  {"unheard-of", "abc"}}));
    Net net;
    RawServer server({reply_with(compressed_reply(encoding, body))});
    is_lost(net.get(server.url()), 200, "can't be decompressed");
}

TEST_CASE("a bomb of gzip stops at the cap") {
    // 8 MiB of zeros, compressed twice.
    static const unsigned char bytes[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xd7, 0xb1, 0x0d, 0x82, 0x40,
        0x00, 0x85, 0xe1, 0x3b, 0x2e, 0x26, 0x17, 0x46, 0xb0, 0x21, 0x26, 0xee, 0xc0, 0x04, 0xce, 0xc1,
        0x2a, 0x24, 0x94, 0x36, 0x0e, 0xe0, 0x0e, 0x2c, 0x60, 0xc3, 0x0a, 0xb4, 0xac, 0x40, 0x18, 0x41,
        0x3c, 0xc6, 0xc0, 0x7c, 0x5f, 0xf5, 0xd7, 0xaf, 0x7b, 0xcd, 0x33, 0x87, 0x43, 0x95, 0xd6, 0x29,
        0xc6, 0x12, 0xfd, 0xeb, 0x3b, 0x6e, 0xb9, 0x0e, 0x00, 0x00, 0x00, 0xc0, 0x9f, 0xeb, 0x97, 0x21,
        0x55, 0x47, 0xdc, 0xf6, 0xae, 0xbd, 0xdb, 0x03, 0x00, 0x00, 0x00, 0x4e, 0xe0, 0x7d, 0x79, 0x7c,
        0xe6, 0x6b, 0xb9, 0xf5, 0xe1, 0x07, 0xdb, 0x19, 0xd4, 0xa7, 0xef, 0x1f, 0x00, 0x00};
    const std::string bomb(reinterpret_cast<const char*>(bytes), sizeof bytes);
    Net net;
    RawServer server(
        {reply_with(compressed_reply("gzip, gzip", bomb)), reply_with(compressed_reply("gzip, gzip", bomb))});
    auto request = Net::request("GET", server.url());
    request.max_body = 1u << 20;
    is_lost(net.call(request), 200, "the reply is larger than 1 MiB");
    request.max_body = 8u << 20;
    CHECK(net.call(request).body.size() == 8u << 20);
}

TEST_CASE("a body of exactly the cap is whole, one byte more is lost") {
    Net net;
    RawServer server({reply_with(kOk), reply_with(kOk)});
    auto request = Net::request("GET", server.url());
    request.max_body = 2;
    CHECK(net.call(request).ending == Ending::replied);
    RawServer other({reply_with(kOk)});
    request.url = other.url();
    request.max_body = 1;
    is_lost(net.call(request), 200, "the reply is larger than 1 bytes");
}

TEST_CASE("300 MB without an end stop at the cap and take little memory") {
    Net net;
    std::size_t sent = 0;
    {
        RawServer server({[&](Peer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            const std::string block(1u << 20, 'x');
            while (sent < 300 && peer.send(block)) ++sent;
        }});
        auto request = Net::request("GET", server.url());
        request.max_body = 2u << 20;
        rusage before{};
        rusage after{};
        ::getrusage(RUSAGE_SELF, &before);
        is_lost(net.call(request), 200, "the reply is larger than 2 MiB");
        ::getrusage(RUSAGE_SELF, &after);
        CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
    }
    CHECK(sent < 100);
}

TEST_CASE("headers without an end are lost") {
    Net net;
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    SECTION("many of them") {
        for (int i = 0; i < 300; ++i) bytes += "X-" + std::to_string(i) + ": a\r\n";
    }
    SECTION("large ones") {
        for (int i = 0; i < 100; ++i) bytes += "X-" + std::to_string(i) + ": " + std::string(5000, 'x') + "\r\n";
    }
    SECTION("one that is huge") {
        bytes += "X-Huge: " + std::string(2u << 20, 'x') + "\r\n";
    }
    SECTION("informational replies again and again") {
        bytes.clear();
        for (int i = 0; i < 20000; ++i) bytes += "HTTP/1.1 102 Processing\r\n\r\n";
    }
    RawServer server({reply_with(bytes + "Content-Length: 2\r\n\r\nok")});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::lost);
    CHECK_THAT(reply.problem, Contains("headers of the reply are"));
}
