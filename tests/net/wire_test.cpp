// The wire as a whole: waiting, stopping, many at once, and the end of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <future>
#include <set>

#include "net_fixture.h"

using namespace bindery;
using namespace bindery::test;
using Catch::Contains;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST_CASE("with nothing under way, waiting ends at its time") {
    Net net;
    const BootTime until = net.in(milliseconds(20));
    CHECK_FALSE(net.wire->wait(until));
    CHECK(net.clock.boot() >= until);
    CHECK_FALSE(net.wire->wait(net.clock.boot() - hours(1)));
    CHECK_FALSE(net.wire->stop_asked());
}

TEST_CASE("waiting ends at its time while a transfer goes on") {
    Net net;
    RawServer server({[](Peer& peer) {
        peer.read_request();
        peer.hang();
    }});
    net.wire->start(7, Net::request("GET", server.url()));
    CHECK_FALSE(net.wire->wait(net.in(milliseconds(20))));
    CHECK(net.wire->under_way() == 1);
}

TEST_CASE("transfers go in parallel and come back as they end") {
    Net net;
    StopFlag second_done;
    // The first connection answers only when the second one has.
    const auto by_path = [&](Peer& peer) {
        const std::string request = peer.read_request();
        if (request.find(" /late ") != std::string::npos) {
            pollfd until_done{second_done.poll_fd(), POLLIN, 0};
            ::poll(&until_done, 1, 60000);
        }
        peer.send(kOk);
    };
    RawServer server({by_path, by_path});
    net.wire->start(1, Net::request("GET", server.url("/late")));
    net.wire->start(2, Net::request("GET", server.url("/soon")));
    CHECK(net.wire->under_way() == 2);
    CHECK(net.next().id == 2);
    CHECK(net.wire->under_way() == 1);
    second_done.ask();
    CHECK(net.next().id == 1);
    CHECK(net.wire->under_way() == 0);
}

TEST_CASE("sixteen transfers at once each end once") {
    Net net;
    RawServer server(std::vector<RawServer::Script>(16, keep_replying(kOk)));
    std::set<std::uint64_t> ids;
    for (std::uint64_t id = 1; id <= 16; ++id) net.wire->start(id, Net::request("POST", server.url(), "{}"));
    while (net.wire->under_way() > 0) {
        const auto reply = net.next();
        CHECK(reply.ending == Ending::replied);
        CHECK(ids.insert(reply.id).second);
    }
    CHECK(ids.size() == 16);
    CHECK(server.requests().size() == 16);
}

TEST_CASE("a stop from another thread wakes whoever waits") {
    Net net;
    RawServer server({[&](Peer& peer) {
        peer.read_request();
        net.stop.ask();
        peer.hang();
    }});
    net.wire->start(1, Net::request("GET", server.url()));
    CHECK_FALSE(net.wire->wait(net.in(hours(10))));
    CHECK(net.wire->stop_asked());
    CHECK_FALSE(net.wire->wait(net.in(hours(10))));
    CHECK(net.wire->under_way() == 1);
}

TEST_CASE("a stop wakes a wait with nothing under way") {
    Net net;
    auto asked = std::async(std::launch::async, [&] { net.stop.ask(); });
    CHECK_FALSE(net.wire->wait(net.in(hours(10))));
    CHECK(net.wire->stop_asked());
}

static StopFlag* signalled = nullptr;

TEST_CASE("a signal handler can ask for a stop") {
    Net net;
    signalled = &net.stop;
    struct sigaction ask {};
    struct sigaction kept {};
    ask.sa_handler = [](int) { signalled->ask(); };
    REQUIRE(::sigaction(SIGUSR1, &ask, &kept) == 0);
    ::raise(SIGUSR1);
    CHECK_FALSE(net.wire->wait(net.in(hours(10))));
    CHECK(net.wire->stop_asked());
    ::sigaction(SIGUSR1, &kept, nullptr);
}

TEST_CASE("after a stop no request leaves any more") {
    Net net;
    RawServer server({reply_with(kOk)});
    net.stop.ask();
    net.wire->start(1, Net::request("POST", server.url(), "{}"));
    std::optional<HttpReply> reply;
    while (!reply) reply = net.wire->wait(net.in(hours(10)));
    CHECK(reply->ending == Ending::not_sent);
    CHECK_THAT(reply->problem, Contains("stopped before"));
    CHECK(server.requests().empty());
}

TEST_CASE("a reply that has arrived is still handed over after a stop") {
    Net net;
    net.stop.ask();
    net.wire->start(1, Net::request("GET", "http://"));
    const auto reply = net.wire->wait(net.in(hours(10)));
    REQUIRE(reply);
    CHECK(reply->id == 1);
    CHECK_FALSE(net.wire->wait(net.in(hours(10))));
}

TEST_CASE("a wire can go while transfers are under way") {
    Net net;
    RawServer server({[](Peer& peer) {
                          peer.read_request();
                          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
                          peer.hang();
                      },
                      [](Peer& peer) { peer.hang(); }});
    net.wire->start(1, Net::request("POST", server.url(), "{}"));
    net.wire->start(2, Net::request("GET", server.url("/", "https")));
    net.wire->start(3, Net::request("GET", "http://nowhere.invalid/"));
    net.wire->wait(net.clock.boot());
    net.wire.reset();
    CHECK(server.requests().size() <= 1);
}

TEST_CASE("a request leaves before anybody waits, where a connection is at hand") {
    Net net;
    std::promise<void> arrived;
    RawServer server({[&](Peer& peer) {
        peer.serve(kOk);
        peer.read_request();
        arrived.set_value();
        peer.send(kOk);
        peer.hang();
    }});
    net.get(server.url("/1"));
    net.wire->start(2, Net::request("GET", server.url("/2")));
    CHECK(arrived.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    CHECK(net.next().body == "ok");
}
