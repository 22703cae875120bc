// Whole replies, and what a request looks like to the service.
#include <catch2/catch.hpp>

#include "net_fixture.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

// gzip of {"data":[]}
static std::string gzipped() {
    static const unsigned char bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab,
                                          0x56, 0x4a, 0x49, 0x2c, 0x49, 0x54, 0xb2, 0x8a, 0x8e, 0xad, 0x05,
                                          0x00, 0x94, 0x64, 0xb2, 0x5e, 0x0b, 0x00, 0x00, 0x00};
    return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

static std::string with_length(const std::string& headers, const std::string& body) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("a whole reply arrives with its status, headers in lower case and body") {
    Net net;
    RawServer server(
        {reply_with("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-Rate-Left:  7 \r\n"
                    "Content-Length: 7\r\n\r\n{\"a\":1}")});
    const BootTime before = net.clock.boot();
    const auto reply = net.get(server.url("/v1/policies?page=1"));
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.id == 1);
    CHECK(reply.status == 201);
    CHECK(reply.body == "{\"a\":1}");
    CHECK(reply.problem.empty());
    REQUIRE(reply.header("x-rate-left"));
    CHECK(*reply.header("x-rate-left") == "7");
    CHECK(reply.header("x-other") == nullptr);
    CHECK(reply.ended >= before);
    CHECK(reply.ended <= net.clock.boot());
    CHECK(net.wire->under_way() == 0);
    CHECK_THAT(server.requests().at(0), StartsWith("GET /v1/policies?page=1 HTTP/1.1\r\n"));
}

TEST_CASE("a request carries its own headers and none that libcurl would guess") {
    Net net;
    RawServer server({reply_with(kOk)});
    auto request = Net::request("POST", server.url("/tasks"), "{\"title\":\"Renew\"}");
    request.headers = {{"Authorization", "Bearer k"}, {"Content-Type", "application/json"}, {"X-Empty", ""}};
    CHECK(net.call(request).status == 200);
    const std::string sent = server.requests().at(0);
    CHECK_THAT(sent, StartsWith("POST /tasks HTTP/1.1\r\n"));
    CHECK_THAT(sent, Contains("\r\nAuthorization: Bearer k\r\n"));
    CHECK_THAT(sent, Contains("\r\nContent-Type: application/json\r\n"));
    CHECK_THAT(sent, Contains("\r\nX-Empty:\r\n"));
    CHECK_THAT(sent, Contains("\r\nContent-Length: 17\r\n"));
    CHECK_THAT(sent, Contains("\r\nAccept-Encoding: gzip\r\n"));
    CHECK_THAT(sent, Contains("\r\nUser-Agent: bindery/"));
    CHECK_THAT(sent, !Contains("Expect:"));
    CHECK_THAT(sent, EndsWith("\r\n\r\n{\"title\":\"Renew\"}"));
}

TEST_CASE("a body of two megabytes goes out at once, with no Expect and no form type") {
    Net net;
    RawServer server({reply_with(kOk)});
    const std::string body(2u << 20, 'x');
    CHECK(net.call(Net::request("PUT", server.url(), body)).status == 200);
    const std::string sent = server.requests().at(0);
    CHECK_THAT(sent, StartsWith("PUT / HTTP/1.1\r\n"));
    CHECK_THAT(sent.substr(0, 400), !Contains("Expect") && !Contains("Content-Type"));
    CHECK(sent.size() > body.size());
}

TEST_CASE("an empty body is announced as empty where a body is usual") {
    const auto [method, length_line] = GENERATE(
        table<std::string, bool>({{"POST", true}, {"PUT", true}, {"PATCH", true}, {"DELETE", false}, {"GET", false}}));
    Net net;
    RawServer server({reply_with(kOk)});
    const auto reply = net.call(Net::request(method, server.url("/a")));
    CHECK(reply.ending == Ending::replied);
    const std::string sent = server.requests().at(0);
    CHECK_THAT(sent, StartsWith(method + " /a HTTP/1.1\r\n"));
    CHECK((sent.find("Content-Length: 0\r\n") != std::string::npos) == length_line);
    CHECK_THAT(sent, !Contains("Content-Type") && !Contains("Transfer-Encoding"));
}

TEST_CASE("requests one after the other share a connection") {
    Net net;
    RawServer server({[](Peer& peer) {
        for (int i = 0; i < 3; ++i) peer.serve(kOk);
        peer.hang();
    }});
    CHECK(net.get(server.url("/1")).body == "ok");
    CHECK(net.call(Net::request("POST", server.url("/2"), "{}")).body == "ok");
    CHECK(net.call(Net::request("DELETE", server.url("/3"))).body == "ok");
    CHECK(server.connections() == 1);
    CHECK_THAT(server.requests().at(2), StartsWith("DELETE /3 HTTP/1.1\r\n") && !Contains("Content-Length"));
}

TEST_CASE("nothing of one request clings to the next on the same handle") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.serve(kOk);
        peer.serve(kOk);
        peer.hang();
    }});
    auto first = Net::request("PATCH", server.url("/1"), "{}");
    first.headers = {{"Authorization", "Bearer secret"}};
    net.call(first);
    net.get(server.url("/2"));
    CHECK_THAT(server.requests().at(1), StartsWith("GET /2 ") && !Contains("secret"));
}

TEST_CASE("a chunked reply is put together, and its trailers are left out") {
    Net net;
    RawServer server(
        {reply_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                    "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Sum: 1\r\n\r\n")});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.body == "abcdefg");
    CHECK(reply.header("x-sum") == nullptr);
}

TEST_CASE("a gzip reply is decompressed") {
    Net net;
    RawServer server({reply_with(with_length("Content-Encoding: gzip\r\n", gzipped()))});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.body == "{\"data\":[]}");
}

TEST_CASE("a reply without a length is whole when the service closes the connection") {
    Net net;
    RawServer server({reply_with("HTTP/1.0 200 OK\r\n\r\n{\"a\":1}")});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.body == "{\"a\":1}");
}

TEST_CASE("a 204 has no body and leaves the connection usable") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.serve("HTTP/1.1 204 No Content\r\n\r\n");
        peer.serve(kOk);
        peer.hang();
    }});
    const auto reply = net.call(Net::request("DELETE", server.url("/1")));
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.status == 204);
    CHECK(reply.body.empty());
    CHECK(net.get(server.url("/2")).body == "ok");
    CHECK(server.connections() == 1);
}

TEST_CASE("a gateway's page of HTML is a reply like any other") {
    Net net;
    RawServer server(
        {reply_with("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n"
                    "<html>Bad...</html>\n")});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.status == 502);
    CHECK_THAT(reply.body, StartsWith("<html>"));
}

TEST_CASE("an error that comes before the whole request was read is a reply") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_some();
        peer.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
        peer.hang();
    }});
    const auto reply = net.call(Net::request("POST", server.url(), std::string(8u << 20, 'x')));
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.status == 413);
}

TEST_CASE("informational replies before the final one are passed over") {
    Net net;
    RawServer server(
        {reply_with("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
                    "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" +
                    kOk)});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.status == 200);
    CHECK(reply.body == "ok");
    CHECK(reply.header("x-early") == nullptr);
    CHECK(reply.header("link") == nullptr);
}

TEST_CASE("a redirect is a reply, and the credentials go nowhere else") {
    Net net;
    RawServer elsewhere({reply_with(kOk)});
    RawServer server(
        {reply_with("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url("/steal") + "\r\nContent-Length: 0\r\n\r\n")});
    auto request = Net::request("GET", server.url());
    request.headers = {{"Authorization", "Bearer secret"}};
    const auto reply = net.call(request);
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.status == 302);
    CHECK(elsewhere.connections() == 0);
}

TEST_CASE("cookies are not sent back") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.serve("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 2\r\n\r\nok");
        peer.serve(kOk);
        peer.hang();
    }});
    net.get(server.url("/1"));
    net.get(server.url("/2"));
    CHECK_THAT(server.requests().at(1), !Contains("ookie"));
}

TEST_CASE("a folded header is one header, and repeated ones are kept in order") {
    Net net;
    RawServer server(
        {reply_with("HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\n\tthree\r\nX-Many: a\r\nx-many: b\r\n"
                    "Content-Length: 0\r\n\r\n")});
    const auto reply = net.get(server.url());
    REQUIRE(reply.ending == Ending::replied);
    CHECK(*reply.header("x-long") == "one two three");
    CHECK(*reply.header("x-many") == "a");
    CHECK(reply.headers.at(2) == std::pair<std::string, std::string>("x-many", "b"));
}

TEST_CASE("a reply that trickles in is whole in the end") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.trickle(kOk, std::chrono::milliseconds(1));
    }});
    const auto reply = net.get(server.url());
    CHECK(reply.ending == Ending::replied);
    CHECK(reply.body == "ok");
}
